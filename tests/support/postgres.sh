#!/usr/bin/env bash
# A real PostgreSQL under one scratch folder, on a free port of 127.0.0.1. servers.sh sources this; a
# test that crashes its server runs it (own_postgres.hpp).
#   postgres.sh start DIR    starts a new server and prints its URL
#   postgres.sh crash DIR    ends it at once, with nothing written that was not
#   postgres.sh resume DIR   starts it again on its port; it recovers
#   postgres.sh stop DIR     ends it and removes what it wrote
# As root, PostgreSQL runs as the user postgres (it refuses root).
set -euo pipefail
password=polystore-test  # of a server that lives as long as the tests

# Ports below the kernel's range for outgoing connections, so that none is taken meanwhile.
free_ports() {
  python3 - "$1" <<'PYTHON'
import random, socket, sys
held = []
while len(held) < int(sys.argv[1]):
    listener = socket.socket()
    try:
        listener.bind(("127.0.0.1", random.randint(20000, 32000)))
    except OSError:
        continue
    held.append(listener)
print(*[listener.getsockname()[1] for listener in held])
PYTHON
}

postgres_bin() {
  local initdb
  initdb="$(command -v initdb || ls -1 /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1)"
  [ -n "$initdb" ] || die "no PostgreSQL server found; run tools/setup.sh --servers"
  dirname "$(readlink -f "$initdb")"
}

as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

start_postgres() {
  local data="$dir/postgres/data"
  mkdir -p "$dir/postgres"
  echo "$password" >"$dir/postgres/password"
  if [ "$(id -u)" -eq 0 ]; then
    chmod 755 "$dir"
    chown postgres "$dir/postgres"
  fi
  # From here on in a folder that the user postgres may read.
  cd "$dir/postgres"
  as_postgres "$pg_bin/initdb" -D "$data" -U polystore -A scram-sha-256 --pwfile="$dir/postgres/password" \
    -E UTF8 --locale=C.UTF-8 --no-sync >initdb.log 2>&1 ||
    { cat initdb.log >&2; die "initdb failed"; }
  as_postgres tee -a "$data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
port = $pg_port
unix_socket_directories = '$dir/postgres'
max_connections = 200
CONF
  as_postgres "$pg_bin/pg_ctl" -D "$data" -l "$dir/postgres/log" -w -t 60 start >/dev/null ||
    { cat "$dir/postgres/log" >&2; die "PostgreSQL did not start"; }
  PGPASSWORD="$password" "$pg_bin/psql" -q -h 127.0.0.1 -p "$pg_port" -U polystore -d postgres \
    -c "CREATE DATABASE polystore_test" >/dev/null
  pg_pid="$(head -n 1 "$data/postmaster.pid" 2>/dev/null || as_postgres head -n 1 "$data/postmaster.pid")"
}

[ "${BASH_SOURCE[0]}" = "$0" ] || return 0

say() { printf 'postgres: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
control() { as_postgres "$(postgres_bin)/pg_ctl" -D "$dir/postgres/data" -w -t 60 "$@" >/dev/null; }

dir="${2:-}"
[ -d "$dir" ] || die "usage: postgres.sh start|crash|resume|stop DIR"
dir="$(cd "$dir" && pwd)"
cd /  # a folder that the user postgres may read
case "$1" in
  start)
    pg_bin="$(postgres_bin)"
    pg_port="$(free_ports 1)"
    start_postgres
    echo "postgresql://polystore:$password@127.0.0.1:$pg_port/polystore_test"
    ;;
  crash) control -m immediate stop ;;
  resume) control -l "$dir/postgres/log" start ;;
  stop)
    control -m immediate stop || true
    rm -rf "$dir/postgres"
    ;;
  *) die "usage: postgres.sh start|crash|resume|stop DIR" ;;
esac

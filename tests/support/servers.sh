#!/usr/bin/env bash
# The real servers that the tests need, on free ports of 127.0.0.1, all under one scratch folder.
#   servers.sh start DIR [postgres|mysql|mongo|redis…]   starts them (default: all; mysql is MariaDB,
#                          mongod a one-node replica set); writes DIR/env, which a shell sources to
#                          get the POLYSTORE_TEST_* variables (POLYSTORE_MONGOD_CACHE_GB: mongod's
#                          cache, default 1; POLYSTORE_POSTGRES_BUFFERS: PostgreSQL's, default 128MB;
#                          POLYSTORE_REDIS_SERVER: another redis-server than the one on PATH)
#   servers.sh crash DIR SERVER     ends one at once, with nothing written that was not
#   servers.sh restart DIR SERVER   starts again what was killed, on its port and data
#   servers.sh stop DIR    stops what was started in DIR, and removes DIR
# POLYSTORE_TEST_REDIS_APPENDONLY=yes: Redis keeps what it has acknowledged.
# As root, PostgreSQL runs as the user postgres and MariaDB as nobody (they refuse root).
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
action="${1:-}"
dir="${2:-}"
servers="${*:3}"
password=polystore-test  # of a server that lives as long as the tests

say() { printf 'servers: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

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

make_postgres() {
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
    -E UTF8 --locale=C.UTF-8 >initdb.log 2>&1 ||
    { cat initdb.log >&2; die "initdb failed"; }
  as_postgres tee -a "$data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
port = $postgres_port
unix_socket_directories = '$dir/postgres'
max_connections = 200
shared_buffers = ${POLYSTORE_POSTGRES_BUFFERS:-128MB}
CONF
  start_postgres
  PGPASSWORD="$password" "$pg_bin/psql" -q -h 127.0.0.1 -p "$postgres_port" -U polystore -d postgres \
    -c "CREATE DATABASE polystore_test" >/dev/null
}

start_postgres() {
  cd "$dir/postgres"
  # After a server was killed its number may be seen for a moment, and its sessions hold its memory.
  for _ in $(seq 30); do
    if as_postgres "$pg_bin/pg_ctl" -D data -l "$dir/postgres/log" -w -t 60 start >/dev/null; then
      return 0
    fi
    grep -qE "shared memory block|postmaster.pid. already exists" "$dir/postgres/log" || break
    sleep 0.2
  done
  tail -n 20 "$dir/postgres/log" >&2
  die "PostgreSQL did not start"
}

make_mysql() {
  mkdir -p "$dir/mysql"
  if [ "$(id -u)" -eq 0 ]; then
    chmod 755 "$dir"
    chown nobody "$dir/mysql"
  fi
  # Without the user root's password, which only a socket in our folder takes.
  mariadb-install-db --no-defaults "${mysql_user[@]}" --datadir="$dir/mysql/data" --skip-test-db \
    --auth-root-authentication-method=normal --skip-name-resolve --innodb-buffer-pool-size=16M \
    --innodb-log-file-size=8M >"$dir/mysql/install.log" 2>&1 ||
    { tail -n 20 "$dir/mysql/install.log" >&2; die "mariadb-install-db failed"; }
  start_mysql
  mariadb --no-defaults -u root -S "$dir/mysql/socket" <<SQL
CREATE DATABASE polystore_test;
CREATE USER polystore@'%' IDENTIFIED BY '$password';
GRANT ALL ON *.* TO polystore@'%' WITH GRANT OPTION;
SQL
}

# A commit is written before it is acknowledged, so that one survives a kill of the server; that the
# system has not put it on the disk yet matters to no test, and is much faster.
start_mysql() {
  mariadbd --no-defaults "${mysql_user[@]}" --datadir="$dir/mysql/data" --socket="$dir/mysql/socket" \
    --port="$mysql_port" --bind-address=127.0.0.1 --skip-name-resolve --pid-file="$dir/mysql/pid" \
    --log-error="$dir/mysql/log.err" --skip-log-bin --innodb-flush-log-at-trx-commit=1 \
    --innodb-flush-method=nosync --skip-sync-frm \
    --innodb-buffer-pool-size=128M --innodb-log-file-size=64M --max-connections=300 \
    >"$dir/mysql/out" 2>&1 &
  local pid=$!
  for _ in $(seq 300); do
    mariadb --no-defaults -u root -S "$dir/mysql/socket" -e "SELECT 1" >/dev/null 2>&1 && return 0
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$dir/mysql/log.err" >&2
  die "MariaDB did not start"
}

start_redis() {
  mkdir -p "$dir/redis"
  "${POLYSTORE_REDIS_SERVER:-redis-server}" --port "$redis_port" --bind 127.0.0.1 --dir "$dir/redis" --databases 4096 --save '' \
    --appendonly "${POLYSTORE_TEST_REDIS_APPENDONLY:-no}" --appendfsync always --daemonize yes --logfile "$dir/redis/log" --pidfile "$dir/redis/pid" >/dev/null
  for _ in $(seq 100); do
    redis-cli -h 127.0.0.1 -p "$redis_port" ping 2>/dev/null | grep -q PONG && break
    sleep 0.1
  done
  [ -s "$dir/redis/pid" ] || die "redis-server did not start: $(tail -n 5 "$dir/redis/log")"
}

start_mongo() {
  mkdir -p "$dir/mongo"
  "$mongod" --port "$mongo_port" --bind_ip 127.0.0.1 --dbpath "$dir/mongo" --replSet polystore \
    --setParameter enableTestCommands=1 --wiredTigerCacheSizeGB "${POLYSTORE_MONGOD_CACHE_GB:-1}" --unixSocketPrefix "$dir/mongo" \
    --fork --logpath "$dir/mongo/log" --pidfilepath "$dir/mongo/pid" >"$dir/mongo.out" 2>&1 ||
    { cat "$dir/mongo.out" >&2; die "mongod did not start"; }
}

has() { [[ " $servers " == *" $1 "* ]]; }

write_env() {
  {
    echo "export POLYSTORE_TEST_SERVERS='$servers'"
    if has postgres; then
      local pid_file="$dir/postgres/data/postmaster.pid"
      echo "export POLYSTORE_TEST_POSTGRES_URL='postgresql://polystore:$password@127.0.0.1:$postgres_port/polystore_test'"
      echo "export POLYSTORE_TEST_POSTGRES_PID='$(head -n 1 "$pid_file" 2>/dev/null || as_postgres head -n 1 "$pid_file")'"
      echo "export POLYSTORE_TEST_POSTGRES_BIN='$pg_bin'"
    fi
    if has mysql; then
      echo "export POLYSTORE_TEST_MYSQL_URL='mysql://polystore:$password@127.0.0.1:$mysql_port/polystore_test'"
      echo "export POLYSTORE_TEST_MYSQL_PID='$(cat "$dir/mysql/pid")'"
      echo "export POLYSTORE_TEST_MYSQLD='$(command -v mariadbd)'"
    fi
    if has mongo; then
      echo "export POLYSTORE_TEST_MONGO_URL='mongodb://127.0.0.1:$mongo_port/polystore_test?replicaSet=polystore'"
      echo "export POLYSTORE_TEST_MONGO_PID='$(cat "$dir/mongo/pid")'"
      echo "export POLYSTORE_TEST_MONGOD='$mongod'"
    fi
    if has redis; then
      echo "export POLYSTORE_TEST_REDIS_URL='redis://127.0.0.1:$redis_port'"
      echo "export POLYSTORE_TEST_REDIS_PID='$(cat "$dir/redis/pid")'"
      echo "export POLYSTORE_TEST_REDIS_SERVER='$(command -v redis-server)'"
    fi
  } >"$dir/env.new"
  mv "$dir/env.new" "$dir/env"  # readers see a whole one
}

find_programs() {
  if has postgres; then pg_bin="$(postgres_bin)"; fi
  if has mongo; then mongod="$("$here/../../tools/mongod.sh")"; fi
  if has redis && ! command -v redis-server >/dev/null; then
    die "no redis-server found; run tools/setup.sh --servers"
  fi
  if has mysql; then
    mysql_user=()
    if [ "$(id -u)" -eq 0 ]; then mysql_user=(--user=nobody); fi
    PATH="$PATH:/usr/sbin"
    if ! command -v mariadbd >/dev/null || ! command -v mariadb-install-db >/dev/null; then
      die "no MariaDB server found; run tools/setup.sh --servers"
    fi
  fi
}

start() {
  [ ! -e "$dir/env" ] || die "$dir is in use; stop it first"
  servers="${servers:-postgres mysql mongo redis}"
  mkdir -p "$dir"
  dir="$(cd "$dir" && pwd)"
  find_programs
  read -r postgres_port mysql_port redis_port mongo_port < <(free_ports 4)
  trap stop EXIT
  if has mongo; then start_mongo; fi
  if has redis; then start_redis; fi
  if has mysql; then make_mysql; fi
  if has postgres; then make_postgres; fi
  if has mongo; then python3 "$here/replica_set.py" "$mongo_port"; fi
  echo "postgres_port=$postgres_port mysql_port=$mysql_port redis_port=$redis_port" \
    "mongo_port=$mongo_port" >"$dir/ports"
  write_env
  trap - EXIT
  say "started $servers: $(cat "$dir/ports") (127.0.0.1)"
}

restart() {
  dir="$(cd "$dir" && pwd)"
  find_programs
  . "$dir/ports"
  "start_$servers"
  if has mongo; then python3 "$here/replica_set.py" "$mongo_port"; fi
  servers="$(. "$dir/env" && echo "$POLYSTORE_TEST_SERVERS")"
  find_programs
  write_env
}

crash() {
  cd /
  local pid=
  case "$servers" in
    postgres) as_postgres "$(postgres_bin)/pg_ctl" -D "$dir/postgres/data" -m immediate -w -t 20 stop >/dev/null ;;
    mysql | mongo | redis)
      pid="$(cat "$dir/$servers/pid")"
      kill -KILL "$pid"
      for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
      done
      ;;
  esac
}

stop() {
  [ -d "$dir" ] || return 0
  cd /
  local data="$dir/postgres/data" pid
  for pid in "$dir/redis/pid" "$dir/mysql/pid" "$dir/mongo/pid"; do
    # A test that failed half-way may have left it stopped.
    [ -s "$pid" ] && kill -CONT "$(cat "$pid")" 2>/dev/null && kill -TERM "$(cat "$pid")" 2>/dev/null || true
  done
  if [ -d "$data" ]; then
    as_postgres "$(postgres_bin)/pg_ctl" -D "$data" -m immediate -w -t 20 stop >/dev/null 2>&1 || true
  fi
  for pid in "$dir/redis/pid" "$dir/mysql/pid" "$dir/mongo/pid"; do
    [ -s "$pid" ] || continue
    for _ in $(seq 100); do
      kill -0 "$(cat "$pid" 2>/dev/null)" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$(cat "$pid" 2>/dev/null)" 2>/dev/null || true
  done
  rm -rf "$dir"
}

for server in $servers; do
  case "$server" in
    postgres | mysql | mongo | redis) ;;
    *) die "unknown server: $server" ;;
  esac
done
case "$action:$dir:$servers" in
  start:?*:*) start ;;
  crash:?*:postgres | crash:?*:mysql | crash:?*:mongo | crash:?*:redis) crash ;;
  restart:?*:postgres | restart:?*:mysql | restart:?*:mongo | restart:?*:redis) restart ;;
  stop:?*:) stop ;;
  *) die "usage: servers.sh start DIR [SERVER…] | crash DIR SERVER | restart DIR SERVER | stop DIR" ;;
esac

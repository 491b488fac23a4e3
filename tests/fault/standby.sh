#!/usr/bin/env bash
# A hot standby of a PostgreSQL server, of the test's own.
#   standby.sh start DIR URL PORT   makes it in the new folder DIR, from the server at URL
#   standby.sh stop DIR             stops it and removes DIR
# As root, it runs as the user postgres (PostgreSQL refuses root). POLYSTORE_TEST_POSTGRES_BIN names
# the programs' folder.
set -euo pipefail
action="$1"
dir="$2"
bin="${POLYSTORE_TEST_POSTGRES_BIN:?}"

as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

case "$action" in
  start)
    mkdir -p "$dir"
    [ "$(id -u)" -ne 0 ] || chown postgres "$dir"
    cd "$dir"
    as_postgres "$bin/pg_basebackup" -d "$3" -D "$dir/data" -R -X stream -c fast >"$dir.log" 2>&1 ||
      { cat "$dir.log" >&2; exit 1; }
    as_postgres "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 \
      -o "-p $4 -k $dir -c listen_addresses=127.0.0.1" start >>"$dir.log" 2>&1 ||
      { cat "$dir.log" "$dir/log" >&2; exit 1; }
    ;;
  stop)
    cd /
    as_postgres "$bin/pg_ctl" -D "$dir/data" -m immediate -w -t 20 stop >/dev/null 2>&1 || true
    rm -rf "$dir" "$dir.log"
    ;;
esac

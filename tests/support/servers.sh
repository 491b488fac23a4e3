#!/usr/bin/env bash
# The real servers that the tests need, on free ports of 127.0.0.1, all under one scratch folder.
#   servers.sh start DIR   starts PostgreSQL, mongod (a one-node replica set) and Redis; writes
#                          DIR/env, which a shell sources to get the POLYSTORE_TEST_* variables
#   servers.sh stop DIR    stops what `start DIR` started, and removes DIR
# As root, PostgreSQL runs as the user postgres (it refuses root).
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
action="${1:-}"
dir="${2:-}"

say() { printf 'servers: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

. "$here/postgres.sh"

start_redis() {
  mkdir -p "$dir/redis"
  redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$dir/redis" --databases 4096 --save '' \
    --appendonly no --daemonize yes --logfile "$dir/redis/log" --pidfile "$dir/redis/pid" >/dev/null
  for _ in $(seq 100); do
    redis-cli -h 127.0.0.1 -p "$redis_port" ping 2>/dev/null | grep -q PONG && break
    sleep 0.1
  done
  redis_pid="$(cat "$dir/redis/pid")" || die "redis-server did not start: $(tail -n 5 "$dir/redis/log")"
}

start_mongo() {
  mkdir -p "$dir/mongo"
  "$mongod" --port "$mongo_port" --bind_ip 127.0.0.1 --dbpath "$dir/mongo" --replSet polystore \
    --setParameter enableTestCommands=1 --wiredTigerCacheSizeGB 1 --unixSocketPrefix "$dir/mongo" \
    --fork --logpath "$dir/mongo/log" --pidfilepath "$dir/mongo/pid" >"$dir/mongo.out" 2>&1 ||
    { cat "$dir/mongo.out" >&2; die "mongod did not start"; }
  mongo_pid="$(cat "$dir/mongo/pid")"
}

write_env() {
  cat >"$dir/env" <<ENV
export POLYSTORE_TEST_POSTGRES_URL='postgresql://polystore:$password@127.0.0.1:$pg_port/polystore_test'
export POLYSTORE_TEST_POSTGRES_PID='$pg_pid'
export POLYSTORE_TEST_POSTGRES_BIN='$pg_bin'
export POLYSTORE_TEST_MONGO_URL='mongodb://127.0.0.1:$mongo_port/polystore_test?replicaSet=polystore'
export POLYSTORE_TEST_MONGO_PID='$mongo_pid'
export POLYSTORE_TEST_MONGOD='$mongod'
export POLYSTORE_TEST_REDIS_URL='redis://127.0.0.1:$redis_port'
export POLYSTORE_TEST_REDIS_PID='$redis_pid'
export POLYSTORE_TEST_REDIS_SERVER='$(command -v redis-server)'
ENV
}

start() {
  [ ! -e "$dir/env" ] || die "$dir is in use; stop it first"
  mkdir -p "$dir"
  dir="$(cd "$dir" && pwd)"
  pg_bin="$(postgres_bin)"
  mongod="$("$here/../../tools/mongod.sh")"
  command -v redis-server >/dev/null || die "no redis-server found; run tools/setup.sh --servers"
  read -r pg_port redis_port mongo_port < <(free_ports 3)
  trap stop EXIT
  start_mongo
  start_redis
  start_postgres
  python3 "$here/replica_set.py" "$mongo_port"
  write_env
  trap - EXIT
  say "PostgreSQL on $pg_port, mongod on $mongo_port, Redis on $redis_port (127.0.0.1)"
}

stop() {
  [ -d "$dir" ] || return 0
  cd /
  local data="$dir/postgres/data" pid
  for pid in "$dir/redis/pid" "$dir/mongo/pid"; do
    # A test that failed half-way may have left it stopped.
    [ -s "$pid" ] && kill -CONT "$(cat "$pid")" 2>/dev/null && kill -TERM "$(cat "$pid")" 2>/dev/null || true
  done
  if [ -d "$data" ]; then
    as_postgres "$(postgres_bin)/pg_ctl" -D "$data" -m immediate -w -t 20 stop >/dev/null 2>&1 || true
  fi
  for pid in "$dir/redis/pid" "$dir/mongo/pid"; do
    [ -s "$pid" ] || continue
    for _ in $(seq 100); do
      kill -0 "$(cat "$pid" 2>/dev/null)" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$(cat "$pid" 2>/dev/null)" 2>/dev/null || true
  done
  rm -rf "$dir"
}

case "$action:$dir" in
  start:?*) start ;;
  stop:?*) stop ;;
  *) die "usage: servers.sh start|stop DIR" ;;
esac

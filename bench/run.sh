#!/usr/bin/env bash
# Builds the benchmarks, starts real servers on private ports, runs, and stops them.
#   bench/run.sh [NAME…] [--quick] [--json FILE]      NAME: json, cache_key, near_cache,
#       cache, vectors, reads, writes (default: all of these), or peers, which installs Python's caches (peers.txt)
#       by pip, once, or scale, which fills PostgreSQL and MongoDB with a million contents (--quick:
#       100 000) for half an hour, and writes no rows
# Each row compares polystore with a baseline that was measured in turn with it, in the same run.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

names=()
arguments=()
json=""
while [ $# -gt 0 ]; do
  case "$1" in
    --quick) arguments+=(--quick) ;;
    --json) json="$(realpath -m "$2")"; shift ;;
    json | cache_key | near_cache | cache | vectors | reads | writes | peers | scale) names+=("$1") ;;
    *) echo "usage: bench/run.sh [NAME…] [--quick] [--json FILE]" >&2; exit 2 ;;
  esac
  shift
done
[ "${#names[@]}" -gt 0 ] || names=(json cache_key near_cache cache vectors reads writes)

# Sets $python to one that has what peers.py imports.
install_peers() {
  local folder
  folder="${XDG_CACHE_HOME:-$HOME/.cache}/polystore/peers-$(sha256sum bench/peers.txt | cut -c 1-12)"
  python="$folder/bin/python"
  [ ! -e "$folder/installed" ] || return 0
  echo "bench: installing bench/peers.txt into $folder (about 600 MB, once)" >&2
  rm -rf "$folder"
  python3 -m venv --without-pip "$folder"  # Debian's python3 has no pip to put into it
  python3 -m pip --python "$python" install --quiet --disable-pip-version-check -r bench/peers.txt >&2
  touch "$folder/installed"
}

# What the tables and collections have grown to.
print_sizes() {
  "$POLYSTORE_TEST_POSTGRES_BIN/psql" "$POLYSTORE_TEST_POSTGRES_URL" -qAt -F ' ' -c "SELECT relname, \
    pg_size_pretty(pg_table_size(oid)), 'indexes', pg_size_pretty(pg_indexes_size(oid)) FROM pg_class \
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_total_relation_size(oid) > 1000000"
  du -sh "$scratch"/servers/{postgres,mongo}
}

# The servers that vectors are compared with, where they can be had; sets POLYSTORE_BENCH_*_URL.
start_vector_servers() {
  local folder="$scratch/vector_servers" pgvector wanted=()
  if pgvector="$(tools/pgvector.sh "$POLYSTORE_TEST_POSTGRES_BIN/postgres")"; then
    wanted+=(postgres)
  else
    echo "bench: no comparison with pgvector: see above" >&2
  fi
  if POLYSTORE_REDIS_SERVER="$(tools/redis8.sh)"; then
    export POLYSTORE_REDIS_SERVER
    wanted+=(redis)
  else
    echo "bench: no comparison with vector sets of Redis 8: see above" >&2
  fi
  [ "${#wanted[@]}" -gt 0 ] || return 0
  # Memory for the whole index, as Redis has it.
  POLYSTORE_POSTGRES_BUFFERS=2GB tests/support/servers.sh start "$folder" "${wanted[@]}"
  if [[ " ${wanted[*]} " == *" redis "* ]]; then
    echo "# redis8: $("$POLYSTORE_REDIS_SERVER" --version)"
    POLYSTORE_BENCH_REDIS8_URL="$(. "$folder/env" && echo "$POLYSTORE_TEST_REDIS_URL")"
    export POLYSTORE_BENCH_REDIS8_URL
  fi
  if [[ " ${wanted[*]} " == *" postgres "* ]]; then
    echo "# pgvector: $(cat "$pgvector/version"), $("$POLYSTORE_TEST_POSTGRES_BIN/postgres" --version)"
    POLYSTORE_BENCH_PGVECTOR_URL="$(. "$folder/env" && echo "$POLYSTORE_TEST_POSTGRES_URL")"
    export POLYSTORE_BENCH_PGVECTOR_URL
    # By its name, under which pgvector's own workers load it, too; where the server may read it.
    install -m 755 "$pgvector/vector.so" "$scratch/vector.so"
    PGOPTIONS="-c client_min_messages=warning" "$POLYSTORE_TEST_POSTGRES_BIN/psql" \
      "$POLYSTORE_BENCH_PGVECTOR_URL" -qAt -o /dev/null -v ON_ERROR_STOP=1 \
      -c "ALTER SYSTEM SET dynamic_library_path = '\$libdir:$scratch'" -c "SELECT pg_reload_conf()" \
      -f <(sed 's/MODULE_PATHNAME/vector/' "$pgvector/vector.sql")
  fi
}

leave() {
  tests/support/servers.sh stop "$scratch/vector_servers" || true
  leave_scratch
}

run() {
  local program="build/release/bench/bench_$1"
  if [ "$1" = peers ]; then
    "$python" -B bench/peers.py --program "$program" "${@:2}"
  elif [ "$1" = scale ]; then
    local contents=1000000
    [[ " $* " != *" --quick "* ]] || contents=100000
    "$program" --metadata "$POLYSTORE_TEST_POSTGRES_URL" --outputs "$POLYSTORE_TEST_MONGO_URL" --contents "$contents"
    print_sizes
    echo '[]' >"$scratch/scale.json"
  else
    "$program" "${@:2}"
  fi
}

cd "$root"
tools/setup.sh --servers --bench
. tests/support/scratch.sh bench
trap leave EXIT
if [[ " ${names[*]} " == *" peers "* ]]; then install_peers; fi
if ! { cmake --preset release -DPOLYSTORE_BUILD_TESTS=OFF -DPOLYSTORE_BUILD_BENCH=ON &&
  cmake --build --preset release --target "${names[@]/#/bench_}"; } >"$scratch/build.log" 2>&1; then
  tail -n 40 "$scratch/build.log"
  exit 1
fi
export POLYSTORE_MONGOD_CACHE_GB=8  # near what mongod takes by default on a machine of 24 GiB
start_servers
# A server in use writes its log into segments that it has; a new one would make each as it goes.
if [[ " ${names[*]} " == *" writes "* ]]; then
  "$POLYSTORE_TEST_POSTGRES_BIN/psql" "$POLYSTORE_TEST_POSTGRES_URL" -qAt -o /dev/null -c CHECKPOINT -c \
    "SELECT pg_logical_emit_message(false, 'bench', repeat('x', 8000000)) FROM generate_series(1, 120)" \
    -c CHECKPOINT
fi
if [[ " ${names[*]} " == *" vectors "* ]]; then start_vector_servers; fi
for name in "${names[@]}"; do
  run "$name" "${arguments[@]}" --json "$scratch/$name.json"
done
if [ -n "$json" ]; then
  files=("${names[@]/#/$scratch/}")
  files=("${files[@]/%/.json}")
  python3 -c 'import json, sys; print(json.dumps([row for name in sys.argv[1:] for row in json.load(open(name))], indent=2))' \
    "${files[@]}" >"$json"
fi

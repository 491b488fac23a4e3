#!/usr/bin/env bash
# Installs what is missing, builds, and runs the main job in plain view: stores a news summary and
# 240 real chat completions, and asks for them.
#   examples/run.sh             on the embedded default (SQLite and memory)
#   examples/run.sh --servers   on real PostgreSQL, MongoDB and Redis, which it starts and stops
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"

servers=""
case "${1:-}" in
  "") ;;
  --servers) servers=1 ;;
  *) echo "usage: examples/run.sh [--servers]" >&2; exit 2 ;;
esac

tools/setup.sh ${servers:+--servers}

echo "build: release preset, in build/release"
. tests/support/scratch.sh examples
if ! { cmake --preset release -DPOLYSTORE_BUILD_TESTS=OFF &&
  cmake --build --preset release --target quickstart import_generations; } >"$scratch/build.log" 2>&1; then
  tail -n 40 "$scratch/build.log"
  exit 1
fi

unset POLYSTORE_METADATA_URL POLYSTORE_OUTPUTS_URL POLYSTORE_RESPONSES_URL POLYSTORE_VECTORS_URL
export POLYSTORE_HOME="$scratch"
if [ -n "$servers" ]; then
  start_servers
  export POLYSTORE_METADATA_URL="$POLYSTORE_TEST_POSTGRES_URL"
  export POLYSTORE_OUTPUTS_URL="$POLYSTORE_TEST_MONGO_URL"
  export POLYSTORE_RESPONSES_URL="$POLYSTORE_TEST_REDIS_URL"
fi

show() {
  printf '\n$ %s\n' "$*"
  "$@"
}
show build/release/examples/quickstart
if [ -n "$servers" ]; then
  show redis-cli -u "$POLYSTORE_RESPONSES_URL" get user:1023:summary
  printf '\n$ psql: SELECT title, model_used, user_id FROM ai_generated_content_flat\n'
  psql "$POLYSTORE_METADATA_URL" -P pager=off -c \
    "SELECT title, model_used, user_id FROM ai_generated_content_flat"
fi
show build/release/examples/import_generations examples/data/generations.jsonl
echo

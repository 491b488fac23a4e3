#!/usr/bin/env bash
# Installs what is missing, builds, and runs the main job in plain view: stores a news summary and
# 240 real chat completions, and asks for them.
#   examples/run.sh             on the embedded default (SQLite and memory)
#   examples/run.sh --servers   on real PostgreSQL, MongoDB and Redis, which it starts and stops
#   examples/run.sh --llm       also asks a real model, with and without the cache; on the first run it
#                               fetches and builds llama.cpp (tools/llm.sh), which takes minutes
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"

servers=""
llm=""
for option in "$@"; do
  case "$option" in
    --servers) servers=1 ;;
    --llm) llm=1 ;;
    *) echo "usage: examples/run.sh [--servers] [--llm]" >&2; exit 2 ;;
  esac
done

tools/setup.sh ${servers:+--servers} ${llm:+--llm}
targets=(quickstart import_generations)
llama=""
if [ -n "$llm" ]; then
  llama="$(tools/llm.sh library)"
  model="$(tools/llm.sh model)"
  targets+=(cached_generation)
fi

echo "build: release preset, in build/release"
. tests/support/scratch.sh examples
if ! { cmake --preset release -DPOLYSTORE_BUILD_TESTS=OFF "-DPOLYSTORE_LLAMA_DIR=$llama" &&
  cmake --build --preset release --target "${targets[@]}"; } >"$scratch/build.log" 2>&1; then
  tail -n 40 "$scratch/build.log"
  exit 1
fi

unset POLYSTORE_METADATA_URL POLYSTORE_OUTPUTS_URL POLYSTORE_RESPONSES_URL
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

if [ -n "$llm" ]; then
  results=build/cached_generation
  show build/release/examples/cached_generation "$model" examples/data/generations.jsonl "$results"
  show gnuplot -c examples/cached_generation/plot.gp "$results" "$results/latency.png"
  echo "plot: $results/latency.png"
fi

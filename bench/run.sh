#!/usr/bin/env bash
# Builds the benchmarks, starts real servers on private ports, runs, and stops them.
#   bench/run.sh [NAME…] [--quick] [--json FILE]      NAME: writes, json, cache_key, responses, vectors (default: all)
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
    writes | json | cache_key | responses | vectors) names+=("$1") ;;
    *) echo "usage: bench/run.sh [writes] [json] [cache_key] [responses] [vectors] [--quick] [--json FILE]" >&2; exit 2 ;;
  esac
  shift
done
[ "${#names[@]}" -gt 0 ] || names=(json cache_key responses vectors writes)

cd "$root"
tools/setup.sh --servers --bench
. tests/support/scratch.sh bench
if ! { cmake --preset release -DPOLYSTORE_BUILD_TESTS=OFF -DPOLYSTORE_BUILD_BENCH=ON &&
  cmake --build --preset release --target "${names[@]/#/bench_}"; } >"$scratch/build.log" 2>&1; then
  tail -n 40 "$scratch/build.log"
  exit 1
fi
start_servers
for name in "${names[@]}"; do
  "build/release/bench/bench_$name" "${arguments[@]}" --json "$scratch/$name.json"
done
if [ -n "$json" ]; then
  files=("${names[@]/#/$scratch/}")
  files=("${files[@]/%/.json}")
  python3 -c 'import json, sys; print(json.dumps([row for name in sys.argv[1:] for row in json.load(open(name))], indent=2))' \
    "${files[@]}" >"$json"
fi

#!/usr/bin/env bash
# Installs what is missing, starts real PostgreSQL, MariaDB, MongoDB and Redis on private ports of
# 127.0.0.1, builds, runs every test, and stops what it started.
#   tests/run.sh            everything: plain, with ASan+UBSan, with TSan, installed; the format
#   tests/run.sh --quick    the plain build and its tests only, without the randomised crash tests
#   tests/run.sh --lint     clang-tidy over lib/ only: five minutes that the whole run has no room for
# POLYSTORE_SCRATCH: where servers keep their files (default: a new folder in memory where there is
# room, else under /tmp).
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"

what="${1:-all}"
case "$what" in
  all | --quick | --lint) ;;
  *) echo "usage: tests/run.sh [--quick | --lint]" >&2; exit 2 ;;
esac

summary=()
failed=0
declare -A begun

# step <name> <command…>: runs it, goes on when it fails, and remembers.
step() {
  local name="$1" start=$SECONDS result=ok
  shift
  printf '\n=== %s\n' "$name"
  "$@" || { result=FAILED; failed=1; }
  summary+=("$(printf '%-32s %-6s %4d s' "$name" "$result" $((SECONDS - start)))")
}

# begin <name> <command…>: as step, but goes on at once; what it prints comes with `finish <name>`.
begin() {
  local name="$1" start=$SECONDS
  shift
  {
    if "$@" >"$scratch/$name.out" 2>&1; then echo ok; else echo FAILED; fi
    echo $((SECONDS - start))
  } >"$scratch/$name.end" &
  begun[$name]=$!
}

finish() {
  printf '\n=== %s (rest)\n' "$1"
  wait "${begun[$1]}"
  cat "$scratch/$1.out"
  { read -r result; read -r seconds; } <"$scratch/$1.end"
  [ "$result" = ok ] || failed=1
  summary+=("$(printf '%-32s %-6s %4d s beside others' "$1" "$result" "$seconds")")
}

build() {
  # What an earlier run chose to build is not kept.
  cmake --preset "$1" -U 'POLYSTORE_TEST_*' -DCMAKE_EXE_LINKER_FLAGS="$linker" "${@:2}" >"$scratch/configure-$1.log" || { cat "$scratch/configure-$1.log"; return 1; }
  cmake --build --preset "$1" -- --quiet
}

# For `begin`: yields to all else.
build_aside() {
  renice -n 19 "$BASHPID" >/dev/null
  build "$@"
}

check_format() {
  git ls-files -co --exclude-standard -- '*.cpp' '*.hpp' | xargs clang-format --dry-run --Werror
}

check_lint() {
  # The sources; their headers are looked at through them.
  git ls-files -co --exclude-standard -- 'lib/*.cpp' |
    xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p build/dev --warnings-as-errors='*' 2>/dev/null
}

test_preset() {
  # Most of a test's time is waiting.
  ctest --preset "$1" --parallel $(($(nproc) * 2)) --no-tests=error --output-on-failure \
    --output-junit "$scratch/$1.xml" "${@:2}" \
    >"$scratch/ctest-$1.log" 2>&1 || { grep -vE '^ *(Start|[0-9]+/[0-9]+ .*Passed)' "$scratch/ctest-$1.log"; return 1; }
  tail -n 1 "$scratch/ctest-$1.log"
  grep -E '[0-9]+% tests passed' "$scratch/ctest-$1.log"
}

sanitized=(-DPOLYSTORE_TEST_ONCE=ON -DPOLYSTORE_BUILD_EXAMPLES=OFF -DPOLYSTORE_BUILD_TOOLS=OFF)
options=(--tests --servers)
[ "$what" = --quick ] || options+=(--checks)
tools/setup.sh "${options[@]}"

# Most of what the tests wait for is the disk. What a killed process had written is there after it,
# in memory as on a disk.
has_room() {
  local probe available_kb
  read -r available_kb < <(df --output=avail "$1" 2>/dev/null | tail -n 1) || return 1
  [ "$available_kb" -gt $((8 << 20)) ] || return 1
  [ "$(awk '/^MemAvailable/ {print $2}' /proc/meminfo)" -gt $((14 << 20)) ] || return 1
  probe="$(mktemp "$1/polystore-probe.XXXXXX")" || return 1
  printf '#!/bin/sh\n' >"$probe" && chmod +x "$probe" && "$probe" 2>/dev/null  # not mounted noexec
  local runs=$?
  rm -f "$probe"
  return "$runs"
}
if [ -z "${POLYSTORE_SCRATCH:-}" ] && has_room /dev/shm; then POLYSTORE_SCRATCH=/dev/shm; fi
. tests/support/scratch.sh tests
mkdir -m 1777 "$scratch/tmp"
export TMPDIR="$scratch/tmp"
start_servers
# The same sources are compiled for several builds; compiling them once is half the time.
if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_NOHASHDIR=1; fi
linker=""
if command -v mold >/dev/null; then linker=-fuse-ld=mold; fi  # a fifth of the time for each program
export POLYSTORE_TEST_REQUIRE_SERVERS=1  # a test that would skip for want of a server fails

case "$what" in
  --quick)
    step "build dev" build dev
    step "test dev" test_preset dev -LE crash
    ;;
  --lint)
    step "build dev" build dev
    step "lint" check_lint
    ;;
  all)
    step "format" check_format
    # What a sanitizer tests is not tested once more without; faults and crashes, which are much
    # about time, are tested without. A unit test has the sanitizer that sees most of it; the store's
    # tests have both.
    # -g1: nobody steps through these programs, and it is less to compile.
    step "build dev" build dev -DCMAKE_CXX_FLAGS_DEBUG=-g1 -DPOLYSTORE_TEST_INSTALL=ON \
      -DPOLYSTORE_TEST_ONCE=ON "-DPOLYSTORE_TEST_GROUPS=unit;fault;crash;policy;tool"
    # Tests wait for servers most of the time. The compiler has it meanwhile, and yields to them.
    begin build-asan build_aside asan-ubsan "${sanitized[@]}" \
      "-DPOLYSTORE_TEST_GROUPS=unit;contract;integration;store"
    step "test dev and installed package" test_preset dev -LE crash
    step "test crashes" test_preset dev -L crash
    finish build-asan
    begin build-tsan build_aside tsan "${sanitized[@]}" "-DPOLYSTORE_TEST_GROUPS=unit;store"
    step "test asan-ubsan" test_preset asan-ubsan
    finish build-tsan
    step "test tsan" test_preset tsan
    ;;
esac

printf '\n=== summary (%d s)\n' "$SECONDS"
printf '%s\n' "${summary[@]}"
if [ "$failed" -ne 0 ]; then
  echo "FAILED"
  exit 1
fi
echo "all passed"

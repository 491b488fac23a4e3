#!/usr/bin/env bash
# Installs what is missing, from Debian's packages. Installs nothing that is already there.
#   tools/setup.sh [--tests] [--servers] [--checks] [--bench] [--llm]
# With no option: what the library and its examples need. --tests adds Catch2 and prometheus-cpp,
# --servers adds PostgreSQL, MariaDB, Redis and mongod, --checks adds clang-format, clang-tidy,
# ccache and mold, --bench adds the vector libraries that the benchmarks compare with,
# --llm adds what the example cached_generation needs beside tools/llm.sh.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
. "$here/apt_source.sh"

build_packages=(g++ cmake ninja-build pkg-config libpq-dev libmongoc-dev libhiredis-dev libfmt-dev
                libmariadb-dev libsqlite3-dev libsimdjson-dev libutf8proc-dev libssl-dev libzstd-dev
                libxxhash-dev nlohmann-json3-dev libcli11-dev)
test_packages=(prometheus-cpp-dev)
server_packages=(postgresql redis-server redis-tools mariadb-server-core mariadb-client-core libcurl4
                  python3 python3-pip python3-redis)
bench_packages=(libhnswlib-dev libfaiss-dev)
check_packages=(clang-format clang-tidy ccache mold)
llm_packages=(python3 python3-pip gnuplot-nox)

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }
installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "this needs root: run it as root, install sudo, or install these yourself: ${missing[*]}"
  fi
}

# A source that does not answer must not stop us when the others have the packages.
refresh_lists() {
  as_root apt-get update -qq -o Acquire::Retries=3 || say "some package lists could not be read; going on"
}

# While packages install, their services stay down: the tests run servers of their own.
install_packages() {
  local policy=/usr/sbin/policy-rc.d made_policy=""
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    made_policy=1
  fi
  local failed=0
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@" >"$log" 2>&1 || failed=1
  if [ -n "$made_policy" ]; then as_root rm -f "$policy"; fi
  if [ "$failed" -ne 0 ]; then
    tail -n 30 "$log" >&2
    die "apt-get could not install: $*"
  fi
}

catch2_major() {
  apt-cache policy catch2 2>/dev/null | sed -n 's/^ *Candidate: \([0-9]*\)\..*/\1/p'
}

# Debian 12 has Catch2 3 in its backports only: the same mirror, another suite.
add_backports() {
  local codename list=/etc/apt/sources.list.d/polystore-backports
  codename="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")"
  [ "$codename" = bookworm ] || die "Catch2 3 is not in this system's packages; install it, or use Debian 12 or later"
  apt-cache policy | grep -q 'bookworm-backports' && return 0
  local text
  text="$(apt_source bookworm-backports)" ||
    die "no apt source for bookworm was found to take bookworm-backports from"
  printf '%s\n' "$text" | as_root tee "$(apt_source_name "$list" "$text")" >/dev/null
}

wanted=("${build_packages[@]}")
tests=""
servers=""
for option in "$@"; do
  case "$option" in
    --tests) tests=1; wanted+=("${test_packages[@]}") ;;
    --servers) servers=1; wanted+=("${server_packages[@]}") ;;
    --checks) wanted+=("${check_packages[@]}") ;;
    --bench) wanted+=("${bench_packages[@]}") ;;
    --llm) wanted+=("${llm_packages[@]}") ;;
    *) die "unknown option $option (known: --tests, --servers, --checks, --bench, --llm)" ;;
  esac
done
command -v apt-get >/dev/null || die "only Debian and its relatives are known; install what README.md lists, then run cmake"

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
missing=()
for package in "${wanted[@]}"; do
  installed "$package" || missing+=("$package")
done
catch2_version="$(dpkg-query -W -f '${Version}' catch2 2>/dev/null || true)"
need_catch2=""
case "$tests:$catch2_version" in
  :* | 1:3.*) ;;
  *) need_catch2=1 ;;
esac

if [ "${#missing[@]}" -gt 0 ] || [ -n "$need_catch2" ]; then
  refresh_lists
fi
if [ "${#missing[@]}" -gt 0 ]; then
  say "installing ${missing[*]}"
  install_packages "${missing[@]}"
fi
if [ -n "$need_catch2" ]; then
  missing=(catch2)
  target=()
  if [ "$(catch2_major)" != 3 ]; then
    add_backports
    refresh_lists
    target=(-t bookworm-backports)
  fi
  say "installing catch2 3"
  install_packages "${target[@]}" catch2
fi
if [ -n "$servers" ]; then
  "$here/mongod.sh" >/dev/null
fi
say "everything needed is installed"

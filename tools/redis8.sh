#!/usr/bin/env bash
# Prints the path of a redis-server of version 8 or later, which has vector sets: the one on PATH, or
# that of Debian 13, unpacked into a cache with its libraries. Nothing is installed.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
. "$here/apt_source.sh"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/polystore/redis-8"

die() { printf 'redis8: %s\n' "$*" >&2; exit 1; }

if [[ "$(redis-server --version 2>/dev/null)" =~ \ v=([0-9]+)\. ]] && [ "${BASH_REMATCH[1]}" -ge 8 ]; then
  command -v redis-server
  exit 0
fi
if [ ! -x "$cache/redis-server" ]; then
  command -v apt-get >/dev/null || die "only Debian and its relatives are known; put a redis-server 8 on PATH"
  echo "redis8: fetching Redis 8 of Debian 13 into $cache (about 30 MB, once)" >&2
  mkdir -p "$(dirname "$cache")"
  scratch="$(mktemp -d "$cache.XXXXXX")"
  trap 'rm -rf "$scratch"' EXIT
  { private_apt "$scratch/apt" trixie &&
    apt-get "${apt_options[@]}" install --download-only --yes --no-install-recommends redis-server; } >&2 ||
    die "Debian 13 could not be read from the mirror that apt is set up with"
  for package in "$scratch"/apt/cache/archives/*.deb; do
    dpkg-deb -x "$package" "$scratch/root"
  done
  rm -rf "$scratch/apt"
  loader="$(find "$scratch/root/usr/lib" -name 'ld-linux*.so.*' -print -quit)"
  [ -n "$loader" ] || die "Debian 13's libc6 has no dynamic loader where it was looked for"
  loader="${loader#"$scratch/"}"
  cat >"$scratch/redis-server" <<WRAPPER
#!/bin/sh
here="\$(dirname "\$(readlink -f "\$0")")"
exec "\$here/$loader" --library-path "\$here/$(dirname "$loader")" "\$here/root/usr/bin/redis-server" "\$@"
WRAPPER
  chmod 755 "$scratch" "$scratch/redis-server"
  "$scratch/redis-server" --version >/dev/null
  rm -rf "$cache"
  mv -T "$scratch" "$cache"
fi
echo "$cache/redis-server"

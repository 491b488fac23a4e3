#!/usr/bin/env bash
# Prints a folder with pgvector built for a PostgreSQL server and this machine's processor: vector.so,
# and vector.sql, which makes the type and its operators in a database as CREATE EXTENSION would (with
# MODULE_PATHNAME in place of the path of vector.so). From the sources in Debian 13; nothing is installed.
#   tools/pgvector.sh POSTGRES      the path of its program postgres
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
. "$here/apt_source.sh"

die() { printf 'pgvector: %s\n' "$*" >&2; exit 1; }

[ $# -eq 1 ] || die "usage: tools/pgvector.sh POSTGRES"
[[ "$("$1" --version)" =~ \(PostgreSQL\)\ ([0-9]+) ]] || die "$1 does not say its version"
major="${BASH_REMATCH[1]}"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/polystore/pgvector-$major"
if [ ! -e "$cache/vector.sql" ]; then
  command -v apt-get >/dev/null || die "only Debian and its relatives are known"
  echo "pgvector: fetching and building it for PostgreSQL $major in $cache (about 30 MB, once)" >&2
  mkdir -p "$(dirname "$cache")"
  scratch="$(mktemp -d "$cache.XXXXXX")"
  trap 'rm -rf "$scratch"' EXIT
  mkdir "$scratch/pgvector"
  cd "$scratch"
  apt-get -qq -o APT::Sandbox::User= download "postgresql-server-dev-$major" >&2 ||
    die "there is no package postgresql-server-dev-$major; is it another server than Debian's?"
  { private_apt "$scratch/apt" trixie &&
    apt-get "${apt_options[@]}" source --download-only pgvector; } >&2 ||
    die "Debian 13 could not be read from the mirror that apt is set up with"
  dpkg-deb -x "postgresql-server-dev-${major}_"*.deb headers
  tar -xf pgvector_*.orig.tar.* -C pgvector --strip-components=1
  # The options of its Makefile, which needs more of PostgreSQL than its headers.
  cc -O2 -march=native -ftree-vectorize -fassociative-math -fno-signed-zeros -fno-trapping-math \
    -fno-strict-aliasing -fwrapv -fPIC -shared -w -I "headers/usr/include/postgresql/$major/server" \
    -o vector.so pgvector/src/*.c
  sed -n "s/^default_version = '\(.*\)'/\1/p" pgvector/vector.control >version
  sed '/^\\/d' pgvector/sql/vector.sql >vector.sql  # without the line for those who run it by hand
  rm -rf apt headers pgvector ./*.deb pgvector_*
  cd /
  rm -rf "$cache"
  mv -T "$scratch" "$cache"
fi
echo "$cache"

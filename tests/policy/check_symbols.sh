#!/usr/bin/env bash
# Checks what our libraries export: the public API, and nothing of the layers behind it.
#
#   check_symbols.sh <library>…     shared libraries, or static ones: what they would export
#   check_symbols.sh --self-test    shows on bad libraries that the check can fail (needs $CXX or c++)
#
# Weak symbols of the C++ standard library are no leak: the compiler puts copies of its templates
# into every library. Nor are those of an interface of prometheus-cpp that has no source of its own.
set -euo pipefail

# What may stand before a name in its mangled form: vtable, typeinfo, guard, thunk, local of.
special='^_Z(T[VTIS]|GV|GR|T[hv][n0-9_]*|Z)*N?[KVRO]*'
ours="${special}9polystore"
internal="${ours}(8adapters|6facade|4open|5ports|4read|6values|6vector|5write|12_GLOBAL__N_1)[0-9]"
standard="${special}(St|S[absiod]|9__gnu_cxx)|^_Zn[wa]mPv$|^_Zd[la]PvS_$"
interface='^_Z(T[VIS])?N10prometheus11Collectable(D[0-2]Ev|E)$'

# Prints "<binding> <name>" of each symbol that a library exports.
exported() {
  local table=--symbols
  [[ $1 == *.so* ]] && table=--dyn-syms
  # Value Size Type Bind Vis Ndx Name, after the number of the line.
  readelf --wide "$table" "$1" |
    awk '$5 ~ /GLOBAL|WEAK|UNIQUE/ && $6 == "DEFAULT" && $7 != "UND" { print $5, $8 }' |
    sed 's/@.*//' | sort -u
}

check() {
  local library faults=0 count binding name
  for library in "$@"; do
    count=0
    while read -r binding name; do
      count=$((count + 1))
      if [[ $name =~ $internal ]] ||
        ! { [[ $name =~ $ours ]] || [[ $binding != GLOBAL && $name =~ $standard|$interface ]]; }; then
        echo "$(basename "$library") exports $(c++filt "$name")"
        faults=$((faults + 1))
      fi
    done < <(exported "$library")
    if [[ $count == 0 ]]; then
      echo "$(basename "$library") exports nothing"
      faults=$((faults + 1))
    fi
  done
  [[ $faults == 0 ]]
}

self_test() {
  local folder failures=0 good='namespace polystore {
    struct __attribute__((visibility("default"))) Error { virtual ~Error(); }; Error::~Error() {}
    namespace detail { __attribute__((visibility("default"))) void parse() {} }
    namespace write { void hidden() {} } }'
  folder=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$folder'" EXIT
  # Compiles $2 hidden by default into a static and a shared library; both must pass or fail ($1).
  expect() {
    local library result
    rm -f "$folder"/*.a
    "${CXX:-c++}" -fPIC -fvisibility=hidden -c -o "$folder/x.o" -x c++ - <<<"$2"
    ar rcs "$folder/x.a" "$folder/x.o"
    "${CXX:-c++}" -shared -o "$folder/x.so" "$folder/x.o"
    for library in "$folder/x.a" "$folder/x.so"; do
      result=pass
      check "$library" >"$folder/out" || result=fail
      if [[ $result != "$1" ]]; then
        echo "expected to $1: $(basename "$library") of: $2"
        cat "$folder/out"
        failures=$((failures + 1))
      fi
    done
  }
  local shown='__attribute__((visibility("default")))'
  expect pass "$good"
  expect pass "$good"$'\n#include <vector>\n'"namespace polystore { $shown int f() {
    std::vector<int> v; v.push_back(1); return v[0]; } }"
  expect fail "$good $shown void leaked() {}"
  expect fail "$good extern \"C\" $shown void polystore_leaked() {}"
  expect fail "$good namespace polystore::write { $shown void leaked() {} }"
  expect fail "$good namespace polystore::ports { struct $shown P { virtual ~P(); }; P::~P() {} }"
  local collectable="namespace prometheus { struct $shown Collectable {
    virtual ~Collectable() = default; virtual int collect() = 0; }; }"
  expect pass "$good $collectable namespace polystore { struct $shown Collector
    : ::prometheus::Collectable { int collect() override; }; int Collector::collect() { return 1; } }"
  expect fail "$good namespace prometheus { $shown void leaked() {} }"
  expect fail "$good namespace fmt { $shown void leaked() {} }"
  expect fail "$good namespace std { $shown void leaked() {} }"
  expect fail 'namespace polystore { void nothing_exported() {} }'
  [[ $failures == 0 ]]
}

case ${1-} in
  --self-test) self_test ;;
  '' | -*) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 2 ;;
  *) check "$@" ;;
esac

#!/usr/bin/env python3
"""Checks who includes whom: the arrows of the design point one way.

    check_includes.py <source tree>      checks include/ and lib/
    check_includes.py --self-test        shows on bad sample trees that every rule can fail

LAYERS is the rule book. CMake cannot enforce it: hiredis, SQLite and libpq lie on the compiler's
default include path.
"""

import posixpath
import re
from pathlib import Path

import tree_check

# C drivers, by the wrapper that owns them.
DRIVERS = {
    "postgres": r"libpq-fe\.h|libpq/.*|postgres_ext\.h",
    "mongo": r"mongoc/.*|bson/.*",
    "redis": r"hiredis/.*",
    "mysql": r"mysql/.*|mariadb/.*",
    "sqlite": r"sqlite3\.h",
}
STD = r"[a-z_0-9]+"  # <vector>, <cstdint>
POSIX = r"(sys|netinet|arpa|net)/[a-z_0-9]+\.h|linux/futex\.h|(dirent|errno|fcntl|netdb|poll|pthread|signal|unistd)\.h"
BSON = r"bson/.*"  # a value library as well as a part of the Mongo driver
VALUE_LIBRARIES = rf"{BSON}|nlohmann/.*|openssl/.*|simdjson\.h|utf8proc\.h|xxhash\.h|zstd\.h"
FMT = r"fmt/.*"

# Public headers that the wrappers and lib/core may use: they know nothing of contents.
PUBLIC_CORE = r"polystore/(deadline|error|export|fork_stamp|pool|statement_results|version)\.hpp"
PUBLIC = r"polystore/[a-z_0-9]+\.hpp"


def wrapper(name):
    return rf"polystore/{name}/[a-z_0-9]+\.hpp"


def layers():
    """Pairs (files, (what they may include in quotes, what in angles)); the first match holds."""
    rows = [
        (PUBLIC_CORE, ([PUBLIC_CORE], [STD])),
        (PUBLIC, ([PUBLIC], [STD])),
        (r"core/.*", ([r"core/.*", PUBLIC_CORE], [STD, POSIX, FMT])),
        (r"values/.*", ([r"values/.*", r"core/.*", PUBLIC], [STD, POSIX, FMT, VALUE_LIBRARIES])),
        (r"support/.*", ([r"support/.*", r"core/.*", PUBLIC_CORE], [STD])),
        (r"ports/.*", ([r"ports/.*", PUBLIC], [STD])),
        (r"facade/.*", ([r"(facade|write|read|vector|audit|ports|values|support|core)/.*", PUBLIC], [STD, FMT])),
        # On top of the facade: it uses what applications use.
        (r"semantic/.*", ([r"(semantic|values|support|core)/.*", PUBLIC], [STD])),
        # The composition root: the only code that knows ports and adapters.
        (r"open/.*", ([r"(open|facade|ports|values|core)/.*", r"adapters/[a-z]+/factory\.hpp",
                       PUBLIC], [STD, FMT])),
        (r"adapters/memory/.*", ([r"adapters/memory/.*", r"(ports|values|support|core)/.*", PUBLIC],
                                 [STD, FMT])),
    ]  # fmt: skip
    rows.append((r"vector/kernel\.cpp", ([r"vector/.*", PUBLIC], [STD, r"immintrin\.h"])))
    for name in ("write", "read", "vector", "audit"):  # siblings, which never include each other
        rows.append((rf"{name}/.*", ([rf"{name}/.*", r"(ports|values|support|core)/.*", PUBLIC],
                                     [STD, FMT])))  # fmt: skip
    rows.append((r"(polystore/)?prometheus/.*", ([r"polystore/prometheus/[a-z_0-9]+\.hpp", PUBLIC_CORE,
                                                  r"polystore/metrics\.hpp"],
                                                 [STD, r"prometheus/.*"])))  # fmt: skip
    for name, driver in DRIVERS.items():
        own = wrapper(name)
        rows += [
            (own, ([own, PUBLIC_CORE], [STD, POSIX, driver])),
            (rf"wrappers/{name}/.*",
             ([rf"wrappers/{name}/.*", own, r"core/.*", PUBLIC_CORE], [STD, POSIX, FMT, driver])),
            (rf"adapters/{name}/.*",
             ([rf"adapters/{name}/.*", own, r"(ports|values|support|core)/.*", PUBLIC], [STD, FMT, BSON])),
        ]  # fmt: skip
    return rows


LAYERS = layers()
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def sources(tree):
    """Maps each file, named as one includes it, to its path."""
    found = {}
    for root in (tree / "include", tree / "lib"):
        for path in sorted(root.rglob("*")):
            if path.suffix in (".hpp", ".cpp", ".h", ".c"):
                found[path.relative_to(root).as_posix()] = path
    return found


def resolved(quoted, includer, files):
    """What a quoted include means: as the compiler, beside the includer first."""
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(includer), quoted))
    return beside if beside in files else quoted


def matches(patterns, name):
    return any(re.fullmatch(pattern, name) for pattern in patterns)


def cycle(graph):
    """A list of files that include each other in a ring, or nothing."""
    done = set()
    path = []

    def visit(name):
        if name in path:
            return path[path.index(name):] + [name]
        if name in done:
            return None
        path.append(name)
        for included in graph.get(name, []):
            if ring := visit(included):
                return ring
        path.pop()
        done.add(name)
        return None

    for name in graph:
        if ring := visit(name):
            return ring
    return None


def check(tree):
    """Returns one line for each fault."""
    files = sources(tree)
    faults = []
    graph = {}
    for name, path in files.items():
        rule = next((rule for pattern, rule in LAYERS if re.fullmatch(pattern, name)), None)
        if rule is None:
            faults.append(f"{name}: belongs to no layer of LAYERS")
            continue
        ours, theirs = rule
        graph[name] = []
        for quoted, angled in INCLUDE.findall(path.read_text(encoding="utf-8")):
            quoted = resolved(quoted, name, files) if quoted else ""
            if quoted and quoted not in files:
                faults.append(f'{name}: "{quoted}" is neither in include/ nor in lib/')
            elif quoted and not matches(ours, quoted):
                faults.append(f'{name}: must not include "{quoted}"')
            elif angled and not matches(theirs, angled):
                faults.append(f"{name}: must not include <{angled}>")
            if quoted:
                graph[name].append(quoted)
    if not files:
        faults.append(f"{tree}: no sources found")
    if ring := cycle(graph):
        faults.append("includes in a ring: " + " -> ".join(ring))
    return faults


GOOD = {
    "include/polystore/error.hpp": "#include <string>",
    "include/polystore/content.hpp": '#include "polystore/error.hpp"',
    "include/polystore/redis/connection.hpp": '#include "polystore/error.hpp"\n'
    "#include <hiredis/hiredis.h>",
    "lib/core/url.hpp": '#include "polystore/error.hpp"\n#include <sys/socket.h>',
    "lib/ports/cache_port.hpp": '#include "polystore/content.hpp"',
    "lib/write/writer.hpp": '#include "ports/cache_port.hpp"',
    "lib/read/lookup.hpp": '#include "ports/cache_port.hpp"',
    "lib/wrappers/redis/connection.cpp": '#include "polystore/redis/connection.hpp"',
    "lib/adapters/redis/factory.hpp": '#include "ports/cache_port.hpp"',
    "lib/adapters/redis/cache.cpp": '#include "polystore/redis/connection.hpp"',
    "lib/adapters/mongo/factory.hpp": "",
    "lib/facade/store.cpp": '#include "write/writer.hpp"\n#include "read/lookup.hpp"',
    "lib/open/open.cpp": '#include "adapters/redis/factory.hpp"\n#include "facade/store.hpp"',
    "lib/facade/store.hpp": "",
    "include/polystore/metrics.hpp": "#include <cstdint>",
    "include/polystore/prometheus/collector.hpp": '#include "polystore/metrics.hpp"\n'
    "#include <prometheus/collectable.h>",
    "lib/facade/impl.hpp": '#include "store.hpp"',
}
# (what is added to the good tree, what the fault must say)
BAD = [
    ({"include/polystore/content.hpp": "#include <hiredis/hiredis.h>"}, "<hiredis/hiredis.h>"),
    ({"include/polystore/content.hpp": "#include <fmt/format.h>"}, "<fmt/format.h>"),
    ({"include/polystore/content.hpp": '#include "polystore/redis/connection.hpp"'}, "must not"),
    ({"include/polystore/error.hpp": '#include "polystore/content.hpp"'}, "must not"),
    ({"include/polystore/redis/connection.hpp": "#include <sqlite3.h>"}, "<sqlite3.h>"),
    ({"include/polystore/redis/x.hpp": '#include "polystore/content.hpp"'}, "must not"),
    ({"lib/core/url.hpp": '#include "ports/cache_port.hpp"'}, "must not"),
    ({"lib/core/url.hpp": '#include "polystore/content.hpp"'}, "must not"),
    ({"lib/ports/cache_port.hpp": '#include "write/writer.hpp"'}, "must not"),
    ({"lib/write/writer.hpp": '#include "read/lookup.hpp"'}, "must not"),
    ({"lib/read/lookup.hpp": '#include "write/writer.hpp"'}, "must not"),
    ({"lib/audit/verifier.hpp": '#include "write/writer.hpp"'}, "must not"),
    ({"lib/write/writer.hpp": '#include "adapters/redis/factory.hpp"'}, "must not"),
    ({"lib/facade/store.cpp": '#include "adapters/redis/factory.hpp"'}, "must not"),
    ({"lib/facade/store.cpp": "#include <libpq-fe.h>"}, "<libpq-fe.h>"),
    ({"lib/adapters/redis/cache.cpp": '#include "adapters/mongo/factory.hpp"'}, "must not"),
    ({"lib/adapters/redis/cache.cpp": '#include "write/writer.hpp"'}, "must not"),
    ({"lib/adapters/redis/cache.cpp": "#include <hiredis/hiredis.h>"}, "<hiredis/hiredis.h>"),
    ({"lib/adapters/mongo/factory.hpp": '#include "polystore/redis/connection.hpp"'}, "must not"),
    ({"lib/wrappers/redis/connection.cpp": '#include "ports/cache_port.hpp"'}, "must not"),
    ({"lib/open/open.cpp": '#include "adapters/redis/cache.hpp"',
      "lib/adapters/redis/cache.hpp": ""}, "must not"),
    ({"lib/facade/store.hpp": '#include "store_detail.hpp"'}, "neither in include/ nor in lib/"),
    ({"lib/write/writer.hpp": '#include "../read/lookup.hpp"'}, '"read/lookup.hpp"'),
    ({"lib/misc/thing.hpp": ""}, "no layer"),
    ({"include/polystore/metrics.hpp": "#include <prometheus/counter.h>"}, "<prometheus/counter.h>"),
    ({"include/polystore/prometheus/collector.hpp": '#include "polystore/content.hpp"'}, "must not"),
    ({"lib/write/a.hpp": '#include "write/b.hpp"', "lib/write/b.hpp": '#  include "write/a.hpp"'},
     "ring"),
]  # fmt: skip


def self_test():
    def faults_of(files):
        return tree_check.faults_in(check, files)

    assert faults_of(GOOD) == [], faults_of(GOOD)
    assert faults_of({}) != []
    for change, expected in BAD:
        faults = faults_of(GOOD | change)
        assert any(expected in fault for fault in faults), (change, faults)
    print(f"{len(BAD)} bad trees were all found")


if __name__ == "__main__":
    tree_check.run(__doc__, check, self_test)

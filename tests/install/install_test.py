#!/usr/bin/env python3
"""One scenario of the install tests: uses an installed polystore as its users do.

tests/install/CMakeLists.txt runs `setup` first, which builds polystore and installs it into
<scratch>/prefix, then the scenarios, then `cleanup`.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

# What the package may look up, and how a project is made blind to it.
BLINDFOLDS = {
    "postgres": ["-DCMAKE_DISABLE_FIND_PACKAGE_PostgreSQL=TRUE"],
    "sqlite": ["-DCMAKE_DISABLE_FIND_PACKAGE_SQLite3=TRUE"],
    "mongo": [
        "-DCMAKE_DISABLE_FIND_PACKAGE_mongoc=TRUE",
        "-DCMAKE_DISABLE_FIND_PACKAGE_mongoc-1.0=TRUE",
    ],
    "mysql": ["-DPOLYSTORE_MARIADB_INCLUDE_DIR=", "-DPOLYSTORE_MARIADB_LIBRARY="],
    "redis": [
        "-DCMAKE_DISABLE_FIND_PACKAGE_hiredis=TRUE",
        "-DPOLYSTORE_HIREDIS_INCLUDE_DIR=",
        "-DPOLYSTORE_HIREDIS_LIBRARY=",
    ],
    "prometheus": ["-DCMAKE_DISABLE_FIND_PACKAGE_prometheus-cpp=TRUE"],
    "facade": [
        "-DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=TRUE",
        "-DCMAKE_DISABLE_FIND_PACKAGE_fmt=TRUE",
        "-DPOLYSTORE_UTF8PROC_INCLUDE_DIR=",
        "-DPOLYSTORE_UTF8PROC_LIBRARY=",
        "-DPOLYSTORE_ZSTD_INCLUDE_DIR=",
        "-DPOLYSTORE_ZSTD_LIBRARY=",
        "-DCMAKE_DISABLE_FIND_PACKAGE_simdjson=TRUE",
    ],
    # Header-only and private, and what the tool was built with: no user ever needs them.
    "never": ["-DCMAKE_DISABLE_FIND_PACKAGE_nlohmann_json=TRUE",
              "-DPOLYSTORE_XXHASH_INCLUDE_DIR=",
              "-DCMAKE_DISABLE_FIND_PACKAGE_CLI11=TRUE"],
}


class Failure(Exception):
    pass


def check(condition, message):
    if not condition:
        raise Failure(message)


def run(*command, env=None):
    """Runs a command that must succeed. Returns what it printed."""
    result = _run(command, env)
    check(result.returncode == 0, f"exit status {result.returncode}")
    return result.stdout


def run_refused(*command):
    """Runs a command that must fail. Returns what it printed, with runs of blanks made one."""
    result = _run(command, None)
    check(result.returncode != 0, "this was expected to fail, but it passed")
    return re.sub(r"\s+", " ", result.stdout)


def _run(command, env):
    command = [str(part) for part in command]
    print("+", " ".join(command), flush=True)
    result = subprocess.run(
        command,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(result.stdout, flush=True)
    return result


class Scenario:
    def __init__(self, arguments):
        self.name = arguments.scenario
        self.shared = arguments.linkage == "shared"
        self.source = Path(arguments.source)
        self.build = Path(arguments.build)
        self.scratch = Path(arguments.scratch)
        self.prefix = self.scratch / "prefix"
        self.cxx = arguments.cxx
        # Those of the build that this test belongs to, so that ccache need not compile it again.
        self.build_options = [f"-DCMAKE_CXX_FLAGS={arguments.cxx_flags}",
                              f"-DCMAKE_CXX_FLAGS_DEBUG={arguments.debug_flags}",
                              f"-DCMAKE_BUILD_TYPE={arguments.build_type}"]
        self.generator = arguments.generator
        self.work = self.scratch / self.name

    # -- helpers ---------------------------------------------------------------------------------

    def configure_command(self, source, *options, prefix=None):
        return [
            "cmake", "-S", source, "-B", self.work / "build", "-G", self.generator,
            f"-DCMAKE_CXX_COMPILER={self.cxx}", "-DCMAKE_BUILD_TYPE=",
            f"-DCMAKE_PREFIX_PATH={prefix or self.prefix}", *options,
        ]  # fmt: skip

    def copy_of(self, project):
        """A project copied out of the source tree, so that it can't reach into it."""
        copy = self.work / "project"
        shutil.copytree(project, copy)
        return copy

    def build_and_run(self, project, *options, prefix=None):
        run(*self.configure_command(self.copy_of(project), *options, prefix=prefix))
        cache = (self.work / "build/CMakeCache.txt").read_text()
        found = re.search(r"^polystore_DIR:PATH=(.*)$", cache, re.MULTILINE)
        check(found and Path(found[1]).is_relative_to(prefix or self.prefix),
              "another polystore than the one under test was found")
        run("cmake", "--build", self.work / "build")
        return self.run_program(self.work / "build/consumer")

    def run_program(self, program, *arguments, env=None):
        home = self.work / "home"
        home.mkdir(exist_ok=True)
        for name in ("METADATA", "OUTPUTS", "RESPONSES"):
            os.environ.pop(f"POLYSTORE_{name}_URL", None)
        return run(program, *arguments, env={"POLYSTORE_HOME": str(home), **(env or {})})

    def probe(self, *options):
        """The command that configures a project which only looks polystore up."""
        return self.configure_command(HERE / "probe", *options)

    def check_facade_output(self, output):
        check("AI-Powered News Summary by GPT-4" in output, "the content was not read back")
        check("cached: Rain, then sun." in output, "the response was not read back")
        check((self.work / "home/polystore.db").exists(), "the embedded default left no file")

    # -- scenarios -------------------------------------------------------------------------------

    def setup(self):
        shutil.rmtree(self.scratch, ignore_errors=True)
        run(
            "cmake", "-S", self.source, "-B", self.build, "-G", self.generator,
            f"-DCMAKE_CXX_COMPILER={self.cxx}", *self.build_options,
            f"-DBUILD_SHARED_LIBS={'ON' if self.shared else 'OFF'}",
            f"-DCMAKE_INSTALL_PREFIX={self.prefix}", "-DCMAKE_INSTALL_LIBDIR=lib",
            "-DPOLYSTORE_BUILD_TESTS=OFF", "-DPOLYSTORE_BUILD_EXAMPLES=OFF",
        )  # fmt: skip
        run("cmake", "--build", self.build)
        run("cmake", "--install", self.build)

    def cleanup(self):
        shutil.rmtree(self.scratch, ignore_errors=True)

    def facade(self):
        self.check_facade_output(self.build_and_run(self.source / "examples/consumer",
                                                    *BLINDFOLDS["never"]))

    def facade_alone(self):
        """No COMPONENTS. A shared facade needs no development file of any driver."""
        blind = sum(BLINDFOLDS.values(), []) if self.shared else BLINDFOLDS["never"]
        project = self.copy_of(self.source / "examples/consumer")
        listfile = project / "CMakeLists.txt"
        text = listfile.read_text()
        text = text.replace(" COMPONENTS polystore sqlite", "").replace(" polystore::sqlite", "")
        listfile.write_text(text)
        check("sqlite)" not in text, "examples/consumer has changed: adapt this test")
        run(*self.configure_command(project, *blind))
        run("cmake", "--build", self.work / "build")
        self.check_facade_output(self.run_program(self.work / "build/consumer"))

    def wrapper(self, component):
        """One wrapper alone: nothing but its own driver is looked for."""
        blind = [option for name, options in BLINDFOLDS.items() if name != component
                 for option in options]
        output = self.build_and_run(HERE / "wrapper", f"-DCOMPONENT={component}", *blind)
        check(f"{component} 0.1." in output, "the program did not name its component and version")

    def wrapper_postgres(self):
        self.wrapper("postgres")

    def wrapper_mysql(self):
        self.wrapper("mysql")

    def wrapper_mongo(self):
        self.wrapper("mongo")

    def wrapper_redis(self):
        self.wrapper("redis")

    def wrapper_sqlite(self):
        self.wrapper("sqlite")

    def wrapper_prometheus(self):
        self.wrapper("prometheus")

    def pkg_config(self):
        where = {"PKG_CONFIG_PATH": str(self.prefix / "lib/pkgconfig")}
        flags = run("pkg-config", "--cflags", "--libs", "polystore", env=where).split()
        program = self.work / "consumer"
        run(self.cxx, "-std=c++20", self.source / "examples/consumer/main.cpp", *flags,
            "-o", program)
        self.check_facade_output(
            self.run_program(program, env={"LD_LIBRARY_PATH": str(self.prefix / "lib")}))
        for module in sorted((self.prefix / "lib/pkgconfig").glob("*.pc")):
            run("pkg-config", "--print-errors", "--exists", module.stem, env=where)

    def add_subdirectory(self):
        options = [f"-DPOLYSTORE_SOURCE_DIR={self.source}", *self.build_options]
        run(*self.configure_command(HERE / "add_subdirectory", *options, prefix=self.work))
        run("cmake", "--build", self.work / "build")
        self.check_facade_output(self.run_program(self.work / "build/consumer"))
        run("cmake", "--install", self.work / "build", "--prefix", self.work / "installed")
        check(not (self.work / "installed").exists(), "a subproject must not install anything")

    def wrong_version(self):
        run(*self.probe("-DPROBE_VERSION=0.1"))
        for version in ("2.0", "0.2", "0.0"):
            output = run_refused(*self.probe(f"-DPROBE_VERSION={version}"))
            check(f'compatible with requested version "{version}"' in output,
                  "the message does not name the version asked for")
            check("version: 0.1." in output, "the message does not name the version that is there")

    def bad_component(self):
        output = run_refused(*self.probe("-DPROBE_COMPONENTS=sqlite;oracle"))
        check('this polystore has no component "oracle", only core postgres' in output,
              "the message does not name the component and those that there are")
        output = run(*self.probe("-DPROBE_COMPONENTS=sqlite", "-DPROBE_OPTIONAL=oracle;redis"))
        check("found: sqlite=TRUE oracle=FALSE redis=TRUE" in output,
              "polystore_<component>_FOUND is wrong")

    def missing_dependency(self):
        hints = {"postgres": "libpq 14", "sqlite": "SQLite 3.35", "mongo": "libmongoc 1.x",
                 "mysql": "libmariadb 3.3", "redis": "hiredis was not found"}  # fmt: skip
        if self.has_prometheus():
            hints["prometheus"] = "prometheus-cpp was not found"
        for component, hint in hints.items():
            output = run_refused(*self.probe(f"-DPROBE_COMPONENTS={component}",
                                             *BLINDFOLDS[component]))
            check(f"component {component}: {hint}" in output, "the message names no cause")
            shutil.rmtree(self.work / "build")

    def other_mongoc(self):
        """The project has libmongoc 2 already, this polystore was built with 1."""
        other = "mongo::mongoc_shared" if self.mongoc_major() == 2 else "mongoc::mongoc"
        output = run_refused(*self.probe("-DPROBE_COMPONENTS=mongo", f"-DPROBE_MAKE={other}"))
        check("is needed, but this project already uses" in output, "the message names no cause")

    def has_prometheus(self):
        return (self.prefix / "lib/cmake/polystore/polystoreTargets-prometheus.cmake").exists()

    def mongoc_major(self):
        config = (self.prefix / "lib/cmake/polystore/polystoreConfig.cmake").read_text()
        return int(re.search(r"POLYSTORE_MONGOC_MAJOR (\d)", config)[1])

    def moved_prefix(self):
        moved = self.work / "moved"
        shutil.copytree(self.prefix, moved, symlinks=True)
        for path in (path for path in moved.rglob("*") if path.is_file()):
            content = path.read_bytes()
            if content.startswith((b"\x7fELF", b"!<arch>")):
                run("strip", "-g", path)  # debug information says where the sources were
                content = path.read_bytes()
            for place in (self.prefix, self.build):
                check(str(place).encode() not in content, f"{path.name} holds the path {place}")
        self.check_facade_output(self.build_and_run(self.source / "examples/consumer",
                                                    prefix=moved))

    def contents(self):
        def headers(root):
            return sorted(path.relative_to(root) for path in (root / "include").rglob("*.*"))

        wanted = [path for path in headers(self.source)
                  if "prometheus" not in path.parts or self.has_prometheus()]
        check(headers(self.prefix) == wanted, "installed headers are not those of include/")
        runtime = self.work / "runtime"
        run("cmake", "--install", self.build, "--prefix", runtime,
            "--component", "polystore_runtime")
        names = {path.name for path in runtime.rglob("*") if not path.is_dir()}
        check(all(re.search(r"\.so\.\d", name) for name in names),
              "polystore_runtime holds more than versioned libraries")
        check(bool(names) == self.shared, "polystore_runtime is for shared libraries, and has them")

    def tool(self):
        """The installed tool runs from where it lies, also from a moved prefix."""
        moved = self.work / "moved"
        shutil.copytree(self.prefix, moved, symlinks=True)
        for prefix in (self.prefix, moved):
            program = prefix / "bin/polystore"
            self.run_program(program, "migrate")
            check("0 failed, 0 warnings" in self.run_program(program, "doctor"), "doctor complains")

    def symbols(self):
        run("bash", self.source / "tests/policy/check_symbols.sh",
            *sorted((self.prefix / "lib").glob("*.so")))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario")
    parser.add_argument("--linkage", choices=["static", "shared"], required=True)
    for name in ("source", "build", "scratch", "cxx", "cxx-flags", "debug-flags", "build-type", "generator"):
        parser.add_argument(f"--{name}", required=True)
    arguments = parser.parse_args()
    os.nice(10)  # tests that run beside it check deadlines
    scenario = Scenario(arguments)
    if arguments.scenario not in ("setup", "cleanup"):
        shutil.rmtree(scenario.work, ignore_errors=True)
        scenario.work.mkdir(parents=True)
    try:
        getattr(scenario, arguments.scenario)()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")


if __name__ == "__main__":
    main()

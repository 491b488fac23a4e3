"""What the tests of the tool share: running it, stores in a folder, servers of their own."""

import contextlib
import json
import os
import pty
import random
import re
import select
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SECRET = "s3cr3t"
# A port of this machine that nothing listens on: 1 needs privileges and is not in use.
NOBODY = "127.0.0.1:1"

tool = None  # the program under test; main() sets it
fill = None  # a program that puts contents into the store of its environment


def require(name):
    """The value of POLYSTORE_TEST_<name>. Without it the test is skipped, or fails where
    POLYSTORE_TEST_REQUIRE_SERVERS=1 says that servers must be there."""
    value = os.environ.get(f"POLYSTORE_TEST_{name}")
    if not value:
        if os.environ.get("POLYSTORE_TEST_REQUIRE_SERVERS") == "1":
            raise AssertionError(f"POLYSTORE_TEST_{name} is not set")
        raise unittest.SkipTest(f"POLYSTORE_TEST_{name} is not set; tests/run.sh sets it")
    return value


class Result:
    """What a run of the tool gave: exit code, standard output, standard error."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"exit code {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class ToolTest(unittest.TestCase):
    """Runs the tool in a temporary folder, which is its POLYSTORE_HOME."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="polystore-tool-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.urls = {}  # "metadata", …: the environment that the tool gets

    def environment(self):
        environment = {name: value for name, value in os.environ.items()
                       if not re.fullmatch(r"POLYSTORE_\w+_URL", name)}  # fmt: skip
        environment["POLYSTORE_HOME"] = str(self.folder)
        # Or libmongoc, when it is loaded, may complain of what a killed process left in /dev/shm.
        environment["MONGOC_DISABLE_SHM"] = "1"
        for name, url in self.urls.items():
            environment[f"POLYSTORE_{name.upper()}_URL"] = url
        return environment

    def run_tool(self, *arguments):
        """Runs the tool and checks what must hold of every run."""
        done = subprocess.run([tool, *arguments], env=self.environment(), cwd=self.folder,
                              capture_output=True, text=True, timeout=100, check=False)  # fmt: skip
        result = Result(done.returncode, done.stdout, done.stderr)
        self.assertIn(result.code, (0, 1, 2, 3, 4), result)
        self.assertNotIn(SECRET, result.out + result.err)
        self.assertNotIn("\r", result.out + result.err, "a bar where there is no terminal")
        if "--json" in arguments and result.out:
            self.assertEqual(result.out.count("\n"), 1, result)
            self.assertEqual(result.json["exit_code"], result.code, result)
        return result

    def expect(self, code, *arguments):
        result = self.run_tool(*arguments)
        self.assertEqual(result.code, code, result)
        return result

    def expect_json(self, code, *arguments):
        return self.expect(code, *arguments, "--json").json

    def run_on_terminal(self, *arguments):
        """Runs the tool with a terminal as its standard error; what it wrote there."""
        master, slave = pty.openpty()
        process = subprocess.Popen([tool, *arguments], env=self.environment(), cwd=self.folder,
                                   stdout=subprocess.DEVNULL, stderr=slave)  # fmt: skip
        os.close(slave)
        written = b""
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while select.select([master], [], [], 60)[0]:
                part = os.read(master, 4096)
                if not part:
                    break
                written += part
        os.close(master)
        self.assertEqual(process.wait(timeout=60), 0, written)
        return written.decode()

    def fill(self, *arguments):
        """Puts that many contents into the store, or what else fill.cpp does; what it printed."""
        done = subprocess.run([fill, *map(str, arguments)], env=self.environment(), cwd=self.folder,
                              capture_output=True, text=True, timeout=100, check=False)  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split()

    def database(self, name="polystore.db"):
        """The SQLite file of that name, to look at and to damage."""
        connection = sqlite3.connect(self.folder / name, isolation_level=None)
        self.addCleanup(connection.close)
        return connection

    def queue(self, database, sequence, operation=1, dead=0):
        """Adds an outbox entry (1: erase) of an id that is nowhere."""
        database.execute(
            "INSERT INTO polystore_outbox (sequence, id, version, operation, created_at, "
            "next_attempt_at, dead, body) VALUES (?, ?, 1, ?, ?, 0, ?, x'')",
            (sequence, os.urandom(16), operation, int(time.time() * 1000) - 5000, dead))  # fmt: skip

    def check_of(self, report, subject, name):
        """One check of doctor's JSON."""
        found = [check for check in report["checks"]
                 if (check["subject"], check["name"]) == (subject, name)]  # fmt: skip
        self.assertEqual(len(found), 1, f"{subject} {name} in {report}")
        return found[0]

    def status_of(self, report, subject, name):
        return self.check_of(report, subject, name)["status"]


def free_port():
    # Below the kernel's range for outgoing connections, so that none is taken meanwhile.
    while True:
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", random.randint(20000, 32000)))
            return listener.getsockname()[1]


@contextlib.contextmanager
def silent_port():
    """A port that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield listener.getsockname()[1]


@contextlib.contextmanager
def server(command, port, **options):
    """A server that listens on a port of 127.0.0.1 for the length of a scope."""
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, **options)  # fmt: skip
    try:
        end = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{command[0]} does not listen on port {port}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextlib.contextmanager
def redis_server(folder, *options):
    port = free_port()
    with server([require("REDIS_SERVER"), "--port", port, "--bind", "127.0.0.1", "--dir", folder,
                 "--save", "", *options], port):  # fmt: skip
        yield f"redis://127.0.0.1:{port}"


@contextlib.contextmanager
def standalone_mongod(folder):
    port = free_port()
    with server([require("MONGOD"), "--port", port, "--bind_ip", "127.0.0.1", "--dbpath", folder,
                 "--unixSocketPrefix", folder], port):  # fmt: skip
        yield f"mongodb://127.0.0.1:{port}/polystore"


@contextlib.contextmanager
def postgres_standby(folder):
    """A server in recovery, as a standby is, whose commits would not wait for the disk."""
    binaries = Path(require("POSTGRES_BIN"))
    data = folder / "data"
    as_postgres = []
    if os.getuid() == 0:  # the server refuses root
        as_postgres = ["runuser", "-u", "postgres", "--"]
        for path in (folder.parent, folder):
            path.chmod(0o755)
        shutil.chown(folder, "postgres")
    subprocess.run([*as_postgres, binaries / "initdb", "-D", data, "-U", "polystore", "-A", "trust",
                    "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
                   stdout=subprocess.DEVNULL, check=True, cwd=folder)  # fmt: skip
    subprocess.run([*as_postgres, "touch", data / "standby.signal"], check=True, cwd=folder)
    port = free_port()
    # Not through runuser: a signal must reach the server itself.
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if as_postgres else {}
    with server([binaries / "postgres", "-D", data, "-p", port, "-h", "127.0.0.1", "-k", folder,
                 "-c", "fsync=off", "-c", "synchronous_commit=off"], port, cwd=folder, **user):  # fmt: skip
        yield f"postgresql://polystore@127.0.0.1:{port}/postgres"


def main(module):
    """Runs the tests of a module; exit status 4 when all of them were skipped."""
    global tool, fill
    tool, fill = (str(Path(program).resolve()) for program in sys.argv[1:3])
    program = unittest.main(module, argv=[sys.argv[0], *sys.argv[3:]], exit=False, verbosity=2)
    result = program.result
    if not result.wasSuccessful() or result.testsRun == 0:
        sys.exit(1)
    sys.exit(4 if len(result.skipped) == result.testsRun else 0)

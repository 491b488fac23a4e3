#!/usr/bin/env python3
"""Kills writers, and now and then a server, at random instants; then checks that nothing is lost.

    run.py --writer PROGRAM --checker PROGRAM [--metadata postgres|mysql|sqlite] [--rounds N]
           [--seconds S] [--seed N] [--verify-tool PROGRAM]

Writers (writer.cpp) put, erase and read, and log every call. A round is the kill -9 of one
writer, which is then started again. Meanwhile servers of the driver's own are killed and started
again on the same data, or stopped for a moment. After the rounds, or the seconds, whichever end
first, the checker (checker.cpp) drains the outbox and compares the stores with the logs.
Exit status: 0 good, 1 faults, 4 no servers here (1 where POLYSTORE_TEST_REQUIRE_SERVERS=1).
"""

import argparse
import ctypes
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

SERVERS_SH = Path(__file__).resolve().parent.parent / "support" / "servers.sh"
WRITERS = 4
# A writer is killed this long after the last one was, in seconds.
PAUSE = (0.005, 0.06)
# A server suffers this long after the last did.
SERVER_PAUSE = (2.0, 6.0)


def say(text):
    print(f"crash: {text}", flush=True)


def children_of(pid):
    """The processes that a process has started."""
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it has ended
        if int(fields[1]) == pid:
            children.append(int(stat.parent.name))
    return children


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass  # it has ended


def freeze(pid):
    """Stops a process, and waits until it has stopped."""
    os.kill(pid, signal.SIGSTOP)
    stat = Path(f"/proc/{pid}/stat")
    while stat.read_text().rsplit(")", 1)[1].split()[0] not in "TZ":
        time.sleep(0.001)


def adopt_orphans():
    """Makes this process the parent of servers whose starters end, so that it can bury them at
    once: PostgreSQL does not start while a process of its old number is to be seen, and not every
    container's first process buries in time."""
    set_child_subreaper = 36
    ctypes.CDLL(None, use_errno=True).prctl(set_child_subreaper, 1, 0, 0, 0)


def bury(pid):
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        pass  # not ours: its parent does


class Servers:
    """Servers of the driver's own, under one folder."""

    def __init__(self, folder, names):
        adopt_orphans()
        self.folder = folder
        self.names = names
        self._run("start", *names)

    def _run(self, action, *names):
        done = subprocess.run([SERVERS_SH, action, self.folder, *names], text=True, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise RuntimeError(f"servers.sh {action} {' '.join(names)} failed:\n{done.stdout}")

    def variable(self, name):
        prefix = f"export POLYSTORE_TEST_{name}="
        for line in (self.folder / "env").read_text().splitlines():
            if line.startswith(prefix):
                return shlex.split(line[len(prefix):])[0]
        raise KeyError(name)

    def _pids(self, name):
        pid = int(self.variable(f"{name.upper()}_PID"))
        return [pid, *children_of(pid)]  # PostgreSQL serves each session from a child

    def kill_and_restart(self, name, pause):
        freeze(int(self.variable(f"{name.upper()}_PID")))  # a child that it starts now would live on
        pids = self._pids(name)
        send(pids, signal.SIGKILL)
        bury(pids[0])
        time.sleep(pause)
        self._run("restart", name)

    def kill_a_session(self, random_source):
        """PostgreSQL then ends all sessions and recovers by itself."""
        sessions = self._pids("postgres")[1:]
        if sessions:
            send([random_source.choice(sessions)], signal.SIGKILL)

    def stop_for(self, name, pause):
        pids = self._pids(name)
        send(pids, signal.SIGSTOP)
        try:
            time.sleep(pause)
        finally:
            send(pids, signal.SIGCONT)

    def end(self):
        self._run("stop")


class ServerFaults(threading.Thread):
    """Lets one server after the other suffer, until told to end."""

    def __init__(self, servers, seed):
        super().__init__()
        self.servers = servers
        self.random = random.Random(seed)
        self.ended = threading.Event()
        self.failure = None
        self.counts = {}

    def run(self):
        try:
            while not self.ended.wait(self.random.uniform(*SERVER_PAUSE)):
                self._hurt()
        except Exception as error:  # shown by the main thread
            self.failure = error

    def _hurt(self):
        name = self.random.choice(self.servers.names)
        kinds = ["kill", "stop"] + (["kill session"] if name == "postgres" else [])
        kind = self.random.choice(kinds)
        if kind == "kill":
            self.servers.kill_and_restart(name, self.random.uniform(0, 1))
        elif kind == "stop":
            self.servers.stop_for(name, self.random.uniform(0.2, 2))
        else:
            self.servers.kill_a_session(self.random)
        what = f"{kind} {name}"
        self.counts[what] = self.counts.get(what, 0) + 1

    def end(self):
        self.ended.set()
        self.join()
        if self.failure:
            raise self.failure


def ahead_of_others():
    """The words before a command that let it run before others on a busy machine, where that is
    allowed: a call that ends late then does so by the library's fault. Servers may be slow."""
    allowed = os.geteuid() == 0 and shutil.which("nice")
    return ["nice", "-n", "-15"] if allowed else []


class Writer:
    """One writer process after the other, each killed."""

    def __init__(self, number, command, logs, seed):
        self.number = number
        self.command = command
        self.logs = logs
        self.random = random.Random(seed)
        self.generation = 0
        self.process = None

    def start(self):
        self.generation += 1
        arguments = [*ahead_of_others(), *self.command, self.logs, str(self.number), str(self.generation),
                     str(self.random.getrandbits(48))]
        with open(self._stderr(), "wb") as stderr:
            self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=stderr,
                                            stderr=stderr)

    def _stderr(self):
        return self.logs / f"stderr-{self.number}-{self.generation}"

    def end(self, number):
        """Ends it by a signal. SIGTERM lets it finish its calls."""
        self.process.send_signal(number)
        status = self.process.wait(timeout=30)
        # SIGTERM ends one as such that is so young that it does not yet listen.
        if status not in (-number, 0):
            raise RuntimeError(f"writer {self.number} ended by itself with status {status}:\n"
                               + self._stderr().read_text(errors="replace"))


def kill_writers(writers, options, seed):
    """Kills and restarts one writer per round; the number of rounds."""
    source = random.Random(seed)
    end = time.monotonic() + options.seconds
    rounds = 0
    while rounds < options.rounds and time.monotonic() < end:
        time.sleep(source.uniform(*PAUSE))
        writer = source.choice(writers)
        # Some end as a program does that is told to.
        writer.end(signal.SIGTERM if source.random() < 0.05 else signal.SIGKILL)
        writer.start()
        rounds += 1
    return rounds


def run_rounds(options, servers, urls, logs):
    writers = [Writer(number, [options.writer, *urls], logs, options.seed * 31 + number)
               for number in range(WRITERS)]
    faults = ServerFaults(servers, options.seed * 37)
    begin = time.monotonic()
    try:
        for writer in writers:
            writer.start()
        faults.start()
        rounds = kill_writers(writers, options, options.seed)
        faults.end()
        for writer in writers:
            writer.end(signal.SIGKILL)
    finally:
        faults.ended.set()
        for writer in writers:
            if writer.process and writer.process.poll() is None:
                writer.process.kill()
                writer.process.wait()
    say(f"{rounds} rounds in {time.monotonic() - begin:.0f} s; servers: {faults.counts}")


def verify(tool, urls):
    """Runs `polystore verify`, which must find nothing. The stores are named by the environment."""
    if not tool:
        say("polystore verify was not run: no --verify-tool")
        return True
    environment = {**os.environ, "POLYSTORE_METADATA_URL": urls[0], "POLYSTORE_OUTPUTS_URL": urls[1]}
    done = subprocess.run([tool, "verify", "--json"], env=environment, text=True, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    say(f"polystore verify: exit status {done.returncode}\n{done.stdout}")
    return done.returncode == 0


def test(options, folder):
    names = ["mongo"] + ([] if options.metadata == "sqlite" else [options.metadata])
    logs = folder / "logs"
    logs.mkdir()
    servers = Servers(folder / "servers", names)
    try:
        if options.metadata == "sqlite":
            metadata = f"sqlite:{folder}/metadata.db"
        else:
            metadata = servers.variable(f"{options.metadata.upper()}_URL")
        urls = [metadata, servers.variable("MONGO_URL")]
        subprocess.run([options.checker, "prepare", *urls], check=True, timeout=90)
        run_rounds(options, servers, urls, logs)
        checked = subprocess.run([options.checker, "check", *urls, logs], timeout=200)
        return checked.returncode == 0 and verify(options.verify_tool, urls)
    finally:
        servers.end()


def servers_are_here(metadata):
    programs = {"postgres": ["POLYSTORE_TEST_POSTGRES_BIN"], "mysql": ["POLYSTORE_TEST_MYSQLD"]}
    needed = ["POLYSTORE_TEST_MONGOD", *programs.get(metadata, [])]
    missing = [name for name in needed if not os.environ.get(name)]
    if missing:
        say(f"{', '.join(missing)} is not set; tests/run.sh starts servers and sets it")
    return not missing


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--writer", required=True)
    parser.add_argument("--checker", required=True)
    parser.add_argument("--metadata", choices=["postgres", "mysql", "sqlite"], default="postgres")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(31))
    parser.add_argument("--verify-tool")
    options = parser.parse_args()
    if not servers_are_here(options.metadata):
        return 1 if os.environ.get("POLYSTORE_TEST_REQUIRE_SERVERS") == "1" else 4
    say(f"metadata {options.metadata}, seed {options.seed}")
    folder = Path(tempfile.mkdtemp(prefix="polystore-crash."))
    folder.chmod(0o755)  # PostgreSQL's user must get through
    good = False
    try:
        good = test(options, folder)
    except (RuntimeError, subprocess.SubprocessError) as error:
        say(f"FAULT {error}")
    if good:
        shutil.rmtree(folder)
    else:
        say(f"failed with --seed {options.seed}; the logs are kept in {folder}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

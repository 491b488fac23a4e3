#!/usr/bin/env python3
"""Caches of other libraries against polystore's, on one Redis, with one trace: exact hits only.

    peers.py --program FILE [--quick] [--json FILE]      by bench/run.sh peers

FILE is bench_peers (peers.cpp), which runs the same trace on polystore. Each row is made of runs of
both sides in turn. Several callers of a peer are threads of one process or as many processes,
whichever gets more done in a trial before the runs.
"""

import argparse
import array
import json
import multiprocessing
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import peer_caches

PROMPTS = 1000
PROMPT_BYTES = 1000
ANSWER_BYTES = 1000
LOOK_UPS = 50_000
SEED = 20261124
WORDS = "the a model of weather in Paris mild sunny answer to what is how long token cache fast".split()
# Between the order to run and the begin, so that all callers begin together.
HEAD_START = 0.1


def say(text):
    print(f"# {text}", flush=True)


def make_text(draw, first, size):
    text = first
    while len(text) < size:
        text += " " + draw.choice(WORDS)
    return text[:size]


class Trace:
    """Prompts, the answer to each, and the order of look-ups: few prompts are most of them (Zipf)."""

    def __init__(self):
        draw = random.Random(SEED)
        self.prompts = [make_text(draw, f"Question {i}:", PROMPT_BYTES) for i in range(PROMPTS)]
        self.answers = [make_text(draw, f"Answer {i}:", ANSWER_BYTES) for i in range(PROMPTS)]
        weights = [1 / (rank + 1) for rank in range(PROMPTS)]
        self.order = draw.choices(range(PROMPTS), weights, k=LOOK_UPS)

    def write(self, path):
        """As lines: the number of prompts, prompts, answers, then the order in one line."""
        with open(path, "w", encoding="ascii") as file:
            for line in (PROMPTS, *self.prompts, *self.answers, " ".join(map(str, self.order))):
                print(line, file=file)


def call_until(cache, trace, first, start, end):
    """One caller. What its calls took, how many gave another text, when it ended."""
    took = array.array("d")
    wrong = 0
    position = first
    clock = time.monotonic
    time.sleep(max(0, start - clock()))
    while True:
        item = trace.order[position]
        position = position + 1 if position + 1 < len(trace.order) else 0
        prompt = trace.prompts[item]
        begin = clock()
        text = cache.look_up(prompt)
        now = clock()
        took.append(now - begin)
        if text != trace.answers[item]:
            wrong += 1
        if now >= end:
            return took, wrong, now


def serve(pipe, kind, url, folder, trace, firsts):
    """A process of callers, one for each of `firsts`, which are their places in the trace."""
    cache = kind(url, folder)
    while True:
        order = pipe.recv()
        if order is None:
            return
        if order == "fill":
            for prompt, answer in zip(trace.prompts, trace.answers):
                cache.store(prompt, answer)
            pipe.send("filled")
            continue
        results = []
        threads = [
            threading.Thread(
                target=lambda first=first: results.append(call_until(cache, trace, first, *order))
            )
            for first in firsts
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        pipe.send(results)


class Crew:
    """Callers of one peer."""

    def __init__(self, kind, url, folder, trace, callers, mode):
        context = multiprocessing.get_context("fork")  # the libraries are loaded already
        firsts = [caller * LOOK_UPS // callers for caller in range(callers)]
        groups = [firsts] if mode == "threads" else [[first] for first in firsts]
        self._mode = mode
        self._name = kind.name
        self._callers = callers
        self._members = []
        for group in groups:
            ours, theirs = context.Pipe()
            process = context.Process(
                target=serve, args=(theirs, kind, url, folder, trace, group), daemon=True
            )
            process.start()
            theirs.close()  # so that the end of the process is seen here
            self._members.append((process, ours))
        for _, pipe in self._members[:1] if kind.shared else self._members:
            pipe.send("fill")
            pipe.recv()
        self.run(0.2)  # connects, and warms what there is to warm

    def run(self, span):
        """Look-ups per second, and the 99th percentile of what they took."""
        start = time.monotonic() + HEAD_START
        for _, pipe in self._members:
            pipe.send((start, start + span))
        results = [result for _, pipe in self._members for result in pipe.recv()]
        wrong = sum(result[1] for result in results)
        if wrong or len(results) != self._callers:
            sys.exit(f"peers: {self._name}: {wrong} look-ups gave no hit or another text")
        took = sorted(second for result in results for second in result[0])
        ended = max(result[2] for result in results)
        return {
            "per_second": len(took) / (ended - start),
            "p99_seconds": took[(len(took) * 99 - 1) // 100],
        }

    def close(self):
        for process, pipe in self._members:
            pipe.send(None)
            process.join()


class Ours:
    """bench_peers, told by lines what to run."""

    def __init__(self, program, trace_path):
        self._process = subprocess.Popen(
            [program, trace_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, layer, callers, span):
        print(layer, callers, round(span * 1000), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            sys.exit("peers: bench_peers ended; it says why above")
        measured = json.loads(line)
        if measured["wrong"]:
            sys.exit(f"peers: polystore: {measured['wrong']} look-ups gave no hit or another text")
        return measured

    def close(self):
        self._process.stdin.close()
        self._process.wait()


def choose_crew(make, callers, span):
    """The quicker kind of callers, and its name."""
    if callers == 1:
        return make("threads"), "threads"
    rates = {}
    for mode in ("threads", "processes"):
        crew = make(mode)
        rates[mode] = crew.run(span)["per_second"]
        crew.close()
    best = max(rates, key=rates.get)
    told = ", ".join(f"{mode} {rate:.0f}" for mode, rate in rates.items())
    return make(best), f"{best} (look-ups per second: {told})"


def row_of(bench, callers, peer, pairs):
    """The medians over runs of pairs, as bench/compare.hpp has them."""
    ours, theirs = zip(*pairs)
    return {
        "bench": bench,
        "callers": callers,
        "size_bytes": ANSWER_BYTES,
        "ours_per_s": statistics.median(measured["per_second"] for measured in ours),
        "ours_ns": statistics.median(measured["median_seconds"] for measured in ours) * 1e9,
        "baseline": peer,
        "baseline_per_s": statistics.median(measured["per_second"] for measured in theirs),
        "ratio": statistics.median(
            mine["per_second"] / other["per_second"] for mine, other in pairs
        ),
        "p99_ratio": statistics.median(
            mine["p99_seconds"] / other["p99_seconds"] for mine, other in pairs
        ),
        "runs": len(pairs),
    }


def print_header():
    """That of report.cpp."""
    print(
        f"{'bench':<17} {'callers':>7} {'size_bytes':>10} {'ours_per_s':>10} {'ours_ns':>9}  "
        f"{'baseline':<16} {'baseline_per_s':>14} {'ratio':>7} {'p99_ratio':>9} {'runs':>5}"
    )


def print_row(row):
    print(
        f"{row['bench']:<17} {row['callers']:>7} {row['size_bytes']:>10} "
        f"{row['ours_per_s']:>10.0f} {row['ours_ns']:>9.0f}  {row['baseline']:<16} {row['baseline_per_s']:>14.0f} "
        f"{row['ratio']:>7.2f} {row['p99_ratio']:>9.3f} {row['runs']:>5}",
        flush=True,
    )


def compare(kind, layers, ours, make, callers, runs, span):
    """Rows of one peer and number of callers: one for each layer of ours."""
    crew, mode = choose_crew(make, callers, span)
    if callers > 1:
        say(f"{kind.name}, {callers} callers: {mode}")
    pairs = {layer: [] for layer in layers}
    for _ in range(runs):
        for layer in layers:
            pairs[layer].append((ours.run(layer, callers, span), crew.run(span)))
    crew.close()
    rows = [row_of(f"peers_{layer}", callers, kind.name, pairs[layer]) for layer in layers]
    for row in rows:
        row["baseline_callers"] = mode.split(" ")[0]
        print_row(row)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json")
    options = parser.parse_args()
    url = os.environ.get("POLYSTORE_TEST_REDIS_URL")
    if not url:
        sys.exit("peers: POLYSTORE_TEST_REDIS_URL is not set; use bench/run.sh")
    runs, span = (3, 1.0) if options.quick else (5, 2.0)
    trace = Trace()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "trace")
        trace.write(path)
        ours = Ours(options.program, path)
        print_header()
        say(f"Python {platform.python_version()}, {peer_caches.versions()}")
        for kind in peer_caches.ON_REDIS + peer_caches.IN_MEMORY:
            layers = ("redis", "near") if kind.shared else ("near",)
            for callers in (1, 8):

                def make(mode, kind=kind, callers=callers):
                    return Crew(kind, url, folder, trace, callers, mode)

                rows += compare(kind, layers, ours, make, callers, runs, span)
        ours.close()
    if options.json:
        with open(options.json, "w", encoding="ascii") as file:
            json.dump(rows, file, indent=2)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""examples/embed_pairs.py with an embedder that counts letters, and polystore calibrate on what it
writes; with the model where it is installed as the script's first lines say.

    embed_pairs_test.py TOOL FILL [unittest's arguments]
"""

import array
import contextlib
import io
import json
import math
import os
import struct
import subprocess
import sys
import unittest
from pathlib import Path

import support
from support import ToolTest

sys.path.insert(0, str(support.REPOSITORY / "examples"))
import embed_pairs  # noqa: E402

# Of 26 dimensions, a text's vector is its letters; so the cosine of the pairs is 1, 0 and 0.5.
PAIRS = ((True, "Eat tea", "A tee at…"), (False, "no", "ja"), (False, "ab", "bc"))


def count_letters(texts):
    rows = array.array("f")
    for text in texts:
        counts = [text.lower().count(chr(ord("a") + letter)) for letter in range(26)]
        length = math.sqrt(sum(count * count for count in counts))
        rows.extend(count / length for count in counts)
    return memoryview(rows).cast("B").cast("f", (len(texts), 26))


class EmbedPairsTest(ToolTest):
    def setUp(self):
        super().setUp()
        self.pairs = self.folder / "pairs.jsonl"
        self.vectors = self.folder / "vectors.npy"
        self.write_pairs(PAIRS)

    def write_pairs(self, pairs):
        lines = [json.dumps({"a": a, "b": b, "same": same}) for same, a, b in pairs]
        self.pairs.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def embed(self, *arguments, load=lambda: count_letters):
        """What it says."""
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            embed_pairs.main(list(arguments) or [str(self.pairs), str(self.vectors)], load)
        return output.getvalue()

    def refused(self, *arguments):
        """Why it gave up, before the model was asked for."""
        with self.assertRaises(SystemExit) as raised:
            self.embed(*arguments, load=lambda: self.fail("loaded the model"))
        self.assertIsInstance(raised.exception.code, str)  # Python prints it and ends with 1
        self.assertFalse(self.vectors.exists())
        return raised.exception.code


class Written(EmbedPairsTest):
    def test_calibrate_reads_what_it_writes(self):
        said = self.embed()
        self.assertIn("6 vectors of 26 dimensions, of 3 pairs", said)
        report = self.expect_json(0, "calibrate", "--pairs", str(self.pairs), "--vectors",
                                  str(self.vectors), "--threshold", "0.49", "--threshold", "0.51",
                                  "--threshold", "-0.01")  # fmt: skip
        self.assertEqual([report[name] for name in ("pairs", "same", "dimensions")], [3, 1, 26])
        self.assertEqual([(rates["hits"], rates["false_hits"]) for rates in report["plain"]["thresholds"]],
                         [(2, 1), (1, 0), (3, 2)])  # fmt: skip

    def test_rows_are_the_texts_in_order(self):
        self.embed()
        written = self.vectors.read_bytes()
        (length,) = struct.unpack("<H", written[8:10])
        self.assertEqual((10 + length) % 64, 0)
        texts = [text for _, *pair in PAIRS for text in pair]
        self.assertEqual(written[10 + length :], count_letters(texts).tobytes())


class Refused(EmbedPairsTest):
    def test_a_bad_line_is_named(self):
        for line in ("", "{", "[]", "null", '{"a": "x"}', '{"a": "x", "b": 1}', '{"a": null, "b": "y"}'):
            with self.subTest(line=line):
                self.pairs.write_text('{"a": "x", "b": "y"}\n' + line + "\n", encoding="utf-8")
                self.assertIn("pairs.jsonl, line 2: ", self.refused())

    def test_a_file_without_pairs_is_refused(self):
        self.pairs.write_text("", encoding="utf-8")
        self.assertIn("there are no pairs in it", self.refused())

    def test_a_file_that_is_no_text_is_refused(self):
        self.pairs.write_bytes(b'{"a": "\xff", "b": "y"}\n')
        self.assertIn("embed_pairs: ", self.refused())
        self.pairs.unlink()
        self.assertIn("pairs.jsonl", self.refused())

    def test_a_wrong_command_line_is_usage(self):
        for arguments in (["pairs.jsonl"], ["pairs.jsonl", "vectors.npy", "more"]):
            self.assertIn("embed_pairs.py PAIRS.jsonl VECTORS.npy", self.refused(*arguments))

    def test_a_file_that_can_not_be_written_is_named(self):
        with self.assertRaises(SystemExit) as raised:
            self.embed(str(self.pairs), str(self.folder / "nowhere" / "vectors.npy"))
        self.assertIn("nowhere", raised.exception.code)


class Model(EmbedPairsTest):
    def python(self):
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        python = cache / "polystore" / "minilm" / "bin" / "python"
        if not python.exists():
            self.skipTest("the model is not installed; examples/embed_pairs.py says how")
        return python

    def test_rows_of_the_model(self):
        pairs = ((True, "How do I cook rice?", "How can I cook rice?"),
                 (False, "How do I cook rice?", "What is the capital of France? " * 20))  # fmt: skip
        self.write_pairs(pairs)
        script = support.REPOSITORY / "examples" / "embed_pairs.py"
        subprocess.run([self.python(), "-B", script, self.pairs, self.vectors],
                       check=True, capture_output=True, timeout=100)  # fmt: skip
        written = self.vectors.read_bytes()
        numbers = struct.unpack(f"<{4 * 384}f", written[-4 * 384 * 4 :])
        rows = [numbers[at : at + 384] for at in range(0, 4 * 384, 384)]

        def cosine(a, b):
            return sum(x * y for x, y in zip(rows[a], rows[b]))

        for row in range(4):
            self.assertAlmostEqual(cosine(row, row), 1, places=5)
        self.assertAlmostEqual(cosine(0, 2), 1, places=5)  # whatever else is in the batch
        self.assertGreater(cosine(0, 1), 0.9)
        self.assertLess(cosine(2, 3), 0.3)


if __name__ == "__main__":
    support.main(__name__)

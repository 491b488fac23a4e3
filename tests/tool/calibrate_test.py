#!/usr/bin/env python3
"""polystore calibrate on pairs and vectors made by hand, whose rates a person can compute.

    calibrate_test.py TOOL FILL [unittest's arguments]
"""

import json
import shutil
import struct
import unittest
import xml.etree.ElementTree

import support
from support import SECRET, ToolTest

# Cosine, same, a, b. The guard refuses the numbers of the second and the negation of the fifth.
PAIRS = ((1.0, True, "how do I cook rice?", "how can I cook rice?"),
         (0.8, False, "gain 5 kg", "gain 6 kg"),
         (0.6, True, "what is a dog?", "what are dogs?"),
         (0.28, False, "what is a cat?", "what is a car?"),
         (0.0, True, "is it good?", "is it not bad?"))  # fmt: skip
# b of a cosine, with a = (2, 0): cosine and sine of right-angled triangles with whole sides.
SIDES = {1.0: (3, 0), 0.8: (4, 3), 0.6: (3, 4), 0.28: (7, 24), 0.0: (0, 5), -1.0: (-1, 0)}


def rows_of(pairs):
    rows = []
    for cosine, *_ in pairs:
        rows += [(2, 0), SIDES[cosine]]
    return rows


def npy(rows, descr="<f4", version=1, fortran="False", shape=None):
    """The bytes of a .npy file, as the format's description has them."""
    shape = shape if shape is not None else f"({len(rows)}, {len(rows[0])})"
    header = f"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    values = [value for row in rows for value in row]
    data = struct.pack(f"<{len(values)}{'d' if descr.endswith('8') else 'f'}", *values)
    return b"\x93NUMPY" + bytes([version, 0]) + length + header.encode() + data


class CalibrateTest(ToolTest):
    def setUp(self):
        super().setUp()
        self.pairs = self.folder / "pairs.jsonl"
        self.vectors = self.folder / "vectors.npy"
        self.write_pairs(PAIRS)
        self.vectors.write_bytes(npy(rows_of(PAIRS)))

    def write_pairs(self, pairs):
        lines = [json.dumps({"a": a, "b": b, "same": same}) for _, same, a, b in pairs]
        self.pairs.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def arguments(self, *more):
        return ["calibrate", "--pairs", str(self.pairs), "--vectors", str(self.vectors), *more]

    def calibrate(self, *more):
        return self.expect_json(0, *self.arguments(*more))

    def refused(self, *words, code=2, more=()):
        """A run that names every one of `words`."""
        result = self.expect(code, *self.arguments(*more))
        self.assertEqual(result.out, "")
        for word in words:
            self.assertIn(word, result.err)
        report = self.expect_json(code, *self.arguments(*more))
        self.assertIn("message", report["error"])
        return result


class Rates(CalibrateTest):
    def check(self, rates, threshold, hits, false_hits):
        self.assertAlmostEqual(rates["threshold"], threshold, places=6)
        self.assertEqual((rates["hits"], rates["false_hits"]), (hits, false_hits))
        expected = {"precision": (hits - false_hits) / hits if hits else 1,
                    "recall": (hits - false_hits) / 3, "hit_rate": hits / 5,
                    "false_hit_rate": false_hits / 2,
                    "false_hits_of_hits": false_hits / hits if hits else 0,
                    "false_hits_of_pairs": false_hits / 5}  # fmt: skip
        for name, value in expected.items():
            self.assertAlmostEqual(rates[name], value, places=12, msg=name)

    def test_rates_over_thresholds_are_exact(self):
        report = self.calibrate("--threshold", "0.9", "--threshold", "0.7", "--threshold", "0.5",
                                "--threshold", "-1")  # fmt: skip
        self.assertEqual([report[name] for name in ("pairs", "same", "different", "dimensions")],
                         [5, 3, 2, 2])  # fmt: skip
        for name, counts in (("plain", ((1, 0), (2, 1), (3, 1), (5, 2))),
                             ("guarded", ((1, 0), (1, 0), (2, 0), (3, 1)))):  # fmt: skip
            rows = report[name]["thresholds"]
            self.assertEqual(len(rows), 4)
            for rates, threshold, count in zip(rows, (0.9, 0.7, 0.5, -1), counts):
                with self.subTest(name=name, threshold=threshold):
                    self.check(rates, threshold, *count)

    def test_a_cosine_of_exactly_the_threshold_is_a_hit(self):
        rows = self.calibrate("--no-guard", "--threshold", "1", "--threshold", "0")["plain"]["thresholds"]
        self.check(rows[0], 1, 1, 0)
        self.check(rows[1], 0, 5, 2)

    def test_most_hits_within_the_bound_are_picked(self):
        report = self.calibrate("--max-false-hit-rate", "0.01")
        self.check(report["plain"]["picked"]["different"], 1, 1, 0)
        self.check(report["guarded"]["picked"]["different"], 0.6, 2, 0)
        self.assertAlmostEqual(report["threshold"], 0.6, places=6)
        report = self.calibrate("--max-false-hit-rate", "0.5")
        self.check(report["plain"]["picked"]["different"], 0.6, 3, 1)
        self.check(report["guarded"]["picked"]["different"], 0.28, 3, 1)
        # Half of two hits are false, a third of three; a fifth of all pairs is one.
        self.check(report["plain"]["picked"]["hits"], 0, 5, 2)
        report = self.calibrate("--max-false-hit-rate", "0.34")
        self.check(report["plain"]["picked"]["hits"], 0.6, 3, 1)
        self.check(report["plain"]["picked"]["pairs"], 0.6, 3, 1)
        report = self.calibrate("--max-false-hit-rate", "1")
        self.check(report["plain"]["picked"]["different"], 0, 5, 2)

    def test_without_the_guard_only_the_cosine_counts(self):
        report = self.calibrate("--no-guard")
        self.assertNotIn("guarded", report)
        self.assertAlmostEqual(report["threshold"], 1)

    def test_pairs_of_one_cosine_are_hits_together(self):
        pairs = ((0.6, True, "a", "b"), (0.6, False, "c", "d"), (0.28, True, "e", "f"))
        self.write_pairs(pairs)
        self.vectors.write_bytes(npy(rows_of(pairs)))
        report = self.expect_json(1, *self.arguments())
        self.assertIsNone(report["threshold"])
        self.assertIsNone(report["plain"]["picked"]["different"])
        self.assertIn("no threshold keeps the bound", self.expect(1, *self.arguments()).out)

    def test_rows_are_read_in_both_types_and_versions(self):
        expected = self.calibrate()
        for descr in ("<f4", "<f8"):
            for version in (1, 2):
                with self.subTest(descr=descr, version=version):
                    self.vectors.write_bytes(npy(rows_of(PAIRS), descr, version))
                    report = self.calibrate()
                    self.assertEqual(report["guarded"], expected["guarded"])
                    self.assertEqual(report["plain"], expected["plain"])

    def test_the_text_has_the_numbers(self):
        out = self.expect(0, *self.arguments()).out
        self.assertIn("5 pairs, 3 the same, 2 different; 2 dimensions", out)
        row = "   0.6000      3      1    0.6667  0.6667   0.6000     0.5000    0.3333    0.2000"
        self.assertIn(f"\n{row}\n", out)
        self.assertRegex(out, r"\nthreshold 0\.6\n$")
        self.assertEqual(self.expect(0, *self.arguments("--quiet")).out, "")

    def test_no_store_is_made_or_asked(self):
        self.urls = {"metadata": "nonsense:"}
        self.calibrate()
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()),
                         ["pairs.jsonl", "vectors.npy"])  # fmt: skip


class Plots(CalibrateTest):
    def test_an_svg_shows_both_curves(self):
        plot = self.folder / "a & 'b'.svg"
        self.calibrate("--plot", str(plot))
        root = xml.etree.ElementTree.parse(plot).getroot()
        name = "{http://www.w3.org/2000/svg}"
        self.assertEqual(root.tag, name + "svg")
        self.assertEqual(len(root.findall(name + "polyline")), 2)
        self.assertEqual(len(root.findall(name + "circle")), 2)
        texts = [text.text for text in root.findall(name + "text")]
        self.assertIn("plain cosine: 20.0 % at 1.0000", texts)
        self.assertIn("with the guard: 40.0 % at 0.6000", texts)
        self.calibrate("--plot", str(plot), "--no-guard", "--max-false-hit-rate", "0")
        self.assertEqual(len(xml.etree.ElementTree.parse(plot).getroot().findall(name + "polyline")), 1)

    @unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
    def test_a_png_is_drawn_by_gnuplot(self):
        plot = self.folder / "it's.png"
        self.calibrate("--plot", str(plot))
        self.assertEqual(plot.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_a_plot_that_cannot_be_written_is_an_error(self):
        for name in ("missing/a.svg", "missing/a.png"):
            result = self.expect(1, *self.arguments("--plot", str(self.folder / name)))
            self.assertIn(name, result.err)
        for name in ("a.jpg", "svg", f"redis://:{SECRET}@db"):
            self.refused("plot", ".svg or .png", more=("--plot", name))
        self.expect(1, *self.arguments("--plot", f"redis://:{SECRET}@db/a.svg"))


class BadPairs(CalibrateTest):
    def test_a_bad_line_is_named(self):
        good = '{"a": "x", "b": "y", "same": true}\n'
        for line, *words in (("{", "not valid JSON"), ("", "not valid JSON"), ("[1]", "not a JSON object"),
                             ('"a"', "not a JSON object"), (f'{{"{SECRET}"', "not valid JSON"),
                             ('{"b": "y", "same": true}', "field a is missing"),
                             ('{"a": "x", "same": true}', "field b is missing"),
                             ('{"a": "x", "b": "y"}', "field same is missing", "true or false"),
                             ('{"a": 1, "b": "y", "same": true}', "field a must be a string"),
                             ('{"a": "x", "b": null, "same": true}', "field b must be a string"),
                             ('{"a": "x", "b": "y", "same": 1}', "field same must be true or false"),
                             ('{"a": "x", "b": "y", "same": "yes"}', "field same must be"),
                             (good.strip() + good.strip(), "not valid JSON")):  # fmt: skip
            with self.subTest(line=line):
                self.pairs.write_text(good + good + line + "\n" + good, encoding="utf-8")
                self.refused("pairs.jsonl", "line 3", *words)

    def test_bytes_that_are_no_utf8_are_refused(self):
        self.pairs.write_bytes(b'{"a": "\xff", "b": "y", "same": true}\n')
        self.refused("pairs.jsonl", "line 1", "not valid JSON")

    def test_both_kinds_of_pairs_are_needed(self):
        for same in (True, False):
            self.write_pairs([(1.0, same, "a", "b")] * 3)
            self.refused("pairs.jsonl", "3 pairs", "both kinds")
        self.pairs.write_text("", encoding="utf-8")
        self.refused("pairs.jsonl", "0 pairs", "both kinds")

    def test_files_must_be_there(self):
        self.pairs.unlink()
        self.refused("pairs.jsonl", "can't be opened", "No such file")
        self.write_pairs(PAIRS)
        self.vectors.unlink()
        self.refused("vectors.npy", "can't be opened", "embed_pairs.py")
        self.vectors = f"redis://:{SECRET}@db/"
        self.refused("the URL can't be opened")


class BadVectors(CalibrateTest):
    def test_what_is_no_npy_file_is_refused(self):
        good = npy(rows_of(PAIRS))
        for content, *words in ((b"", "no .npy file"), (b"\x93NUMP", "no .npy file"),
                                (b"PK\x03\x04" + good, "no .npy file"),
                                (good[:6] + b"\x03\x00" + good[8:], "another version"),
                                (good[:6] + b"\x01\x01" + good[8:], "another version"),
                                (good[:7], "ends before"), (good[:9], "ends before"),
                                (good[:40], "ends before"), (good[:-1], "ends before"),
                                (good + b"\x00", "goes on after"),
                                (good[:6] + b"\x02\x00\xff\xff\xff\xff" + good[10:], "header of more"),
                                (good.replace(b"descr", b"descx"), "no descr"),
                                (good.replace(b"shape", b"shapx"), "no shape"),
                                (good.replace(b"fortran", b"fortrax"), "no fortran_order")):  # fmt: skip
            with self.subTest(words=words, size=len(content)):
                self.vectors.write_bytes(content)
                self.refused("vectors.npy", *words)

    def test_other_types_orders_and_shapes_are_refused(self):
        rows = rows_of(PAIRS)
        for options, *words in (({"descr": ">f4"}, "little-endian float32"),
                                ({"descr": "<f2"}, "little-endian float32"),
                                ({"descr": "|i1"}, "little-endian float32"),
                                ({"fortran": "True"}, "Fortran order", "ascontiguousarray"),
                                ({"shape": "(20,)"}, "two dimensions"), ({"shape": "()"}, "two dimensions"),
                                ({"shape": "(10, 2, 1)"}, "two dimensions"),
                                ({"shape": "(10, -2)"}, "two dimensions"),
                                ({"shape": "10, 2"}, "two dimensions"),
                                ({"shape": "(10, 2"}, "two dimensions"),
                                ({"shape": "(99999999999999999999, 2)"}, "two dimensions"),
                                ({"shape": "(0, 2)"}, "[0, 2]"), ({"shape": "(10, 0)"}, "[10, 0]"),
                                ({"shape": "(1, 65537)"}, "[1, 65537]", "65536"),
                                ({"shape": "(9999999999999, 60000)"}, "ends before"),
                                ({"shape": "(5, 2)"}, "goes on after")):  # fmt: skip
            with self.subTest(options=options):
                self.vectors.write_bytes(npy(rows, **options))
                self.refused("vectors.npy", *words)

    def test_counts_must_match(self):
        self.vectors.write_bytes(npy(rows_of(PAIRS)[:8]))
        self.refused("5 pairs need 10 vectors", "there are 8")
        self.vectors.write_bytes(npy(rows_of(PAIRS) + [(1, 1)]))
        self.refused("5 pairs need 10 vectors", "there are 11")

    def test_values_that_give_no_cosine_are_refused(self):
        for value, *words in ((float("nan"), "row 3, column 1", "not finite"),
                              (float("inf"), "row 3, column 1", "not finite"),
                              (-float("inf"), "row 3, column 1", "not finite"),
                              (1e300, "row 3", "too large or too small")):  # fmt: skip
            with self.subTest(value=value):
                rows = rows_of(PAIRS)
                rows[3] = (0, value)
                self.vectors.write_bytes(npy(rows, "<f8"))
                self.refused("vectors.npy", *words)
        for row, words in (((0, 0), "only zeros in row 3"), ((-0.0, 0), "only zeros in row 3"),
                           ((1e-300, 0), "too large or too small")):  # fmt: skip
            rows = rows_of(PAIRS)
            rows[3] = row
            self.vectors.write_bytes(npy(rows, "<f8"))
            self.refused("vectors.npy", words)


class CommandLine(CalibrateTest):
    def test_a_wrong_command_line_is_usage(self):
        files = self.arguments()[1:]
        for arguments in (["calibrate"], ["calibrate", *files[:2]], ["calibrate", *files[2:]],
                          ["--vectors", str(self.vectors), "calibrate", *files[:2]],
                          *(self.arguments("--threshold", value)
                            for value in ("1.01", "-1.01", "nan", "x", "")),
                          *(self.arguments("--max-false-hit-rate", value)
                            for value in ("-0.1", "1.1", "nan", "x")),
                          self.arguments("--unknown"), self.arguments("--plot")):  # fmt: skip
            with self.subTest(arguments=arguments):
                result = self.expect(2, *arguments)
                self.assertIn("polystore --help", result.err)
                self.assertEqual(result.out, "")

    def test_an_option_that_is_missing_is_named(self):
        self.assertIn("--pairs", self.expect(2, "calibrate", "--vectors", "a.npy").err)
        self.assertIn("--vectors", self.expect(2, "calibrate", "--pairs", "a.jsonl").err)

    def test_the_store_of_vectors_is_another_option(self):
        self.assertEqual(self.calibrate(), self.expect_json(
            0, "--vectors", "redis://nowhere", *self.arguments()))  # fmt: skip


if __name__ == "__main__":
    support.main(__name__)

#!/usr/bin/env python3
"""The tool on SQLite and memory: every command, option and exit code that needs no server.

    embedded_test.py TOOL FILL [unittest's arguments]
"""

import re

import support
from support import NOBODY, SECRET, ToolTest

OUTBOX = {"pending", "pending_bytes", "oldest_seconds", "dead"}


class CommandLine(ToolTest):
    def test_help_and_version_name_commands_and_exit_codes(self):
        text = self.expect(0, "--help").out
        self.assertRegex(self.expect(0, "--version").out, r"^polystore \d+\.\d+\.\d+\n$")
        for word in ("migrate", "doctor", "stats", "relay", "Exit codes", "ps)"):
            self.assertIn(word, text)

    def test_a_wrong_command_line_is_usage(self):
        for arguments in ([], ["doctor", "--unknown"], ["unknown"], ["doctor", "stats"],
                          ["--deadline", "0", "doctor"], ["--deadline", "x", "doctor"],
                          ["--deadline"], ["--metadata"]):  # fmt: skip
            with self.subTest(arguments=arguments):
                result = self.expect(2, *arguments)
                self.assertIn("polystore --help", result.err)
                self.assertEqual(result.out, "")

    def test_what_is_wrong_on_the_command_line_is_not_shown(self):
        # run_tool looks for the secret.
        for arguments in (["doctor", SECRET], [SECRET], ["doctor", f"--password={SECRET}"],
                          ["doctor", f"-p{SECRET}"], ["--deadline", SECRET, "doctor"],
                          ["doctor", "--password", SECRET], ["--json", SECRET, "doctor"]):  # fmt: skip
            with self.subTest(arguments=arguments):
                self.expect(2, *arguments)
        self.assertIn("--password", self.run_tool("doctor", f"--password={SECRET}").err)

    def test_options_may_stand_before_and_after_the_command(self):
        self.expect(0, "migrate")
        self.assertEqual(self.expect(0, "--json", "stats").json["command"], "stats")
        self.assertEqual(self.expect(0, "stats", "--json").json["command"], "stats")

    def test_quiet_prints_nothing_but_errors(self):
        self.expect(0, "migrate")
        for command in ("migrate", "doctor", "stats", "relay"):
            result = self.expect(0, command, "--quiet")
            self.assertEqual(result.out + result.err, "", command)
        self.assertIn("unknown URL scheme", self.expect(2, "stats", "--quiet", "--metadata", "a:b",
                                                        "--outputs", "c:d").err)  # fmt: skip

    def test_a_wrong_url_is_usage_and_never_shown(self):
        good = f"sqlite:{self.folder}/a.db"
        wrong = [
            ("--metadata", f"oracle://app:{SECRET}@db/a", "--outputs", good),
            ("--metadata", f"postgresql://app:{SECRET}@@db/a", "--outputs", good),
            ("--metadata", good, "--outputs", f"mongodb://app:{SECRET}%zz@db/a"),
            ("--metadata", good, "--outputs", f"mongodb://app:{SECRET}@db/a?unknown=1"),
            ("--metadata", good, "--responses", f"redis://:{SECRET}@h:port"),
            ("--metadata", f"postgresql://app:{SECRET}@db/a"),
        ]
        for arguments in wrong:
            for command in ("doctor", "stats", "migrate"):
                with self.subTest(arguments=arguments, command=command):
                    self.expect(2, command, *arguments)
                    error = self.expect_json(2, command, *arguments)["error"]
                    self.assertEqual(error["code"], "invalid_argument")
                    self.assertIn(error["field"], ("metadata", "outputs", "responses"))

    def test_every_command_says_that_a_server_is_down(self):
        self.urls = {"metadata": f"postgresql://app:{SECRET}@{NOBODY}/a",
                     "outputs": f"sqlite:{self.folder}/a.db"}  # fmt: skip
        for command in ("migrate", "stats", "relay"):
            with self.subTest(command=command):
                self.assertIn("postgres unavailable", self.expect(3, command).err)
                report = self.expect_json(3, command)
                self.assertEqual(report["error"]["code"], "unavailable")
                self.assertEqual(report["error"]["backend"], "postgres")
        self.expect(1, "doctor")

    def test_a_silent_server_ends_at_the_deadline(self):
        with support.silent_port() as port:
            self.urls = {"metadata": f"postgresql://app:{SECRET}@127.0.0.1:{port}/a",
                         "outputs": f"sqlite:{self.folder}/a.db"}  # fmt: skip
            for command in ("migrate", "stats", "relay"):
                with self.subTest(command=command):
                    self.expect(4, command, "--deadline", "0.3")
                    error = self.expect_json(4, command, "--deadline", "0.3")["error"]
                    self.assertEqual(error["code"], "deadline_exceeded")

    def test_a_store_that_is_not_there_is_not_taken_for_a_good_one(self):
        for command in ("stats", "relay"):
            with self.subTest(command=command):
                self.assertIn("no polystore.db here", self.expect(2, command).err)
        self.assertEqual(list(self.folder.iterdir()), [])


class Migrate(ToolTest):
    def test_it_makes_the_embedded_store_and_may_be_repeated(self):
        self.expect(0, "migrate")
        self.assertTrue((self.folder / "polystore.db").exists())
        self.assertEqual(self.expect_json(0, "migrate")["command"], "migrate")

    def test_a_schema_of_a_newer_library_is_refused(self):
        self.expect(0, "migrate")
        self.database().execute("UPDATE polystore_schema SET version = 1000")
        self.assertEqual(self.expect_json(1, "migrate")["error"]["code"], "schema_mismatch")
        report = self.expect_json(1, "doctor")
        self.assertEqual(self.status_of(report, "metadata", "schema"), "failure")


class Doctor(ToolTest):
    def test_a_good_store_is_all_ok(self):
        self.expect(0, "migrate")
        report = self.expect_json(0, "doctor")
        self.assertEqual({check["status"] for check in report["checks"]}, {"ok"}, report)
        self.assertEqual((report["failures"], report["warnings"]), (0, 0))
        subjects = {check["subject"] for check in report["checks"]}
        self.assertEqual(subjects, {"metadata", "outputs", "responses"})
        for check in report["checks"]:
            self.assertEqual(set(check), {"subject", "name", "status", "message"})

    def test_lines_for_people_are_aligned(self):
        self.expect(0, "migrate")
        *lines, last = self.expect(0, "doctor").out.splitlines()
        self.assertRegex(last, r"^\d+ checks: 0 failed, 0 warnings$")
        starts = {re.match(r"(\w+ +\w+ +)ok +\S", line).end(1) for line in lines}
        self.assertEqual(len(starts), 1, lines)

    def test_a_store_that_is_not_there_is_a_warning_and_is_not_made(self):
        report = self.expect_json(0, "doctor")
        self.assertEqual(self.status_of(report, "metadata", "schema"), "warning")
        self.assertEqual(report["warnings"], 2)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_server_that_is_down_is_a_failure_beside_the_others(self):
        self.expect(0, "migrate")
        self.urls = {"responses": f"redis://:{SECRET}@{NOBODY}"}
        report = self.expect_json(1, "doctor")
        self.assertEqual(self.status_of(report, "responses", "connection"), "failure")
        self.assertEqual(self.status_of(report, "metadata", "integrity"), "ok")
        self.assertEqual(report["failures"], 1)

    def test_a_damaged_file_is_a_failure(self):
        (self.folder / "polystore.db").write_bytes(b"this is no database" * 100)
        report = self.expect_json(1, "doctor")
        self.assertEqual(self.status_of(report, "metadata", "connection"), "failure")


class Outbox(ToolTest):
    """stats and relay, with entries that the test itself queues."""

    def setUp(self):
        super().setUp()
        self.urls = {"metadata": f"sqlite:{self.folder}/metadata.db",
                     "outputs": f"sqlite:{self.folder}/outputs.db"}  # fmt: skip
        self.expect(0, "migrate")
        self.metadata = self.database("metadata.db")

    def test_stats_tells_what_waits_and_what_was_given_up(self):
        empty = self.expect_json(0, "stats")["outbox"]
        self.assertEqual(empty, dict.fromkeys(OUTBOX, 0))
        for sequence in range(3):
            self.queue(self.metadata, sequence)
        self.queue(self.metadata, 100, dead=1)
        outbox = self.expect_json(0, "stats")["outbox"]
        self.assertEqual((outbox["pending"], outbox["dead"]), (3, 1))
        self.assertGreaterEqual(outbox["oldest_seconds"], 5)
        self.assertRegex(self.expect(0, "stats").out, r"waiting +3\n")

    def test_relay_empties_the_outbox(self):
        for sequence in range(3):
            self.queue(self.metadata, sequence)
        report = self.expect_json(0, "relay")
        self.assertEqual([report[name] for name in ("applied", "retried", "dead", "pending")],
                         [3, 0, 0, 0])  # fmt: skip
        self.assertEqual(self.expect_json(0, "relay")["applied"], 0)

    def test_entries_that_could_not_be_handed_over_are_told(self):
        self.queue(self.metadata, 1)
        self.database("outputs.db").execute("DROP TABLE outputs")
        report = self.expect_json(1, "relay")
        self.assertEqual((report["applied"], report["pending"] + report["dead"]), (0, 1))
        self.assertEqual(report["retried"] + report["dead"], 1)

    def test_a_bar_is_shown_on_a_terminal_only_and_not_with_json_or_quiet(self):
        for sequence in range(1000):
            self.queue(self.metadata, sequence)
        self.assertRegex(self.run_on_terminal("relay"), r"relay \[[#.]{30}\]")
        self.assertEqual(self.run_on_terminal("relay", "--json"), "")
        self.assertEqual(self.run_on_terminal("relay", "--quiet"), "")


if __name__ == "__main__":
    support.main(__name__)

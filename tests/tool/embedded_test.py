#!/usr/bin/env python3
"""The tool on SQLite and memory: every command, option and exit code that needs no server.

    embedded_test.py TOOL FILL [unittest's arguments]
"""

import datetime
import json
import os
import re
import subprocess
import time

import support
from support import NOBODY, SECRET, ToolTest

COMMANDS = ("migrate", "doctor", "stats", "relay", "verify", "sweep", "dead-letters")
SCOPES = (["--all"], ["--shared"], ["--tenant", "acme"], ["--model", "GPT-4"], ["--user", "1023"],
          ["--tag", "news", "--tenant", "acme"], ["--shared", "--tag", "news"])  # fmt: skip
OUTBOX = {"pending", "pending_bytes", "oldest_seconds", "dead"}


class CommandLine(ToolTest):
    def test_help_and_version_name_commands_and_exit_codes(self):
        text = self.expect(0, "--help").out
        self.assertRegex(self.expect(0, "--version").out, r"^polystore \d+\.\d+\.\d+\n$")
        for word in ("migrate", "dead-letters", "Exit codes", "ps)"):
            self.assertIn(word, text)

    def test_a_wrong_command_line_is_usage(self):
        for arguments in ([], ["doctor", "--unknown"], ["unknown"], ["doctor", "stats"],
                          ["--deadline", "0", "doctor"], ["--deadline", "x", "doctor"],
                          ["--deadline", "nan", "doctor"], ["sweep", "--min-age", "nan"],
                          ["sweep", "--largest-share", "nan"], ["--deadline"], ["--metadata"],
                          ["sweep", "--largest-share", "2"],
                          ["sweep", "--min-age", "-1"], ["dead-letters", "5"],
                          ["dead-letters", "--retry", "x"], ["stats", "--repair"],
                          ["invalidate"], ["invalidate", "--tag", "a"],
                          ["invalidate", "--dry-run"], ["invalidate", "--all", "--shared"],
                          ["invalidate", "--tenant", "a", "--shared"],
                          ["invalidate", "--tenant", "a", "--model", "b"],
                          ["invalidate", "--tenant", "a", "--tenant", "b"],
                          ["invalidate", "--model", "a", "--tag", "b"],
                          ["invalidate", "--user", "x"], ["stats", "--all"],
                          ["retain"], ["retain", "--dry-run"], ["retain", "--older-than", "90"],
                          ["retain", "--older-than", "d"], ["retain", "--older-than", "0d"],
                          ["retain", "--older-than", "nand"], ["retain", "--older-than", "9e9d"],
                          ["retain", "--tenant", "a", "--shared"],
                          ["retain", "--model", "a", "--batch", "0"], ["export-user"],
                          ["export-user", "0"], ["export-user", "x"], ["export-user", "1", "--json"],
                          ["prove-erased"], ["prove-erased", "-1"]):  # fmt: skip
            with self.subTest(arguments=arguments):
                result = self.expect(2, *arguments)
                self.assertIn("polystore --help", result.err)
                self.assertEqual(result.out, "")

    def test_what_is_wrong_on_the_command_line_is_not_shown(self):
        # run_tool looks for the secret.
        for arguments in (["doctor", SECRET], [SECRET], ["doctor", f"--password={SECRET}"],
                          ["doctor", f"-p{SECRET}"], ["--deadline", SECRET, "doctor"],
                          ["doctor", "--password", SECRET], ["--json", SECRET, "doctor"],
                          ["doctor", f"--metadata:postgresql://a:{SECRET}@db/a"],
                          ["doctor", f"--metadatapostgresql://a:{SECRET}@db/a"]):  # fmt: skip
            with self.subTest(arguments=arguments):
                self.expect(2, *arguments)

    def test_what_is_wrong_on_the_command_line_is_named(self):
        for name, *arguments in (["--password", "doctor", f"--password={SECRET}"],
                                 ["--json", "doctor", f"--json={SECRET}"],
                                 ["--deadline", "doctor", "--deadline", SECRET],
                                 ["SEQUENCE", "dead-letters", "--retry", SECRET]):  # fmt: skip
            with self.subTest(arguments=arguments):
                self.assertRegex(self.expect(2, *arguments).err, rf"{name}[:;]")

    def test_a_report_that_cannot_be_written_is_told(self):
        self.expect(0, "migrate")
        database = self.database()
        for sequence in range(1000):  # more than the buffer of the standard output
            self.queue(database, sequence, dead=1)
        for arguments in (["stats"], ["stats", "--json"], ["dead-letters"],
                          ["dead-letters", "--json"]):  # fmt: skip
            with self.subTest(arguments=arguments), open("/dev/full", "w") as full:
                done = subprocess.run([support.tool, *arguments], env=self.environment(),
                                      cwd=self.folder, stdout=full, stderr=subprocess.PIPE,
                                      text=True, timeout=100, check=False)  # fmt: skip
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("the standard output can't be written", done.stderr)
        self.expect(0, "stats", "--quiet")

    def test_options_may_stand_before_and_after_the_command(self):
        self.expect(0, "migrate")
        self.assertEqual(self.expect(0, "--json", "stats").json["command"], "stats")
        self.assertEqual(self.expect(0, "stats", "--json").json["command"], "stats")

    def test_quiet_prints_nothing_but_errors(self):
        self.expect(0, "migrate")
        for command in COMMANDS:
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
        for command in set(COMMANDS) - {"doctor"}:
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
            for command in set(COMMANDS) - {"doctor"}:
                with self.subTest(command=command):
                    self.expect(4, command, "--deadline", "0.3")
                    error = self.expect_json(4, command, "--deadline", "0.3")["error"]
                    self.assertEqual(error["code"], "deadline_exceeded")

    def test_a_store_that_is_not_there_is_not_taken_for_a_good_one(self):
        for command in set(COMMANDS) - {"doctor", "migrate"}:
            with self.subTest(command=command):
                self.assertIn("no polystore.db here", self.expect(2, command).err)
        self.assertEqual(list(self.folder.iterdir()), [])


class UserData(ToolTest):
    def lines(self, text):
        self.assertTrue(text.endswith("\n"))
        return [json.loads(line) for line in text.splitlines()]

    def test_a_user_is_exported_to_the_standard_output_and_to_a_file(self):
        ids = self.fill(20)
        lines = self.lines(self.expect(0, "export-user", "1").out)
        self.assertEqual((lines[0]["type"], lines[0]["name"]), ("user", "Ada"))
        self.assertEqual(sorted(line["id"] for line in lines[1:]), sorted(ids))
        self.assertEqual(lines[1]["output"], {"text": "hello"})
        path = self.folder / "export.jsonl"
        report = self.expect_json(0, "export-user", "1", "--output", str(path))
        self.assertEqual((report["contents"], report["complete"]), (20, True))
        self.assertEqual(self.lines(path.read_text(encoding="utf-8")), lines)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        # Another export does not overwrite it.
        self.assertIn("can't be written", self.expect(1, "export-user", "1", "--output", str(path)).err)
        self.assertEqual(self.lines(path.read_text(encoding="utf-8")), lines)

    def test_an_export_goes_on_where_it_was_told_to(self):
        self.fill(3)
        whole = self.expect(0, "export-user", "1").out
        made = json.loads(whole.splitlines()[1])
        then = datetime.datetime.fromisoformat(made["generated_at"].replace("Z", "+00:00"))
        cursor = f"{round(then.timestamp() * 1000)}.{made['id']}"
        rest = self.expect(0, "export-user", "1", "--after", cursor).out
        self.assertEqual(rest.splitlines(), whole.splitlines()[2:])
        self.expect(2, "export-user", "1", "--after", "nonsense")

    def test_a_user_that_is_not_there_is_told(self):
        self.expect(0, "migrate")
        self.assertIn("no such user", self.expect(1, "export-user", "1").err)
        self.assertTrue(self.expect_json(0, "prove-erased", "1")["proven"])

    def test_what_is_left_of_a_user_is_found(self):
        self.fill(2)
        report = self.expect_json(1, "prove-erased", "1")
        left = report["left"]
        self.assertEqual((left["user"], left["contents"], left["outputs"]), (True, 2, 2))
        self.assertEqual((report["proven"], report["complete"]), (False, True))
        self.assertEqual(report["scanned"], {"outbox_entries": 0, "outputs": 2, "bodies": 0, "vectors": 0})
        self.assertEqual(len(left["ids"]), 2)
        self.assertIn("not proven", self.expect(1, "prove-erased", "1").out)

    def test_contents_are_retained_by_age_and_model(self):
        self.fill(5)
        self.assertEqual(self.expect_json(0, "retain", "--older-than", "1h")["erased"], 0)
        report = self.expect_json(0, "retain", "--model", "model", "--dry-run")
        self.assertEqual((report["matching"], report["erased"], report["dry_run"]), (5, 0, True))
        self.assertEqual(self.expect_json(0, "retain", "--tenant", "acme")["matching"], 0)
        report = self.expect_json(0, "retain", "--older-than", "0.001s", "--shared", "--model", "model",
                                  "--batch", "2")  # fmt: skip
        self.assertEqual((report["erased"], report["complete"]), (5, True))
        self.assertEqual(self.expect_json(0, "verify")["checked"]["tombstones"], 5)


class Migrate(ToolTest):
    def test_it_makes_the_embedded_store_and_may_be_repeated(self):
        self.expect(0, "migrate")
        self.assertTrue((self.folder / "polystore.db").exists())
        report = self.expect_json(0, "migrate")
        self.assertEqual(report["command"], "migrate")
        identity = report["identity"]
        self.assertEqual(identity["metadata_id"], identity["outputs_owner"])
        self.assertEqual((len(identity["metadata_id"]) > 0, identity["standby"]), (True, False))

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
        self.assertEqual(subjects, {"metadata", "outputs", "responses", "vectors"})
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
        self.assertEqual(report["warnings"], 3)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_server_that_is_down_is_a_failure_beside_the_others(self):
        self.expect(0, "migrate")
        self.urls = {"responses": f"redis://:{SECRET}@{NOBODY}"}
        report = self.expect_json(1, "doctor")
        self.assertEqual(self.status_of(report, "responses", "connection"), "failure")
        self.assertEqual(self.status_of(report, "vectors", "connection"), "failure")
        self.assertEqual(self.status_of(report, "metadata", "integrity"), "ok")
        self.assertEqual(report["failures"], 2)

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


class Contents(ToolTest):
    """verify and sweep, on contents that the test damages."""

    def setUp(self):
        super().setUp()
        self.ids = self.fill(20)
        self.file = self.database()

    def add_orphans(self, count, age_s=7200):
        """Adds outputs that no row owns, under ids (UUIDv7) that were made so long ago."""
        milliseconds = int((time.time() - age_s) * 1000)
        for _ in range(count):
            random = bytearray(os.urandom(10))
            random[0], random[2] = 0x70 | random[0] & 0x0F, 0x80 | random[2] & 0x3F
            self.file.execute(
                "INSERT INTO outputs SELECT ?, version, body FROM outputs LIMIT 1",
                (milliseconds.to_bytes(6, "big") + bytes(random),))  # fmt: skip

    def outputs(self):
        return self.file.execute("SELECT count(*) FROM outputs").fetchone()[0]

    def blob(self, index):
        return bytes.fromhex(self.ids[index].replace("-", ""))

    def test_verify_of_a_good_store_finds_nothing(self):
        report = self.expect_json(0, "verify", "--min-age", "0")
        self.assertTrue(report["complete"])
        self.assertEqual((report["violations"], report["findings"]), (0, []))
        self.assertEqual(report["checked"], {"rows": 20, "outputs": 20, "outbox_entries": 0,
                                             "tombstones": 0})  # fmt: skip
        self.assertRegex(self.expect(0, "verify").out, r"checked 20 rows.*\n0 violations")

    def test_verify_names_each_violation_and_its_content(self):
        self.file.execute("DELETE FROM outputs WHERE id = ?", (self.blob(3),))
        self.file.execute("UPDATE outputs SET body = x'00' WHERE id = ?", (self.blob(5),))
        self.add_orphans(1)
        report = self.expect_json(1, "verify")
        found = {(finding["violation"], finding["invariant"]) for finding in report["findings"]}
        self.assertEqual(found, {("output_missing", "I1"), ("output_damaged", "I1"),
                                 ("orphan_output", "I4")})  # fmt: skip
        self.assertEqual((report["violations"], report["counts"]["output_missing"]), (3, 1))
        ids = {finding["violation"]: finding["id"] for finding in report["findings"]}
        self.assertEqual(ids["output_missing"], self.ids[3])
        self.assertEqual(ids["output_damaged"], self.ids[5])
        self.assertRegex(self.expect(1, "verify").out, f"I1 output_missing +{self.ids[3]} ")

    def test_verify_repairs_what_can_be_repaired(self):
        self.add_orphans(2)
        self.file.execute("DELETE FROM outputs WHERE id = ?", (self.blob(3),))
        self.queue(self.file, 1, dead=1)
        report = self.expect_json(1, "verify", "--repair")
        repaired = {finding["violation"]: finding["repaired"] for finding in report["findings"]}
        self.assertEqual(repaired, {"orphan_output": True, "dead_entry": True,
                                    "output_missing": False})  # fmt: skip
        self.assertEqual(self.expect_json(1, "verify")["violations"], 1)

    def test_outputs_of_puts_that_may_be_under_way_are_passed_over(self):
        self.add_orphans(1, age_s=60)
        self.expect(0, "verify")
        self.expect(1, "verify", "--min-age", "10")
        self.assertEqual(self.expect_json(0, "sweep")["removed"], 0)
        self.assertEqual(self.expect_json(0, "sweep", "--min-age", "10")["removed"], 1)
        self.expect(0, "verify", "--min-age", "0")

    def test_sweep_removes_what_no_row_owns_and_a_dry_run_nothing(self):
        self.add_orphans(3)
        report = self.expect_json(0, "sweep", "--dry-run")
        self.assertEqual([report[name] for name in ("scanned", "orphans", "removed", "complete",
                                                    "dry_run")], [23, 3, 0, True, True])  # fmt: skip
        self.assertEqual(self.outputs(), 23)
        report = self.expect_json(0, "sweep")
        self.assertEqual((report["orphans"], report["removed"]), (3, 3))
        self.assertEqual(self.outputs(), 20)
        self.assertRegex(self.expect(0, "sweep").out, r"looked at +20\n")

    def test_sweep_refuses_when_too_much_would_go(self):
        self.add_orphans(12)
        self.assertEqual(self.expect_json(1, "sweep")["error"]["code"], "conflict")
        self.assertEqual(self.outputs(), 32)
        self.assertEqual(self.expect_json(0, "sweep", "--largest-share", "0.5")["removed"], 12)

    def test_a_bar_is_shown_on_a_terminal(self):
        self.assertRegex(self.run_on_terminal("verify"), r"verify \[[#.]{30}\]")
        self.assertRegex(self.run_on_terminal("sweep"), r"sweep \[[#.]{30}\]")
        for command in ("verify", "sweep"):
            self.assertEqual(self.run_on_terminal(command, "--json"), "")


class DeadLetters(ToolTest):
    def setUp(self):
        super().setUp()
        self.expect(0, "migrate")
        self.file = self.database()
        for sequence in (5, 6, 7):
            self.queue(self.file, sequence, dead=1)

    def waiting(self):
        outbox = self.expect_json(0, "stats")["outbox"]
        return outbox["pending"], outbox["dead"]

    def test_they_are_listed(self):
        letters = self.expect_json(0, "dead-letters")["dead_letters"]
        self.assertEqual([letter["sequence"] for letter in letters], [5, 6, 7])
        self.assertEqual(set(letters[0]), {"sequence", "id", "version", "operation", "attempts",
                                           "body_bytes", "age_seconds", "reason"})  # fmt: skip
        self.assertEqual(letters[0]["operation"], "erase")
        lines = self.expect(0, "dead-letters").out.splitlines()
        self.assertEqual((len(lines), lines[-1]), (4, "3 dead letters"))
        self.assertIn(letters[0]["id"], lines[0])

    def test_all_or_some_are_made_due_again(self):
        self.assertEqual(self.expect_json(0, "dead-letters", "--retry", "6")["retried"], 1)
        self.assertEqual(self.waiting(), (1, 2))
        self.assertEqual(self.expect_json(0, "dead-letters", "--retry")["retried"], 2)
        self.assertEqual(self.waiting(), (3, 0))
        self.assertEqual(self.expect_json(0, "relay")["applied"], 3)
        self.assertEqual(self.expect_json(0, "dead-letters")["dead_letters"], [])

    def test_one_that_is_not_there_is_told(self):
        self.assertEqual(self.expect_json(1, "dead-letters", "--retry", "5", "99")["retried"], 1)
        self.assertEqual(self.waiting(), (1, 2))
        self.assertEqual(self.expect_json(0, "dead-letters", "--retry", "6", "6")["retried"], 1)

    def test_a_reason_that_is_not_utf_8_is_shown_in_part(self):
        self.file.execute("UPDATE polystore_outbox SET last_failure = CAST(x'61ff62' AS TEXT)")
        letters = self.expect_json(0, "dead-letters")["dead_letters"]
        self.assertEqual({letter["reason"] for letter in letters}, {"a\ufffdb"})

    def test_more_than_a_page_is_listed(self):
        for sequence in range(10, 1210):
            self.queue(self.file, sequence, dead=1)
        self.assertEqual(len(self.expect_json(0, "dead-letters")["dead_letters"]), 1203)
        too_many = [str(sequence) for sequence in range(10, 1110)]
        self.assertEqual(self.expect_json(2, "dead-letters", "--retry", *too_many)["error"]["code"],
                         "invalid_argument")  # fmt: skip


class Invalidate(ToolTest):
    def numbers(self):
        return [row[0] for row in
                self.file.execute("SELECT epoch FROM polystore_epochs ORDER BY epoch")]  # fmt: skip

    def setUp(self):
        super().setUp()
        self.expect(0, "migrate")
        self.file = self.database()

    def test_every_scope_is_invalidated_under_a_number_of_its_own(self):
        for scope in SCOPES:
            report = self.expect_json(0, "invalidate", *scope)
            self.assertEqual(set(report), {"command", "dry_run", "exit_code"})
        self.assertEqual(self.numbers(), list(range(1, len(SCOPES) + 1)))
        kinds = self.file.execute("SELECT kind FROM polystore_epochs ORDER BY epoch").fetchall()
        self.assertEqual([kind for kind, in kinds], [0, 1, 1, 2, 3, 4, 4])
        self.assertRegex(self.expect(0, "invalidate", "--all").out, "^invalidated")
        self.assertEqual(self.numbers(), [2, 3, 4, 5, 6, 7, 8])

    def test_a_dry_run_counts_and_invalidates_nothing(self):
        for scope in SCOPES:
            report = self.expect_json(0, "invalidate", "--dry-run", *scope)
            self.assertEqual((report["dry_run"], report["complete"], report["entries"]),
                             (True, True, 0))  # fmt: skip
        self.assertRegex(self.expect(0, "invalidate", "--all", "--dry-run").out, r"would go +0\n")
        self.assertEqual(self.numbers(), [])

    def test_a_name_that_cannot_be_is_refused_and_not_shown(self):
        for scope in (["--tenant", SECRET * 50], ["--model", SECRET * 50], ["--user", "0"],
                      ["--tag", SECRET * 50, "--shared"], ["--tenant", ""]):  # fmt: skip
            with self.subTest(scope=scope):
                error = self.expect_json(2, "invalidate", *scope)["error"]
                self.assertEqual((error["code"], error["field"]), ("invalid_argument", "scope"))
        self.assertEqual(self.numbers(), [])

    def test_a_store_that_cannot_serve_is_told(self):
        self.urls = {"metadata": f"postgresql://app:{SECRET}@{NOBODY}/a",
                     "outputs": f"sqlite:{self.folder}/a.db"}  # fmt: skip
        self.assertIn("postgres unavailable", self.expect(3, "invalidate", "--all").err)
        with support.silent_port() as port:
            self.urls["metadata"] = f"postgresql://app:{SECRET}@127.0.0.1:{port}/a"
            self.expect(4, "invalidate", "--all", "--deadline", "0.3")


if __name__ == "__main__":
    support.main(__name__)

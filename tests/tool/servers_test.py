#!/usr/bin/env python3
"""The tool on real servers, good ones and ones that doctor must complain of.

    servers_test.py TOOL FILL [unittest's arguments]
"""

import os
import subprocess
from urllib.parse import urlsplit

import support
from support import NOBODY, SECRET, ToolTest


class PostgresTest(ToolTest):
    """With databases of PostgreSQL of the test's own."""

    def setUp(self):
        super().setUp()
        self.name = f"polystore_tool_{os.getpid()}_{os.urandom(4).hex()}"

    def make_database(self, name):
        """The URL of a new, empty database."""
        server = support.require("POSTGRES_URL")
        self.psql(server, f"CREATE DATABASE {name}")
        self.addCleanup(self.psql, server, f"DROP DATABASE {name} WITH (FORCE)")
        return server.rsplit("/", 1)[0] + "/" + name

    def psql(self, url, sql):
        subprocess.run(["psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", url, "-c", sql], check=True,
                       capture_output=True)  # fmt: skip

    def remove_rows(self, count):
        """Removes metadata rows, and leaves their outputs to nobody."""
        gone = f"(SELECT id FROM ai_generated_content ORDER BY id LIMIT {count})"
        for table, key in (("content_tags", "content_id"), ("ai_generated_content", "id")):
            self.psql(self.urls["metadata"], f"DELETE FROM {table} WHERE {key} IN {gone}")


class Servers(PostgresTest):
    """On a database of PostgreSQL and one of MongoDB of the test's own."""

    def setUp(self):
        super().setUp()
        before, options = support.require("MONGO_URL").split("?")
        self.urls = {"metadata": self.make_database(self.name),
                     "outputs": before.rsplit("/", 1)[0] + "/" + self.name + "?" + options,
                     "responses": support.require("REDIS_URL")}  # fmt: skip

    def test_migrate_makes_the_schemas_and_doctor_finds_them(self):
        before = self.expect_json(0, "doctor")
        for subject in ("metadata", "outputs"):
            self.assertEqual(self.status_of(before, subject, "schema"), "warning")
        self.expect(0, "migrate")
        after = self.expect_json(0, "doctor")
        for subject, name in (("metadata", "schema"), ("outputs", "schema"), ("metadata", "fsync"),
                              ("metadata", "synchronous_commit"), ("metadata", "clock"),
                              ("outputs", "clock"), ("outputs", "write_concern"),
                              ("metadata", "role"), ("responses", "role")):  # fmt: skip
            self.assertEqual(self.status_of(after, subject, name), "ok", f"{subject} {name}")

    def test_stats_and_relay_on_contents(self):
        self.fill(20)
        self.assertEqual(self.expect_json(0, "stats")["outbox"]["pending"], 0)
        self.assertEqual(self.expect_json(0, "relay")["pending"], 0)
        self.assertEqual(self.expect_json(0, "dead-letters")["dead_letters"], [])

    def test_verify_and_sweep_on_contents(self):
        self.fill(20)
        report = self.expect_json(0, "verify", "--min-age", "0")
        self.assertEqual((report["checked"]["rows"], report["checked"]["outputs"]), (20, 20))
        self.remove_rows(2)
        report = self.expect_json(1, "verify", "--min-age", "0")
        self.assertEqual(report["counts"]["orphan_output"], 2)
        self.assertEqual(self.expect_json(0, "sweep", "--min-age", "0")["removed"], 2)
        self.assertEqual(self.expect_json(0, "verify", "--min-age", "0")["checked"]["outputs"], 18)

    def test_answers_are_counted_and_invalidated_for_all_processes(self):
        self.fill("answers", 10)
        scopes = {"all": ["--all"], "tenant": ["--tenant", "acme"], "model": ["--model", "model"],
                  "user": ["--user", "1"], "tag": ["--tag", "tool", "--tenant", "acme"]}  # fmt: skip
        for scope in scopes.values():
            report = self.expect_json(0, "invalidate", "--dry-run", *scope)
            self.assertEqual((report["entries"], report["complete"]), (10, True), scope)
        for scope in (["--shared"], ["--shared", "--tag", "tool"], ["--user", "2"]):
            self.assertEqual(self.expect_json(0, "invalidate", "--dry-run", *scope)["entries"], 0)
            self.expect(0, "invalidate", *scope)
        self.assertEqual(self.fill("lookup", 10), ["10"])
        for scope in scopes.values():
            with self.subTest(scope=scope):
                self.fill("answers", 10)
                self.assertEqual(self.fill("lookup", 10), ["10"])
                self.expect(0, "invalidate", *scope)
                self.assertEqual(self.fill("lookup", 10), ["0"])

    def test_an_invalidation_that_the_response_store_cannot_hear_of_is_told(self):
        self.expect(0, "migrate")
        self.urls["responses"] = f"redis://:{SECRET}@{NOBODY}/0"
        self.expect(3, "invalidate", "--all")

    def test_outputs_of_another_metadata_database_are_not_swept(self):
        self.fill(1)
        self.urls["metadata"] = self.make_database(self.name + "_other")
        for command in ("sweep", "verify"):
            self.assertEqual(self.expect_json(1, command)["error"]["code"], "conflict")

    def test_a_wrong_password_is_told_and_not_shown(self):
        user, rest = self.urls["metadata"].split("@")
        self.urls["metadata"] = f"{user.rsplit(':', 1)[0]}:{SECRET}@{rest}"
        self.assertEqual(self.expect_json(1, "stats")["error"]["code"], "access_denied")
        check = self.check_of(self.expect_json(1, "doctor"), "metadata", "connection")
        self.assertEqual(check["status"], "failure")

    def test_each_server_may_be_down_and_the_others_are_still_looked_at(self):
        self.expect(0, "migrate")
        self.urls["vectors"] = self.urls["responses"]
        for subject, scheme in (("metadata", "postgresql"), ("outputs", "mongodb"),
                                ("responses", "redis"), ("vectors", "redis")):  # fmt: skip
            with self.subTest(subject=subject):
                good = self.urls[subject]
                self.urls[subject] = f"{scheme}://app:{SECRET}@{NOBODY}/0"
                report = self.expect_json(1, "doctor")
                self.urls[subject] = good
                self.assertEqual(report["failures"], 1, report)
                self.assertEqual(self.status_of(report, subject, "connection"), "failure")
                self.assertEqual(len({check["subject"] for check in report["checks"]}), 4)

    def test_a_migrated_store_is_not_reported_while_a_server_is_down(self):
        self.urls["outputs"] = f"mongodb://app:{SECRET}@{NOBODY}/a"
        self.expect(3, "migrate")


class OutputsOnPostgres(PostgresTest):
    """On databases of PostgreSQL, one for all or two."""

    def setUp(self):
        super().setUp()
        self.metadata = self.make_database(self.name)

    def test_one_database_keeps_both(self):
        stores = ("--metadata", self.metadata, "--outputs", self.metadata)
        before = self.expect_json(0, "doctor", *stores)
        self.expect(0, "migrate", *stores)
        after = self.expect_json(0, "doctor", *stores)
        for subject in ("metadata", "outputs"):
            self.assertEqual(self.status_of(before, subject, "schema"), "warning")
            for name in ("connection", "schema", "role", "fsync", "connections", "clock"):
                self.assertEqual(self.status_of(after, subject, name), "ok", f"{subject} {name}")
        self.look_after(self.metadata, self.metadata)

    def test_two_databases_are_kept_in_step(self):
        self.look_after(self.metadata, self.make_database(self.name + "_outputs"))

    def look_after(self, metadata, outputs):
        self.urls = {"metadata": metadata, "outputs": outputs}
        self.fill(20)
        self.assertEqual(self.expect_json(0, "stats")["outbox"]["pending"], 0)
        report = self.expect_json(0, "verify", "--min-age", "0")
        self.assertEqual((report["checked"]["rows"], report["checked"]["outputs"]), (20, 20))
        self.remove_rows(1)
        report = self.expect_json(1, "verify", "--min-age", "0")
        self.assertEqual(report["counts"]["orphan_output"], 1)
        self.assertEqual(self.expect_json(0, "sweep", "--min-age", "0")["removed"], 1)
        self.assertEqual(self.expect_json(0, "verify", "--min-age", "0")["checked"]["outputs"], 19)

    def test_outputs_of_a_newer_schema_are_refused_and_told(self):
        self.urls = {"metadata": self.metadata, "outputs": self.make_database(self.name + "_outputs")}
        self.expect(0, "migrate")
        self.psql(self.urls["outputs"], "INSERT INTO polystore_outputs_schema VALUES (1000)")
        check = self.check_of(self.expect_json(1, "doctor"), "outputs", "schema")
        self.assertEqual(check["status"], "failure")
        self.assertIn("version 1000", check["message"])
        for command in ("migrate", "stats", "verify"):
            error = self.expect_json(1, command)["error"]
            self.assertEqual((error["code"], error["backend"]), ("schema_mismatch", "postgres"))

    def test_outputs_that_are_down_are_told(self):
        self.urls = {"metadata": self.metadata, "outputs": f"postgresql://app:{SECRET}@{NOBODY}/app"}
        report = self.expect_json(1, "doctor")
        self.assertEqual(report["failures"], 1, report)
        self.assertEqual(self.status_of(report, "outputs", "connection"), "failure")
        self.expect(3, "migrate")


class MariaDb(ToolTest):
    """On a database of MariaDB and one of MongoDB of the test's own."""

    def setUp(self):
        super().setUp()
        self.name = f"polystore_tool_{os.getpid()}_{os.urandom(4).hex()}"
        server = support.require("MYSQL_URL")
        self.sql(f"CREATE DATABASE {self.name}")
        self.addCleanup(self.sql, f"DROP DATABASE {self.name}")
        before, options = support.require("MONGO_URL").split("?")
        self.urls = {"metadata": server.rsplit("/", 1)[0] + "/" + self.name,
                     "outputs": before.rsplit("/", 1)[0] + "/" + self.name + "?" + options,
                     "responses": support.require("REDIS_URL")}  # fmt: skip

    def sql(self, sql):
        url = urlsplit(support.require("MYSQL_URL"))
        subprocess.run(["mariadb", "--no-defaults", f"--host={url.hostname}", f"--port={url.port}",
                        f"--user={url.username}", "-e", sql], check=True, capture_output=True,
                       env={**os.environ, "MYSQL_PWD": url.password})  # fmt: skip

    def test_contents_are_looked_after(self):
        self.assertEqual(self.status_of(self.expect_json(0, "doctor"), "metadata", "schema"), "warning")
        self.fill(20)
        report = self.expect_json(0, "doctor")
        for name in ("schema", "role", "clock", "max_allowed_packet", "outbox"):
            self.assertEqual(self.status_of(report, "metadata", name), "ok", name)
        self.assertEqual(self.expect_json(0, "stats")["outbox"]["pending"], 0)
        report = self.expect_json(0, "verify", "--min-age", "0")
        self.assertEqual((report["checked"]["rows"], report["checked"]["outputs"]), (20, 20))
        self.sql(f"DELETE FROM {self.name}.ai_generated_content ORDER BY id LIMIT 1")
        report = self.expect_json(1, "verify", "--min-age", "0")
        self.assertEqual(report["counts"]["orphan_output"], 1)
        self.assertEqual(self.expect_json(0, "sweep", "--min-age", "0")["removed"], 1)
        self.assertEqual(self.expect_json(0, "verify", "--min-age", "0")["checked"]["outputs"], 19)

    def test_answers_are_invalidated(self):
        self.fill("answers", 10)
        self.assertEqual(self.fill("lookup", 10), ["10"])
        self.expect(0, "invalidate", "--tag", "tool", "--tenant", "acme")
        self.assertEqual(self.fill("lookup", 10), ["0"])


class OtherServers(ToolTest):
    """On servers that the test starts, of the kind that should not be used."""

    def doctor(self, code):
        return self.expect_json(code, "doctor")

    def make_folder(self, name):
        folder = self.folder / name
        folder.mkdir()
        return folder

    def test_a_standby_without_durability_fails(self):
        with support.postgres_standby(self.make_folder("postgres")) as url:
            self.urls = {"metadata": url, "outputs": f"sqlite:{self.folder}/a.db"}
            report = self.doctor(1)
        for name in ("role", "fsync", "synchronous_commit"):
            self.assertEqual(self.status_of(report, "metadata", name), "failure", name)
        self.assertIn("standby", self.check_of(report, "metadata", "role")["message"])
        self.assertIn("acknowledged write may be lost",
                      self.check_of(report, "metadata", "fsync")["message"])  # fmt: skip

    def test_a_standalone_mongod_is_a_warning_that_says_what_it_means(self):
        with support.standalone_mongod(self.make_folder("mongo")) as url:
            self.urls = {"metadata": f"sqlite:{self.folder}/a.db", "outputs": url}
            report = self.doctor(0)
        check = self.check_of(report, "outputs", "replica_set")
        self.assertEqual(check["status"], "warning")
        self.assertIn("a standalone server", check["message"])
        self.assertEqual(self.status_of(report, "outputs", "write_concern"), "ok")

    def test_a_redis_that_refuses_when_full_is_a_warning(self):
        with support.redis_server(self.make_folder("redis"), "--maxmemory", "10mb",
                                  "--maxmemory-policy", "noeviction") as url:  # fmt: skip
            self.urls = {"responses": url}
            report = self.doctor(0)
        self.assertEqual(self.status_of(report, "responses", "maxmemory"), "warning")
        with support.redis_server(self.make_folder("redis2"), "--maxmemory", "10mb",
                                  "--maxmemory-policy", "allkeys-lru") as url:  # fmt: skip
            self.urls = {"responses": url}
            report = self.doctor(0)
        self.assertEqual(self.status_of(report, "responses", "maxmemory"), "ok")

    def test_a_redis_replica_fails(self):
        with support.redis_server(self.make_folder("redis"), "--replicaof", "127.0.0.1", "1") as url:
            self.urls = {"responses": url}
            report = self.doctor(1)
        self.assertEqual(self.status_of(report, "responses", "role"), "failure")


if __name__ == "__main__":
    support.main(__name__)

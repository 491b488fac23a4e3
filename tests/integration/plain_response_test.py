#!/usr/bin/env python3
"""Another language's client reads what responses().set wrote, and responses().get what it wrote.

    plain_response_test.py <plain_response>
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import redis
except ImportError:
    debian = "/usr/bin/python3"  # which has the package python3-redis
    if os.path.realpath(sys.executable) != os.path.realpath(debian):
        os.execv(debian, [debian, *sys.argv])
    raise

VALUES = [b"text", "Zürich: 21 °C ☀".encode(), bytes(range(256)), b"", b"x" * 3_000_000]

program = sys.argv.pop(1)


class PlainResponse(unittest.TestCase):
    def setUp(self):
        url = os.environ.get("POLYSTORE_TEST_REDIS_URL")
        if not url and os.environ.get("POLYSTORE_TEST_REQUIRE_SERVERS") != "1":
            sys.exit(4)  # skipped
        self.url = f"{url}/{os.getpid() % 4095 + 1}"
        self.client = redis.Redis.from_url(self.url)
        self.client.flushdb()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.metadata = f"sqlite:{Path(folder.name) / 'metadata.db'}"

    def run_program(self, action, key, value=b""):
        return subprocess.run([program, self.metadata, self.url, action, key], input=value,
                              stdout=subprocess.PIPE, check=False)  # fmt: skip

    def test_python_reads_what_polystore_wrote(self):
        for number, value in enumerate(VALUES):
            key = f"user:{number}:summary ü"
            self.assertEqual(self.run_program("set", key, value).returncode, 0)
            self.assertEqual(self.client.get(key), value)
            self.assertEqual(self.client.type(key), b"string")
            self.assertGreater(self.client.pttl(key), 3_000_000)

    def test_polystore_reads_what_python_wrote(self):
        for number, value in enumerate(VALUES):
            key = f"user:{number}:summary ü"
            self.client.set(key, value)  # without an end, as other programs may
            found = self.run_program("get", key)
            self.assertEqual((found.returncode, found.stdout), (0, value))
        self.assertEqual(self.run_program("get", "nothing").returncode, 1)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""docs/tool.md and --help name the same commands, options and exit codes.

    page_test.py TOOL FILL [unittest's arguments]
"""

import re

import support
from support import ToolTest


def commands_of_help(text):
    section = text.split("Subcommands:\n")[1].split("\n\n")[0]
    return re.findall(r"^  ([a-z-]+) ", section, re.MULTILINE)


def options_of_help(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) - {"--help", "--version"}


class Page(ToolTest):
    def setUp(self):
        super().setUp()
        self.page = (support.REPOSITORY / "docs/tool.md").read_text(encoding="utf-8")
        self.help = self.expect(0, "--help").out

    def test_commands_are_the_same_in_the_same_order(self):
        self.assertEqual(re.findall(r"^## `polystore ([a-z-]+)", self.page, re.MULTILINE),
                         commands_of_help(self.help))  # fmt: skip

    def test_options_are_the_same(self):
        options = options_of_help(self.help)
        for command in commands_of_help(self.help):
            options |= options_of_help(self.expect(0, command, "--help").out)
        self.assertEqual(options_of_help(self.page), options)

    def test_exit_codes_are_the_same(self):
        codes = re.findall(r"^  (\d)  ", self.help, re.MULTILINE)
        self.assertEqual(re.findall(r"^\| (\d) \|", self.page, re.MULTILINE), codes)
        self.assertEqual(codes, ["0", "1", "2", "3", "4"])


if __name__ == "__main__":
    support.main(__name__)

#!/usr/bin/env python3
"""Takes the C++ program out of a Markdown page, so that what readers copy is what was compiled.

    check_docs.py <page.md> <out.cpp>    writes its one ```cpp block, with #line for the compiler
    check_docs.py --run <program>        runs the built program on the embedded default, in a new folder
    check_docs.py --self-test            shows on bad pages that the check can fail

The block must be a whole program: the page says so by having a main in it.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

BLOCK = re.compile(r"^```cpp[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)


def program(markdown, page):
    """Returns the program in the page, or raises ValueError."""
    blocks = list(BLOCK.finditer(markdown))
    if len(blocks) != 1:
        raise ValueError(f"{page}: {len(blocks)} ```cpp blocks, not 1")
    code = blocks[0][1]
    if not re.search(r"^int main\(", code, re.MULTILINE):
        raise ValueError(f"{page}: the ```cpp block is no whole program: it has no main")
    line = markdown.count("\n", 0, blocks[0].start(1)) + 1
    return f'#line {line} "{page}"\n{code}'


def run(command):
    """Returns the exit status of a program that must also have printed something."""
    environment = {name: value for name, value in os.environ.items()
                   if not re.fullmatch(r"POLYSTORE_\w+_URL", name)}  # fmt: skip
    with tempfile.TemporaryDirectory() as home:
        environment["POLYSTORE_HOME"] = home
        result = subprocess.run([command], env=environment, cwd=home, stdout=subprocess.PIPE,
                                text=True, check=False)  # fmt: skip
    print(result.stdout, end="")
    return result.returncode or (0 if result.stdout else 1)


def self_test():
    good = "# Title\n```sh\nmake\n```\n```cpp\nint main() {}\n```\nend\n"
    assert program(good, "a.md") == '#line 6 "a.md"\nint main() {}\n'
    bad = [
        ("no block\n", "0 ```cpp blocks"),
        ("```c++\nint main() {}\n```\n", "0 ```cpp blocks"),
        ("```cpp\nint main() {}\n", "0 ```cpp blocks"),
        (good + good, "2 ```cpp blocks"),
        ("```cpp\nauto store = open();\n```\n", "no main"),
    ]
    for page, expected in bad:
        try:
            program(page, "a.md")
        except ValueError as error:
            assert expected in str(error), (page, error)
        else:
            raise AssertionError(f"this page should be refused: {page}")
    assert run("pwd") == 0
    assert run("false") != 0
    assert run("true") != 0
    print(f"{len(bad)} bad pages were all refused")


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return
    if len(sys.argv) == 3 and sys.argv[1] == "--run":
        sys.exit(run(sys.argv[2]))
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    page, out = sys.argv[1:]
    try:
        code = program(Path(page).read_text(encoding="utf-8"), page)
    except ValueError as error:
        sys.exit(str(error))
    Path(out).write_text(code, encoding="utf-8")


if __name__ == "__main__":
    main()

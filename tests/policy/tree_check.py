"""What the checks of a source tree share: samples in a tree of their own, and the command line."""

import sys
import tempfile
from pathlib import Path


def faults_in(check, files):
    """What check(Path) says of a tree with these files: their texts by their paths."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return check(Path(folder))


def run(usage, check, self_test):
    """The main program: checks the tree that the command line names, or the check itself."""
    if len(sys.argv) != 2:
        sys.exit(usage)
    if sys.argv[1] == "--self-test":
        self_test()
        return
    faults = check(Path(sys.argv[1]))
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)

#!/usr/bin/env python3
"""Checks that every test that docs/tacker-compatibility.md names exists, and that no row goes without one.

Usage: compatibility_test.py SOURCE_DIR. Prints one line per finding; exit status 1 if there is any.
"""

import pathlib
import re
import sys

ROWS = 24


def test_names(root):
    """The names of all tests: of Catch2 cases and of Python functions."""
    names = set()
    for path in (root / "test").rglob("*_test.cc"):
        for literals in re.findall(r'TEST_CASE\(((?:\s*"(?:[^"\\]|\\.)*")+)', path.read_text(encoding="utf-8")):
            names.add("".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals)).replace("\\'", "'"))
    for path in (root / "test").rglob("*_test.py"):
        names.update(re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8")))
    return names


def findings(root):
    """What is wrong, in words."""
    known = test_names(root)
    rows = {}
    text = (root / "docs/tacker-compatibility.md").read_text(encoding="utf-8")
    for number, shown_by in re.findall(r"^\| (\d+) \|[^|]*\|(.*)\|$", text, re.MULTILINE):
        rows[int(number)] = re.findall(r'"([^"]+)"', shown_by)
    for row in range(1, ROWS + 1):
        if not rows.get(row):
            yield f"row {row} names no test"
        for name in rows.get(row, []):
            if name not in known:
                yield f"row {row}: there is no test '{name}'"


def main():
    found = list(findings(pathlib.Path(sys.argv[1])))
    for finding in found:
        print(finding)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()

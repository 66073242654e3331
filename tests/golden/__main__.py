"""`make golden`: writes the golden files anew, and shows what differs from those before.

`--check` writes nothing, and ends with 1 if there is a difference.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.golden import difference
from tests.golden.files import EXPECTED, read, rewrite
from tests.golden.targets import TARGETS, produce


def main(arguments: list[str]) -> int:
    """Make the files of each target, show what differs, and write them unless asked not to."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if any differs")
    parser.add_argument("--lines", type=int, default=difference.LINES, help="lines to show at most")
    given = parser.parse_args(arguments)
    before = read(EXPECTED)
    after = {f"{name}/{file}": text for name in TARGETS for file, text in _produced(name).items()}
    if shown := difference.lines(before, after, given.lines):
        sys.stdout.write(f"{shown}\n\n")
    sys.stdout.write(f"{difference.summary(before, after)}\n")
    if given.check:
        return int(before != after)
    rewrite(EXPECTED, after)
    return 0


def _produced(name: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        return produce(name, Path(folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

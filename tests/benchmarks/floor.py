"""The floor of `make bench`: split the lines of a `cfg.txt` and parse its XML fragments, no more.

Standard library only, one expat parser per fragment, nothing is kept. What an audit adds to this
is its price.
"""

from __future__ import annotations

import sys
from xml.parsers.expat import ParserCreate

_ITEM = b"mod cmd FLASHDIR0 add-item "


def main(path: str) -> None:
    with open(path, "rb") as file:  # noqa: PTH123 -- pathlib would cost more than it reads
        for line in file:
            if not line.startswith(_ITEM):
                line.split()
                continue
            for field in line[line.index(b"(") + 1 : line.rindex(b")")].split(b")("):
                name, _, value = field.partition(b"=")
                if name == b"pbx":
                    ParserCreate().Parse(value, True)  # noqa: FBT003 -- expat takes no keyword


if __name__ == "__main__":
    main(sys.argv[1])

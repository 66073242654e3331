"""Tries mutations: `python -m tests.conservation HD-10-temp 17`, or `all 0 64` of each system."""

from __future__ import annotations

import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor

from tests.conservation.reproduction import failures
from tests.conservation.systems import names_of_systems


def main(arguments: list[str]) -> int:
    """Print each failure once for its operator and piece, with how often it occurs."""
    which, first = arguments[0], int(arguments[1])
    last = int(arguments[2]) if len(arguments) > 2 else first + 1
    names = names_of_systems() if which == "all" else (which,)
    groups: dict[str, list[str]] = defaultdict(list)
    with ProcessPoolExecutor(min(2, len(names))) as pool:
        for found in pool.map(failures, names, [range(first, last)] * len(names)):
            for failure in found:
                groups[failure.group].append(failure.text)
    for group, texts in sorted(groups.items(), key=lambda one: (-len(one[1]), one[0])):
        print(f"== {len(texts)} x {group}\n{texts[0]}")  # noqa: T201 -- what it is for
    print(f"{sum(map(len, groups.values()))} of {len(names) * (last - first)} are wrong")  # noqa: T201
    return int(bool(groups))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

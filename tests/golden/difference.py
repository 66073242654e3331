"""What differs between golden files and what is made now: a line for each file, then the lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import unified_diff
from itertools import islice
from math import ceil

Files = Mapping[str, str]
LINES = 200
_LONGEST = 160
_BAR = 40


def differing(old: Files, new: Files) -> list[str]:
    """Return the names of files that appear, go, or hold something else."""
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def summary(old: Files, new: Files) -> str:
    """Return a line for each file that differs, like `git diff --stat`, and their sum."""
    names = differing(old, new)
    if not names:
        return "no difference"
    wide = max(map(len, names))
    counts = {name: _counted(_changes(old, new, name)) for name in names}
    rows = [
        f" {name:{wide}} | {_word(old, new, name)}{added + removed} {_bar(added, removed)}"
        for name, (added, removed) in counts.items()
    ]
    added, removed = (sum(pair[side] for pair in counts.values()) for side in (0, 1))
    return "\n".join([*rows, f" {len(names)} files, {added} lines added, {removed} removed"])


def lines(old: Files, new: Files, most: int = LINES) -> str:
    """Return the unified difference of all files, cut off after so many lines."""
    every = [line for name in differing(old, new) for line in _changes(old, new, name)]
    shown = [line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…" for line in every[:most]]
    left = len(every) - len(shown)
    return "\n".join([*shown, f"… and {left} lines more"] if left else shown)


def _changes(old: Files, new: Files, name: str) -> Iterable[str]:
    before, after = (files.get(name, "").splitlines() for files in (old, new))
    return unified_diff(before, after, f"a/{name}", f"b/{name}", lineterm="", n=1)


def _counted(changes: Iterable[str]) -> tuple[int, int]:
    body = list(islice(changes, 2, None))
    return sum(line[0] == "+" for line in body), sum(line[0] == "-" for line in body)


def _word(old: Files, new: Files, name: str) -> str:
    return "new, " * (name not in old) + "gone, " * (name not in new)


def _bar(added: int, removed: int) -> str:
    scale = min(1.0, _BAR / max(1, added + removed))
    return "+" * ceil(added * scale) + "-" * ceil(removed * scale)

"""How many controls a live PBX decides by itself, by the rights of who asks.

The figures are measured at the simulated PBX (`python -m tests.by_rights`); a test measures again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from auditor.files.inputs import MOST_TOML, read_bytes
from auditor.files.json_reading import parse_json
from auditor.resources import rules_directory

_IN_ORDER, _IN_DISORDER = "hardened", "insecure"
# What a set of rights of the figures is called.
_NAMES: Final[Mapping[str, str]] = {
    "viewer": "a viewer's account",
    "viewer, no login": "the same, and `[websocket]` without an App",
    "viewer, TableUsers": "the same, and an App with *TableUsers*",
    "viewer, Admin": "the same, and an App with *Admin*",
    "Devices, the box": "a password of Devices, through which the box is read",
    "Devices": "the same, and Devices rolls out configurations",
    "TableUsers": "an App with *TableUsers* alone, and no account",
}
_HEAD: Final = (
    "Where nobody attests anything, and without the PBX password, a PBX with firmware 13r3",
    "decides so many of them by its rights: one that is in order, and one where much is violated,",
    "for often a violation is seen where its absence is not. Measured at the simulated PBX, read",
    "by the names that public sources document; [`[websocket]`](../site-file.md#websocket) says",
    "how to let the PBX be asked as an App, [Through Devices](../fleet.md#through-devices) what a",
    "password of Devices shows. Certificate and services of a box cannot be seen through Devices;",
    "that is why it decides less than a viewer's account.",
)


def figures_file() -> Path:
    """Return where the figures are, beside the documents of rules."""
    return rules_directory() / "by_rights.json"


@cache
def decided_by_sources() -> frozenset[str]:
    """Return the controls that some set of rights decides, without a dialect or an attestation."""
    figures = parse_json(read_bytes(figures_file(), MOST_TOML))
    return frozenset(one for at in figures.values() for names in at.values() for one in names)


def decided_in_addition(more: str, less: str, known: Collection[str]) -> list[str]:
    """Return which controls a set of rights decides and another one does not, in order or not."""
    figures = parse_json(read_bytes(figures_file(), MOST_TOML))
    first, second = (_of(figures[name], known) for name in (more, less))
    return sorted({one for at in first for one in first[at] - second[at]})


def decided_anyway(name: str) -> frozenset[str]:
    """Return which controls a set of rights decides of a PBX in order and of one that is not."""
    of_each = parse_json(read_bytes(figures_file(), MOST_TOML))[name].values()
    return frozenset.intersection(*map(frozenset, of_each))


def by_rights(known: Collection[str]) -> Iterator[str]:
    """Yield the lines of Markdown that say it of a catalogue with these controls."""
    figures = parse_json(read_bytes(figures_file(), MOST_TOML))
    shown = {name: _of(figures[name], known) for name in _NAMES}
    first = next(iter(shown.values()))
    yield from (*_HEAD, "")
    yield f"| Rights | In order, of {len(known)} | Much violated, of {len(known)} | In addition |"
    yield "|---|---|---|---|"
    for name, counted in shown.items():
        more = sorted({one for at in counted for one in counted[at] - first[at]})
        links = ", ".join(f"[{one}]({one}.md)" for one in more)
        numbers = f"{len(counted[_IN_ORDER])} | {len(counted[_IN_DISORDER])}"
        yield f"| {_NAMES[name]} | {numbers} | {links} |"
    yield ""


def _of(figures: Mapping[str, Collection[str]], known: Collection[str]) -> dict[str, set[str]]:
    return {at: set(figures[at]).intersection(known) for at in (_IN_ORDER, _IN_DISORDER)}

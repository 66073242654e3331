"""Finds words in a page that are longer than anybody writes: such a page lets words break anywhere.

A file name or a value of a PBX can be one, and would run out of the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# Behind what is shown stands the data of the page.
_DATA: Final = '<script type="application/json"'
_MANY: Final = 90
_ENDLESS: Final = re.compile(rf"(?<![\w+/=,])\w{{{_MANY}}}")  # not in a picture
_PIECE: Final = 1 << 16


def has_endless_word(document: str) -> bool:
    """Return whether what a page shows has a word that would run out of it."""
    return any(_ENDLESS.search(document, *place) for place in _long_parts(document))


def _long_parts(document: str) -> Iterator[tuple[int, int]]:
    """Yield where what is as long without a blank in it begins and ends, be it a word or not.

    It is looked for piece by piece, since hardly any has one.
    """
    end = document.find(_DATA)
    end = end if end >= 0 else len(document)
    for at in range(0, end, _PIECE):
        parts = document[at : min(end, at + _PIECE + _MANY)].split()
        if max(map(len, parts), default=0) < _MANY:
            continue
        place = at
        for part in (one for one in parts if len(one) >= _MANY):
            place = document.index(part, place)
            yield place, place + len(part)
            place += len(part)

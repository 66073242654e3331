"""Finds words in a page that are longer than anybody writes: such a page lets words break anywhere.

A file name or a value of a PBX can be one, and would run out of the page.
"""

from __future__ import annotations

import re
from typing import Final

# Behind what is shown stands the data of the page.
_DATA: Final = '<script type="application/json"'
_MANY: Final = 90
_ENDLESS: Final = re.compile(rf"(?<![\w+/=,])\w{{{_MANY}}}")  # not in a picture
_PIECE: Final = 1 << 16


def has_endless_word(document: str) -> bool:
    """Return whether what a page shows has a word that would run out of it.

    It is looked at piece by piece, since hardly any has something as long without a blank in it.
    """
    end = document.find(_DATA)
    end = end if end >= 0 else len(document)
    for at in range(0, end, _PIECE):
        stop = min(end, at + _PIECE + _MANY)
        longest = max(map(len, document[at:stop].split()), default=0)
        if longest >= _MANY and _ENDLESS.search(document, at, stop):
            return True
    return False

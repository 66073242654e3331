"""The digest of a configuration without what changes by itself, made of its bytes alone.

A line is left out only if it is listed as noise and nothing could be read of it: a variable that no
key is tried on, or an entry of a call list; in printable ASCII, ended, not continued by the next
line, and in what begins as the whole configuration of a box. All else counts, line by line, so that
two files with one digest say the same of everything that a control could see (which tests prove).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final

from auditor.model.snapshot import Box
from auditor.sources.parse.commands import CommandKind, kind_of
from auditor.sources.parse.header import read_header
from auditor.sources.parse.item_lines import ITEM, is_call_list
from auditor.sources.parse.registrations import may_hold_password
from auditor.volatile import LineDrift, VolatileLine, volatile_lines

# By then the header has named the box.
_HEAD: Final = 4096
_FIRST: Final = b"vars check "
_COMMENT: Final = "#"
_LONGEST: Final = 1 << 16
# With these words a value of a variable is encrypted, and keys are tried on it.
_ENCRYPTED: Final = ("pc", 5)
# What says, at the end of a configuration, that its settings are at an end.
_BEHIND_SETTINGS: Final = (b"vars create ", b"mod cmd FLASHDIR0 add-item ")
_SETTING: Final = b"config"


class Lasting:
    """Takes a configuration in blocks.

    `leaves_out` says whether any line was noise, `has_saved_none` that none is there which
    innovaphone's update server would not have saved.
    """

    def __init__(self, known: Iterable[VolatileLine] | None = None) -> None:
        self._known = volatile_lines() if known is None else tuple(known)
        begins = b"|".join(sorted({re.escape(one.begins.encode()) for one in self._known}))
        # Objects, which are most lines, are none, and what continues a line belongs to it. A line
        # is found by the end of the one before it, which takes an eighth of the time of `^`.
        self._candidate = re.compile(
            rb"\n(?!%s)(?:%s)[ -~]{0,%d}\r?(?:(?=\n(?![ \t]))|\Z)"
            % (re.escape(ITEM.encode()), begins, _LONGEST)
        )
        self._digest = hashlib.sha256()
        self._rest = b""
        self._is_box: bool | None = None
        self._is_past_settings = False
        self._shows_end = False
        self.leaves_out = False
        self.has_saved_none = True

    def feed(self, block: bytes) -> None:
        """Take a further piece."""
        self._rest += block
        if self._is_box is None and len(self._rest) < _HEAD:
            return
        # The last line may go on, and the one before it may be continued.
        last = max(self._rest.rfind(b"\n"), 0)
        self._take(self._rest.rfind(b"\n", 0, last) + 1)

    def digest(self) -> str:
        """Return the SHA-256 in hexadecimal, once everything was taken."""
        self._take(len(self._rest))
        if self._shows_end and not self._is_past_settings:
            self._digest.update(b"\0")
        return self._digest.hexdigest()

    def _take(self, end: int) -> None:
        """Take what is known to be whole lines."""
        if self._is_box is None:
            self._is_box = _is_box(self._rest)
        data, kept = self._rest, 0
        before: list[bytes] = []
        for found in self._candidate.finditer(b"\n" + data):
            # With one line end before all, these are the places of a line and its own line end.
            start, stop = found.start(), min(found.end(), len(data))
            if stop > end:
                break
            line = found[0].decode("ascii").strip("\r\n")
            entry = next((one for one in self._known if one.matches(line)), None)
            if entry is None:
                continue
            self.has_saved_none = self.has_saved_none and not entry.left_out
            if self._is_box and data.endswith(b"\n", start, stop) and _is_noise(entry, line):
                before.append(data[kept:start])
                kept = stop
        if before:
            self._keep(b"".join(before))
            self.leaves_out = self._shows_end = True
        self._keep(data[kept:end])
        self._rest = data[end:]

    def _keep(self, piece: bytes) -> None:
        """Count lines, and note whether anything among them shows that settings are at an end."""
        if not piece:
            return
        self._digest.update(piece)
        setting = _last(piece, _SETTING)
        behind = max([_last(piece, word) for word in _BEHIND_SETTINGS])
        if setting >= 0 or behind >= 0:
            self._is_past_settings = behind > setting
        if setting >= 0:
            self._shows_end = False


def _last(piece: bytes, word: bytes) -> int:
    """Return where the last line that begins with a word begins, -1 if none does."""
    found = piece.rfind(b"\n" + word) if word in piece else -1  # which is found out faster
    return found if found >= 0 or not piece.startswith(word) else 0


def _is_box(head: bytes) -> bool:
    """Return whether a file begins as the configuration that a box saves, and names the box."""
    if not head.startswith(_FIRST):
        return False
    box = Box()
    for line in head[:_HEAD].decode(errors="replace").split("\n")[1:]:
        if not line.startswith(_COMMENT):
            break
        box = read_header(line.removesuffix("\r"), box)
    return bool(box.product and box.serial)


def _is_noise(entry: VolatileLine, line: str) -> bool:
    """Return whether nothing is read of a line that is listed as noise."""
    if entry.drift is not LineDrift.NOISE or may_hold_password(line):
        return False
    kind = kind_of(line)
    if kind is CommandKind.VARIABLE:
        word, count = _ENCRYPTED
        words = line.split()
        return not (len(words) == count and word in words)
    return kind is CommandKind.ITEM and is_call_list(line)

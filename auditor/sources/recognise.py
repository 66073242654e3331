"""Tells what is no evidence from evidence that is damaged.

What is no evidence was understood as something else: it is empty, it is well-formed XML without PBX
objects, it is JSON or text without a single thing that a PBX writes. All else could be evidence,
and nobody can say what it would have shown: a configuration that is cut, packed or in another
encoding, an export that is broken XML, messages that are broken JSON, or binary data, which a
packed configuration is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from auditor.files.json_reading import JsonError, parse_json
from auditor.sources.parse.lines import MAX_LINE_BYTES
from auditor.sources.parse.xml import XmlError, parse_xml

MAX_DOCUMENT_BYTES: Final = 256 << 20
_BOM: Final = b"\xef\xbb\xbf"
# The bytes that byte order marks are made of.
_ANY_BOM: Final = b"\xef\xbb\xbf\xff\xfe"
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
# Notes of macOS about another file, which it puts beside that as `._name` (AppleDouble).
_APPLE: Final = (b"\x00\x05\x16\x07", b"\x00\x05\x16\x00")
_HTML: Final = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_BEFORE_THE_ROOT: Final = ((b"<?", b"?>"), (b"<!--", b"-->"))
_BINARY: Final = rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]"
_OVERLAP: Final = 1 << 13
_MARKS: Final = rb"""(?imx)
    ^[ \t>!]*(?:config\s+(?:change|add|rem)|mod\s+cmd\w*|vars\s+(?:create|check))\s
    | \b(?:add-item\s+\d|config\s+add\s+PHONE\b) | \(pbx=<
    | ^\#\s\S+\s\S+\s[A-Z0-9-]+\[ | ^\#\s[A-Z0-9]+(?:-[0-9a-f]{2}){3,}\s*$
    | <user\s(?:[^<>]{0,4096}\s)?(?:cn|h323|guid|e164)\s*=
    | \breg-edit-reg\b | \bgk-pwd\b
    | "api"\s*:\s*"Pbx | "mt"\s*:\s*"Replicate
    """
# Enough where the JSON is broken, so that what is around it cannot be seen.
_MESSAGE: Final = rb'"(?:api|mt|columns)"\s*:|PbxTableUsers'
_OBJECT: Final = (b"{", b"[")


def could_be_evidence(blocks: Iterable[bytes]) -> bool:
    """Return whether a document that was refused could be evidence of a PBX all the same."""
    scan = _Scan()
    for block in blocks:
        scan.feed(block)
        if scan.is_decided:
            return True
    return scan.could_be()


class _Scan:
    """Looks at a document in one pass; only what begins as XML or JSON is kept for a parser."""

    def __init__(self) -> None:
        self._head = b""
        self._kept: list[bytes] | None = []
        self._size = 0
        self._tail = b""
        self._line = 0
        self._long = False
        self._binary = False
        self._marked = False

    @property
    def is_decided(self) -> bool:
        """Return whether whatever follows cannot change the answer any more."""
        return self._marked or self._long or self._size > MAX_DOCUMENT_BYTES

    def feed(self, block: bytes) -> None:
        """Look at a further piece."""
        if not self._size:
            self._head = block.removeprefix(_BOM).lstrip()
            if not self._head.startswith((b"<", *_OBJECT)):
                self._kept = None
        self._size += len(block)
        if self._kept is not None:
            self._kept.append(block)
        start = block if self._tail or self._size > len(block) else block.lstrip(_ANY_BOM)
        seen = self._tail + start.replace(b"\0", b"")
        self._marked = self._marked or re.search(_MARKS, seen) is not None
        self._binary = self._binary or re.search(_BINARY, block) is not None
        self._line = len(block) - block.rfind(b"\n") - 1 + (0 if b"\n" in block else self._line)
        self._long = self._long or self._line > MAX_LINE_BYTES
        # From the start of a line on, so that what marks the start of one is found there only.
        self._tail = seen[-_OVERLAP:]
        self._tail = self._tail[self._tail.find(b"\n") + 1 :]

    def could_be(self) -> bool:
        """Return the answer for the whole document."""
        if self.is_decided:
            return True
        if self._head.startswith(_APPLE):
            return False
        if self._binary:
            return not self._head.startswith(_WIDE)
        whole = b"".join(self._kept or ()).removeprefix(_BOM).lstrip()
        if whole.startswith(b"<"):
            return not _is_html(whole) and not _is_xml(whole)
        return (
            whole.startswith(_OBJECT) and not _is_json(whole) and bool(re.search(_MESSAGE, whole))
        )


def _is_html(whole: bytes) -> bool:
    """Return whether the root is that of a page, whose XML is seldom well formed."""
    at = 0
    for begin, end in _BEFORE_THE_ROOT:
        while whole.startswith(begin, at):
            after = whole.find(end, at)
            if after < 0:
                return False
            at = after + len(end)
            at += len(whole[at : at + _OVERLAP]) - len(whole[at : at + _OVERLAP].lstrip())
    return _HTML.match(whole, at) is not None


def _is_xml(whole: bytes) -> bool:
    try:
        parse_xml(whole)
    except XmlError:
        return False
    return True


def _is_json(whole: bytes) -> bool:
    try:
        parse_json(whole)
    except JsonError:
        return False
    return True

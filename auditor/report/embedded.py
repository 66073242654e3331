"""The report inside the page: compressed, so that a mailed HTML file is also the data."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from auditor.messages.message import Message, say

_ELEMENT: Final = (
    rb'<script type="application/octet-stream" id="report-json">([A-Za-z0-9+/=\s]*)</script>'
)
# What a report of 20,000 findings takes, with room; a page that claims more is refused.
LIMIT: Final = 200_000_000


class NoReportError(ValueError):
    """A page holds no report, or one that was damaged."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason)
        self.reason = reason


class Embedded(NamedTuple):
    """A report as text for the page, zlib in base64, and the SHA-256 of its JSON."""

    data: str
    digest: str


class Embedding:
    """Makes what a page carries while the report goes by as JSON, so that nobody holds all of it.

    The same JSON gives the same text, in whatever pieces it comes.
    """

    def __init__(self) -> None:
        self._deflating = zlib.compressobj(6)
        self._deflated: list[bytes] = []
        self._digest = hashlib.sha256()

    def watched(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the pieces of a report, and take notice of them."""
        for piece in pieces:
            self._digest.update(piece)
            self._deflated.append(self._deflating.compress(piece))
            yield piece

    def finished(self) -> Embedded:
        """Return what the page carries, once all pieces went by."""
        deflated = b"".join([*self._deflated, self._deflating.flush()])
        return Embedded(base64.b64encode(deflated).decode("ascii"), self._digest.hexdigest())


def embed(pieces: Iterable[bytes]) -> Embedded:
    """Return what a page carries of a report."""
    embedding = Embedding()
    deque(embedding.watched(pieces), maxlen=0)
    return embedding.finished()


def is_page(content: bytes) -> bool:
    """Return whether a file is an HTML page."""
    return content[:200].lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(b"<!doctype html")


def report_in_page(page: bytes) -> bytes:
    """Return the report.json that a page holds. Raises NoReportError."""
    found = re.findall(_ELEMENT, page)
    if len(found) != 1:
        raise NoReportError(say("the page holds no report of pbx-auditor"))
    inflating = zlib.decompressobj()
    try:
        content = inflating.decompress(base64.b64decode(found[0]), LIMIT)
    except (binascii.Error, zlib.error):
        raise NoReportError(say("the report inside the page is damaged")) from None
    if not inflating.eof:
        raise NoReportError(say("the report inside the page is cut off or too large"))
    return content

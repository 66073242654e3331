"""The report inside the page: compressed, so that a mailed HTML file is also the data."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from typing import Final

from auditor.messages.message import Message, say

_ELEMENT: Final = re.compile(
    rb'<script type="application/octet-stream" id="report-json">([A-Za-z0-9+/=\s]*)</script>'
)
# What a report of 20,000 findings takes, with room; a page that claims more is refused.
LIMIT: Final = 200_000_000


class NoReportError(ValueError):
    """A page holds no report, or one that was damaged."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason)
        self.reason = reason


def pack(report_json: bytes) -> str:
    """Return a report as text for the page: zlib, then base64. The same bytes give the same."""
    return base64.b64encode(zlib.compress(report_json, 6)).decode("ascii")


def is_page(content: bytes) -> bool:
    """Return whether a file is an HTML page."""
    return content[:200].lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(b"<!doctype html")


def unpack(page: bytes) -> bytes:
    """Return the report.json that a page holds. Raises NoReportError."""
    found = _ELEMENT.findall(page)
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

"""The box that the comments at the start of a configuration name."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from auditor.model.snapshot import Box

_HEADER: Final = re.compile(
    r"# (?P<firmware>[Vv]?\d\S*(?: \S+){0,3}?|\S+ \S+) (?P<product>[A-Za-z0-9-]+)\["
)
_BOX_NAME: Final = re.compile(
    r"# (?P<product>[A-Za-z0-9]+)-(?P<serial>[0-9a-f]{2}(-[0-9a-f]{2})+)$", re.IGNORECASE
)


def read_header(line: str, known: Box) -> Box:
    """Return what a comment at the start of a configuration adds to what is known of its box."""
    if header := _HEADER.match(line):
        return replace(known, product=header["product"], firmware=header["firmware"])
    if name := _BOX_NAME.match(line.strip()):
        return replace(known, product=known.product or name["product"], serial=name["serial"])
    return known


def contradicts(one: Box, other: Box) -> bool:
    """Return whether two headers cannot be of the same box."""
    pairs = (
        (one.product, other.product),
        (one.firmware, other.firmware),
        (one.serial.casefold(), other.serial.casefold()),
    )
    return any(first and second and first != second for first, second in pairs)

"""Logos of a handover: PNG, rewritten without what is no picture, or SVG of known parts only.

A logo stands in the page as a data URL of an image element, where no script of it would run and
nothing of it would be loaded. What is checked here is the second line of that defence.
"""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

from auditor.messages.message import Message, say
from auditor.sources.parse.xml import XmlError, parse_xml

LIMIT: Final = 500_000
SIDE: Final = 4_000
_DEEPEST: Final = 64
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
# Chunks that make the picture; all others carry text, times and profiles.
_CHUNKS: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB"})
_NAMESPACE: Final = "http://www.w3.org/2000/svg"
_ELEMENTS: Final = frozenset(
    [
        *("svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("defs", "linearGradient", "radialGradient", "stop", "clipPath", "title", "desc"),
        *("text", "tspan"),
    ]
)
_ATTRIBUTES: Final = frozenset(
    [
        *("id", "viewBox", "width", "height", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r"),
        *("rx", "ry", "fx", "fy", "d", "points", "transform", "fill", "stroke", "opacity"),
        *("fill-opacity", "fill-rule", "clip-rule", "clip-path", "stroke-width", "stroke-opacity"),
        *("stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray", "offset"),
        *("stop-color", "stop-opacity", "gradientUnits", "gradientTransform", "spreadMethod"),
        *("preserveAspectRatio", "version", "font-family", "font-size", "font-weight"),
        *("text-anchor", "letter-spacing", "dx", "dy"),
    ]
)
_REFERENCE: Final = re.compile(r"url\(#[A-Za-z0-9_.-]+\)")


class LogoError(ValueError):
    """A file is no logo that can be shown; the reason says why, and quotes nothing of it."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason)
        self.reason = reason


def data_url(content: bytes) -> str:
    """Return a logo as a data URL. Raises LogoError for what is not a picture."""
    if len(content) > LIMIT:
        raise LogoError(say("it is larger than {size} kB", size=LIMIT // 1000))
    if content.startswith(_SIGNATURE):
        return _encoded("image/png", b"".join([_SIGNATURE, *_picture(content)]))
    if b"<svg" in content:
        return _encoded("image/svg+xml", _sanitised(content))
    raise LogoError(say("it is neither a PNG nor an SVG picture"))


def again(url: str) -> str:
    """Return a data URL that this module made, checked anew. Raises LogoError for any other."""
    head, _, body = url.partition(",")
    try:
        content = base64.b64decode(body, validate=True)
    except ValueError:
        raise LogoError(say("it is no data URL of a picture")) from None
    found = data_url(content)
    if not found.startswith(f"{head},"):
        raise LogoError(say("it is no data URL of a picture"))
    return found


def _encoded(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _picture(content: bytes) -> Iterator[bytes]:
    """Yield the chunks of a PNG that make its picture, each with its checksum verified."""
    names = []
    for name, data, whole in _chunks(content):
        if name == b"IHDR":
            _check_size(data)
        names.append(name)
        if name in _CHUNKS:
            yield whole
        elif name[:1].isupper():
            raise LogoError(say("the PNG has parts that are not known"))
    if names[:1] != [b"IHDR"] or names[-1:] != [b"IEND"] or b"IDAT" not in names:
        raise LogoError(say("the PNG is not complete"))


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    place = len(_SIGNATURE)
    while place < len(content):
        if place + 12 > len(content):
            raise LogoError(say("the PNG is cut off"))
        (size,) = struct.unpack_from(">I", content, place)
        end = place + 12 + size
        name, data = content[place + 4 : place + 8], content[place + 8 : end - 4]
        if end > len(content) or struct.unpack_from(">I", content, end - 4)[0] != zlib.crc32(
            name + data
        ):
            raise LogoError(say("the PNG is damaged"))
        yield name, data, content[place:end]
        place = end
        if name == b"IEND":
            return


def _check_size(header: bytes) -> None:
    if len(header) != 13:  # noqa: PLR2004 -- as the format says
        raise LogoError(say("the PNG is damaged"))
    width, height = struct.unpack_from(">II", header)
    if not (0 < width <= SIDE and 0 < height <= SIDE):
        raise LogoError(say("it is empty, or a side is longer than {count} points", count=SIDE))


def _sanitised(content: bytes) -> bytes:
    """Return an SVG with nothing in it but known elements, attributes and text."""
    try:
        parse_xml(content)  # which refuses a document type, whatever the encoding
        root = ET.fromstring(content)  # noqa: S314 -- no document type, so no entities
    except XmlError as error:
        raise LogoError(say("the SVG is refused: {reason}", reason=error.reason)) from None
    except (ET.ParseError, ValueError, LookupError):
        raise LogoError(say("the SVG is not well-formed")) from None
    _check_depth(root)
    if root.tag != f"{{{_NAMESPACE}}}svg":
        raise LogoError(say("it is neither a PNG nor an SVG picture"))
    _clean(root)
    ET.register_namespace("", _NAMESPACE)
    return bytes(ET.tostring(root, encoding="utf-8"))


def _check_depth(root: ET.Element) -> None:
    level = [root]
    for _ in range(_DEEPEST):
        level = [child for element in level for child in element]
        if not level:
            return
    raise LogoError(say("the SVG is nested too deep"))


def _clean(element: ET.Element) -> None:
    """Take out of an element what is not known; refuse what points outside."""
    for name in [name for name in element.attrib if not _is_harmless(name, element.attrib[name])]:
        del element.attrib[name]
    for child in list(element):
        local = str(child.tag).removeprefix(f"{{{_NAMESPACE}}}")
        if local in _ELEMENTS and not callable(child.tag):
            _clean(child)
        else:
            element.remove(child)


def _is_harmless(name: str, value: str) -> bool:
    plain = _REFERENCE.sub("", value).lower()
    return name in _ATTRIBUTES and not any(word in plain for word in ("url(", ":", "\\", "@"))

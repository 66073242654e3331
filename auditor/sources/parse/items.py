"""Splits the LDAP-style items of `mod cmd FLASHDIR0 add-item`: `(name=value)(name=value)…`.

How a parenthesis inside a value is written is not documented, so a value ends where a closing
parenthesis is followed by the next `(name=` or by the end of the line, and the value of `pbx` only
where it is XML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element

from auditor.errors import ReasonedError
from auditor.messages.message import Message, say
from auditor.sources.parse.xml import XmlError, parse_fragments, parse_xml

_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_NAME = re.compile(r"\(([A-Za-z][A-Za-z0-9-]*)=")
_END = re.compile(r"\)(?=\([A-Za-z][A-Za-z0-9-]*=|$)")
# Why an object that does not come to its end is not understood.
CUT_OFF = say("it is cut off")
_MAX_CANDIDATES = 1000
_XML_START = len("pbx=")
_USUAL = frozenset({"cn", "e164", "guid", "h323", "loc", "node"})


class DamagedItemError(ReasonedError):
    """The item cannot be read; the message says why without quoting it."""


class Item(NamedTuple):
    """One item: its line, its plain attributes and the elements of its `pbx` values."""

    line: int
    names: dict[str, str]
    nodes: list[Element]


class Damage(NamedTuple):
    """An item that cannot be read, and why."""

    line: int
    reason: Message


def read_items(lines: Iterable[tuple[int, str]]) -> Iterator[Item | Damage]:
    """Yield the items of numbered texts, in order. Texts are cut off before their first `(`."""
    split = [(number, text, text[1:-1].split(")(")) for number, text in lines]
    values = [
        [field[_XML_START:] for field in fields if field[:_XML_START] == "pbx="]
        for *_, fields in split
    ]
    elements = iter(parse_fragments([value for found in values for value in found]))
    for (number, text, fields), found in zip(split, values, strict=True):
        read = [next(elements) for _ in found]
        nodes = [element for element in read if not isinstance(element, XmlError)]
        names = _names(fields) if text[-1] == ")" else None
        if names is None or len(nodes) < len(found):
            yield _read_carefully(number, text)
        else:
            yield Item(number, names, nodes)


def _names(fields: Iterable[str]) -> dict[str, str] | None:
    """Return the plain attributes of an item; None if it is not as regular as most are."""
    plain = [field.split("=", 1) for field in fields if field[:_XML_START] != "pbx="]
    try:
        names = dict(plain)
    except ValueError:
        return None
    are_names = _USUAL.issuperset(names) or all(map(_FIELD.fullmatch, names))
    return names if are_names and len(names) == len(plain) else None


def _read_carefully(number: int, text: str) -> Item | Damage:
    try:
        names, nodes = _split_carefully(text)
    except DamagedItemError as error:
        return Damage(number, error.reason)
    return Item(number, names, nodes)


def _split_carefully(text: str) -> tuple[dict[str, str], list[Element]]:
    names: dict[str, str] = {}
    nodes: list[Element] = []
    position = 0
    while position < len(text):
        start = _NAME.match(text, position)
        if start is None:
            raise DamagedItemError(say("it is not a sequence of (name=value)"))
        name, begin = start.group(1), start.end()
        if name == "pbx":
            node, position = _xml_value(text, begin)
            nodes.append(node)
            continue
        end = _END.search(text, begin)
        if end is None:
            raise DamagedItemError(CUT_OFF)
        if name in names:
            raise DamagedItemError(say("attribute {name} occurs twice", name=name))
        names[name] = text[begin : end.start()]
        position = end.end()
    return names, nodes


def _xml_value(text: str, begin: int) -> tuple[Element, int]:
    """Return the element that starts at `begin`, and the position after its parenthesis."""
    reason = CUT_OFF
    for count, end in enumerate(_END.finditer(text, begin)):
        if count >= _MAX_CANDIDATES:
            break
        try:
            return parse_xml(text[begin : end.start()], keep_strays=True), end.end()
        except XmlError as error:
            reason = error.reason
    raise DamagedItemError(reason)

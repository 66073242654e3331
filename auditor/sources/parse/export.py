"""Reads XML with PBX objects: object exports and imports, and answers of `cmd=show` and SOAP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from xml.etree.ElementTree import Element

from auditor.dialects import Dialect
from auditor.errors import SourceError
from auditor.messages.message import Counted, Message, say
from auditor.model.account import Irrelevant, Unit
from auditor.model.vocabulary import Area
from auditor.sources.parse.ledger import OBJECT_AREAS, UNREADABLE, Ledger
from auditor.sources.parse.objects import ADMIN_OBJECT, ObjectReader, is_summary, shown_in_list
from auditor.sources.parse.reading import Reading
from auditor.sources.parse.xml import STRAY, XmlError, parse_xml

_USER: Final = "user"
# What pages of the PBX show beside objects (wire facts): licences, registrations, numbering.
OTHER_ELEMENTS: Final = frozenset({"lic", "reg", "info", "sys"})
_EXPORT_AGAIN: Final = say("export the objects from the PBX again")
_COUNTS: Final = frozenset({"count", "number", "objects", "total", "users"})
_GOES_ON: Final = frozenset({"error", "incomplete", "more", "next", "partial", "truncated"})
_NOTHING: Final = frozenset({"", "0", "false", "no"})
_WHOLE_LIST: Final = Counted(
    "{count} statement contradicts the list of objects, at line {line}: {reason}",
    "{count} statements contradict the list of objects; the first, at line {line}: {reason}",
)
NO_OBJECT: Final = say("this XML holds no PBX object (no <user> below its root)")


def read_export(data: bytes, source: str, dialect: Dialect, *, is_list: bool = False) -> Reading:
    """Return the objects of an XML document: the `user` elements right below its root.

    The name of the root is not documented and not looked at. If no element says more than names,
    the document is a list page, and of its objects counts what it says, not what it leaves out.
    So it is where it `is_list`, the page that was asked for as such, however much it shows.
    Raises SourceError if the XML is not acceptable or holds no object.
    """
    try:
        root = parse_xml(data.lstrip(), keep_strays=True)
    except XmlError as error:
        raise SourceError(error.reason, where=source, advice=_EXPORT_AGAIN) from None
    elements = [root] if root.tag == _USER else list(root)
    users = [element for element in elements if element.tag == _USER]
    if not users:
        raise SourceError(
            NO_OBJECT,
            where=source,
            advice=say("give an object export of the PBX, for example pbx.xml"),
        )
    reading = Reading(source, "object-export")
    ledger = Ledger(source, _EXPORT_AGAIN)
    summary = is_list or _names_only(users)
    for reason in _against(root, len(users)) if root.tag != _USER else ():
        ledger.doubt((Area.OBJECTS,), _WHOLE_LIST, 1, reason)
    reader = ObjectReader(reading, dialect, ledger)
    for number, element in enumerate(elements, 1):
        if element.tag == _USER:
            reader.add({}, [element], 0, shown_in_list(element) if summary else None)
            ledger.use(Unit.ELEMENTS)
        elif element.tag in OTHER_ELEMENTS and not _holds_object(element):
            ledger.pass_over(Unit.ELEMENTS, Irrelevant.OTHER_ELEMENT)
        else:
            ledger.misread(Unit.ELEMENTS, number)
            facts = reader.admin.facts if element.get("cn") == ADMIN_OBJECT else ()
            reason = say("its element is not one that is known")
            ledger.doubt((*OBJECT_AREAS, *facts), UNREADABLE, number, reason)
    if summary:
        reading.kind = "object-list"
        reading.notes.append(say("a list page: it names objects without their configuration"))
    reading.gaps.extend(ledger.gaps())
    reading.account = ledger.tallies()
    return reading


def _names_only(users: Sequence[Element]) -> bool:
    """Return whether a document names objects without showing what they are.

    Nodes and templates may have nothing but names in an export too, ordinary users hardly: where
    most of them show no more, nobody has none of the rest.
    """
    plain = [one for one in users if not len(one) and one.get("cn") != ADMIN_OBJECT]
    return all(map(is_summary, users)) or 2 * sum(map(is_summary, plain)) > len(users)


def _against(root: Element, count: int) -> Iterator[Message]:
    """Yield what the root itself says against the document being whole."""
    for name, value in root.attrib.items():
        if name.casefold() in _COUNTS and value.isdecimal() and int(value) != count:
            yield say("its root states another number of objects")
        elif name.casefold() in _GOES_ON and value.strip().casefold() not in _NOTHING:
            yield say("its root says itself that this is not all")


def _holds_object(element: Element) -> bool:
    """Return whether an element that shows no object holds one, or what could be one."""
    inside = (one.tag.rpartition(":")[2].casefold() for one in element.iter())
    return any(tag in {_USER, STRAY} for tag in inside)

"""Reads XML with PBX objects: object exports and imports, and answers of `cmd=show` and SOAP."""

from __future__ import annotations

from auditor.dialects import Dialect
from auditor.errors import SourceError
from auditor.model.snapshot import PBX_KIND, Gap
from auditor.model.vocabulary import Area
from auditor.sources.parse.objects import KNOWN_PARTS, ObjectReader, is_summary
from auditor.sources.parse.reading import Reading
from auditor.sources.parse.xml import XmlError, parse_xml

# Examples of the import format hold one or two users; an export holds more than that.
_FRAGMENT_OBJECTS = 2


def read_export(data: bytes, source: str, dialect: Dialect) -> Reading:
    """Return the objects of an XML document: the `user` elements right below its root.

    The name of the root is not documented and not looked at. If no element says more than names,
    the document is a list page, and its objects are marked as seen by name only.
    Raises SourceError if the XML is not acceptable or holds no object.
    """
    try:
        root = parse_xml(data.lstrip())
    except XmlError as error:
        raise SourceError(
            str(error), where=source, advice="export the objects from the PBX again"
        ) from None
    users = [root] if root.tag == "user" else root.findall("user")
    if not users:
        raise SourceError(
            "this XML holds no PBX object (no <user> below its root)",
            where=source,
            advice="give an object export of the PBX, for example pbx.xml",
        )
    reading = Reading(source, "object-export")
    summary = all(map(is_summary, users))
    reader = ObjectReader(reading, dialect)
    for user in users:
        visible = KNOWN_PARTS.intersection((*user.attrib, "pseudo")) if summary else None
        reader.add({}, [user], 0, visible)
    whole = reading.admin_seen or any(entry.kind == PBX_KIND for entry in reading.objects)
    if not whole and len(reading.objects) <= _FRAGMENT_OBJECTS:
        reading.incomplete = Gap(
            Area.OBJECTS,
            "so few objects without the PBX itself look like a part of an export",
            source,
            advice="export all objects of the PBX, or give the cfg.txt",
        )
    if summary:
        reading.kind = "object-list"
        reading.notes.append("a list page: it names objects without their configuration")
    return reading

"""XML from the PBX: no document type, no entities, no depths."""

import xml.etree.ElementTree as ET
from xml.parsers import expat

from parts.base import MAX_DEPTH, StopError


class Reading:
    """Takes the events of a parser, which knows all encodings, and refuses those it must not meet.

    A document type is refused when it begins, so nothing that it declares is ever used.
    """

    def __init__(self):
        self.tree = ET.TreeBuilder()
        self.depth = 0
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.tree.data
        for event in ("StartDoctypeDecl", "EntityDecl", "UnparsedEntityDecl", "ExternalEntityRef"):
            setattr(self.parser, f"{event}Handler", self.refuse)

    def start(self, tag, attributes):
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise StopError(1, "the PBX answers with elements that are nested too deep")
        self.tree.start(full(tag), {full(name): text for name, text in attributes.items()})

    def end(self, tag):
        self.depth -= 1
        self.tree.end(full(tag))

    @staticmethod
    def refuse(*_):
        raise StopError(1, "the PBX answers with XML that declares a document type")


def full(name):
    return f"{{{name}" if "}" in name else name


def parse(content):
    """Return the root of what the PBX sent: bytes in an encoding of their own, or text."""
    reading = Reading()
    try:
        reading.parser.Parse(content, True)
        return reading.tree.close()
    except (expat.ExpatError, ValueError, LookupError):  # the latter two: an unknown encoding
        raise StopError(1, "the PBX answers with something that is no XML") from None

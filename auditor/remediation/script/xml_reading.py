"""XML from the PBX: no document type, no entities, no depths."""

import xml.etree.ElementTree as ET
from typing import NoReturn
from xml.parsers import expat

from auditor.remediation.script.script_messages import say
from auditor.remediation.script.shared import MAX_DEPTH, StopError

TOO_DEEP = say("the PBX answers with elements that are nested too deep")


class Reading:
    """Takes the events of a parser, which knows all encodings, and refuses those it must not meet.

    A document type is refused when it begins, so nothing that it declares is ever used.
    """

    def __init__(self) -> None:
        self.tree = ET.TreeBuilder()
        self.depth = 0
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.tree.data
        for event in ("StartDoctypeDecl", "EntityDecl", "UnparsedEntityDecl", "ExternalEntityRef"):
            setattr(self.parser, f"{event}Handler", self.refuse)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise StopError(1, TOO_DEEP)
        self.tree.start(full(tag), {full(name): text for name, text in attributes.items()})

    def end(self, tag: str) -> None:
        """Take the end of an element."""
        self.depth -= 1
        self.tree.end(full(tag))

    @staticmethod
    def refuse(*_: object) -> NoReturn:
        """Refuse what only a document type can bring."""
        raise StopError(1, say("the PBX answers with XML that declares a document type"))


def full(name: str) -> str:
    """Return a name as ElementTree has it."""
    return f"{{{name}" if "}" in name else name


def parse(content: bytes | str) -> ET.Element:
    """Return the root of what the PBX sent: bytes in an encoding of their own, or text."""
    reading = Reading()
    try:
        reading.parser.Parse(content, True)  # noqa: FBT003 -- it has no name
        return reading.tree.close()
    except (expat.ExpatError, ValueError, LookupError):  # the latter two: an unknown encoding
        raise StopError(1, say("the PBX answers with something that is no XML")) from None

"""Reads XML that others send: without namespaces, because some clients do not declare theirs.

Existing clients send operations with an undeclared prefix or in no namespace (wire-facts 15), so
names are compared without their prefix. A document type is refused, and with it every entity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

_MAX_DEPTH = 50


class TolerantXmlError(Exception):
    """The text is not acceptable XML."""


@dataclass(slots=True)
class Received:
    """An element as received; `name` and the names of attributes are without prefix.

    `namespace` is that of an element without prefix, empty if there is none; `prefix` is as
    written, whether it was declared or not.
    """

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Received] = field(default_factory=list)
    prefix: str = ""
    namespace: str = ""

    def child(self, name: str) -> Received | None:
        """Return the first child with that name."""
        return next((child for child in self.children if child.name == name), None)

    def walk(self) -> Iterator[Received]:
        """Yield the element and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


class _Builder:
    def __init__(self) -> None:
        self.root = Received("", {})
        self._stack = [self.root]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        prefix, _, local = name.rpartition(":")
        node = Received(local, {_local(key): text for key, text in attributes.items()})
        node.prefix = prefix
        node.namespace = attributes.get("xmlns", self._stack[-1].namespace)
        self._stack[-1].children.append(node)
        self._stack.append(node)
        if len(self._stack) > _MAX_DEPTH:
            raise TolerantXmlError(f"nested deeper than {_MAX_DEPTH} levels")

    def end(self, _name: str) -> None:
        self._stack.pop()

    def text(self, text: str) -> None:
        self._stack[-1].text += text


def read_xml(text: bytes | str) -> Received:
    """Return the root element. Raises TolerantXmlError."""
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(text.strip(), True)  # noqa: FBT003 -- expat takes no keyword here
    except (expat.ExpatError, ValueError, LookupError):
        raise TolerantXmlError("not well formed") from None
    return builder.root.children[0]


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _refuse(*_: object) -> None:
    raise TolerantXmlError("a document type is refused")

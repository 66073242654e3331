"""A list page beside a document that shows its objects: compared while it arrives.

A PBX may have tens of thousands of objects, so nothing is kept of those that both show alike but
their names, which are there already. An item of this page is a summary (innovaphone's sample
licsummary asks for each object again), so what it leaves out is not said, however much it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final, NamedTuple, TypeAlias
from xml.etree.ElementTree import Element, SubElement
from xml.parsers import expat

from auditor.dialects import Dialect
from auditor.errors import SourceError
from auditor.messages.message import say
from auditor.model.snapshot import PbxObject
from auditor.sources.parse.export import NO_OBJECT, OTHER_ELEMENTS
from auditor.sources.parse.known import NAMING_ATTRIBUTES
from auditor.sources.parse.ledger import Ledger
from auditor.sources.parse.object_names import NO_NAME, NO_OBJECT_PART, Entry, reused
from auditor.sources.parse.objects import (
    ObjectReader,
    is_other_password,
    shown_in_list,
)
from auditor.sources.parse.reading import ObjectNames, Reading
from auditor.sources.parse.xml import STRAY, XmlError, refuse_doctype, xml_error

_USER: Final = "user"
_PSEUDO: Final = "pseudo"
_BELOW_ROOT: Final = 2
Contradicted: TypeAlias = Callable[[PbxObject, PbxObject], Collection[str]]
_AGAIN: Final = say("run again")


class ComparedList(NamedTuple):
    """What a list names, and an excerpt: those of its objects that are not as they are known."""

    names: ObjectNames
    excerpt: Reading


class ListComparison:
    """Finds which objects a list page names, and which it shows otherwise than they are `known`.

    What it says of each is read as `read_export` reads a list page; `contradicted` returns in what
    that is something else than an object shows.
    """

    def __init__(
        self, source: str, known: Reading, dialect: Dialect, contradicted: Contradicted
    ) -> None:
        self._entries: list[Entry] = []
        self._source = source
        self._known = known
        self._contradicted = contradicted
        self._places = {one.guid: at for at, one in enumerate(known.objects) if one.guid}
        self._excerpt = Reading(source, "object-list", is_excerpt=True)
        self._ledger = Ledger(source, _AGAIN)
        self._reader = ObjectReader(self._excerpt, dialect, self._ledger)
        self._depth = 0
        self._is_beside = False
        self._item: dict[str, str] | None = None
        self._parts: list[Element] = []

    def read(self, blocks: Iterable[bytes]) -> None:
        """Read the page as it arrives.

        Raises SourceError for a list that is not well formed, has a part that is no object, or an
        object without a name. What came before that counts nonetheless.
        """
        try:
            self._parse(blocks)
        except XmlError as error:
            raise SourceError(error.reason, where=self._source, advice=_AGAIN) from None
        if not self._entries:
            raise SourceError(NO_OBJECT, where=self._source, advice=_AGAIN)

    def found(self, *, is_part: bool = False) -> ComparedList:
        """Return what was found so far; `is_part` says that the list was not read to its end."""
        self._excerpt.gaps.extend(self._ledger.gaps())
        names = ObjectNames(self._source, tuple(self._entries), is_part)
        return ComparedList(names, self._excerpt)

    def _parse(self, blocks: Iterable[bytes]) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._stray
        parser.ProcessingInstructionHandler = self._stray
        parser.CommentHandler = lambda text: self._stray(text) if "<" in text else None
        parser.StartDoctypeDeclHandler = refuse_doctype
        try:
            for block in _without_blank_start(blocks):
                parser.Parse(block, False)  # noqa: FBT003 -- expat takes no keyword here
            parser.Parse(b"", True)  # noqa: FBT003 -- ditto
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise xml_error(error) from None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._item is not None:
            self._parts.append(SubElement(self._whole(self._item), tag, attributes))
            return
        if self._depth == _BELOW_ROOT:
            self._is_beside = tag in OTHER_ELEMENTS
        if self._is_beside and tag == _USER:
            raise XmlError(NO_OBJECT_PART)
        if self._depth != _BELOW_ROOT or self._is_beside:
            return
        if tag != _USER:
            raise XmlError(NO_OBJECT_PART)
        self._item = attributes

    def _end(self, _: str) -> None:
        self._depth -= 1
        if self._item is None:
            return
        if self._depth >= _BELOW_ROOT:
            self._parts.pop()
            return
        node = self._parts.pop() if self._parts else None
        attributes, self._item = self._item, None
        self._add(attributes, node)

    def _stray(self, text: str, *_: str) -> None:
        if self._item is not None and text.strip():
            SubElement(self._whole(self._item), STRAY)

    def _whole(self, item: dict[str, str]) -> Element:
        """Return the innermost element that is open: most items have no element inside of them."""
        if not self._parts:
            self._parts.append(Element(_USER, item))
        return self._parts[-1]

    def _add(self, attributes: dict[str, str], node: Element | None) -> None:
        guid = attributes.get("guid", "")
        at = self._places.get(guid)
        known = self._known.objects[at] if at is not None else None
        if known is not None and _is_alike(attributes, node, known):
            self._entries.append((known.guid, known.cn, known.h323))
            return
        cn, h323 = attributes.get("cn", ""), attributes.get("h323", "")
        if not (cn or guid):
            raise XmlError(NO_NAME)
        self._entries.append(reused((guid, cn, h323), {} if known is None else {guid: known}))
        self._look_closer(Element(_USER, attributes) if node is None else node, at)

    def _look_closer(self, node: Element, at: int | None) -> None:
        """Keep an item, unless it says of an object what is known."""
        objects, secrets = self._excerpt.objects, self._excerpt.secrets
        count = len(objects)
        self._reader.add({}, [node], 0, shown_in_list(node))
        if at is None or len(objects) == count:
            return
        one, secret = self._known.objects[at], self._known.secrets[at]
        is_other = objects[-1].shows("pwd") and is_other_password(secret, secrets[-1])
        if not is_other and not self._contradicted(one, objects[-1]):
            objects.pop()
            secrets.pop()


def _is_alike(attributes: dict[str, str], node: Element | None, known: PbxObject) -> bool:
    """Return whether an item shows nothing but names of an object, and its kind, as it is known."""
    if known.visible is not None or not NAMING_ATTRIBUTES.issuperset(attributes):
        return False
    if (known.kind != "") if node is None else not _is_kind(node, known.kind):
        return False
    # Names that the item leaves out are as empty as it leaves them, or the entry would say more.
    if attributes.get("h323", "") != known.h323 or attributes.get("cn", "") != known.cn:
        return False
    names = {"guid": known.guid, "cn": known.cn, "h323": known.h323, "e164": known.e164}
    return attributes.items() <= {"usn": attributes.get("usn"), **known.attributes, **names}.items()


def _is_kind(node: Element, kind: str) -> bool:
    """Return whether an item holds nothing but what says that it is of this kind."""
    (child, *more) = node
    return not more and child.tag == _PSEUDO and not len(child) and child.attrib == {"type": kind}


def _without_blank_start(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the blocks without blanks before the declaration, as other pages are read."""
    started = False
    for block in blocks:
        piece = block if started else block.lstrip()
        started = started or bool(piece)
        yield piece

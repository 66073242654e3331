"""Names of the objects of a list page, read while it arrives; nothing else of it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias
from xml.parsers import expat

from auditor.errors import SourceError
from auditor.messages.message import say
from auditor.model.snapshot import PbxObject
from auditor.sources.parse.export import NO_OBJECT, OTHER_ELEMENTS
from auditor.sources.parse.reading import ObjectNames
from auditor.sources.parse.xml import XmlError, refuse_doctype, xml_error

NO_OBJECT_PART: Final = say("the list has a part that is no object")
NO_NAME: Final = say("the list shows an object without a name")
Entry: TypeAlias = tuple[str, str, str]
_BELOW_ROOT: Final = 2


def read_names(
    blocks: Iterable[bytes], source: str, known: Iterable[PbxObject] = ()
) -> ObjectNames:
    """Return which objects a list page names.

    The texts of those that are `known` are not kept twice. Raises SourceError for a list that
    is not well formed, has a part that is no object, or an object without a name.
    """
    reader = _NameReader(by_guid(known))
    try:
        reader.read(blocks)
    except XmlError as error:
        raise SourceError(error.reason, where=source, advice=say("run again")) from None
    if not reader.entries:
        raise SourceError(NO_OBJECT, where=source, advice=say("run again"))
    return ObjectNames(source, tuple(reader.entries))


def by_guid(objects: Iterable[PbxObject]) -> dict[str, PbxObject]:
    """Return objects by their guid."""
    return {one.guid: one for one in objects}


def reused(entry: Entry, known: Mapping[str, PbxObject]) -> Entry:
    """Return the entry of a list, made of the texts of an object that is already there."""
    one = known.get(entry[0])
    same = one is not None and (one.guid, one.cn, one.h323) == entry
    return (one.guid, one.cn, one.h323) if one is not None and same else entry


class _NameReader:
    def __init__(self, known: Mapping[str, PbxObject]) -> None:
        self.entries: list[Entry] = []
        self._known = known
        self._depth = 0
        self._is_beside = False

    def read(self, blocks: Iterable[bytes]) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = refuse_doctype
        try:
            for block in _without_blank_start(blocks):
                parser.Parse(block, False)  # noqa: FBT003 -- expat takes no keyword here
            parser.Parse(b"", True)  # noqa: FBT003 -- ditto
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise xml_error(error) from None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == _BELOW_ROOT:
            self._is_beside = tag in OTHER_ELEMENTS
        if self._is_beside and tag == "user":
            raise XmlError(NO_OBJECT_PART)
        if self._depth != _BELOW_ROOT or self._is_beside:
            return
        if tag != "user":
            raise XmlError(NO_OBJECT_PART)
        guid, cn, h323 = (attributes.get(name, "") for name in ("guid", "cn", "h323"))
        if not (cn or guid):
            raise XmlError(NO_NAME)
        self.entries.append(reused((guid, cn, h323), self._known))

    def _end(self, _: str) -> None:
        self._depth -= 1


def _without_blank_start(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the blocks without blanks before the declaration, as other pages are read."""
    started = False
    for block in blocks:
        piece = block if started else block.lstrip()
        started = started or bool(piece)
        yield piece

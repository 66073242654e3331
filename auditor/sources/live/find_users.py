"""Names of objects over SOAP: pages of `FindUser`, fifty at a time, hidden objects included.

The next page begins after the last name of the one before; an empty page is the end. Source:
innovaphone wiki, Concept SOAP API.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final
from xml.etree.ElementTree import Element

from auditor.messages.message import NOTHING, Message, say
from auditor.model.snapshot import NO_PASSWORD, PbxObject, SourceRecord
from auditor.sources.live import soap_envelope
from auditor.sources.live.http_connection import Connection, RefusedError
from auditor.sources.live.soap_envelope import SOAP_PATH, EnvelopeError
from auditor.sources.parse.object_names import NO_NAME, Entry, by_guid, reused
from auditor.sources.snapshot.listed_values import ListedValues

WILDCARD: Final = "*"
OTHER_COUNT: Final = say("a page of names shows another number of objects than it states")
_MAX_PAGES: Final = 4000
_KEPT: Final = ("dn", "loc", "node")
_SHOWN: Final = ("cn", "h323", "e164", *_KEPT)


class FoundUsers:
    """Which objects the pages name, guid, cn and h323 of each; `problem` if some may be missing.

    `otherwise` are those of which they say something else than is known.
    """

    def __init__(self, known: Sequence[PbxObject] = ()) -> None:
        self.problem = ""
        self.otherwise: list[PbxObject] = []
        self._values = ListedValues(known)
        self._entries: dict[Entry, None] = {}
        self._known = by_guid(known)
        self._doubt = NOTHING
        self._size = 0
        self._digest = hashlib.sha256()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return each object once, in order."""
        return tuple(self._entries)

    @property
    def count(self) -> int:
        """Return how many objects were found."""
        return len(self._entries)

    def record(self) -> SourceRecord:
        """Return the record of all pages as one document."""
        return SourceRecord(SOAP_PATH, "soap", self._size, self._digest.hexdigest())

    def add(self, body: bytes) -> str | None:
        """Add a page; return the name to go on from, None at the end. Raises RefusedError."""
        answer = read_answer(body, "FindUser")
        items = soap_envelope.read_items(answer)
        if soap_envelope.stated_count(answer) not in {None, len(items)}:
            self._doubt = OTHER_COUNT
        self._digest.update(body)
        self._size += len(body)
        before = self.count
        for item in items:
            self._add_item(item)
        last = items[-1].get("cn", "") if items else ""
        if items:
            self.problem = _no_way_on(last, is_new=self.count > before)
        if not items or self.problem:
            self.problem = self.problem or self._doubt
            return None
        return last

    def _add_item(self, item: dict[str, str]) -> None:
        guid, cn, h323 = (item.get(name, "") for name in ("guid", "cn", "h323"))
        if cn:
            self._entries[reused((guid, cn, h323), self._known)] = None
            one = self._known.get(guid)
            if one is not None and self._values.contradicted(one, item_of(item)):
                self.otherwise.append(item_of(item))
        else:
            self._doubt = NO_NAME


def find_users(connection: Connection, known: Sequence[PbxObject] = ()) -> FoundUsers:
    """Return the names of all objects; the texts of those that are `known` are not kept twice.

    Raises RefusedError if not even the first page arrives; a later one that does not is the problem
    of what was found.
    """
    found = FoundUsers(known)
    cn = ""
    for number in range(_MAX_PAGES):
        try:
            last = found.add(connection.ask(soap_envelope.find_users_request(cn, after=number > 0)))
        except RefusedError as error:
            if not number:
                raise
            found.problem = say("a page of names: {reason}", reason=error.reason)
            break
        connection.tell(say("names over SOAP"), found.count)
        if last is None:
            break
        cn = last
    else:
        found.problem = say("there are more than {count} pages of names", count=_MAX_PAGES)
    connection.records.append(found.record())
    return found


def item_of(fields: Mapping[str, str]) -> PbxObject:
    """Return what an item says of an object: each field is there, and empty if it is not set."""
    shown = {name: value for name in _SHOWN if (value := fields.get(name, ""))}
    return PbxObject(
        guid=fields.get("guid", ""),
        cn=shown.get("cn", ""),
        h323=shown.get("h323", ""),
        e164=shown.get("e164", ""),
        kind="",
        attributes={name: shown[name] for name in _KEPT if name in shown},
        templates=(),
        devices=(),
        forks=(),
        diversions=(),
        allowances=(),
        rights={},
        visible=frozenset(shown),
        unexplained=(),
        password=NO_PASSWORD,
        source=SOAP_PATH,
        line=0,
    )


def _no_way_on(cn: str, *, is_new: bool) -> Message:
    """Return why the page after an object cannot be asked for, empty if it can."""
    if not is_new:
        return say("a page of names repeats for ever, so there may be more objects")
    if not cn or cn.strip() == WILDCARD:
        return say("the last object of a page has no name to go on from")
    return NOTHING


def read_answer(body: bytes, operation: str) -> Element:
    """Return the answer to an operation. Raises RefusedError if it is none."""
    try:
        return soap_envelope.parse_answer(body, operation)
    except EnvelopeError as error:
        raise RefusedError(error.reason) from None

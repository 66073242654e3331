"""Names of all objects by the lists that the right *Admin* shows: a count beside other documents.

`SearchUsers` shows users and executives page by page, `GetPseudoObjects` all objects of one type.
The vendor asks for restraint with the latter (SDK, PbxAdminApi): each type is asked for once, and
only where nothing else counted the objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

from auditor.errors import TargetError
from auditor.messages.message import Message, say
from auditor.model.snapshot import PbxObject
from auditor.sources.live.app_socket.allowed_messages import ADMIN_API, TYPES, Socket, can_be_named
from auditor.sources.live.app_socket.login_session import LoginSession
from auditor.sources.live.object_pages import reason_without_place
from auditor.sources.live.pages_seen import PagesSeen
from auditor.sources.live.refusals import RefusedError
from auditor.sources.parse.answer_facts import ODD
from auditor.sources.parse.app_answers import AnswerReader
from auditor.sources.parse.reading import ObjectNames

# The answers that it makes a list of, and the field with names of each.
NAMES_OF_OBJECTS: Final[Mapping[str, str]] = {
    "SearchUsersResult": "user",
    "GetPseudoObjectsResult": "objects",
}
# What is found so far, in its order: guid, cn and h323 of each object.
_Entry: TypeAlias = tuple[str, str, str]
EntriesOfObjects: TypeAlias = dict[_Entry, None]
MOST_OBJECTS: Final = 20_000
_SOURCE: Final = f"{Socket.APPS.value} {ADMIN_API}"
_BY_SEARCH: Final = frozenset({"", "executive"})
_KINDS: Final = tuple(kind for kind in TYPES if kind not in _BY_SEARCH)


def count_objects(
    session: LoginSession,
    answers: AnswerReader,
    known: Iterable[PbxObject],
    tell: Callable[[int], None],
    note: Callable[[Message], None],
) -> list[ObjectNames]:
    """Return the list of all objects, or a part of it and why; none if nothing was listed."""
    found: EntriesOfObjects = {}
    is_part = False
    try:
        list_objects(session, answers, known, tell, found)
    except (RefusedError, TargetError) as error:
        note(reason_without_place(error))
        is_part = True
        if len(found) > MOST_OBJECTS:
            return []  # ever new names are none of objects
    return [ObjectNames(_SOURCE, tuple(found), is_part)] if found or not is_part else []


def list_objects(
    session: LoginSession,
    answers: AnswerReader,
    known: Iterable[PbxObject],
    tell: Callable[[int], None],
    found: EntriesOfObjects,
) -> None:
    """Add the names of all objects to `found`; `tell` is told how many there are.

    Raises RefusedError if they cannot all be listed, and TargetError as `Session.ask`; what was
    found stays, also behind an entry that cannot be read.
    """
    is_damaged = False
    if strange := {one.kind for one in known} - {*TYPES}:
        count = len(strange)
        raise RefusedError(say("there are {count} types that it cannot list", count=count))

    def add(answer: Mapping[str, Any], field: str) -> Sequence[_Entry | None]:
        nonlocal is_damaged
        entries = answers.objects(answer, field)
        if entries is None:
            raise RefusedError(ODD)
        is_damaged = is_damaged or None in entries
        found.update(dict.fromkeys(filter(None, entries)))
        tell(len(found))
        return entries

    def list_kind(kind: str) -> None:
        add(session.ask(ADMIN_API, "GetPseudoObjects", {"pseudo": kind}), "objects")

    first, *further = _KINDS
    list_kind(first)  # before thousands of users, for it may stay silent
    _search_users(session, lambda page: add(page, "user"))
    for kind in further:
        list_kind(kind)
    if is_damaged:
        raise RefusedError(ODD)


def _search_users(
    session: LoginSession, add: Callable[[Mapping[str, Any]], Sequence[_Entry | None]]
) -> None:
    """Add all pages of users. Raises as `list_objects`."""
    page = session.ask(ADMIN_API, "SearchUsers", {"cn": ""})
    seen, names = PagesSeen(MOST_OBJECTS), PagesSeen(MOST_OBJECTS)
    while entries := add(page):
        _, last, _ = entries[-1] or ("", "", "")
        if not can_be_named(last):
            raise RefusedError(say("the last object of a page has no name to go on from"))
        seen.add([one[0].lower() for one in entries if one is not None])
        names.add([last])
        page = session.ask(ADMIN_API, "SearchUsers", {"cn": last})


def with_other_names(
    listed: ObjectNames, again: Iterable[Mapping[str, Any]], answers: AnswerReader
) -> ObjectNames:
    """Return a list with what second answers name otherwise: then it is none that counts."""
    other = [answer for answer in again if answer["mt"] in NAMES_OF_OBJECTS]
    if not other:
        return listed
    named = (answers.objects(one, NAMES_OF_OBJECTS[one["mt"]]) or () for one in other)
    more = (entry for page in named for entry in page if entry is not None)
    entries = dict.fromkeys([*listed.entries, *more])
    return replace(listed, entries=tuple(entries), is_part=True)

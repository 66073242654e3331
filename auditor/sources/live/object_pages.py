"""PBX objects from the pages of the user interface: the list, then one page for each object."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple, TypeVar

from auditor.dialects import Dialect
from auditor.errors import AuditorError, Interruption, SourceError, how_ended
from auditor.interrupt import exposed, shielded
from auditor.messages.message import Message, say, say_count
from auditor.model.account import Unit, with_answer
from auditor.model.snapshot import Gap, PbxObject
from auditor.model.vocabulary import Area
from auditor.sources.live.http_connection import Connection, RefusedError
from auditor.sources.live.parallel import ParallelWork
from auditor.sources.live.resuming import Resume
from auditor.sources.parse.export import read_export
from auditor.sources.parse.object_names import NO_OBJECT_PART
from auditor.sources.parse.objects import ADMIN_OBJECT, without_parts
from auditor.sources.parse.reading import Reading
from auditor.sources.snapshot.listed_values import ListedValues
from auditor.sources.snapshot.merge import shown_otherwise

OBJECTS: Final = "/PBX0/ADMIN/mod_cmd_login.xml"
LIST: Final = f"{OBJECTS}?cmd=show&user=*"
GRANT: Final = say("give the account of the auditor (a viewer) the right to read it")
_GUID: Final = re.compile(r"[0-9a-fA-F]{1,64}")
_MAX_NAMED: Final = 20
# Each of them was asked for again and again already.
_MAX_BROKEN: Final = 3
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class ObjectPage(NamedTuple):
    """One object to ask for: its name for people, its guid, and the address of its page."""

    label: str
    guid: str
    address: str


class Losses:
    """Objects that could not be read: the first ones by name, the others by number."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._gaps: list[Gap] = []
        self._more = 0
        self._broken = 0

    def add(self, label: str, reason: Message, *, broken: bool = False) -> None:
        """Note an object that was not read."""
        self._broken = self._broken + 1 if broken else 0
        if len(self._gaps) < _MAX_NAMED:
            self._gaps.append(
                Gap(
                    Area.OBJECTS,
                    say("object {name}: {reason}", name=f"{label:.80}", reason=reason),
                    self._source,
                )
            )
        else:
            self._more += 1

    def found(self) -> None:
        """Note that an object was read, so the PBX is still there."""
        self._broken = 0

    @property
    def is_hopeless(self) -> bool:
        """Return whether the PBX stopped answering at all."""
        return self._broken >= _MAX_BROKEN

    def gaps(self, not_asked: int, interruption: Interruption | None = None) -> Iterable[Gap]:
        """Yield what to report; `not_asked` counts the objects after the reading ended."""
        yield from self._gaps
        if self._more:
            yield Gap(
                Area.OBJECTS,
                say_count(
                    "{count} more object was not read",
                    "{count} more objects were not read",
                    count=self._more,
                ),
                self._source,
            )
        if not_asked:
            why = how_ended(interruption) if interruption else say("the PBX stopped answering")
            reason = say_count(
                "{reason}; {count} object was not asked for",
                "{reason}; {count} objects were not asked for",
                reason=why,
                count=not_asked,
            )
            yield Gap(
                Area.OBJECTS, reason, self._source, advice=say("run again when the PBX is up")
            )


def read_object_list(connection: Connection, dialect: Dialect) -> Reading:
    """Return what the object list names. Raises RefusedError and SourceError."""
    page = connection.page(LIST, "object-list")
    return read_export(page, OBJECTS, dialect, is_list=True)


def read_object_pages(
    connection: Connection, dialect: Dialect, resume: Resume | None = None
) -> Reading:
    """Return every object from its own page, with a gap for what could not be read.

    With `resume`, what an earlier part holds is not asked for, and what is read is noted.
    """
    reading = Reading(OBJECTS, "object-show")
    connection.tell(say("object list"))
    try:
        listed = read_object_list(connection, dialect)
    except (RefusedError, SourceError) as error:
        reason = say("the object list: {reason}", reason=reason_without_place(error))
        reading.gaps.append(Gap(Area.OBJECTS, reason, OBJECTS, advice=GRANT))
        return reading
    if any(one.unit is Unit.ELEMENTS and one.not_understood for one in listed.account):
        reason = say("the object list: {reason}", reason=NO_OBJECT_PART)
        reading.gaps.append(Gap(Area.OBJECTS, reason, OBJECTS, advice=say("run again")))
    losses = Losses(OBJECTS)
    asked = list(_to_ask(listed, losses))
    if resume is not None:
        known = resume.known(listed.objects)
        resume.begin(reading, known.values())
        asked = [one for one in asked if one.guid.lower() not in known]
    done = 0
    for one, page in _pages(connection, asked):
        done += 1
        before = len(reading.objects)
        _add(reading, one, page, (dialect, losses))
        if resume is not None and len(reading.objects) > before:
            resume.note(reading.objects[-1], reading.secrets[-1])
        if losses.is_hopeless:
            break
    reading.gaps.extend(losses.gaps(len(asked) - done, connection.interruption))
    compare_items(reading, listed)
    return reading


def compare_items(reading: Reading, listed: Reading) -> None:
    """Leave open what the list says of objects otherwise than their own pages, which is a gap."""
    items = {one.guid.lower(): one for one in listed.objects if one.guid}
    known = ListedValues(reading.objects)
    conflicts: list[PbxObject] = []
    for at, one in enumerate(reading.objects):
        item = items.get(one.guid.lower())
        differing = known.contradicted(one, item) if item is not None else set()
        if differing:
            conflicts.append(one)
            reading.objects[at] = without_parts(one, differing)
    if conflicts:
        reading.gaps.append(shown_otherwise(conflicts, OBJECTS))


def _pages(
    connection: Connection, asked: list[ObjectPage]
) -> Iterator[tuple[ObjectPage, bytes | RefusedError]]:
    """Yield the page of each object, or why it was refused."""

    def fetch(one: ObjectPage) -> bytes | RefusedError:
        try:
            return connection.page(one.address)
        except RefusedError as error:
            return error

    work = ParallelWork(fetch, asked, connection.options.max_connections)
    for done, finished in enumerate(until_interrupted(connection, work), 1):
        connection.tell("objects", done, len(asked))
        yield finished


def until_interrupted(
    connection: Connection, work: ParallelWork[_Item, _Result]
) -> Iterator[tuple[_Item, _Result]]:
    """Yield what is finished; an interruption ends it, and what was read before is kept."""
    waiting = iter(work)
    try:
        with shielded():
            while True:
                with exposed():
                    finished = next(waiting, None)
                if finished is None:
                    return
                yield finished
    except Interruption as error:
        connection.interruption = error
        waiting.close()  # nothing more is asked for
        yield from work.finished()


def _to_ask(listed: Reading, losses: Losses) -> Iterable[ObjectPage]:
    """Yield the objects of a list that can be asked for, each guid once."""
    named = [(candidate.label, candidate.guid) for candidate in listed.objects]
    if listed.admin_guid:
        named.append((ADMIN_OBJECT, listed.admin_guid))
    seen: set[str] = set()
    for label, guid in named:
        if not _GUID.fullmatch(guid):
            losses.add(label, say("the list shows no guid that could be asked for"))
        elif guid.lower() in seen:
            losses.add(label, say("the list shows another object with the same guid"))
        else:
            seen.add(guid.lower())
            yield ObjectPage(label, guid, f"{OBJECTS}?cmd=show&user-guid={guid}")


def _add(
    reading: Reading, one: ObjectPage, page: bytes | RefusedError, into: tuple[Dialect, Losses]
) -> None:
    dialect, losses = into
    if isinstance(page, RefusedError):
        losses.add(one.label, page.reason, broken=page.broken)
        return
    losses.found()
    try:
        found = read_export(page, reading.source, dialect)
    except SourceError as error:
        losses.add(one.label, error.message)
        return
    guids = [*(entry.guid for entry in found.objects), *([found.admin_guid] * found.admin_seen)]
    if [guid.lower() for guid in guids if guid] not in ([], [one.guid.lower()]) or len(guids) != 1:
        losses.add(one.label, say("the PBX answers with another object"))
        return
    absorb(reading, found, one.label)


def absorb(reading: Reading, found: Reading, label: str) -> None:
    """Add what the answer about one object shows to the reading of all of them.

    The first gaps of each area say which object they are about, the account counts the others.
    """
    reading.objects.extend(found.objects)
    reading.secrets.extend(found.secrets)
    reading.filters.extend(found.filters)
    named = Counter(gap.area for gap in reading.gaps) if found.gaps else Counter[str]()
    for gap in found.gaps:
        if named[gap.area] < _MAX_NAMED:
            reading.gaps.append(
                replace(
                    gap,
                    reason=say("object {name}: {reason}", name=f"{label:.80}", reason=gap.reason),
                    line=0,
                )
            )
    reading.settings.update(found.settings)
    if found.admin_seen:
        reading.admin_seen = True
        reading.admin_password = found.admin_password
        reading.admin_key = found.admin_key
    number = len(reading.objects) + reading.admin_seen
    reading.account = with_answer(reading.account, found.account, number)


def reason_without_place(error: RefusedError | AuditorError) -> Message:
    """Return why a document is missing, without the place and the advice."""
    return error.reason if isinstance(error, RefusedError) else error.message

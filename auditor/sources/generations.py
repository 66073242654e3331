"""Of several configurations of one box the newest is used, and the others are named.

innovaphone's update server saves a box as `DIR/HWID/HWID.N.txt`, with a number that rises
(php-update-server, `saveBackup`). Such a name orders what its content shows to be of one box, and
proves nothing else. A configuration states no date of its own, and the time of a file is that of a
copy or of the last change, so neither tells which of two is newer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Final

from auditor.errors import SourceError
from auditor.messages.message import NOTHING, Message, say
from auditor.sources.evidence_file import DAMAGED, EvidenceFile
from auditor.sources.folder import COPY, IGNORED, Unread
from auditor.sources.snapshot.merge import is_another_box

OLDER: Final = "older"
_NO_BOX: Final = say("it ends before it says of which box it is")
_NUMBERED: Final = re.compile(r"^(?P<stem>.+)\.(?P<number>\d{1,9})\.(txt|cfg)$", re.IGNORECASE)
_Series = tuple[PurePath, str]


def newest_of_each(documents: Sequence[EvidenceFile]) -> list[EvidenceFile]:
    """Return the documents, with those set aside that are a copy or an older generation of another.

    Raises SourceError if one box has several configurations and nothing says which is the newest.
    """
    by_box: dict[str, list[EvidenceFile]] = {}
    others: list[EvidenceFile] = []
    for one in documents:
        serial = one.box.short_serial
        if one.reading is not None and one.reading.kind == "configuration" and serial:
            by_box.setdefault(serial, []).append(one)
        else:
            others.append(one)
    settled = [*_without_copies(others)]
    for members in by_box.values():
        settled += _settled(members)
    latest = {
        key: (number, one)
        for one in settled
        if one.reading is not None and one.box.short_serial
        for key, number in _place(one)
    }
    return [_beside_newest(one, latest) for one in settled]


def check_newest(documents: Iterable[EvidenceFile], unread: Iterable[Unread]) -> None:
    """Raise SourceError if the newest generation of a box cannot be used.

    An older one shows what the box was: to judge it would say that this is how it is.
    """
    listed = list(documents)
    used = {
        key: number
        for one in listed
        if one.reading is not None and one.box.short_serial
        for key, number in _places(one.name)
    }
    unusable = [(one.name, one.open_question) for one in listed]
    unusable += [(one.name, one.open_question) for one in unread]
    for name, reason in unusable:
        if reason and any(number > used.get(key, number) for key, number in _places(name)):
            raise SourceError(
                say("the newest generation of it cannot be used: {reason}", reason=reason),
                where=name,
                advice=say("save it again; take it away only to audit what was so before"),
            )


def _settled(members: Sequence[EvidenceFile]) -> Iterable[EvidenceFile]:
    """Yield the configurations of one box, all but the newest set aside."""
    if len({one.record.sha256 for one in members}) == 1:
        return _without_copies(members)
    if any(is_another_box(one.box, other.box) for one in members for other in members):
        return members  # two boxes whose serials end alike
    newest = _newest(members)
    return [newest, *(_older(one, newest) for one in members if one.path != newest.path)]


def _newest(members: Sequence[EvidenceFile]) -> EvidenceFile:
    """Return the newest configuration of one box. Raises SourceError if nothing tells."""
    numbered = [(number, key, one) for one in members for key, number in _place(one)]
    known = {one.record.sha256 for _, _, one in numbered}
    beyond = [one for one in members if one.record.sha256 not in known]
    if beyond or len({key for _, key, _ in numbered}) != 1:
        raise _no_order(members)
    highest = max(number for number, _, _ in numbered)
    best = [one for number, _, one in numbered if number == highest]
    if len({one.record.sha256 for one in best}) != 1:
        raise _no_order(best)
    newest = best[0]
    later = [one.name for _, _, one in numbered if one.modified > newest.modified]
    if not later:
        return newest
    note = say("the newest by its number, though {name} was changed later", name=later[0])
    return replace(newest, record=replace(newest.record, note=note))


def _older(one: EvidenceFile, newest: EvidenceFile) -> EvidenceFile:
    if one.record.sha256 == newest.record.sha256:
        return _copy(one, newest)
    return one.set_aside(OLDER, say("not used: an older generation of {name}", name=newest.name))


def _without_copies(documents: Iterable[EvidenceFile]) -> Iterable[EvidenceFile]:
    """Yield documents; of those with the same bytes all but the first as copies."""
    known: dict[str, EvidenceFile] = {}
    for one in documents:
        first = known.setdefault(one.record.sha256, one) if one.reading is not None else one
        yield one if first is one else _copy(one, first)


def _copy(one: EvidenceFile, first: EvidenceFile) -> EvidenceFile:
    return one.set_aside(COPY, say("not used: it is the same as {name}", name=first.name))


def generation_of(name: str) -> tuple[str, int] | None:
    """Return the series that the name of a file belongs to and its number in it, if it has one."""
    match = _NUMBERED.match(name)
    return (match["stem"].casefold(), int(match["number"])) if match is not None else None


def _place(one: EvidenceFile) -> list[tuple[_Series, int]]:
    return _places(one.name)


def _places(name: str) -> list[tuple[_Series, int]]:
    """Return the series and the number of a file by its name in the folder, if it has them."""
    path = PurePath(name)
    found = generation_of(path.name)
    return [((path.parent, found[0]), found[1])] if found is not None else []


def _beside_newest(
    one: EvidenceFile, latest: Mapping[_Series, tuple[int, EvidenceFile]]
) -> EvidenceFile:
    """Return a document; of those that do not say of which box they are, what became of each.

    If such a one would be the newest generation of a box, what it would have shown is not known:
    the older one is not what the box is now.
    """
    for key, number in _place(one):
        newest = latest.get(key)
        if newest is None or one.box.short_serial:
            continue
        reason = _why_not_the_newest(one)
        if reason and number > newest[0]:
            record = replace(
                one.record, kind=DAMAGED, note=say("not used: {reason}", reason=reason)
            )
            return replace(one, reading=None, record=record, open_question=reason)
        if one.reading is not None:
            return _older(one, newest[1])
    return one


def _why_not_the_newest(one: EvidenceFile) -> Message:
    """Return why a document cannot be a generation of a box; nothing if it is said already."""
    if one.problem is not None:
        return one.problem.message if one.record.kind == IGNORED else NOTHING
    is_configuration = one.reading is not None and one.reading.kind == "configuration"
    return _NO_BOX if is_configuration else NOTHING


def _no_order(members: Sequence[EvidenceFile]) -> SourceError:
    names = ", ".join(one.name for one in members)
    serial = members[0].box.serial
    return SourceError(
        say(
            "{names} are different configurations of one box ({serial}), and nothing says which "
            "is the newest",
            names=names,
            serial=serial,
        ),
        where=str(members[0].path.parent),
        advice=say(
            "leave the newest one only, or number them as the update server does (NAME.N.txt)"
        ),
    )

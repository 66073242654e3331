"""What changed since a run by name: a line for each control, with the PBXs that it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from auditor.fleet.history_model import State
from auditor.fleet.outward.morning import Morning, PbxMorning
from auditor.fleet.outward.morning_sentences import ends, reasons_of
from auditor.fleet.outward.moves import Moved, MoveKind
from auditor.messages.message import NOTHING, Message, say, say_count, template
from auditor.messages.titles import Title

_NAMED: Final = 6
_HEADINGS: Final[Mapping[MoveKind, str]] = {
    MoveKind.FAILED: template("Newly failed"),
    MoveKind.UNDECIDED: template("Could no longer be decided"),
    MoveKind.DECIDED: template("Decided now"),
    MoveKind.ACCEPTED: template("Accepted"),
    MoveKind.FIXED: template("Fixed"),
    MoveKind.NOT_ASKED: template("No longer asked"),
}
_TONES: Final[Mapping[MoveKind, str]] = {
    MoveKind.FAILED: "failed",
    MoveKind.UNDECIDED: "unknown",
    MoveKind.DECIDED: "passed",
    MoveKind.ACCEPTED: "waived",
    MoveKind.FIXED: "passed",
    MoveKind.NOT_ASKED: "not-applicable",
}


class Name(NamedTuple):
    """A PBX by its name, with what is said of it."""

    pbx: str
    name: str
    more: Message = NOTHING


class ChangeLine(NamedTuple):
    """A line: a control with its title, or none; then PBXs, of many the first ones."""

    severity: str
    control: str
    title: Title | Message
    names: tuple[Name, ...]
    left: int = 0


class ChangeGroup(NamedTuple):
    """What changed alike, the worst first; `number` counts PBXs with their controls.

    `findings` are those of them, as `fleet run` and `fleet status` count; nothing without any.
    """

    heading: Message
    tone: str
    number: int
    lines: tuple[ChangeLine, ...]
    findings: Message = NOTHING


def groups(morning: Morning) -> tuple[ChangeGroup, ...]:
    """Return what changed, what needs attention first. What first audits found is one group."""
    if morning.last_run is None:
        return ()
    found = [
        _moved(morning, MoveKind.FAILED),
        _states(morning),
        _first(morning),
        _moved(morning, MoveKind.UNDECIDED),
        _ending(morning),
        *(
            _moved(morning, kind)
            for kind in _HEADINGS
            if kind not in {MoveKind.FAILED, MoveKind.UNDECIDED}
        ),
        _back(morning),
    ]
    return tuple(one for one in found if one.lines)


def _moved(morning: Morning, kind: MoveKind) -> ChangeGroup:
    known = {one.status.pbx: one.status.name for one in morning.pbxs}
    moved = [one for one in morning.moved(kind) if not one.is_first]
    lines: dict[tuple[str, str, str], list[Moved]] = {}
    for one in moved:
        lines.setdefault((one.severity, one.control, one.title), []).append(one)
    made = tuple(
        ChangeLine(
            found[0].severity.value,
            found[0].control,
            found[0].title,
            *_some(Name(one.pbx, known[one.pbx], _findings(one)) for one in found),
        )
        for found in lines.values()
    )
    number = sum(one.findings for one in moved)
    findings = say_count("{count} finding", "{count} findings", number) if number else NOTHING
    return ChangeGroup(Message(_HEADINGS[kind]), _TONES[kind], len(moved), made, findings)


def _findings(moved: Moved) -> Message:
    """Return how many things moved of a control that stood so before, or still stands otherwise."""
    if moved.is_whole:
        return NOTHING
    return say("{count} of it", count=moved.findings)


def _some(names: Iterable[Name]) -> tuple[tuple[Name, ...], int]:
    known = tuple(names)
    return known[:_NAMED], max(len(known) - _NAMED, 0)


def _states(morning: Morning) -> ChangeGroup:
    """Return the PBXs of which nobody knows any more how they stand, and somebody did before."""
    lost = [
        one
        for one in morning.pbxs
        if one.is_blind and one.state is not State.NEVER and one.state is not one.was
    ]
    return _of_pbxs(say("Could not be read any more"), "unknown", lost, _lost)


def _lost(pbx: PbxMorning) -> Message:
    return next(reasons_of(pbx), NOTHING)


def _back(morning: Morning) -> ChangeGroup:
    """Return the PBXs that were read again."""
    back = [one for one in morning.pbxs if not one.is_blind and one.was not in {None, State.NEVER}]
    return _of_pbxs(say("Read again"), "passed", back, lambda _: NOTHING)


def _first(morning: Morning) -> ChangeGroup:
    """Return the PBXs that were audited for the first time, with what they fail."""
    first = [one for one in morning.pbxs if any(moved.is_first for moved in one.moved)]
    first += [
        one
        for one in morning.pbxs
        if one not in first and one.was is State.NEVER and not one.is_blind
    ]
    return _of_pbxs(say("Audited for the first time"), "info", first, _first_found)


def _first_found(pbx: PbxMorning) -> Message:
    return say("{count} failed", count=sum(pbx.status.failed.values()))


def _ending(morning: Morning) -> ChangeGroup:
    """Return what came within thirty days of its end."""
    lines = tuple(
        ChangeLine("", "", _ends(one.kind, one.whole_name, one.ends.isoformat()), (_name(pbx),))
        for pbx in morning.pbxs
        for one in pbx.newly_ending
    )
    return ChangeGroup(say("Ends within thirty days"), "waived", len(lines), lines)


def _ends(kind: str, name: str, day: str) -> Message:
    return say("{what}, {day}", what=ends(kind, name), day=day)


def _of_pbxs(
    heading: Message, tone: str, pbxs: Iterable[PbxMorning], told: Callable[[PbxMorning], Message]
) -> ChangeGroup:
    lines = tuple(ChangeLine("", "", told(one), (_name(one),)) for one in pbxs)
    return ChangeGroup(heading, tone, len(lines), lines)


def _name(pbx: PbxMorning) -> Name:
    return Name(pbx.status.pbx, pbx.status.name)

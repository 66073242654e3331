"""What a run came to, in lines for people: what is new, worst first, and who was not reached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from auditor.errors import ExitCode
from auditor.fleet.history_model import AuditEnding, RecordedChange
from auditor.fleet.runner.totals import NewFinding, PbxOutcome, RunTotals
from auditor.messages.message import Message, say, say_count, template, together
from auditor.model.vocabulary import Severity
from auditor.report.terms import said

_LINES: Final = 20
_COUNTED: Final = {
    AuditEnding.AUDITED: template("{number} audited"),
    AuditEnding.UNREACHABLE: template("{number} unreachable"),
    AuditEnding.CONFLICT: template("{number} with another box"),
    AuditEnding.REFUSED: template("{number} refused"),
    AuditEnding.CRASHED: template("{number} crashed"),
}
_ENDED: Final = {
    AuditEnding.CRASHED: template("crashed: {pbx}: {reason}"),
    AuditEnding.REFUSED: template("refused: {pbx}: {reason}"),
    AuditEnding.CONFLICT: template("another box: {pbx}: {reason}"),
    AuditEnding.UNREACHABLE: template("unreachable: {pbx}: {reason}; {since}"),
}
_AUDITED: Final = template("audited: {pbx}: {new}")


def summary(number: int, totals: RunTotals, code: ExitCode) -> Iterator[Message]:
    """Yield the lines about a run: what is new, worst first, then who was not audited, the sum."""
    found = totals.new()
    for new in found[:_LINES]:
        yield _new(new)
    if len(found) > _LINES:
        more = len(found) - _LINES
        yield say_count("and {count} more that is new", "and {count} more that are new", more)
    for ending in _ENDED:
        for one in sorted(totals.seen.values(), key=lambda one: one.pbx):
            if one.ending is ending:
                yield outcome_line(one, one.reason, totals)
    yield _sum(number, totals, len(found), code)


def outcome_line(one: PbxOutcome, reason: Message, totals: RunTotals) -> Message:
    """Return the line about one PBX, of those that are counted."""
    if one.ending is AuditEnding.AUDITED:
        new = _count_new(totals.new_at(one.pbx), totals.below_at(one.pbx), totals)
        return say(_AUDITED, pbx=one.pbx, new=new)
    return say(_ENDED[one.ending], pbx=one.pbx, reason=reason, since=_since(one))


def _since(one: PbxOutcome) -> Message:
    """Return since when nothing is known of a PBX."""
    if one.last is None:
        return say("never audited")
    return say("last audited on {day}", day=one.last.isoformat())


def _new(new: NewFinding) -> Message:
    change = new.change
    return say(
        "new: {severity}: {pbx}: {control}: {name}",
        severity=said(change.severity.value),
        pbx=new.pbx,
        control=change.control,
        name=change.subject.name if change.subject is not None else _weighed(change),
    )


def _weighed(change: RecordedChange) -> Message:
    """Return why a control is new of which every finding was known."""
    before = change.weighed or change.severity
    return say("what was known weighs more; it was {severity}", severity=said(before.value))


def _count_new(count: int, below: int, totals: RunTotals) -> Message:
    """Return how many findings are new and count, and how many do not: pages name these too."""
    fail_on = totals.counts.fail_on
    if fail_on is Severity.INFO:
        return say_count("{count} new finding", "{count} new findings", count)
    return say_count(
        "{count} new finding at or above {severity}, {below} below",
        "{count} new findings at or above {severity}, {below} below",
        count,
        severity=said(fail_on.value),
        below=str(below),
    )


def _sum(number: int, totals: RunTotals, new: int, code: ExitCode) -> Message:
    counts = [
        say(words, number=str(totals.number(ending)))
        for ending, words in _COUNTED.items()
        if ending is AuditEnding.AUDITED or totals.number(ending)
    ]
    left = totals.selected - len(totals.seen)
    if left:
        counts.append(say("{number} not recorded", number=str(left)))
    return say(
        "run {run}: {pbxs}: {counts}; {new}; exit code {code}",
        run=str(number),
        pbxs=say_count("{count} PBX", "{count} PBXs", totals.selected),
        counts=together(*counts),
        new=_count_new(new, totals.below(), totals),
        code=str(code.value),
    )

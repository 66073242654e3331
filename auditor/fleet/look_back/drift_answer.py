"""What changed since a run, by PBX, each with its cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from auditor.fleet.history_model import Cause, Standing
from auditor.fleet.look_back import answer_schema as v1
from auditor.fleet.look_back.fleet_labels import CAUSES, STANDINGS, fleet_word
from auditor.fleet.look_back.text_table import TextColumn, TextTable, lines
from auditor.fleet.store.queries.result_rows import SpanChange
from auditor.messages.message import Message, say, say_count
from auditor.model.vocabulary import Status
from auditor.report.formats import csv
from auditor.report.formats.terminal_style import Look
from auditor.report.translation import dated

_LEAST: Final = 8
_LEAST_SUBJECT: Final = 10
_OPEN: Final = (Status.FAILED.value, Status.WAIVED.value, Standing.UNDECIDED.value)
_CSV: Final = (
    "pbx", "tenant", "run", "day", "control", "severity", "subject kind", "subject id", "subject",
    "property", "before", "after", "cause", "also",
)  # fmt: skip


def changed(change: SpanChange) -> v1.Changed:
    """Return a change as JSON has it."""
    about = change.subject
    return v1.Changed(
        change.pbx,
        change.tenant,
        change.run,
        change.day,
        change.control,
        change.severity.value,
        change.before.value if change.before is not None else None,
        change.after.value,
        change.cause.value,
        [one.value for one in change.also],
        change.key,
        v1.Subject(about.kind, about.id, about.name) if about is not None else None,
        change.property,
    )


def drift_of(
    fleet: str, since: int, changes: Iterable[SpanChange], tenant: str | None = None
) -> v1.Drift:
    """Return what changed in a run and later ones, of all PBXs or those of one tenant."""
    chosen = [changed(one) for one in changes if tenant in {None, one.tenant}]
    return v1.Drift(fleet, since, chosen)


def render(drift: v1.Drift, look: Look) -> str:
    """Return a line for each change; what first audits found is counted only."""
    return "\n".join(_lines(drift, look)) + "\n"


def render_csv(changes: Iterable[v1.Changed]) -> str:
    """Return a line for each change, those of first audits too."""
    return csv.written(_CSV, map(_cells, changes), end="\n")


def table_of(changes: Sequence[v1.Changed], *, of_one: bool = False) -> TextTable:
    """Return changes as a table; one PBX alone is not named in each line."""
    columns = [
        (TextColumn(say("PBX"), _LEAST), [one.pbx for one in changes]),
        (TextColumn(say("Day")), [dated(one.day.isoformat()) for one in changes]),
        (TextColumn(say("Control")), [one.control for one in changes]),
        (TextColumn(say("Subject"), _LEAST_SUBJECT), [subject_of(one) for one in changes]),
        (TextColumn(say("Change")), [_change(one) for one in changes]),
        (TextColumn(say("Cause"), _LEAST), [_cause(one) for one in changes]),
    ]
    if of_one:
        del columns[0]
    cells = [cells for _, cells in columns]
    return TextTable([column for column, _ in columns], list(zip(*cells, strict=True)))


def without_repetition(changes: Iterable[v1.Changed]) -> list[v1.Changed]:
    """Return changes without those of controls whose findings say it all."""
    found = list(changes)
    told = {(one.pbx, one.run, one.control) for one in found if one.key}
    return [one for one in found if one.key or (one.pbx, one.run, one.control) not in told]


def subject_of(change: v1.Changed) -> str:
    """Return what a change is about as people call it."""
    if change.subject is None:
        return ""
    return change.subject.name or change.subject.id


def _lines(drift: v1.Drift, look: Look) -> Iterator[str]:
    later = [one for one in drift.changes if one.cause != Cause.FIRST.value]
    first = [one for one in drift.changes if one.cause == Cause.FIRST.value]
    if later:
        yield from lines(table_of(without_repetition(later)), look)
        yield ""
    for pbx in dict.fromkeys(one.pbx for one in first):
        yield from look.wrap(look.text(_first(pbx, [one for one in first if one.pbx == pbx])))
    pbxs = len({one.pbx for one in later})
    told = say_count("{count} change", "{count} changes", len(without_repetition(later)))
    of = say_count("{count} PBX", "{count} PBXs", pbxs)
    yield from look.wrap(
        look.say("Since run {run}: {changes} of {pbxs}", run=drift.since, changes=told, pbxs=of)
    )


def _first(pbx: str, changes: Sequence[v1.Changed]) -> Message:
    controls = [one for one in changes if not one.key]
    failed = sum(one.after == Status.FAILED.value for one in controls)
    undecided = sum(one.after in {Status.UNKNOWN.value, Status.ERROR.value} for one in controls)
    return say(
        "{pbx}: first audit: {failed} failed, {undecided} undecided",
        pbx=pbx,
        failed=failed,
        undecided=undecided,
    )


def _change(change: v1.Changed) -> str:
    after = fleet_word(STANDINGS, change.after)
    if change.before is None:
        return say("new: {after}", after=after)
    return say("{before} → {after}", before=fleet_word(STANDINGS, change.before), after=after)


def _cause(change: v1.Changed) -> str:
    cause = fleet_word(CAUSES, change.cause)
    if not change.also:
        return cause
    return say("{cause}, also {other}", cause=cause, other=fleet_word(CAUSES, change.also[0]))


def _cells(change: v1.Changed) -> list[str]:
    about = change.subject
    return [
        change.pbx,
        change.tenant,
        str(change.run),
        change.day.isoformat(),
        change.control,
        change.severity,
        *((about.kind, about.id, about.name) if about else ("", "", "")),
        change.property,
        change.before or "",
        change.after,
        change.cause,
        " ".join(change.also),
    ]

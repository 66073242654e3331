"""The history of one PBX, or of one control of it: since when, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from auditor.fleet.history_model import AuditEnding, Cause, Standing
from auditor.fleet.look_back import answer_schema as v1
from auditor.fleet.look_back.drift_answer import changed, table_of, without_repetition
from auditor.fleet.look_back.fleet_labels import CAUSES, STANDINGS, fleet_word
from auditor.fleet.look_back.text_table import TextColumn, TextTable, lines
from auditor.fleet.store.queries.result_rows import AuditInShort, SpanChange
from auditor.messages.message import Message, say
from auditor.model.vocabulary import Status
from auditor.report.formats.terminal_style import Look
from auditor.report.translation import dated

_ENDED: Final = frozenset({Standing.FIXED.value, Standing.GONE.value})
_PRESENT: Final = (Standing.FAILED.value, Standing.WAIVED.value, Standing.UNDECIDED.value)
_OPEN: Final = frozenset(map(str, (Status.FAILED, Status.UNKNOWN, Status.ERROR, Status.WAIVED)))
_LEAST: Final = 10


def history_of(
    pbx: str,
    tenant: str,
    changes: Iterable[SpanChange],
    audits: Iterable[AuditInShort],
    control: str | None = None,
) -> v1.History:
    """Return what a history knows of a PBX, by all changes of it, or of one control."""
    everything = [changed(one) for one in changes]
    told = [one for one in everything if control in {None, one.control}]
    attempts = list(audits)
    looked = [one for one in attempts if one.ending is AuditEnding.AUDITED]
    days = {one.run: v1.When(one.run, one.day) for one in attempts}
    by_key: dict[str, list[v1.Changed]] = {}
    by_control: dict[str, list[v1.Changed]] = {}
    for one in told:
        kept = by_key.setdefault(one.key, []) if one.key else by_control.setdefault(one.control, [])
        kept.append(one)
    return v1.History(
        pbx,
        tenant,
        _first(everything, days),
        days[attempts[-1].run] if attempts else None,
        days[looked[-1].run] if looked else None,
        [_control(found[-1], days) for _, found in sorted(by_control.items())],
        sorted(
            (_finding(found, looked, days) for found in by_key.values()),
            key=lambda one: (one.control, one.subject.name, one.key),
        ),
        told,
    )


def _first(changes: Sequence[v1.Changed], days: Mapping[int, v1.When]) -> v1.When | None:
    """Return the first audit: what was found stays when audits are pruned."""
    known = [*days.values(), *(_when(one, days) for one in changes[:1])]
    return min(known, key=lambda one: one.run, default=None)


def _when(change: v1.Changed, days: Mapping[int, v1.When]) -> v1.When:
    """Return when something changed: its tenant's day, or that of the run if that was pruned."""
    return days.get(change.run) or v1.When(change.run, change.day)


def _control(last: v1.Changed, days: Mapping[int, v1.When]) -> v1.ControlHistory:
    return v1.ControlHistory(last.control, last.after, last.severity, _when(last, days), last.cause)


def _finding(
    found: Sequence[v1.Changed], looked: Sequence[AuditInShort], days: Mapping[int, v1.When]
) -> v1.FindingHistory:
    last = found[-1]
    is_at_an_end = last.after in _ENDED
    came_back = [one for one in found if one.before in _ENDED and one.after in _PRESENT]
    return v1.FindingHistory(
        last.key,
        last.control,
        last.subject or v1.Subject("", "", ""),
        last.property,
        last.severity,
        last.after,
        _when(last, days),
        _when(found[0], days),
        _last_seen(found, looked, days),
        _when(last, days) if is_at_an_end else None,
        _when(came_back[-1], days) if came_back else None,
    )


def _last_seen(
    found: Sequence[v1.Changed], looked: Sequence[AuditInShort], days: Mapping[int, v1.When]
) -> v1.When:
    """Return the last audit that still had a finding, as far as audits are kept."""
    number = max((i for i, one in enumerate(found) if one.after in _PRESENT), default=0)
    ended = found[number + 1].run if number + 1 < len(found) else None
    until = [one.run for one in looked if ended is None or one.run < ended]
    seen = [run for run in until if run >= found[number].run]
    return days[seen[-1]] if seen else _when(found[number], days)


def render(history: v1.History, look: Look, *, control: str | None = None) -> str:
    """Return how a PBX stands, since when, and every change with its cause."""
    return "\n".join(_lines(history, look, control)) + "\n"


def _lines(history: v1.History, look: Look, control: str | None) -> Iterator[str]:
    yield from look.wrap(look.text(_head(history)))
    controls = [one for one in history.controls if control or one.status in _OPEN]
    findings = [one for one in history.findings if control or one.standing in _PRESENT]
    for table in (_controls(controls), _findings(findings)):
        if table.rows:
            yield ""
            yield from lines(table, look)
    changes = [one for one in history.changes if control or one.cause != Cause.FIRST.value]
    if changes:
        yield ""
        yield from lines(table_of(without_repetition(changes), of_one=True), look)


def _head(history: v1.History) -> Message:
    if history.first is None:
        return say("{pbx} ({tenant}): no audit yet", pbx=history.pbx, tenant=history.tenant)
    first = say(
        "{pbx} ({tenant}): first audit {day}",
        pbx=history.pbx,
        tenant=history.tenant,
        day=history.first.day.isoformat(),
    )
    if history.success is None:
        return say("{first}, never read", first=first)
    return say(
        "{first}, last read {day}, run {run}",
        first=first,
        day=history.success.day.isoformat(),
        run=history.success.run,
    )


def _controls(controls: Sequence[v1.ControlHistory]) -> TextTable:
    columns = [
        TextColumn(say("Control")),
        TextColumn(say("State")),
        TextColumn(say("Since")),
        TextColumn(say("Cause"), _LEAST),
    ]
    rows = [
        (
            one.control,
            fleet_word(STANDINGS, one.status),
            _day(one.since),
            fleet_word(CAUSES, one.cause),
        )
        for one in controls
    ]
    return TextTable(columns, rows)


def _findings(findings: Sequence[v1.FindingHistory]) -> TextTable:
    columns = [
        TextColumn(say("Control")),
        TextColumn(say("Subject"), _LEAST),
        TextColumn(say("State"), _LEAST),
        TextColumn(say("First seen")),
        TextColumn(say("Last seen")),
        TextColumn(say("Fixed")),
        TextColumn(say("Reopened")),
    ]
    rows = [
        (
            one.control,
            one.subject.name or one.subject.id,
            fleet_word(STANDINGS, one.standing),
            *map(_day, (one.first_seen, one.last_seen, one.fixed, one.reopened)),
        )
        for one in findings
    ]
    return TextTable(columns, rows)


def _day(when: v1.When | None) -> str:
    return dated(when.day.isoformat()) if when is not None else "-"

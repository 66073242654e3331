"""What the history knows of a PBX, put into the report of one of its audits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from statistics import median
from typing import Final, NamedTuple

from auditor.fleet.drift.judging import finding_key
from auditor.fleet.history_model import Cause, Standing
from auditor.fleet.look_back import answer_schema as fleet_v1
from auditor.fleet.look_back.drift_answer import changed, without_repetition
from auditor.fleet.look_back.pbx_history import history_of
from auditor.fleet.store.queries.result_rows import AuditInShort, SpanChange, Success
from auditor.model.result import ControlResult
from auditor.report.schema import v1
from auditor.report.schema.v1past import Past, PastChange, Repaired
from auditor.report.schema.v1since import Earlier

# So many audits make the line of the score: the last ones that came to something else.
TREND: Final = 12
_WRONG: Final = frozenset({Standing.FAILED.value, Standing.WAIVED.value})
_ENDED: Final = frozenset({Standing.FIXED.value, Standing.GONE.value})


class Remembered(NamedTuple):
    """What the history has of a PBX until an audit: changes and audits, and those that looked."""

    changes: Sequence[SpanChange]
    audits: Sequence[AuditInShort]
    successes: Sequence[Success]

    def until(self, run: int) -> Remembered:
        """Return what was known after a run."""
        return Remembered(
            [one for one in self.changes if one.run <= run],
            [one for one in self.audits if one.run <= run],
            [one for one in self.successes if one.run <= run],
        )


def with_past(
    report: v1.Report, remembered: Remembered, results: Iterable[ControlResult]
) -> v1.Report:
    """Return a report that knows how it came to this; `results` are what it was made of."""
    told = history_of("", "", remembered.changes, remembered.audits)
    first_seen = {one.key: one.first_seen.day for one in told.findings}
    keys = dict(_keys(results))
    dated = [_dated(result, keys, first_seen) for result in report.results]
    return replace(
        report,
        run=replace(report.run, history=_trend(remembered)),
        results=dated,
        past=_past(told, remembered),
    )


def _keys(results: Iterable[ControlResult]) -> Iterator[tuple[str, str]]:
    """Yield the key of each finding in the history, by its fingerprint in a report."""
    for result in results:
        for one in result.findings:
            seen = one.observation
            yield one.fingerprint, finding_key(result.rule.id, seen.subject, seen.property)


def _dated(result: v1.Result, keys: Mapping[str, str], first_seen: Mapping[str, date]) -> v1.Result:
    observations = []
    for one in result.observations:
        day = first_seen.get(keys.get(one.fingerprint, ""))
        is_dated = day is not None and one.verdict != "compliant"
        observations.append(replace(one, first_seen=day.isoformat()) if is_dated and day else one)
    return replace(result, observations=observations)


def _past(told: fleet_v1.History, remembered: Remembered) -> Past:
    later = [one for one in told.changes if one.cause != Cause.FIRST.value]
    repaired = sorted(_repaired(told), key=lambda one: (one.fixed, one.control, one.subject))
    return Past(
        told.first.day.isoformat() if told.first is not None else "",
        len(remembered.successes),
        [_change(one) for one in without_repetition(later)],
        repaired,
        round(median(one.days for one in repaired)) if repaired else None,
    )


def _change(one: fleet_v1.Changed) -> PastChange:
    return PastChange(
        one.run,
        one.day.isoformat(),
        one.control,
        one.severity,
        _name(one.subject),
        one.before or "",
        one.after,
        one.cause,
        list(one.also),
    )


def _repaired(told: fleet_v1.History) -> Iterator[Repaired]:
    """Yield what was violated and is not any more; since it came back if it did."""
    violated = {one.key for one in told.changes if one.after in _WRONG}
    for one in told.findings:
        if one.standing in _ENDED and one.key in violated and one.fixed is not None:
            began = one.reopened or one.first_seen
            yield Repaired(
                one.control,
                one.severity,
                _name(one.subject),
                one.first_seen.day.isoformat(),
                one.reopened.day.isoformat() if one.reopened is not None else "",
                one.fixed.day.isoformat(),
                (one.fixed.day - began.day).days,
                one.standing == Standing.GONE.value,
            )


def _name(subject: fleet_v1.Subject | None) -> str:
    return (subject.name or subject.id) if subject is not None else ""


def _trend(remembered: Remembered) -> list[Earlier]:
    """Return the audits before this one that came to something else than the one before them."""
    counts = _counts(remembered)
    told: list[Earlier] = []
    for one in remembered.successes[:-1]:
        now = Earlier(one.started.isoformat(), one.profile, one.score, counts[one.run])
        if not told or (told[-1].score, told[-1].counts) != (now.score, now.counts):
            told.append(now)
    return told[-TREND:]


def _counts(remembered: Remembered) -> Mapping[int, dict[str, int]]:
    """Return how many controls stood how after each audit that could look."""
    left = [changed(one) for one in remembered.changes if not one.key]
    stands: dict[str, str] = {}
    counts = {}
    place = 0
    for one in remembered.successes:
        while place < len(left) and left[place].run <= one.run:
            stands[left[place].control] = left[place].after
            place += 1
        asked = (after for after in stands.values() if after != Standing.NOT_ASKED.value)
        counts[one.run] = dict(sorted(Counter(asked).items()))
    return counts

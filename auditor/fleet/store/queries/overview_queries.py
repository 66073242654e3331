"""Questions for a page about all PBXs at once: each is one statement, however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, Text, case, cast, func, or_, select

from auditor.fleet.history_model import AuditEnding, Standing
from auditor.fleet.store.queries.result_rows import Counts
from auditor.fleet.store.tables import AUDIT, RESULT_SPAN, RUN
from auditor.model.vocabulary import Severity, Status

_BETWEEN: Final = ","  # no id of a control has one
_STATUSES: Final = {status.value: status for status in Status}
_SEVERITIES: Final = {severity.value: severity for severity in Severity}


class ControlsAlike(NamedTuple):
    """Controls of a PBX that stand alike, in the order of their ids."""

    status: Status
    severity: Severity
    controls: tuple[str, ...]


class FailedSpans(NamedTuple):
    """How many controls of a PBX failed from one run to before another, None: until now.

    What began before the runs of a trend begins with the first of them.
    """

    begin: int
    end: int | None
    number: int


class Trends(NamedTuple):
    """The last runs, and of each PBX in which of them it was read, and what failed when."""

    runs: tuple[int, ...] = ()
    read: Mapping[str, frozenset[int]] = {}
    failed: Mapping[str, list[FailedSpans]] = {}


def controls_now(connection: Connection) -> Mapping[str, list[ControlsAlike]]:
    """Return how the controls of each PBX stand that are asked."""
    span = RESULT_SPAN.c
    told = (span.control, span.status, span.severity)
    # One row for each PBX: a row for each control, or a sum of those alike, takes twice as long.
    # Its three lists are in the same order, for each takes one span after the other.
    found = (
        select(span.pbx, *(func.aggregate_strings(one, _BETWEEN) for one in told))
        .where(span.to_run.is_(None), span.status != Standing.NOT_ASKED)
        .group_by(span.pbx)
    )
    return {pbx: _alike(*lists) for pbx, *lists in connection.execute(found).all()}


def _alike(controls: str, statuses: str, severities: str) -> list[ControlsAlike]:
    stand: dict[tuple[str, str], list[str]] = defaultdict(list)
    listed = (one.split(_BETWEEN) for one in (controls, statuses, severities))
    for control, status, severity in zip(*listed, strict=True):
        stand[status, severity].append(control)
    return [
        ControlsAlike(_STATUSES[status], _SEVERITIES[severity], tuple(sorted(names)))
        for (status, severity), names in sorted(stand.items())
    ]


def counted(stand: Mapping[str, Sequence[ControlsAlike]]) -> Mapping[str, Counts]:
    """Return how many controls of each PBX stand alike."""
    return {
        pbx: {(one.status, one.severity): len(one.controls) for one in row}
        for pbx, row in stand.items()
    }


def trends(connection: Connection, runs: int) -> Trends:
    """Return what failed in the last runs, of so many."""
    newest = select(RUN.c.number).order_by(RUN.c.number.desc()).limit(runs)
    numbers = tuple(sorted(connection.scalars(newest)))
    if not numbers:
        return Trends()
    # One row for each PBX: a row for each of its audits would take most of the time.
    audited = (
        select(AUDIT.c.pbx, func.aggregate_strings(cast(AUDIT.c.run, Text), _BETWEEN))
        .where(AUDIT.c.run >= numbers[0], AUDIT.c.ending == AuditEnding.AUDITED)
        .group_by(AUDIT.c.pbx)
    )
    alike: dict[str, frozenset[int]] = {}
    read: dict[str, frozenset[int]] = {}
    for pbx, told in connection.execute(audited).all():
        if told not in alike:
            alike[told] = frozenset(map(int, told.split(_BETWEEN)))
        read[pbx] = alike[told]
    span = RESULT_SPAN.c
    failed: dict[str, list[FailedSpans]] = defaultdict(list)
    # What began before the first of these runs counts from it on.
    begins = case((span.from_run < numbers[0], numbers[0]), else_=span.from_run).label("begins")
    spans = (
        select(span.pbx, begins, span.to_run, func.count())
        .where(span.status == Status.FAILED, or_(span.to_run.is_(None), span.to_run > numbers[0]))
        .group_by(span.pbx, "begins", span.to_run)
    )
    for pbx, begin, end, number in connection.execute(spans).all():
        failed[pbx].append(FailedSpans(begin, end, number))
    return Trends(numbers, read, failed)

"""Questions for a page about all PBXs at once: each is one statement, however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple

from sqlalchemy import Connection, func, or_, select

from auditor.fleet.model import Ending, Standing
from auditor.fleet.store.tables import AUDIT, RESULT_SPAN, RUN
from auditor.model.vocabulary import Severity, Status

_BETWEEN: Final = ","  # no id of a control has one


class ControlsAlike(NamedTuple):
    """Controls of a PBX that stand alike, in the order of their ids."""

    status: Status
    severity: Severity
    controls: tuple[str, ...]


class FailedSpans(NamedTuple):
    """How many controls of a PBX failed from one run to before another, None: until now."""

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
    controls = func.aggregate_strings(span.control, _BETWEEN)
    found = (
        select(span.pbx, span.status, span.severity, controls)
        .where(span.to_run.is_(None), span.status != Standing.NOT_ASKED)
        .group_by(span.pbx, span.status, span.severity)
    )
    stand: dict[str, list[ControlsAlike]] = defaultdict(list)
    for pbx, status, severity, names in connection.execute(found):
        ordered = tuple(sorted(names.split(_BETWEEN)))
        stand[pbx].append(ControlsAlike(Status(status), Severity(severity), ordered))
    return stand


def trends(connection: Connection, runs: int) -> Trends:
    """Return what failed in the last runs, of so many."""
    newest = select(RUN.c.number).order_by(RUN.c.number.desc()).limit(runs)
    numbers = tuple(sorted(connection.scalars(newest)))
    if not numbers:
        return Trends()
    read: dict[str, set[int]] = defaultdict(set)
    audited = select(AUDIT.c.pbx, AUDIT.c.run).where(
        AUDIT.c.run >= numbers[0], AUDIT.c.ending == Ending.AUDITED
    )
    for pbx, run in connection.execute(audited):
        read[pbx].add(run)
    span = RESULT_SPAN.c
    failed: dict[str, list[FailedSpans]] = defaultdict(list)
    spans = (
        select(span.pbx, span.from_run, span.to_run, func.count())
        .where(span.status == Status.FAILED, or_(span.to_run.is_(None), span.to_run > numbers[0]))
        .group_by(span.pbx, span.from_run, span.to_run)
    )
    for pbx, begin, end, number in connection.execute(spans):
        failed[pbx].append(FailedSpans(begin, end, number))
    known = {pbx: frozenset(numbers) for pbx, numbers in read.items()}
    return Trends(numbers, known, failed)

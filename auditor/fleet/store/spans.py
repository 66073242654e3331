"""Spans: closed and opened as the changes of an audit say, never two at a time for one thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from sqlalchemy import Connection, Table, bindparam, select, update

from auditor.fleet.history_model import ControlSeen, Judgement, RecordedChange, Standing
from auditor.fleet.store.columns import Causes
from auditor.fleet.store.many_rows import Adding, Row
from auditor.fleet.store.tables import FINDING, FINDING_SPAN, RESULT_SPAN


class UnfitChangeError(Exception):
    """A change does not begin where the history stands. `what` is a control, or a finding's key."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Recorded(NamedTuple):
    """The audit of a PBX in a run; nothing is open of one that `is_first`."""

    run: int
    pbx: str
    is_first: bool


class _Result(NamedTuple):
    """How a control stands: its open span."""

    span: int
    status: str
    version: int


class _Finding(NamedTuple):
    """A finding that was seen before, with how it stands and its open span."""

    id: int
    name: str
    owner: str
    standing: str
    span: int


_FINDINGS: Final = (
    select(
        FINDING.c.key,
        FINDING.c.id,
        FINDING.c.subject_name,
        FINDING.c.subject_owner,
        FINDING_SPAN.c.standing,
        FINDING_SPAN.c.id,
    )
    .join(FINDING_SPAN, FINDING_SPAN.c.finding == FINDING.c.id)
    .where(FINDING.c.pbx == bindparam("pbx"), FINDING_SPAN.c.to_run.is_(None))
)
_RESULTS: Final = select(
    RESULT_SPAN.c.control, RESULT_SPAN.c.id, RESULT_SPAN.c.status, RESULT_SPAN.c.version
).where(RESULT_SPAN.c.pbx == bindparam("pbx"), RESULT_SPAN.c.to_run.is_(None))
# Asked for each PBX in each run, and so made once.
_BEGIN: Final = Adding(
    FINDING,
    "pbx",
    "key",
    "control",
    "subject_kind",
    "subject_id",
    "subject_name",
    "subject_owner",
    "property",
    "first_run",
)
_BEGUN: Final = select(FINDING.c.key, FINDING.c.id).where(
    FINDING.c.pbx == bindparam("pbx"), FINDING.c.first_run == bindparam("run")
)
_CLOSE: Final = {
    table: update(table).where(table.c.id == bindparam("closed")).values(to_run=bindparam("run"))
    for table in (RESULT_SPAN, FINDING_SPAN)
}
_BEGINNING: Final = ("severity", "from_run", "cause", "also")
_OPEN: Final = {
    RESULT_SPAN: Adding(RESULT_SPAN, "pbx", "control", "status", "version", *_BEGINNING),
    FINDING_SPAN: Adding(FINDING_SPAN, "finding", "standing", *_BEGINNING),
}
_RENAME: Final = (
    update(FINDING)
    .where(FINDING.c.id == bindparam("renamed"))
    .values(subject_name=bindparam("name"), subject_owner=bindparam("owner"))
)


def apply(
    connection: Connection, audit: Recorded, judgement: Judgement, changes: Iterable[RecordedChange]
) -> None:
    """Write the changes of an audit. Raises UnfitChangeError, after which nothing may be kept."""
    all_changes = tuple(changes)
    _check_once(all_changes)
    of_controls = [change for change in all_changes if not change.key]
    of_findings = [change for change in all_changes if change.key]
    _change_controls(connection, audit, of_controls, judgement)
    if not of_findings and not any(one.findings for one in judgement.controls):
        return  # nothing can have another name
    stands = _findings(connection, audit)
    _change_findings(connection, audit, stands, of_findings)
    _rename(connection, stands, judgement)


def _check_once(changes: tuple[RecordedChange, ...]) -> None:
    seen: set[tuple[str, str]] = set()
    for change in changes:
        # A finding is one thing, whatever control it is said to be of.
        what = ("", change.key) if change.key else (change.control, "")
        if what in seen:
            raise UnfitChangeError(change.key or change.control)
        seen.add(what)


def _change_controls(
    connection: Connection, audit: Recorded, changes: list[RecordedChange], judgement: Judgement
) -> None:
    controls = {control.control: control for control in judgement.controls}
    stands = _results(connection, audit) if changes else {}
    opened = []
    for change in changes:
        known = stands.get(change.control)
        standing = known.status if known is not None else None
        # A control that is not asked is not known to whoever compares.
        allowed = {None, standing} if standing == Standing.NOT_ASKED else {standing}
        if change.before not in allowed:
            raise UnfitChangeError(change.control)
        version = _version(controls.get(change.control), known)
        row = audit.pbx, change.control, str(change.after), version, *_beginning(audit, change)
        opened.append(row)
    closed = [stands[one.control].span for one in changes if one.control in stands]
    _replace(connection, RESULT_SPAN, audit, closed, opened)


def _results(connection: Connection, audit: Recorded) -> Mapping[str, _Result]:
    found = () if audit.is_first else connection.execute(_RESULTS, {"pbx": audit.pbx})
    return {row[0]: _Result._make(row[1:]) for row in found}


def _version(control: ControlSeen | None, known: _Result | None) -> int:
    if control is not None:
        return control.version
    return known.version if known is not None else 0


def _change_findings(
    connection: Connection,
    audit: Recorded,
    stands: Mapping[str, _Finding],
    changes: list[RecordedChange],
) -> None:
    for change in changes:
        known = stands.get(change.key)
        if change.before != (known.standing if known is not None else None):
            raise UnfitChangeError(change.key)
    new = [change for change in changes if change.key not in stands]
    numbers = {key: known.id for key, known in stands.items()} | _begun(connection, audit, new)
    opened = [
        (numbers[change.key], str(change.after), *_beginning(audit, change)) for change in changes
    ]
    closed = [stands[change.key].span for change in changes if change.key in stands]
    _replace(connection, FINDING_SPAN, audit, closed, opened)


def _findings(connection: Connection, audit: Recorded) -> Mapping[str, _Finding]:
    found = () if audit.is_first else connection.execute(_FINDINGS, {"pbx": audit.pbx})
    return {row[0]: _Finding._make(row[1:]) for row in found}


def _begun(
    connection: Connection, audit: Recorded, changes: list[RecordedChange]
) -> dict[str, int]:
    """Write findings that were never seen before; return their numbers."""
    rows = []
    for change in changes:
        if change.subject is None:
            raise UnfitChangeError(change.key)
        what = audit.pbx, change.key, change.control
        rows.append((*what, *change.subject, change.property, audit.run))
    if not rows:
        return {}
    _BEGIN.add(connection, rows)
    found = connection.execute(_BEGUN, {"pbx": audit.pbx, "run": audit.run})
    return {row[0]: row[1] for row in found}


def _beginning(audit: Recorded, change: RecordedChange) -> Row:
    """Return what a span begins with, in the order of `_BEGINNING`."""
    return str(change.severity), audit.run, str(change.cause), Causes.written(change.also)


def _replace(
    connection: Connection,
    table: Table,
    audit: Recorded,
    closed: list[int],
    opened: list[Row],
) -> None:
    """Close spans by their numbers and open those that follow them, in one statement each."""
    if closed:
        ended = [{"closed": number, "run": audit.run} for number in closed]
        connection.execute(_CLOSE[table], ended)
    if opened:
        _OPEN[table].add(connection, opened)


def _rename(connection: Connection, stands: Mapping[str, _Finding], judgement: Judgement) -> None:
    """Keep the newest name and owner of each subject: a renamed one is the same."""
    renamed = []
    for control in judgement.controls:
        for finding in control.findings:
            known, subject = stands.get(finding.key), finding.subject
            if known and (known.name, known.owner) != (subject.name, subject.owner):
                row = {"renamed": known.id, "name": subject.name, "owner": subject.owner}
                renamed.append(row)
    if renamed:
        connection.execute(_RENAME, renamed)

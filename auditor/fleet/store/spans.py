"""Spans: closed and opened as the changes of an audit say, never two at a time for one thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Table, bindparam, insert, select, update

from auditor.fleet.model import Change, ControlSeen, Judgement, Standing, SubjectSeen
from auditor.fleet.store.tables import FINDING, FINDING_SPAN, RESULT_SPAN


class UnfitChangeError(Exception):
    """A change does not begin where the history stands. `what` is a control, or a finding's key."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class _Audit(NamedTuple):
    run: int
    pbx: str


def apply(
    connection: Connection, run: int, pbx: str, judgement: Judgement, changes: Iterable[Change]
) -> None:
    """Write the changes of an audit. Raises UnfitChangeError, after which nothing may be kept."""
    audit = _Audit(run, pbx)
    all_changes = tuple(changes)
    _check_once(all_changes)
    of_controls = [change for change in all_changes if not change.key]
    of_findings = [change for change in all_changes if change.key]
    _change_controls(connection, audit, of_controls, judgement)
    _change_findings(connection, audit, of_findings)
    _rename(connection, audit, judgement)


def _check_once(changes: tuple[Change, ...]) -> None:
    seen: set[tuple[str, str]] = set()
    for change in changes:
        # A finding is one thing, whatever control it is said to be of.
        what = ("", change.key) if change.key else (change.control, "")
        if what in seen:
            raise UnfitChangeError(change.key or change.control)
        seen.add(what)


def _change_controls(
    connection: Connection, audit: _Audit, changes: list[Change], judgement: Judgement
) -> None:
    controls = {control.control: control for control in judgement.controls}
    found = select(RESULT_SPAN).where(
        RESULT_SPAN.c.pbx == audit.pbx, RESULT_SPAN.c.to_run.is_(None)
    )
    stands = {row.control: row for row in connection.execute(found)} if changes else {}
    opened = []
    for change in changes:
        row = stands.get(change.control)
        standing = row.status if row is not None else None
        # A control that is not asked is not known to whoever compares.
        allowed = {None, standing} if standing == Standing.NOT_ASKED else {standing}
        if change.before not in allowed:
            raise UnfitChangeError(change.control)
        opened.append(
            {
                "pbx": audit.pbx,
                "control": change.control,
                "status": change.after.value,
                "severity": change.severity.value,
                "version": _version(controls.get(change.control), row),
                **_beginning(audit, change),
            }
        )
    _replace(connection, RESULT_SPAN, audit, [stands.get(one.control) for one in changes], opened)


def _version(control: ControlSeen | None, row: Row[Any] | None) -> int:
    if control is not None:
        return control.version
    return int(row.version) if row is not None else 0


def _change_findings(connection: Connection, audit: _Audit, changes: list[Change]) -> None:
    stands = _findings(connection, audit.pbx) if changes else {}
    opened = []
    for change in changes:
        row = stands.get(change.key)
        if change.before != (row.standing if row is not None else None):
            raise UnfitChangeError(change.key)
        finding = row.id if row is not None else _new_finding(connection, audit, change)
        opened.append(
            {
                "finding": finding,
                "standing": change.after.value,
                "severity": change.severity.value,
                **_beginning(audit, change),
            }
        )
    closed = [stands.get(change.key) for change in changes]
    _replace(connection, FINDING_SPAN, audit, closed, opened)


def _findings(connection: Connection, pbx: str) -> Mapping[str, Row[Any]]:
    found = (
        select(
            FINDING.c.id, FINDING.c.key, FINDING_SPAN.c.standing, FINDING_SPAN.c.id.label("span")
        )
        .join(FINDING_SPAN, FINDING_SPAN.c.finding == FINDING.c.id)
        .where(FINDING.c.pbx == pbx, FINDING_SPAN.c.to_run.is_(None))
    )
    rows: Iterable[Row[Any]] = connection.execute(found)
    return {row.key: row for row in rows}


def _new_finding(connection: Connection, audit: _Audit, change: Change) -> int:
    subject = change.subject
    if subject is None:
        raise UnfitChangeError(change.key)
    values = {
        "pbx": audit.pbx,
        "key": change.key,
        "control": change.control,
        **_subject(subject),
        "property": change.property,
        "first_run": audit.run,
    }
    kept = connection.execute(insert(FINDING).values(values)).inserted_primary_key
    return int(kept[0]) if kept else 0


def _subject(subject: SubjectSeen) -> dict[str, str]:
    return {
        "subject_kind": subject.kind,
        "subject_id": subject.id,
        "subject_name": subject.name,
        "subject_owner": subject.owner,
    }


def _beginning(audit: _Audit, change: Change) -> dict[str, object]:
    return {"from_run": audit.run, "cause": change.cause.value, "also": change.also}


def _replace(
    connection: Connection,
    table: Table,
    audit: _Audit,
    closed: list[Row[Any] | None],
    opened: list[dict[str, object]],
) -> None:
    """Close spans and open those that follow them, in one statement each."""
    numbers = [
        {"closed": row.span if table is FINDING_SPAN else row.id}
        for row in closed
        if row is not None
    ]
    if numbers:
        ending = update(table).where(table.c.id == bindparam("closed")).values(to_run=audit.run)
        connection.execute(ending, numbers)
    if opened:
        connection.execute(insert(table), opened)


def _rename(connection: Connection, audit: _Audit, judgement: Judgement) -> None:
    """Keep the newest name and owner of each subject: a renamed one is the same."""
    seen = {finding.key: finding.subject for one in judgement.controls for finding in one.findings}
    if not seen:
        return
    found = select(FINDING.c.id, FINDING.c.key, FINDING.c.subject_name, FINDING.c.subject_owner)
    renamed = [
        {"renamed": row.id, "name": seen[row.key].name, "owner": seen[row.key].owner}
        for row in connection.execute(found.where(FINDING.c.pbx == audit.pbx))
        if row.key in seen
        and (row.subject_name, row.subject_owner) != (seen[row.key].name, seen[row.key].owner)
    ]
    if renamed:
        renaming = (
            update(FINDING)
            .where(FINDING.c.id == bindparam("renamed"))
            .values(subject_name=bindparam("name"), subject_owner=bindparam("owner"))
        )
        connection.execute(renaming, renamed)

"""The full report of a stored audit, with the history of its PBX until then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

from auditor.errors import InputError, OptionPlace
from auditor.fleet.inventory.inventory_model import Inventory, Pbx
from auditor.fleet.look_back.judged_again import differences, kept, night_of
from auditor.fleet.look_back.report_timeline import Remembered, with_past
from auditor.fleet.store.history import History
from auditor.fleet.store.queries import change_queries
from auditor.fleet.store.queries.result_rows import InForce
from auditor.messages.languages import Language
from auditor.messages.message import Message, say
from auditor.run.session import Audited, Session


class Reported(NamedTuple):
    """A report made again, and the session that makes its formats.

    `changed` are the controls that do not come to what they came to that night.
    """

    session: Session
    audited: Audited
    changed: list[str]


def audit_in_force(history: History, pbx: Pbx, at: date | None) -> InForce:
    """Return the audit of a PBX that counted at the end of a day, or counts now.

    Raises InputError if there is none.
    """
    with history.reading() as connection:
        found = change_queries.in_force(connection, at, pbx.id)
    if found and found[0].tenant == pbx.tenant:
        return found[0]
    if at is None:
        raise InputError(say("there is no audit of this PBX that could look"), where=pbx.id)
    raise InputError(
        say("the history keeps no audit of this PBX by {day}", day=at.isoformat()),
        where=pbx.id,
        advice=say("see `pbx-auditor fleet history {pbx}`", pbx=pbx.id),
    )


def language_of(inventory: Inventory, pbx: Pbx) -> Language | None:
    """Return the language of what is made for a PBX, None if the inventory names none."""
    of_tenant = {one.id: one.language for one in inventory.tenants}
    return pbx.language or of_tenant.get(pbx.tenant)


def check_whose(inventory: Inventory, pbx: Pbx, out: Path) -> None:
    """Raise InputError for a folder that is read for another customer than that of the PBX."""
    real = out.resolve()
    reports = inventory.fleet.reports.resolve()
    for tenant in inventory.tenants:
        if tenant.id != pbx.tenant and real.is_relative_to(reports / tenant.id):
            raise InputError(
                say("the folder has reports of another customer, {id}", id=tenant.id),
                where=OptionPlace("--out"),
                advice=say("choose another folder"),
            )


def not_as_then(changed: Sequence[str]) -> Message:
    """Return the warning that a report could not be made as it was."""
    return say(
        "warning: these controls are others now, and do not come to what they came to that "
        "night: {names}",
        names=", ".join(changed),
    )


@contextmanager
def reported(
    history: History, pbx: Pbx, audit: InForce, language: Language | None
) -> Iterator[Reported]:
    """Give the report of a stored audit. Raises AuditorError."""
    with night_of(kept(history, audit), pbx) as night:
        outcome = night.outcome()
        with history.reading() as connection:
            stood = change_queries.stood_at(connection, pbx.id, audit.success.run)
        changed = differences(night.judgement(outcome), stood)
        session, audited = night.report(outcome, language)
        remembered = _remembered(history, pbx, audit)
        told = with_past(audited.report, remembered, outcome.results)
        yield Reported(session, audited._replace(report=told), changed)


def _remembered(history: History, pbx: Pbx, audit: InForce) -> Remembered:
    """Return what the history knew of a PBX after an audit."""
    with history.reading() as connection:
        everything = Remembered(
            list(change_queries.changes_of(connection, pbx.id)),
            change_queries.audits_of(connection, pbx.id),
            change_queries.successes_of(connection, pbx.id),
        )
    return everything.until(audit.success.run)

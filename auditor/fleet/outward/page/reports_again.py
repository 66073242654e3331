"""The reports that pages lead to, made again from the history with all that it knows of a PBX.

One that cannot be made stops no other, and what was there of that PBX stays: it says of which
run it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from auditor.errors import AuditorError, OutputError
from auditor.files.writing import write_file
from auditor.fleet.inventory.inventory_model import Pbx
from auditor.fleet.look_back.calendar import Calendar
from auditor.fleet.look_back.reporting import language_of, reported
from auditor.fleet.outward import Reports
from auditor.fleet.outward.morning import morning_of
from auditor.fleet.outward.page.links import made_again, with_run
from auditor.fleet.outward.page.page_writer import HistoryRead, WantedPages
from auditor.fleet.store.history import History
from auditor.fleet.store.queries.change_queries import in_force
from auditor.fleet.store.queries.result_rows import InForce
from auditor.messages.languages import Language
from auditor.messages.message import say
from auditor.report.html import html_page


class Remade(NamedTuple):
    """A report that was made again, or why it was not.

    `changed` are the controls that do not come to what they came to that night.
    """

    path: Path
    error: OutputError | None = None
    changed: tuple[str, ...] = ()


def write_reports_again(
    history: History, found: HistoryRead, calendar: Calendar, wanted: WantedPages, which: Reports
) -> Iterator[Remade]:
    """Make report by report again, of the last audit that could look, and yield each.

    Of a PBX that was never read there is none. Raises HistoryError if no audit can be read.
    """
    if which is Reports.NONE:
        return
    inventory = found.sources.inventory
    morning = morning_of(inventory, found.facts, calendar, found.sources.titles, wanted.tenant)
    chosen = morning.needing if which is Reports.NEEDING else morning.pbxs
    known = {pbx.id: pbx for pbx in inventory.pbxs}
    with history.reading() as connection:
        audits = {one.pbx: one for one in in_force(connection, None)}
    for one in chosen:
        pbx = known[one.status.pbx]
        audit = audits.get(pbx.id)
        # What the history has under another tenant is not theirs.
        if audit is not None and audit.tenant == pbx.tenant:
            language = wanted.language or language_of(inventory, pbx)
            yield _write(history, made_again(wanted.folder, pbx), pbx, audit, language)


def _write(
    history: History, path: Path, pbx: Pbx, audit: InForce, language: Language | None
) -> Remade:
    try:
        with reported(history, pbx, audit, language) as made:
            page = html_page.render(made.audited.report)
            write_file(path, with_run(page, audit.success.run))
            return Remade(path, changed=tuple(made.changed))
    except AuditorError as error:
        told = say(
            "the report of {pbx} could not be made again: {reason}",
            pbx=pbx.id,
            reason=error.message,
        )
        return Remade(path, OutputError(told, where=error.where, advice=error.advice))

"""All pages of a fleet, made of one reading of its history and written one by one.

A page that cannot be written does not stop the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from auditor.errors import OutputError
from auditor.files.writing import write_file
from auditor.fleet.inventory.inventory_model import Inventory, Pbx
from auditor.fleet.look_back.calendar import Calendar
from auditor.fleet.outward import PAGE
from auditor.fleet.outward.control_titles import TitleFinder
from auditor.fleet.outward.morning import Facts, Morning, morning_of
from auditor.fleet.outward.morning_facts import facts_of
from auditor.fleet.outward.page.fleet_view_model import Sources, TenantRow, page_of, tenant_row
from auditor.fleet.outward.page.links import Link, link_of
from auditor.fleet.outward.page.rendering import render
from auditor.fleet.store.history import History
from auditor.fleet.store.queries.overview_queries import Trends, controls_now, counted, trends
from auditor.messages.languages import Language

RUNS: Final = 30


class WantedPages(NamedTuple):
    """Which pages: those of one tenant, or all with that of the operator, and where.

    Without a `language` a tenant's page has that of the tenant, and the operator's `spoken`.
    """

    folder: Path
    tenant: str | None
    language: Language | None
    spoken: Language


class HistoryRead(NamedTuple):
    """What the history says, once for all pages."""

    facts: Facts
    sources: Sources


def read(history: History | None, inventory: Inventory, calendar: Calendar) -> HistoryRead:
    """Return what pages are made of; nothing but names without a history. Raises HistoryError."""
    titles = TitleFinder(inventory)
    if history is None:
        return HistoryRead(Facts(), Sources(inventory, titles, {}, Trends()))
    with history.reading() as connection:
        sources = Sources(inventory, titles, controls_now(connection), trends(connection, RUNS))
    return HistoryRead(facts_of(history, calendar, counts=counted(sources.stand)), sources)


def write_pages(
    found: HistoryRead, calendar: Calendar, wanted: WantedPages
) -> Iterator[tuple[Path, OutputError | None]]:
    """Write page by page, and yield each with what went wrong, None if nothing did."""
    inventory = found.sources.inventory
    rows = []
    for one in inventory.tenants:
        if wanted.tenant not in {None, one.id}:
            continue
        path = wanted.folder / one.id / PAGE
        morning = morning_of(inventory, found.facts, calendar, found.sources.titles, one.id)
        rows.append(tenant_row(one.id, one.name, f"{one.id}/{PAGE}", morning))
        language = wanted.language or one.language or wanted.spoken
        yield path, _write((wanted.folder, path), morning, found.sources, language)
    if wanted.tenant is None:
        path = wanted.folder / PAGE
        morning = morning_of(inventory, found.facts, calendar, found.sources.titles)
        language = wanted.language or wanted.spoken
        yield path, _write((wanted.folder, path), morning, found.sources, language, tuple(rows))


def _write(
    place: tuple[Path, Path],
    morning: Morning,
    sources: Sources,
    language: Language,
    tenants: tuple[TenantRow, ...] = (),
) -> OutputError | None:
    """Write a page; `place` is the folder of all pages, and the file."""
    folder, path = place
    reports = sources.inventory.fleet.reports

    def find(pbx: Pbx) -> Link | None:
        return link_of(path, folder, reports, pbx, only_below=morning.tenant is not None)

    page = page_of(morning, sources, find, tenants)
    try:
        write_file(path, render(page, language).encode())
    except OutputError as error:
        return error
    return None

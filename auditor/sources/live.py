"""Reads a live PBX: box, configuration, else object pages, else SOAP; never more than that."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

from auditor.dialects import Dialect, load_dialect
from auditor.model.site import Site
from auditor.model.snapshot import Gap, Snapshot
from auditor.settings import DEFAULTS, Credentials, LiveOptions
from auditor.sources.assemble import Batch, assemble
from auditor.sources.boxpages import box_reading, configuration_reading
from auditor.sources.connection import Connection
from auditor.sources.effectivecheck import compare_effective
from auditor.sources.furtherboxes import read_further_boxes, unread_boxes
from auditor.sources.login import check_address
from auditor.sources.objectpages import read_object_pages
from auditor.sources.parse.reading import Reading
from auditor.sources.session import open_connection
from auditor.sources.soap import read_soap


def read_live(
    url: str, site: Site, credentials: Credentials, options: LiveOptions = DEFAULTS
) -> Snapshot:
    """Return the snapshot of a live PBX.

    Raises InputError for an unusable address or missing credentials, TargetError if the PBX
    cannot be reached, LoginError if it refuses the login. What it refuses beyond that is a gap.
    """
    base = check_address(url, credentials)
    for place in site.boxes:
        check_address(place.url, credentials)
    silence_http_log()
    dialect = load_dialect(site.target.dialect)
    gaps: list[Gap] = []
    with open_connection(base, site.tls, credentials, options) as connection:
        readings = list(_readings(connection, dialect, site, gaps))
        left = replace(options, deadline=connection.seconds_left)
    records = connection.records
    readings += read_further_boxes(site, credentials, left, records)
    gaps += unread_boxes(readings, site)
    return assemble(Batch(readings, records, gaps), site, credentials.pbx_password)


def silence_http_log() -> None:
    """Keep httpx from logging addresses with their query."""
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _readings(
    connection: Connection, dialect: Dialect, site: Site, gaps: list[Gap]
) -> Iterator[Reading]:
    """Yield what each source shows; a further way to the objects only if none came yet."""
    yield box_reading(connection, gaps)
    configuration = configuration_reading(connection, dialect, gaps)
    if configuration is not None:
        yield configuration
    for reading in _objects(connection, dialect, configuration):
        if reading.objects:
            compare_effective(connection, reading, dialect, site)
        if reading is not configuration:
            yield reading


def _objects(
    connection: Connection, dialect: Dialect, configuration: Reading | None
) -> Iterator[Reading]:
    """Yield what shows the objects: the configuration, else their pages, else SOAP."""
    if configuration is not None and configuration.objects:
        yield configuration
        return
    pages = read_object_pages(connection, dialect)
    if pages.objects:
        yield pages
        return
    soap = read_soap(connection, dialect)
    if soap.objects:
        soap.notes += [f"read because of {gap.reason}" for gap in pages.gaps]
        pages.gaps.clear()
    yield pages
    yield soap

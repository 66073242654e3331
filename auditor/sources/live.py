"""Reads a live PBX: box, configuration, else object pages, else SOAP; never more than that."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element

from auditor.dialects import Dialect, load_dialect
from auditor.errors import SourceError
from auditor.model.site import Site
from auditor.model.snapshot import Box, Gap, Snapshot, SourceRecord
from auditor.model.vocabulary import Area
from auditor.settings import DEFAULTS, Credentials, LiveOptions
from auditor.sources.assemble import Batch, assemble
from auditor.sources.connection import Connection, RefusedError
from auditor.sources.login import check_address, open_client
from auditor.sources.objectpages import GRANT, read_object_pages, reason_of
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.parse.reading import Reading
from auditor.sources.parse.version import read_version_text
from auditor.sources.parse.xml import XmlError, parse_xml
from auditor.sources.soap import read_soap

if TYPE_CHECKING:
    from hashlib import _Hash

BOX_INFO: Final = "/CMD0/box_info.xml"
CONFIGURATION: Final = "/cfg.txt"
MAX_CONFIGURATION_BYTES: Final = 512 << 20
_TOLD_BYTES: Final = 1 << 20
_IN_THE_CONFIGURATION: Final = (
    Area.OBJECTS,
    Area.DEVICES,
    Area.PASSWORDS,
    Area.CALL_FILTERS,
    Area.SETTINGS,
)


@dataclass(slots=True)
class _Download:
    """What is known of a body that was read while it arrived."""

    size: int = 0
    digest: _Hash = field(default_factory=hashlib.sha256)
    ended_early: str = ""


def read_live(
    url: str, site: Site, credentials: Credentials, options: LiveOptions = DEFAULTS
) -> Snapshot:
    """Return the snapshot of a live PBX.

    Raises InputError for an unusable address or missing credentials, TargetError if the PBX
    cannot be reached, LoginError if it refuses the login. What it refuses beyond that is a gap.
    """
    base = check_address(url, credentials)
    silence_http_log()
    dialect = load_dialect(site.target.dialect)
    with open_client(base, site, credentials, options) as client:
        connection = Connection(client, base, site.tls, options)
        gaps: list[Gap] = []
        readings = list(_readings(connection, dialect, site, gaps))
    batch = Batch(readings, connection.records, gaps)
    return assemble(batch, site, credentials.pbx_password, options, credentials.administrator)


def silence_http_log() -> None:
    """Keep httpx from logging addresses with their query."""
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _readings(
    connection: Connection, dialect: Dialect, site: Site, gaps: list[Gap]
) -> Iterator[Reading]:
    """Yield what each source shows; a further way to the objects only if none came yet."""
    connection.tell("box")
    box = Reading(BOX_INFO, "box-info")
    try:
        box.box = read_box(connection)
    except (RefusedError, XmlError) as error:
        gaps.append(Gap(Area.BOX, f"box_info.xml: {error}", BOX_INFO))
    yield box
    configuration = _read_configuration(connection, dialect, gaps)
    if configuration is not None:
        yield configuration
        if configuration.objects:
            return
    pages = read_object_pages(connection, dialect)
    if pages.objects:
        yield pages
        return
    soap = read_soap(connection, dialect, site)
    if soap.objects:
        soap.notes += [f"read because of {gap.reason}" for gap in pages.gaps]
        pages.gaps.clear()
    yield pages
    yield soap


def read_box(connection: Connection) -> Box:
    """Return the box that `box_info.xml` describes. Raises RefusedError and XmlError."""
    box = _box(parse_xml(connection.page(BOX_INFO, "box-info")))
    if box == Box():
        raise RefusedError("it names no device")
    return box


def _read_configuration(
    connection: Connection, dialect: Dialect, gaps: list[Gap]
) -> Reading | None:
    download = _Download()
    connection.tell("configuration")
    try:
        with connection.stream(CONFIGURATION) as blocks:
            reading = read_configuration(
                _watched(connection, blocks, download), CONFIGURATION, dialect
            )
    except (RefusedError, SourceError) as error:
        reason = download.ended_early or reason_of(error)
        gaps.append(
            Gap(
                Area.SETTINGS,
                f"cfg.txt: {reason}",
                CONFIGURATION,
                advice=GRANT,
            )
        )
        return None
    if download.ended_early:
        reading.gaps.extend(
            Gap(
                area,
                f"cfg.txt ended early: {download.ended_early}",
                CONFIGURATION,
                advice="run again",
            )
            for area in _IN_THE_CONFIGURATION
        )
    connection.records.append(
        SourceRecord(CONFIGURATION, "configuration", download.size, download.digest.hexdigest())
    )
    if reading.factory_encrypted:
        reading.notes.append("its secrets open with the factory login")
    return reading


def _watched(
    connection: Connection, blocks: Iterator[bytes], download: _Download
) -> Iterator[bytes]:
    """Yield the body; an early end is noted rather than raised, to keep what was read."""
    told = 0
    try:
        for block in blocks:
            download.digest.update(block)
            download.size += len(block)
            if download.size > MAX_CONFIGURATION_BYTES:
                download.ended_early = f"it is larger than {MAX_CONFIGURATION_BYTES >> 20} MiB"
                return
            if download.size - told >= _TOLD_BYTES:
                told = download.size
                connection.tell("configuration, MiB", told >> 20)
            yield block
    except RefusedError as error:
        download.ended_early = str(error)


def _box(root: Element) -> Box:
    """Return the box from `box_info.xml`: `sys/@version` is `<label>[<build>]…` (wire facts)."""
    for child in root:
        if child.tag == "sys":
            return read_version_text(child.get("version", ""), child.get("serial", ""))
    return Box(serial=root.get("serial", ""))

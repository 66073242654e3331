"""What each box shows of itself: `box_info.xml`, and `cfg.txt` read while it arrives."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element

from auditor.dialects import Dialect
from auditor.errors import Interruption, LoginError, SourceError, how_ended
from auditor.interrupt import exposed, shielded
from auditor.messages.message import NOTHING, Message, say
from auditor.model.snapshot import Box, Gap, SourceRecord
from auditor.model.vocabulary import Area
from auditor.sources.live.body import Body
from auditor.sources.live.devices.neighbouring_devices import SOURCE as DEVICES
from auditor.sources.live.http_connection import Connection, RefusedError
from auditor.sources.live.login import NO_ACCOUNT
from auditor.sources.live.object_pages import GRANT, reason_without_place
from auditor.sources.live.refusals import CUT
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.parse.ledger import ALL_AREAS
from auditor.sources.parse.reading import Reading, ToldFirmware
from auditor.sources.parse.version import read_version_text
from auditor.sources.parse.xml import XmlError, parse_xml
from auditor.values.devices_addresses import leads_through

if TYPE_CHECKING:
    from hashlib import _Hash

_FOR_ACCOUNTS: Final = say("it asks for a login, and no account of the box was given")
BOX_INFO: Final = "/CMD0/box_info.xml"
CONFIGURATION: Final = "/cfg.txt"
MAX_CONFIGURATION_BYTES: Final = 512 << 20
_TOLD_BYTES: Final = 1 << 20
# Every line of a configuration ends so, the last one too; UTF-16 is refused for what it is.
_LINE_END: Final = (b"\n", b"\r", b"\0")


@dataclass(slots=True)
class _Download:
    """What is known of a body that was read while it arrived."""

    size: int = 0
    digest: _Hash = field(default_factory=hashlib.sha256)
    ended_early: Message = NOTHING
    failure: RefusedError | None = None


class _Tries:
    """Reads a configuration as often as it is sent, and keeps the try that says most."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self.best: tuple[Reading, _Download] | None = None
        self._connection = connection
        self._dialect = dialect

    def consume(self, body: Body) -> None:
        """Read what arrives. Raises RefusedError if it broke off, and SourceError."""
        download = _Download()
        try:
            blocks = _watched(self._connection, iter(body), download)
            reading = read_configuration(blocks, CONFIGURATION, self._dialect)
        except SourceError:
            if download.failure is None:
                raise
        else:
            reading.undelimited = body.undelimited
            # A try that is not the last one broke off; of those the longest says most.
            if self.best is None or not download.failure or download.size > self.best[1].size:
                self.best = reading, download
        if download.failure is not None:
            raise download.failure


def box_reading(connection: Connection, gaps: list[Gap]) -> Reading:
    """Return which box this is, and what Devices lists of it; add a gap if it does not say."""
    connection.tell("box")
    reading = Reading(BOX_INFO, "box-info")
    listed = (ToldFirmware(one, DEVICES, may_lag=True) for one in connection.beside.of_box)
    reading.told_firmware += listed
    try:
        reading.box = read_box(connection)
    except (RefusedError, XmlError) as error:
        gaps.append(Gap(Area.BOX, say("box_info.xml: {reason}", reason=error.reason), BOX_INFO))
    return reading


def readings_without_account(
    connection: Connection, gaps: list[Gap], advice: Message
) -> list[Reading]:
    """Return which box this is, as far as it tells a stranger; add gaps for what needs an account.

    Raises TargetError if nothing can be reached.
    """
    try:
        reading = box_reading(connection, gaps)
    except LoginError:
        reason = say("box_info.xml: {reason}", reason=_FOR_ACCOUNTS)
        gaps.append(Gap(Area.BOX, reason, BOX_INFO, advice=advice))
        reading = Reading(BOX_INFO, "box-info")
    reason = say("cfg.txt: {reason}", reason=NO_ACCOUNT)
    gaps.append(Gap(Area.SETTINGS, reason, CONFIGURATION, advice=advice))
    return [reading]


def read_box(connection: Connection) -> Box:
    """Return the box that `box_info.xml` describes.

    Raises RefusedError and XmlError, and TargetError if a way through Devices led to another one.
    """
    box = box_of(parse_xml(connection.page(BOX_INFO, "box-info")))
    if box == Box():
        raise RefusedError(say("it names no device"))
    connection.check_box(box)
    return box


def check_way(connection: Connection) -> None:
    """Raise TargetError if a way through Devices leads to a box that says that it is another."""
    if leads_through(connection.base):
        with suppress(RefusedError, XmlError):  # whoever reads on says what is refused
            read_box(connection)


def configuration_reading(
    connection: Connection, dialect: Dialect, gaps: list[Gap]
) -> Reading | None:
    """Return what `cfg.txt` says, read while it arrives; None, and a gap, if it is refused.

    Raises TargetError as `read_box`.
    """
    connection.tell(say("configuration"))
    tries = _Tries(connection, dialect)
    try:
        connection.stream(CONFIGURATION, tries.consume)
    except (RefusedError, SourceError) as error:
        if tries.best is None:
            reason = say("cfg.txt: {reason}", reason=reason_without_place(error))
            gaps.append(Gap(Area.SETTINGS, reason, CONFIGURATION, advice=GRANT))
    if tries.best is None:
        return None
    connection.check_box(tries.best[0].box or Box())
    return _recorded(connection, *tries.best)


def _recorded(connection: Connection, reading: Reading, download: _Download) -> Reading:
    """Return a reading with a gap for each area if it ended early, after noting its size."""
    if download.ended_early:
        reason = say("cfg.txt ended early: {reason}", reason=download.ended_early)
        reading.gaps += [
            Gap(area, reason, CONFIGURATION, advice=say("run again")) for area in ALL_AREAS
        ]
    connection.records.append(
        SourceRecord(CONFIGURATION, "configuration", download.size, download.digest.hexdigest())
    )
    if reading.factory_encrypted:
        reading.notes.append(say("its secrets open with the factory login"))
    return reading


def _watched(
    connection: Connection, blocks: Iterator[bytes], download: _Download
) -> Iterator[bytes]:
    """Yield the body; an early end is noted rather than raised, to keep what was read."""
    told, last = 0, b"\n"
    try:
        with shielded():  # what was parsed of it is kept if somebody stops the program
            while (block := _next(blocks)) is not None:
                download.digest.update(block)
                download.size += len(block)
                last = block
                if download.size > MAX_CONFIGURATION_BYTES:
                    download.ended_early = say(
                        "it is larger than {size} MiB", size=MAX_CONFIGURATION_BYTES >> 20
                    )
                    return
                if download.size - told >= _TOLD_BYTES:
                    told = download.size
                    connection.tell(say("configuration, MiB"), told >> 20)
                yield block
        if not last.endswith(_LINE_END):
            download.failure = RefusedError(CUT, passing=True)
    except RefusedError as error:
        download.ended_early, download.failure = error.reason, error
    except Interruption as error:
        connection.interruption = error
        download.ended_early = how_ended(error)


def _next(blocks: Iterator[bytes]) -> bytes | None:
    with exposed():
        return next(blocks, None)


def box_of(root: Element) -> Box:
    """Return the box from `box_info.xml`: `sys/@version` is `<label>[<build>]…` (wire facts)."""
    for child in root:
        if child.tag == "sys":
            return read_version_text(child.get("version", ""), child.get("serial", ""))
    return Box(serial=root.get("serial", ""))

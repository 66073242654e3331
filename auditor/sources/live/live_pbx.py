"""Reads a live PBX: box, configuration, else object pages, else SOAP; never more than that."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

from auditor.dialects import Dialect, load_dialect
from auditor.errors import ExitCode, InputError, Interruption, TargetError, ended_before_all
from auditor.facts import HTTP_PORT, INFO_PAGE, TELNET_PORT
from auditor.messages.message import say
from auditor.model.account import NOTHING_ASKED, Requests
from auditor.model.site import Site
from auditor.model.snapshot import Box, Gap, Setting, Snapshot, SourceRecord, TlsEndpoint
from auditor.model.vocabulary import Area
from auditor.site.credentials import Credentials
from auditor.sources.live.box_pages import (
    box_reading,
    configuration_reading,
    readings_without_account,
)
from auditor.sources.live.devices.neighbouring_devices import (
    Beside,
    gaps_of,
    is_alone,
    with_devices,
)
from auditor.sources.live.devices.rolled_out import rolled_out_documents
from auditor.sources.live.effective_check import compare_with_soap
from auditor.sources.live.endpoints import endpoints_shown, not_asked
from auditor.sources.live.further_boxes import ask_further_boxes, read_further_boxes
from auditor.sources.live.http_connection import OUT_OF_TIME, Connection
from auditor.sources.live.journal import Journal
from auditor.sources.live.login import check_address, give_account
from auditor.sources.live.object_pages import read_object_pages
from auditor.sources.live.opening import nothing_shown, open_connection
from auditor.sources.live.resuming import Resume, collection_identity
from auditor.sources.live.second_count import count_again
from auditor.sources.live.services import look_at_services
from auditor.sources.live.soap_envelope import SOAP_PATH
from auditor.sources.live.soap_objects import read_soap
from auditor.sources.live.unused_logins import tell_unused
from auditor.sources.options import DEFAULTS, LiveOptions
from auditor.sources.parse.device_configs import only_of
from auditor.sources.parse.reading import ObjectNames, Reading
from auditor.sources.snapshot.assemble import Batch, assemble
from auditor.values.devices_addresses import leads_through
from auditor.values.frozen import frozen


def read_live(
    url: str, site: Site, credentials: Credentials, options: LiveOptions = DEFAULTS
) -> Snapshot:
    """Return the snapshot of a live PBX.

    Raises InputError for an unusable address or missing credentials, TargetError if the PBX
    cannot be reached or nothing of a PBX answers, LoginError if it refuses the login. What it
    refuses beyond that is a gap.
    """
    base = check_address(url, credentials)
    for place in site.boxes_with_address:
        check_address(place.url, credentials)
    check_library(site)
    silence_http_log()
    dialect = load_dialect(site.target.dialect)
    found = _Found(dialect, [], [], [], [])
    with open_connection(base, site.tls, credentials, options) as connection:
        found.records = connection.records
        try:
            found.read_box(connection, _Pages(site, credentials, options.journal))
            left = options._replace(deadline=connection.seconds_left)
            found.readings.extend(
                read_further_boxes(site, dialect, (credentials, left), found.records, found.further)
            )
            found.ask_what_is_rolled_out(connection)
        except Interruption as stop:
            if not found.holds_something:
                raise
            found.interruption = stop
        finally:
            found.requests = connection.requests
    if found.interruption is None:
        found.look_around(connection, site, credentials)
    if credentials.by_app_alone or found.nothing_shown is not None:
        found.check_app()
    return found.assembled(site, credentials, options)


@dataclass(slots=True)
class _Found:
    """What was read of a PBX, until the end or until somebody stopped it."""

    dialect: Dialect
    readings: list[Reading]
    records: list[SourceRecord]
    gaps: list[Gap]
    tls: list[TlsEndpoint]
    looked: dict[str, Setting] = field(default_factory=dict)
    listed: list[ObjectNames] = field(default_factory=list)
    requests: Requests = NOTHING_ASKED
    further: list[Requests] = field(default_factory=list)
    interruption: Interruption | None = None
    beside: Beside = field(default_factory=Beside)
    nothing_shown: TargetError | None = None
    app_refused: TargetError | None = None

    @property
    def holds_something(self) -> bool:
        """Return whether there is anything worth keeping."""
        return any(one.objects or one.settings or one.admin_seen for one in self.readings)

    @property
    def is_pbx(self) -> bool:
        """Return whether the address delivered any page of a PBX."""
        return any(
            one.box or one.objects or one.admin_seen or one.kind == "configuration"
            for one in self.readings
            if not one.further
        )

    def read_box(self, connection: Connection, pages: _Pages) -> None:
        """Read the pages of the box; without an account, the one that a stranger may see.

        Raises TargetError if it cannot be reached, or if nothing of a PBX answers its account and
        there is no App that may be answered still.
        """
        if pages.credentials.by_app_alone:
            advice = give_account(pages.credentials)
            self.readings += readings_without_account(connection, self.gaps, advice)
            return
        self.readings.extend(_readings(connection, self.dialect, pages, self))
        if not self.is_pbx and connection.interruption is None:
            self.nothing_shown = nothing_shown(connection)
            if not pages.credentials.app_password or leads_through(connection.base):
                raise self.nothing_shown

    def check_app(self) -> None:
        """Raise TargetError if nobody but the App could be answered, and it was not.

        Raises Interruption if somebody stopped that before anything came.
        """
        if self.app_refused is not None:
            raise self.nothing_shown or self.app_refused
        if self.interruption is not None and not self.holds_something:
            raise self.interruption

    def ask_what_is_rolled_out(self, connection: Connection) -> None:
        """Ask Devices what devices of the domain are told, if the box is read through it.

        It comes after all of the box, so that its failure costs nothing else.
        """
        if connection.configurations is None:
            return
        area = say("what Devices rolls out")
        connection.tell(area)
        told = connection.configurations(lambda count: connection.tell(area, count))
        objects = (one for reading in self.readings for one in reading.objects)
        names = {one.h323.casefold() for one in objects if one.h323}
        for reading, record in rolled_out_documents(told, self.dialect):
            if not is_alone(connection.beside):
                only_of(reading, names)
            self.readings.append(reading)
            self.records.append(record)

    def look_around(self, connection: Connection, site: Site, credentials: Credentials) -> None:
        """Look at TLS and at services, and ask over WebSocket, with connections of their own.

        That comes last, when the connections of the reading are closed, so that there are never
        more than the user allows. What nothing else shows comes before long lists of objects that
        are shown already.
        """
        if leads_through(connection.base):
            self.gaps += [*not_asked(connection.base), *gaps_of(connection.beside)]
            self.beside = connection.beside
            return
        try:
            self.tls.extend(endpoints_shown(connection, site, self.gaps))
            self._look_at_services(connection, site)
            self._ask_app_socket(connection, site, credentials)
        except Interruption as stop:
            self.interruption = stop

    def _ask_app_socket(self, connection: Connection, site: Site, credentials: Credentials) -> None:
        if site.websocket is None:
            return
        from auditor.sources.live.app_socket.app_reader import (  # noqa: PLC0415 -- an extra
            KnownEvidence,
            ask_app_socket,
        )
        from auditor.sources.live.app_socket.table_of_objects import (  # noqa: PLC0415 -- the same
            stand_in,
        )

        left = connection.options._replace(deadline=max(0.0, connection.seconds_left))
        box = next((one.box for one in self.readings if one.box and not one.further), Box())
        objects = next((one for one in self.readings if one.objects), None)

        def ask_others() -> None:
            limits = left._replace(deadline=max(0.0, connection.seconds_left))
            access, into = (credentials, limits), (self.records, self.further)
            read = tuple(self.readings)
            self.readings += ask_further_boxes(site, self.dialect, access, read, into)

        counted = bool(self.listed)
        known = KnownEvidence(box, self.dialect, objects, counted, before_lists=ask_others)
        told = ask_app_socket(connection.base, site, credentials.app_password, left, known)
        for reading in told.readings:
            if reading.kind == "table-users":
                stand_in(reading, self.readings)
        self.readings.extend(told.readings)
        self.records.extend(told.records)
        self.further.append(told.requests)
        self.listed.extend(told.listed)
        self.app_refused = told.failure

    def _look_at_services(self, connection: Connection, site: Site) -> None:
        if not site.probe.enabled:
            return
        if connection.seconds_left <= 0:
            facts = (TELNET_PORT, INFO_PAGE, HTTP_PORT)
            self.gaps += [Gap(fact, OUT_OF_TIME, connection.base) for fact in facts]
            return
        connection.tell(say("services"))
        left = connection.options._replace(deadline=connection.seconds_left)
        looks = look_at_services(connection.base, site, left, identified=self.is_pbx)
        self.looked.update(looks.settings)
        self.gaps.extend(looks.gaps)

    def assembled(self, site: Site, credentials: Credentials, options: LiveOptions) -> Snapshot:
        """Return the snapshot; where the reading was stopped, every area may lack something."""
        gaps = list(self.gaps)
        if self.interruption is not None:
            reason = ended_before_all(self.interruption)
            gaps += [Gap(area, reason, advice=say("read it again")) for area in Area]
        batch = Batch(
            self.readings,
            self.records,
            self.dialect,
            gaps,
            self.tls,
            self.looked,
            self.listed,
            sum(self.further, self.requests),
        )
        snapshot = assemble(batch, site, credentials.pbx_password, options, credentials.compared)
        snapshot = with_devices(snapshot, self.beside)
        if self.interruption is None:
            return snapshot
        is_end = self.interruption.code is ExitCode.TERMINATED
        return replace(snapshot, ended_early="terminated" if is_end else "interrupted")


def check_library(site: Site) -> None:
    """Raise InputError if the library that speaks WebSocket is needed, and not installed."""
    if site.websocket is not None and find_spec("websockets") is None:
        raise InputError(
            say("the package that speaks WebSocket is not installed"),
            where="[websocket]",
            advice=say("pip install 'pbx-auditor[websocket]', or leave [websocket] out"),
        )


def silence_http_log() -> None:
    """Keep httpx from logging addresses with their query."""
    logging.getLogger("httpx").setLevel(logging.WARNING)


@frozen
class _Pages:
    """What reading object pages needs beside the connection."""

    site: Site
    credentials: Credentials
    journal: Path | None

    def resume(self, base: str, box: Box | None) -> Resume | None:
        """Return the journal to go on with; None if none is wanted."""
        if self.journal is None:
            return None
        identity = collection_identity(base, box.serial if box else "", self.site)
        journal = Journal(self.journal, identity, self.credentials.password)
        return Resume(journal, self.site, scores=self.credentials.pbx_password is not None)


def _readings(
    connection: Connection, dialect: Dialect, pages: _Pages, into: _Found
) -> Iterator[Reading]:
    """Yield what each source shows; a further way to the objects only if none came yet."""
    box = box_reading(connection, into.gaps)
    tell_unused(box, connection.base, pages.site)
    yield box
    configuration = configuration_reading(connection, dialect, into.gaps)
    if configuration is not None:
        yield configuration
    connection.go_on()
    if configuration is not None and configuration.objects:
        found: Iterable[Reading] = [configuration]
    else:
        found = _objects(connection, dialect, pages.resume(connection.base, box.box))
    for reading in found:
        if reading.objects and connection.interruption is None:
            with connection.sparing():
                compare_with_soap(connection, reading, dialect, pages.site)
        if reading is not configuration:
            yield reading
        connection.go_on()
        if reading.objects and reading.source != SOAP_PATH:
            with connection.sparing():
                again = count_again(connection, reading, dialect)
            into.listed += again.names
            yield from (one for one in again.excerpts if one.objects or one.gaps)


def _objects(connection: Connection, dialect: Dialect, resume: Resume | None) -> Iterator[Reading]:
    """Yield what shows the objects where the configuration does not: their pages, else SOAP."""
    pages = read_object_pages(connection, dialect, resume)
    if pages.objects or connection.interruption is not None:
        yield pages
        return
    soap = read_soap(connection, dialect)
    if soap.objects:
        soap.notes += [say("read because of {reason}", reason=gap.reason) for gap in pages.gaps]
        pages.gaps.clear()
    yield pages
    yield soap

"""Tries each way of reading a live PBX once, with the smallest request that proves it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from auditor.dialects import Dialect, load_dialect
from auditor.errors import LoginError, SourceError, TargetError
from auditor.messages.message import NOTHING, Message, say, say_count, together
from auditor.model.site import BoxPlace, Site
from auditor.model.snapshot import PBX_KIND, Box
from auditor.site.credentials import Credentials
from auditor.sources.live import soap_envelope
from auditor.sources.live.body import Body
from auditor.sources.live.box_pages import (
    CONFIGURATION,
    MAX_CONFIGURATION_BYTES,
    check_way,
    read_box,
)
from auditor.sources.live.find_users import FoundUsers
from auditor.sources.live.further_boxes import MOST_AT_ONCE, open_box
from auditor.sources.live.http_connection import OUT_OF_TIME, Connection, RefusedError
from auditor.sources.live.live_pbx import check_library, silence_http_log
from auditor.sources.live.login import NO_ACCOUNT, check_address, give_account
from auditor.sources.live.object_pages import OBJECTS, read_object_list, reason_without_place
from auditor.sources.live.opening import nothing_shown, open_connection
from auditor.sources.live.parallel import ParallelWork
from auditor.sources.live.soap_objects import read_version, show_object
from auditor.sources.options import LiveOptions
from auditor.sources.parse.export import read_export
from auditor.sources.parse.objects import ADMIN_OBJECT
from auditor.sources.parse.xml import XmlError
from auditor.values.devices_addresses import leads_through
from auditor.values.frozen import frozen

BOX_INFO_AREA: Final = "box_info.xml"
CONFIGURATION_AREA: Final = "cfg.txt"
LIST_AREA: Final = say("object list")
PAGE_AREA: Final = say("object page")
SOAP_AREA: Final = "SOAP"
CONFIGURATIONS_AREA: Final = say("rolled out")
NAMES_AREA: Final = say("names over SOAP")
_WITH_OBJECTS: Final = say("readable, with objects")
_WITHOUT_OBJECTS: Final = say("readable, without objects")
_OBJECT_LINE: Final = b"\nmod cmd FLASHDIR0 add-item "
_CONFIGURATION_LINES: Final = (b"\nconfig ", b"\nvars ", b"\nmod cmd ")


@frozen
class ProbedArea:
    """Whether one area can be read, and what was seen or why not.

    `advice` is what to do about a right of an App that is not there, or what Devices does not list.
    """

    area: str
    is_open: bool
    detail: str
    advice: Message = NOTHING


@dataclass(slots=True)
class Probe:
    """What was found out about a PBX; a `failure` ended the attempt.

    `names` is whether SOAP lists objects; it is tried only where no other list is left to count
    the objects a second time. `sockets` is what can be asked over WebSocket, empty if the site file
    does not want that; `further_sockets` is that of each further PBX that is reached, by its name.
    `rolled_out` is whether Devices lists what it rolls out, None for a PBX that is not behind it.
    `without_account` is that only the auditor's App can log in.
    """

    findings: list[ProbedArea] = field(default_factory=list)
    box: Box = field(default_factory=Box)
    shows_objects: bool = False
    clock_skew: timedelta | None = None
    logged_in: bool = False
    failure: TargetError | None = None
    pbxs: tuple[str, ...] = ()
    names: ProbedArea | None = None
    sockets: list[ProbedArea] = field(default_factory=list)
    further: list[ProbedArea] = field(default_factory=list)
    further_sockets: dict[str, list[ProbedArea]] = field(default_factory=dict)
    rolled_out: ProbedArea | None = None
    without_account: bool = False


def probe_pbx(url: str, site: Site, credentials: Credentials, options: LiveOptions) -> Probe:
    """Return which areas of a PBX an account can read. Raises InputError for a bad address."""
    base = check_address(url, credentials)
    for place in site.boxes_with_address:
        check_address(place.url, credentials)
    check_library(site)
    silence_http_log()
    found = Probe()
    end = time.monotonic() + options.deadline
    connection: Connection | None = None
    try:
        with open_connection(base, site.tls, credentials, options) as connection:
            alone = credentials.by_app_alone
            found.without_account = alone
            dialect = load_dialect(site.target.dialect)
            advice = give_account(credentials)
            tried = _try_without(connection, found, advice) if alone else None
            for finding in tried or _try_all(connection, found, dialect):
                found.findings.append(finding)
            if (
                not alone
                and not connection.logged_in
                and not any(one.is_open for one in found.findings)
            ):
                raise nothing_shown(connection)
            found.rolled_out = _try_configurations(connection)
    except TargetError as error:
        found.failure = error
    if connection is not None:
        found.clock_skew = connection.clock_skew
        found.logged_in = connection.logged_in
    if found.failure is None:
        left = options._replace(deadline=end - time.monotonic())
        found.sockets += _try_sockets(base, site, credentials, left)
        _try_further(found, site, credentials, options._replace(deadline=end - time.monotonic()))
    return found


def _try_further(found: Probe, site: Site, credentials: Credentials, options: LiveOptions) -> None:
    """Try the further boxes of a site file, and the WebSockets of those that are reached.

    Those are tried at the same time, as an audit asks them.
    """
    end = time.monotonic() + options.deadline

    def try_there(place: BoxPlace) -> list[ProbedArea]:
        there = site.model_copy(update={"tls": place.tls})
        base = check_address(place.url, credentials)
        left = options._replace(deadline=max(0.0, end - time.monotonic()))
        return list(_try_sockets(base, there, credentials, left, further=True))

    reached = []
    for place in site.boxes_with_address:
        tried = _try_box(place, credentials, options._replace(deadline=end - time.monotonic()))
        found.further.append(tried)
        if tried.is_open:
            reached.append(place)
    for place, sockets in ParallelWork(try_there, reached, MOST_AT_ONCE):
        if sockets:
            found.further_sockets[place.name] = sockets


def _try_configurations(connection: Connection) -> ProbedArea | None:
    """Return whether Devices lists what it rolls out; of what that is, nothing is asked for."""
    if connection.configurations is None:
        return None
    told = connection.configurations(lambda _: None, values=False)
    if told.problems:
        detail = together(*told.problems)
        return ProbedArea(CONFIGURATIONS_AREA, is_open=False, detail=detail, advice=told.advice)
    count = len(told.configs)
    detail = say_count("readable, {count} configuration", "readable, {count} configurations", count)
    return ProbedArea(CONFIGURATIONS_AREA, is_open=True, detail=detail)


def _try_sockets(
    base: str,
    site: Site,
    credentials: Credentials,
    options: LiveOptions,
    *,
    further: bool = False,
) -> Iterator[ProbedArea]:
    """Yield what can be asked over WebSocket, if the site file wants that."""
    if site.websocket is None or leads_through(base):
        return
    from auditor.sources.live.app_socket.capability_probe import try_sockets  # noqa: PLC0415 -- an extra

    password = credentials.app_password
    for one in try_sockets(base, site, password, options, further=further):
        yield ProbedArea(one.area, not one.problem, one.problem or say("it answers"), one.advice)


def _try_box(place: BoxPlace, credentials: Credentials, options: LiveOptions) -> ProbedArea:
    """Return whether a further box shows itself and lets this account read its settings."""
    if credentials.by_app_alone and not leads_through(place.url):
        advice = give_account(credentials)
        return ProbedArea(place.name, is_open=False, detail=NO_ACCOUNT, advice=advice)
    if options.deadline <= 0:
        return ProbedArea(place.name, is_open=False, detail=OUT_OF_TIME)
    try:
        with open_box(place, credentials, options) as connection:
            check_way(connection)
            _has_objects(connection)
    except TargetError as error:
        return ProbedArea(
            place.name,
            is_open=False,
            detail=say("{message}. {advice}", message=error.message, advice=error.advice),
        )
    except RefusedError as error:
        return ProbedArea(
            place.name, is_open=False, detail=say("cfg.txt: {reason}", reason=error.reason)
        )
    return ProbedArea(place.name, is_open=True, detail=say("its settings are readable"))


def _try_all(connection: Connection, found: Probe, dialect: Dialect) -> Iterator[ProbedArea]:
    guids: list[str] = []

    def box() -> str:
        found.box = read_box(connection)
        return say("readable")

    def configuration() -> str:
        found.shows_objects = _has_objects(connection)
        return _WITH_OBJECTS if found.shows_objects else _WITHOUT_OBJECTS

    def object_list() -> str:
        listed = read_object_list(connection, dialect)
        guids.extend(one.guid for one in listed.objects if one.guid)
        found.pbxs = tuple(sorted(one.cn for one in listed.objects if one.kind == PBX_KIND))
        return say_count(
            "readable, {count} object", "readable, {count} objects", len(listed.objects)
        )

    def soap() -> str:
        version = read_version(connection)
        found.box = found.box if found.box.serial else version
        show_object(connection, ADMIN_OBJECT, dialect, as_configured=True)
        return say("readable")

    yield _try(BOX_INFO_AREA, box)
    yield _try(CONFIGURATION_AREA, configuration)
    yield _try(LIST_AREA, object_list)
    yield _try(PAGE_AREA, lambda: _first_page(connection, guids, dialect))
    yield _try(SOAP_AREA, soap)
    if not (found.shows_objects and guids):
        found.names = _try(NAMES_AREA, lambda: _first_names(connection))


def _try_without(connection: Connection, found: Probe, advice: Message) -> Iterator[ProbedArea]:
    """Yield what a stranger may see, and that the rest needs an account."""

    def box() -> str:
        try:
            found.box = read_box(connection)
        except LoginError as error:
            raise RefusedError(error.message) from None
        return say("readable")

    yield replace(_try(BOX_INFO_AREA, box), advice=advice)
    for area in (CONFIGURATION_AREA, LIST_AREA, PAGE_AREA, SOAP_AREA):
        yield ProbedArea(area, is_open=False, detail=NO_ACCOUNT, advice=advice)
    found.names = ProbedArea(NAMES_AREA, is_open=False, detail=NO_ACCOUNT, advice=advice)


def _first_page(connection: Connection, guids: Sequence[str], dialect: Dialect) -> str:
    """Return that the page of the first object can be read. Raises RefusedError."""
    if not guids:
        raise RefusedError(say("the object list names no object to try"))
    read_export(connection.page(f"{OBJECTS}?cmd=show&user-guid={guids[0]}"), OBJECTS, dialect)
    return say("readable")


def _first_names(connection: Connection) -> str:
    """Return how many objects the first page of names shows."""
    shown = FoundUsers()
    shown.add(connection.ask(soap_envelope.find_users_request("", after=False)))
    if not shown.count:
        raise RefusedError(say("it names no object"))
    return say("readable")


def _try(area: str, attempt: Callable[[], str]) -> ProbedArea:
    try:
        return ProbedArea(area, is_open=True, detail=attempt())
    except (RefusedError, SourceError) as error:
        return ProbedArea(area, is_open=False, detail=reason_without_place(error))
    except XmlError as error:
        return ProbedArea(area, is_open=False, detail=error.reason)


def _has_objects(connection: Connection) -> bool:
    """Return whether the configuration lists PBX objects; read no further than to the first."""
    return connection.stream(CONFIGURATION, _lists_objects)


def _lists_objects(body: Body) -> bool:
    tail, size, understood = b"\n", 0, False
    for block in body:
        size += len(block)
        text = tail + block
        if _OBJECT_LINE in text:
            return True
        understood = understood or any(mark in text for mark in _CONFIGURATION_LINES)
        tail = text[-len(_OBJECT_LINE) :]
        if size > MAX_CONFIGURATION_BYTES:
            raise RefusedError(
                say("it is larger than {size} MiB", size=MAX_CONFIGURATION_BYTES >> 20)
            )
    if not understood:
        raise RefusedError(say("what the PBX delivers is no configuration"))
    return False

"""The other PBXs of a system: slaves and standby, as far as the site file allows them.

Objects come from the audited PBX, the master; of every other one only the settings of the device
are read. Credentials go to addresses that the site file lists, never to one that was only found in
the configuration.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Final

from auditor.dialects import Dialect
from auditor.errors import TargetError
from auditor.facts import known_facts
from auditor.messages.message import Message, say, say_count
from auditor.model.account import Requests
from auditor.model.site import BoxPlace, Site
from auditor.model.snapshot import Box, Gap, SourceRecord
from auditor.model.vocabulary import Area
from auditor.site.credentials import Credentials
from auditor.sources.live.box_pages import BOX_INFO, box_reading, configuration_reading
from auditor.sources.live.http_connection import MORE_TIME, OUT_OF_TIME, Connection
from auditor.sources.live.login import NO_ACCOUNT, check_address, give_account
from auditor.sources.live.opening import open_connection
from auditor.sources.live.parallel import ParallelWork
from auditor.sources.live.unused_logins import tell_unused
from auditor.sources.options import DEFAULTS, LiveOptions, Progress
from auditor.sources.parse.reading import Reading
from auditor.values.devices_addresses import leads_through

# Each of them is asked over two connections, and most of the time is waiting.
MOST_AT_ONCE: Final = 8


def read_further_boxes(
    site: Site,
    dialect: Dialect,
    access: tuple[Credentials, LiveOptions],
    records: list[SourceRecord],
    requests: list[Requests],
) -> Iterator[Reading]:
    """Yield what each further box of the site file shows; the time is shared by all of them.

    What was asked for is added to `records` and `requests`.
    """
    credentials, options = access
    end = time.monotonic() + options.deadline
    for place in site.boxes_with_address:
        left = end - time.monotonic()
        if credentials.by_app_alone and not leads_through(place.url):
            yield _unread(place, NO_ACCOUNT, give_account(credentials))
            continue
        if left <= 0:
            yield _unread(place, OUT_OF_TIME, MORE_TIME)
            continue
        shared = options._replace(deadline=left)
        try:
            with open_box(place, credentials, shared) as connection:
                gaps: list[Gap] = []
                box = box_reading(connection, gaps)
                configuration = configuration_reading(connection, dialect, gaps)
            requests.append(_renamed(place, connection.requests))
        except TargetError as error:
            yield _unread(place, error.message, error.advice)
            continue
        records += [replace(one, name=_named(place, one.name)) for one in connection.records]
        if leads_through(place.url):
            tell_unused(box, place.url, site)
        yield _only_settings(box, place, gaps)
        if configuration is not None:
            yield _only_settings(configuration, place)


def ask_further_boxes(
    site: Site,
    dialect: Dialect,
    access: tuple[Credentials, LiveOptions],
    readings: Iterable[Reading],
    into: tuple[list[SourceRecord], list[Requests]],
) -> Iterator[Reading]:
    """Yield what each further PBX that was read says over WebSocket about itself.

    Apps are objects, so that of the audited PBX logs in at each of them. They are asked at the same
    time, because each that stays silent is waited for; the time is shared by all of them.
    """
    from auditor.sources.live.app_socket.app_reader import (  # noqa: PLC0415 -- an extra
        KnownEvidence,
        Told,
        ask_app_socket,
    )

    credentials, options = access
    boxes = {one.source: one.box for one in readings if one.further and one.box is not None}
    records, requests = into
    end = time.monotonic() + options.deadline

    def ask(asked: tuple[BoxPlace, Box]) -> Told:
        place, box = asked
        base = check_address(place.url, credentials)
        left = options._replace(deadline=max(0.0, end - time.monotonic()), notify=DEFAULTS.notify)
        there = site.model_copy(update={"tls": place.tls})
        known = KnownEvidence(box, dialect, None, further=True)
        return ask_app_socket(base, there, credentials.app_password, left, known)

    # At an address that leads through Devices is the platform, not the box.
    asked = [
        (place, box)
        for place in site.boxes_with_address
        if (box := boxes.get(_named(place, BOX_INFO))) and not leads_through(place.url)
    ]
    if asked:
        options.notify(Progress(say("further PBXs over WebSocket")))
    for (place, _), told in ParallelWork(ask, asked, MOST_AT_ONCE):
        records += [replace(one, name=_named(place, one.name)) for one in told.records]
        requests.append(_renamed(place, told.requests))
        yield from (_only_settings(one, place) for one in told.readings)


def open_box(
    place: BoxPlace, credentials: Credentials, options: LiveOptions
) -> AbstractContextManager[Connection]:
    """Return a connection to a further box. Raises as `open_connection`."""
    return open_connection(check_address(place.url, credentials), place.tls, credentials, options)


def _only_settings(reading: Reading, place: BoxPlace, gaps: Iterable[Gap] = ()) -> Reading:
    """Return a reading of a further box without its objects, which are the master's."""
    if reading.objects:
        reading.notes.append(
            say_count(
                "its {count} object is not used: the master's are",
                "its {count} objects are not used: the master's are",
                count=len(reading.objects),
            )
        )
    reading.objects.clear()
    reading.secrets.clear()
    reading.filters.clear()
    reading.admin_seen, reading.admin_guid = False, ""
    reading.admin_password = reading.admin_key = None
    reading.open_ends.clear()
    reading.source = _named(place, reading.source)
    reading.further = True
    reading.settings = {
        fact: replace(setting, source=_named(place, setting.source))
        for fact, setting in reading.settings.items()
    }
    kept = {Area.BOX, Area.SETTINGS, *known_facts()}
    reading.gaps = [_about(place, gap) for gap in (*reading.gaps, *gaps) if gap.area in kept]
    return reading


def _unread(place: BoxPlace, reason: Message, advice: Message) -> Reading:
    reading = Reading(_named(place, ""), "box-info", further=True)
    reading.gaps.append(_about(place, Gap(Area.SETTINGS, reason, advice=advice)))
    return reading


def _renamed(place: BoxPlace, made: Requests) -> Requests:
    return replace(
        made,
        repeated=tuple(replace(one, document=_named(place, one.document)) for one in made.repeated),
    )


def _about(place: BoxPlace, gap: Gap) -> Gap:
    source = _named(place, gap.source)
    return replace(
        gap, reason=say("{place}: {reason}", place=place.name, reason=gap.reason), source=source
    )


def _named(place: BoxPlace, document: str) -> str:
    """Return the name of a document with that of its box."""
    return f"{place.name}{f': {document}' if document else ''}"

"""What a PBX says over its own WebSocket interface: templates, proxies, STUN, ways to log in.

Each message is asked once; what stays silent is not granted or not supported, and named as such. A
list that comes in pages is read until the PBX says that there is no more, or until it repeats
itself, and then it is not whole.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, TypeAlias

from auditor.dialects import Dialect
from auditor.errors import SourceError, TargetError
from auditor.messages.message import Message, say
from auditor.model.account import NOTHING_ASKED, Requests
from auditor.model.site import Site
from auditor.model.snapshot import Box, SourceRecord
from auditor.sources.live.app_socket.allowed_messages import (
    ADMIN_API,
    TABLE_API,
    TEMPLATES_AT_ONCE,
    Socket,
)
from auditor.sources.live.app_socket.channel import Limits, open_channel
from auditor.sources.live.app_socket.objects import ObjectAsker
from auditor.sources.live.app_socket.replication import replicate
from auditor.sources.live.app_socket.session import App, Session
from auditor.sources.live.connection import OUT_OF_TIME
from auditor.sources.live.object_pages import reason_of
from auditor.sources.live.refusals import RefusedError
from auditor.sources.options import LiveOptions, Progress
from auditor.sources.parse.app_answers import AUTHENTICATION, PROXIES, STUN_FACTS, AnswerReader
from auditor.sources.parse.ledger import Ledger
from auditor.sources.parse.reading import Reading
from auditor.sources.parse.table_users import read_table_users
from auditor.sources.snapshot.merge import is_another_box

KIND: Final = "app-socket"
MOST_OBJECTS: Final = 20_000
Fields: TypeAlias = Mapping[str, object]
_NO_FIELDS: Final[Fields] = {}
_TABLE: Final = f"{Socket.APPS.value} {TABLE_API}"
_ASK_AGAIN: Final = say("read it again; if it stays so, report this answer")
_OTHER_BOX: Final = say("another PBX than the one at this address answers, so it is not used")


class Told(NamedTuple):
    """What a PBX said over WebSocket."""

    readings: list[Reading]
    records: list[SourceRecord]
    requests: Requests = NOTHING_ASKED


class Known(NamedTuple):
    """What other documents of the same PBX show: the box, and the objects, if any does."""

    box: Box
    dialect: Dialect
    objects: Reading | None


def ask_app_socket(
    base: str, site: Site, password: str, options: LiveOptions, known: Known
) -> Told:
    """Return what the PBX at an address says; what it does not say is named in the readings.

    Raises Interruption.
    """
    told = Told([], [])
    end = time.monotonic() + options.deadline
    if site.websocket is None:
        return told
    options.notify(Progress(say("ways to log in")))
    told = _added(told, _without_login(base, site, options))
    if site.websocket.app:
        left = options._replace(deadline=end - time.monotonic())
        asking = _Asking(base, site, App(site.websocket.app, password), left)
        for reading in asking.read(known):
            told = _added(told, reading, asking.octets)
        told = told._replace(requests=asking.requests)
    return told


def _added(told: Told, reading: Reading, octets: int = 0) -> Told:
    record = SourceRecord(reading.source, reading.kind, octets, _digest(reading))
    return Told([*told.readings, reading], [*told.records, record], told.requests)


def _digest(reading: Reading) -> str:
    """Return the SHA-256 of what was kept: that of the answers would be one of their secrets."""
    settings = {fact: one.values for fact, one in sorted(reading.settings.items())}
    objects = sorted((one.guid, one.cn, one.h323) for one in reading.objects)
    kept = [settings, sorted(reading.parents.items()), objects]
    return hashlib.sha256(json.dumps(kept).encode()).hexdigest()


def _without_login(base: str, site: Site, options: LiveOptions) -> Reading:
    """Return what the socket of clients says to anybody (myApps, from 13r3 on)."""
    reading = Reading(Socket.CLIENTS.value, KIND)
    ledger = Ledger(reading.source, _ASK_AGAIN)
    answers = AnswerReader(reading, ledger)
    limits = Limits.of(options)
    try:
        with open_channel(base, Socket.CLIENTS, site.tls, limits, secure_only=False) as channel:
            for mt, take in (("LoginInfo", answers.logins), ("CheckBuild", answers.build)):
                with _noting(reading, mt):
                    take(channel.ask(mt))
    except (RefusedError, TargetError) as error:
        reading.notes.append(reason_of(error))
    _close(reading, ledger, {AUTHENTICATION})
    return reading


@contextmanager
def _noting(reading: Reading, mt: str) -> Iterator[None]:
    """Note that a message was not answered, and go on."""
    try:
        yield
    except RefusedError as error:
        reading.notes.append(say("{message}: {reason}", message=mt, reason=error.reason))


def _close(reading: Reading, ledger: Ledger, facts: set[str]) -> None:
    """Keep the account of a reading, and say of each fact that was not shown why."""
    reason = reading.notes[-1] if reading.notes else OUT_OF_TIME
    for fact in sorted(facts - reading.settings.keys()):
        reading.unanswered.setdefault(fact, reason)
    reading.gaps.extend(ledger.gaps())
    reading.account = ledger.tallies()


class _Asking:
    """Asks as the auditor's own App, with the rights that its object has."""

    def __init__(self, base: str, site: Site, app: App, options: LiveOptions) -> None:
        self._options = options
        self._site = site
        self._reading = Reading(Socket.APPS.value, KIND)
        self._ledger = Ledger(self._reading.source, _ASK_AGAIN)
        self._answers = AnswerReader(self._reading, self._ledger)
        limits = Limits.of(options)
        self._session = Session(
            lambda left: open_channel(base, Socket.APPS, site.tls, limits._replace(whole=left)),
            app,
            options,
        )

    @property
    def octets(self) -> int:
        """Return how much arrived."""
        return self._session.counts.octets

    @property
    def requests(self) -> Requests:
        """Return how many messages were sent, and which were repeated."""
        return self._session.requests

    def read(self, known: Known) -> Iterator[Reading]:
        """Yield what the rights of the App show, and why not where they are not there."""
        facts = {PROXIES, *STUN_FACTS.values()}
        with self._session:
            if self._was_answered("GetPbxConfig", lambda _: None):
                self._ask_all(known)
            is_other = self._reading.unanswered.get(PROXIES) == _OTHER_BOX
            rows = None if is_other else self._rows(known)
        if is_other:
            self._reading.settings.clear()
            self._reading.parents.clear()
            self._reading.unanswered = dict.fromkeys(facts, _OTHER_BOX)
        _close(self._reading, self._ledger, facts)
        yield self._reading
        if rows is not None:
            yield rows

    def _rows(self, known: Known) -> Reading | None:
        """Return the objects that the table of users shows, None if it does not show them all.

        A part of them is worth something only if nothing else shows objects.
        """
        if self._session.over:
            return None
        self._tell(say("table of objects"))
        area = say("table of objects")
        try:
            found = replicate(self._session, lambda n: self._options.notify(Progress(area, n)))
        except TargetError as error:
            self._note(TABLE_API, error.message)
            return None
        if found.problem:
            self._note(TABLE_API, found.problem)
            if known.objects is not None or not found.messages:
                return None
        try:
            return read_table_users(found.to_bytes(), _TABLE, known.dialect)
        except SourceError as error:
            self._note(TABLE_API, error.message)
            return None

    def _ask_all(self, known: Known) -> None:
        box = self._reading.box = known.box

        def proxies(answer: Mapping[str, Any]) -> None:
            mac = self._answers.proxies(answer)
            if mac and is_another_box(Box(serial=mac), Box(serial=box.serial)):
                self._reading.unanswered[PROXIES] = _OTHER_BOX

        self._tell(say("reverse proxies"))
        self._was_answered("GetRPs", proxies)
        self._tell("STUN")
        self._was_answered("GetStun", self._answers.stun)
        if self._reading.unanswered.get(PROXIES) == _OTHER_BOX:
            return
        self._tell(say("templates"))
        self._templates()
        if known.objects is not None:
            self._objects(known, known.objects)

    def _objects(self, known: Known, shown: Reading) -> None:
        asker = ObjectAsker(self._session, self._reading, self._ledger, known.dialect, self._site)
        area = say("effective values")
        try:
            asker.ask(shown, known.box.firmware, lambda n: self._options.notify(Progress(area, n)))
        except TargetError as error:
            self._note("GetObject", error.message)

    def _templates(self) -> None:
        """Read templates with their parents, page by page; say whether they were all."""
        seen: set[str] = set()
        more: dict[str, str] = {}
        while True:
            page = self._page(more)
            if page is None:
                return
            names, following = page
            if not isinstance(following, str) or not following:
                # An answer that says nothing of more, and holds as many as fit, may be cut.
                self._reading.lists_templates = len(names) < TEMPLATES_AT_ONCE or "more" in more
                return
            if following in seen or not names or len(self._reading.parents) > MOST_OBJECTS:
                # What has no end is no list, so what it named before counts as little.
                self._reading.parents.clear()
                self._reading.notes.append(
                    say("{message}: its pages repeat for ever", message="GetConfigObjects")
                )
                return
            seen.add(following)
            more = {"more": following}

    def _page(self, more: Mapping[str, str]) -> tuple[list[str], object] | None:
        found: list[tuple[list[str], object]] = []

        def take(answer: Mapping[str, Any]) -> None:
            names = self._answers.templates(answer)
            if names is not None:
                found.append((names, answer.get("more")))

        self._was_answered("GetConfigObjects", take, {"limit": TEMPLATES_AT_ONCE, **more})
        return found[0] if found else None

    def _was_answered(
        self, mt: str, take: Callable[[Mapping[str, Any]], None], fields: Fields = _NO_FIELDS
    ) -> bool:
        """Ask, and let the answer be taken; note why there is none."""
        try:
            answer = self._session.ask(ADMIN_API, mt, fields)
        except (RefusedError, TargetError) as error:
            self._note(mt, reason_of(error))
            return False
        take(answer)
        return True

    def _note(self, mt: str, reason: Message) -> None:
        self._reading.notes.append(say("{message}: {reason}", message=mt, reason=reason))

    def _tell(self, area: str) -> None:
        self._options.notify(Progress(area))

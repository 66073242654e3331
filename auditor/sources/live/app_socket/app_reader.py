"""What a PBX says over its own WebSocket interface: templates, proxies, STUN, ways to log in.

Each message is asked once, all that may stay silent together; what does is not granted or not
supported, and named as such. What takes one message comes before what takes many, because time may
run out. A list that comes in pages is read until the PBX says that there is no
more, or until it repeats itself, and then it is not whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any, Final, NamedTuple

from auditor.dialects import Dialect
from auditor.errors import TargetError
from auditor.messages.message import Message, say
from auditor.model.account import NOTHING_ASKED, Requests
from auditor.model.site import Site
from auditor.model.snapshot import Box, SourceRecord
from auditor.model.vocabulary import Area
from auditor.sources.live.app_socket.allowed_messages import (
    ADMIN_API,
    TABLE_API,
    Socket,
)
from auditor.sources.live.app_socket.asking_at_once import (
    HAS_ADMIN,
    HAS_TABLE,
    WITHOUT_LOGIN,
    AtOnce,
    ask_at_once,
)
from auditor.sources.live.app_socket.disbelieved_answers import disbelieve, reconsider
from auditor.sources.live.app_socket.hot_desk_objects import ObjectAsker
from auditor.sources.live.app_socket.lists_by_type import TypeList, lists_of
from auditor.sources.live.app_socket.login_session import App, LoginSession
from auditor.sources.live.app_socket.names_of_objects import count_objects, with_other_names
from auditor.sources.live.app_socket.proxy_registrations import read_registrations
from auditor.sources.live.app_socket.questions import Outcome, SocketQuestion
from auditor.sources.live.app_socket.recorded_answers import (
    Take,
    close,
    not_answered,
    say_why,
    take_all,
)
from auditor.sources.live.app_socket.refusal_advice import (
    READ_AGAIN,
    WITHOUT_LOGIN_AREA,
    what_to_do,
)
from auditor.sources.live.app_socket.table_of_objects import read_table
from auditor.sources.live.app_socket.templates import (
    NAMES,
    TEMPLATES,
    count_templates,
    read_templates,
)
from auditor.sources.live.refusals import RefusedError
from auditor.sources.options import LiveOptions, Progress
from auditor.sources.parse.app_answers import AUTHENTICATION, STUN_FACTS, AnswerReader
from auditor.sources.parse.ledger import Ledger
from auditor.sources.parse.proxy_answers import PROXIES
from auditor.sources.parse.reading import ObjectNames, Reading, digest_of_reading
from auditor.sources.snapshot.merge import is_another_box

KIND: Final = "app-socket"
_PROXIES: Final = SocketQuestion("GetRPs", ADMIN_API)
_STUN: Final = SocketQuestion("GetStun", ADMIN_API)
_FILTERS: Final = SocketQuestion("GetFilters", ADMIN_API)
# What the right Admin shows by one message each: of a PBX itself, and of the system.
_OF_PBX: Final = (HAS_ADMIN, _PROXIES, _STUN)
_OF_SYSTEM: Final = (TEMPLATES, NAMES, _FILTERS)


class Told(NamedTuple):
    """What a PBX said over WebSocket; `listed` are counts of its objects beside the readings.

    `failure` is why nothing at all was answered as the App.
    """

    readings: list[Reading]
    records: list[SourceRecord]
    requests: Requests = NOTHING_ASKED
    listed: tuple[ObjectNames, ...] = ()
    failure: TargetError | None = None


def _nothing_else() -> None:
    """Ask nobody else."""


class KnownEvidence(NamedTuple):
    """What other documents of the same PBX show: the box, and the objects, if any does.

    `counted` is whether two of them list the objects. A `further` PBX is asked for what is its own,
    objects are those of the audited one. `before_lists` is done after what takes few messages, and
    before each object is asked for by itself.
    """

    box: Box
    dialect: Dialect
    objects: Reading | None
    counted: bool = False
    further: bool = False
    before_lists: Callable[[], None] = _nothing_else

    @property
    def shown_box(self) -> Box | None:
        """Return the box, None if nothing is known of it."""
        return None if self.box == Box() else self.box

    @property
    def lists(self) -> Sequence[TypeList]:
        """Return which objects it is asked for by their type: they are those of the system."""
        return () if self.further else lists_of(self.box.firmware)

    @property
    def questions(self) -> tuple[SocketQuestion, ...]:
        """Return what is asked at once."""
        by_type = (one.question for one in self.lists)
        return _OF_PBX if self.further else (*_OF_PBX, *_OF_SYSTEM, *by_type, HAS_TABLE)


def ask_app_socket(
    base: str, site: Site, password: str, options: LiveOptions, known: KnownEvidence
) -> Told:
    """Return what the PBX at an address says; what it does not say is named in the readings.

    Raises Interruption.
    """
    if site.websocket is None:
        return Told([], [])
    options.notify(Progress(say("ways to log in")))
    end = time.monotonic() + options.deadline
    app = App(site.websocket.app, password)
    session = LoginSession.of(base, site.tls, app, options) if app.name else None
    with session or nullcontext():
        answers = ask_at_once(base, site, options, session, known.questions)
        anybody = _without_login(answers, known.shown_box)
        if session is None:
            known.before_lists()
            return _added(Told([], []), anybody)
        left = options._replace(deadline=end - time.monotonic())
        asking = _Asking(session, site, left)
        as_app = [(one, session.counts.octets) for one in asking.read(answers.as_app, known)]
        if asking.is_other:
            disbelieve(anybody, {AUTHENTICATION})
        told = _added(Told([], []), anybody)
        for reading, octets in as_app:
            told = _added(told, reading, octets)
        listed, failure = tuple(asking.listed), _failure_of(answers.as_app, base)
        return told._replace(requests=session.requests, listed=listed, failure=failure)


def _added(told: Told, reading: Reading, octets: int = 0) -> Told:
    record = SourceRecord(reading.source, reading.kind, octets, digest_of_reading(reading))
    return Told([*told.readings, reading], [*told.records, record], told.requests)


def _without_login(told: AtOnce, box: Box | None) -> Reading:
    """Return what the socket of clients says to anybody (myApps, from 13r3 on)."""
    reading = Reading(Socket.CLIENTS.value, KIND, box=box)
    ledger = Ledger(reading.source, READ_AGAIN)
    answers = AnswerReader(reading, ledger)
    take_all(reading, WITHOUT_LOGIN, told.without_login, (answers.logins, answers.build))
    say_why(reading, WITHOUT_LOGIN_AREA, {AUTHENTICATION: told.without_login[0]})
    for answer in told.again:
        answers.contradict(answer)
    close(reading, ledger)
    return reading


def _is_answer(outcome: Outcome) -> bool:
    return not isinstance(outcome, RefusedError)


def _failure_of(outcomes: Sequence[Outcome], base: str) -> TargetError | None:
    """Return why nothing was answered as the App; its smallest right comes last."""
    *_, last = outcomes
    if any(map(_is_answer, outcomes)) or not isinstance(last, RefusedError):
        return None
    return TargetError(last.reason, where=base, advice=what_to_do(last, TABLE_API))


class _Asking:
    """Asks as the auditor's own App, with the rights that its object has."""

    def __init__(self, session: LoginSession, site: Site, options: LiveOptions) -> None:
        self._options = options
        self._site = site
        self._reading = Reading(Socket.APPS.value, KIND)
        self._ledger = Ledger(self._reading.source, READ_AGAIN)
        self._answers = AnswerReader(self._reading, self._ledger)
        self._session = session
        self.listed: list[ObjectNames] = []
        self.is_other = False

    def read(self, outcomes: Sequence[Outcome], known: KnownEvidence) -> Iterator[Reading]:
        """Yield what the rights of the App show, and why not where they are not there.

        `outcomes` are those of the questions that are asked at once.
        """
        of_admin, of_table = outcomes, None
        if not known.further:
            *of_admin, of_table = outcomes
        self.is_other = is_other = self._ask_all(of_admin, known)
        known.before_lists()
        if self._site.boxes_with_address and not known.further:
            self._session.renew()  # it may have been idle for long
        if known.objects is not None and not is_other and any(map(_is_answer, of_admin)):
            self._objects(known, known.objects)
            self._registrations(known.objects)
        rows = None if is_other or of_table is None else self._rows(of_table, known)
        has_admin = _is_answer(of_admin[0])
        is_counted = known.counted or (rows is not None and not rows.is_part)
        if known.objects is not None and has_admin and not (is_other or is_counted):
            self._count_objects(known.objects)
        _, proxies, stun, *_ = of_admin
        asked = {PROXIES: proxies, **dict.fromkeys(STUN_FACTS.values(), stun)}
        say_why(self._reading, ADMIN_API, asked)
        self._session.renew()
        again, shown = self._session.again, known.objects or rows
        reconsider(again, self._answers, self._reading, known.lists, shown)
        self.listed = [with_other_names(one, again, self._answers) for one in self.listed]
        if is_other:
            disbelieve(self._reading, {PROXIES, *STUN_FACTS.values()})
        close(self._reading, self._ledger)
        yield self._reading
        if rows is not None:
            yield rows

    def _rows(self, outcome: Outcome, known: KnownEvidence) -> Reading | None:
        """Return the objects that the table of users shows, None if the right is missing."""
        if self._session.over:
            return None
        if isinstance(outcome, RefusedError):
            self._note(TABLE_API, outcome.reason)
            return None
        area = say("table of objects")
        self._tell(area)
        return read_table(
            self._session,
            known.dialect,
            lambda n: self._options.notify(Progress(area, n)),
            lambda reason: self._note(TABLE_API, reason),
            known.objects,
        )

    def _ask_all(self, outcomes: Sequence[Outcome], known: KnownEvidence) -> bool:
        """Take what the right Admin shows, and ask on; return whether another PBX answers."""
        box, self._reading.box = known.box, known.shown_box
        pages: list[Mapping[str, Any]] = []
        names: list[Mapping[str, Any]] = []
        macs: list[str] = []
        lists: list[Callable[[], None]] = []
        takes: Sequence[Take] = (
            lambda _: None,
            lambda answer: macs.append(self._answers.proxies(answer)),
            self._answers.stun,
            pages.append,
            names.append,
            self._take_filters,
            *(partial(self._keep, one, lists) for one in known.lists),
        )
        questions = known.questions[: len(outcomes)]
        if not take_all(self._reading, questions, outcomes, takes[: len(outcomes)]):
            return False
        if any(is_another_box(Box(serial=mac), Box(serial=box.serial)) for mac in macs if mac):
            return True
        for read in lists:
            read()
        for page in pages:
            self._tell(say("templates"))
            read_templates(self._session, self._reading, self._answers, page)
        for answer in names:
            listed = self._answers.names(answer, "configs", Area.OBJECTS)
            if listed is not None:
                count_templates(self._reading, listed)
        return False

    def _keep(
        self, one: TypeList, into: list[Callable[[], None]], answer: Mapping[str, Any]
    ) -> None:
        """Keep an answer until it is known that it is of the PBX that is asked."""
        into.append(partial(one.read, self._answers, self._reading, answer))

    def _registrations(self, shown: Reading) -> None:
        area = say("registrations")
        read_registrations(
            self._session,
            self._reading,
            self._answers,
            shown.objects,
            lambda n: self._options.notify(Progress(area, n)),
        )

    def _objects(self, known: KnownEvidence, shown: Reading) -> None:
        asker = ObjectAsker(self._session, self._reading, self._ledger, known.dialect, self._site)
        area = say("effective values")
        try:
            asker.ask(shown, known.box.firmware, lambda n: self._options.notify(Progress(area, n)))
        except TargetError as error:
            self._note("GetObject", error.message)

    def _take_filters(self, answer: Mapping[str, Any]) -> None:
        names = self._answers.names(answer, "filter", Area.CALL_FILTERS)
        if names is not None:
            self._reading.filter_names = frozenset(name for name in names if name is not None)
            self._reading.damaged_lists |= {"filter_names"} if None in names else set()

    def _count_objects(self, known: Reading) -> None:
        """List the names of all objects, to count those of another document."""
        area = say("names over WebSocket")
        self.listed += count_objects(
            self._session,
            self._answers,
            known.objects,
            lambda n: self._options.notify(Progress(area, n)),
            lambda reason: self._note("SearchUsers", reason),
        )

    def _note(self, mt: str, reason: Message) -> None:
        self._reading.notes.append(not_answered(mt, reason))

    def _tell(self, area: str) -> None:
        self._options.notify(Progress(area))

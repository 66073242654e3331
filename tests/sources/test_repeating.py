"""Passing trouble at each document: it is asked for again, in time, and the account says so."""

from __future__ import annotations

import gzip
import ssl
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from auditor.errors import HungUpError
from auditor.messages.message import say
from auditor.model.site import BoxPlace
from auditor.model.vocabulary import Area, Coverage
from auditor.simulator import responses
from auditor.simulator.server import SimulatorServer
from auditor.site.credentials import Credentials
from auditor.sources.live.live_pbx import read_live
from auditor.sources.live.refusals import RefusedError, seconds_to_wait
from auditor.sources.live.retrying import Patience
from auditor.sources.options import LiveOptions
from tests.fixtures.hostile import RESET, HostilePbx, http
from tests.fixtures.pbx import configuration_of, judge, list_page_of, simulated, site_of, statuses
from tests.fixtures.soaked import crossed

SHOW = "/PBX0/ADMIN/mod_cmd_login.xml"
LIST = f"{SHOW}?cmd=show&user=*"
BOX, CFG, SOAP = "/CMD0/box_info.xml", "/cfg.txt", "/PBX0/user.soap"
ONE = simulated().objects[10]
PAGE = f"{SHOW}?cmd=show&user-guid={ONE.guid}"
NO_CFG = http(b"?\r\n")


def body_of(answer):
    return answer.partition(b"\r\n\r\n")[2]


def status(line, *headers):
    return lambda _: http(b"<html>wait</html>", line, *headers)


def half(answer):
    body = body_of(answer)
    return lambda: [http(body[: len(body) // 2], length=len(body))]


def reset_in_the_middle(answer):
    body = body_of(answer)
    return lambda: [http(body[: len(body) // 2], length=len(body)), RESET]


def chunks_without_end(answer):
    body = body_of(answer)[:-5]
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    return head + b"%x\r\n%b\r\n" % (len(body), body)


def packed_and_cut(answer):
    return http(gzip.compress(body_of(answer))[:-9], "200 OK", "Content-Encoding: gzip")


def cut_without_a_length(answer):
    return b"HTTP/1.0 200 OK\r\n\r\n" + body_of(answer)[:-7]


def cut_with_another_length(answer):
    return http(body_of(answer)[:-7])


TROUBLES = {
    "408": status("408 Request Timeout"),
    "429": status("429 Too Many Requests"),
    "502": status("502 Bad Gateway"),
    "503": status("503 Service Unavailable", "Retry-After: 0"),
    "504": status("504 Gateway Timeout"),
    "closed": lambda _: b"",
    "half a head": lambda _: b"HTTP/1.1 200 OK\r\nContent-Le",
    "head alone": lambda answer: http(length=len(body_of(answer))),
    "reset": lambda _: lambda: [RESET],
    "reset in the middle": reset_in_the_middle,
    "short": half,
    "chunks without end": chunks_without_end,
    "packed and cut": packed_and_cut,
    "cut without a length": cut_without_a_length,
    "cut with another length": cut_with_another_length,
}


# Reading the authorities of a client takes longer than what is tested; here nothing is encrypted.
UNUSED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Troubled(HostilePbx):
    """Answers the first requests for one target otherwise, then as it should."""

    def __init__(self, answers, target, trouble, times=1):
        super().__init__(answers)
        self.asked_for = Counter[str]()
        self._target, self._trouble, self._times = target, trouble, times

    def respond(self, method, target, body):
        good = super().respond(method, target, body)
        if target != self._target:
            return good
        self.asked_for[target] += 1
        return self._trouble(good) if self.asked_for[target] <= self._times else good


def answers(**changes):
    pbx = simulated()
    found = {
        BOX: http(responses.box_info(pbx.box)),
        CFG: http(configuration_of()),
        LIST: http(list_page_of(pbx)),
    }
    for one in (*pbx.objects, pbx.admin):
        page = http(responses.page([responses.whole(pbx, one, templates=False)]))
        found[f"{SHOW}?cmd=show&user-guid={one.guid}"] = page
    return {**found, **changes}


# Where trouble comes, and what the PBX shows otherwise.
DOCUMENTS = {
    "box": (BOX, answers()),
    "configuration": (CFG, answers()),
    "list, to count": (LIST, answers()),
    "list, to read": (LIST, answers(**{CFG: NO_CFG})),
    "object": (PAGE, answers(**{CFG: NO_CFG})),
}


def read(pbx, **options):
    given = LiveOptions(**{"timeout": 5.0, "back_off": 0.0, "max_connections": 1, **options})
    with pbx:
        return read_live(pbx.url, site_of(), Credentials("viewer", "x"), given)


def gist(snapshot):
    """Return what a snapshot says of the PBX, and what it lacks."""
    return snapshot.objects, snapshot.areas, snapshot.gaps, snapshot.boxes, snapshot.proofs


@pytest.mark.parametrize(("kind", "where"), crossed(TROUBLES, DOCUMENTS))
def test_one_trouble_changes_nothing_but_the_account(kind, where):
    target, given = DOCUMENTS[where]
    pbx = Troubled(given, target, TROUBLES[kind])
    troubled = read(pbx)
    assert gist(troubled) == gist(read(HostilePbx(given)))
    (repeated,) = troubled.requests.repeated
    assert (repeated.document, repeated.count, repeated.answered) == (target, 1, True)
    looks_as_a_stranger = 1
    assert troubled.requests.sent == len(pbx.requests) - looks_as_a_stranger


@pytest.mark.slow
@pytest.mark.parametrize("operation", ["Version", "FindUser", "Admin"])
@pytest.mark.parametrize("fault", ["503 Service Unavailable", None])
def test_reading_over_soap_is_repeated_as_well(operation, fault):
    refuse = frozenset({"cfg", "show"})

    class Front(HostilePbx):
        """Passes SOAP on to the simulated PBX, and fails once before each operation."""

        missed = False

        def respond(self, method, target, body):
            if target != SOAP:
                return super().respond(method, target, body)
            if f":{operation}>".encode() in body and not self.missed:
                self.missed = True
                return http(b"", fault) if fault else b""
            action = f'"http://innovaphone.com/pbx#{_operation(body)}"'
            with httpx.Client(auth=login, verify=UNUSED) as client:
                passed = client.post(
                    server.url + SOAP, content=body, headers={"SOAPAction": action}
                )
            return http(passed.content, f"{passed.status_code} X")

    with SimulatorServer(simulated(), refuse=refuse) as server:
        user = next(one for one in server.pbx.accounts if one.role == "admin")
        login = httpx.DigestAuth(user.username, user.password)
        front = Front({BOX: answers()[BOX]})
        snapshot = read(front)
        assert server.writes == 0
    assert front.missed
    assert len(snapshot.objects) == len(simulated().objects)
    (repeated,) = snapshot.requests.repeated
    assert repeated.document.startswith(f"{SOAP} {operation}")
    assert repeated.answered


def _operation(body):
    return next(n for n in ("Version", "FindUser", "Admin") if f":{n}>".encode() in body)


def test_a_further_box_is_asked_again_too():
    target, given = CFG, answers()
    with Troubled(given, target, TROUBLES["502"]) as further:
        place = BoxPlace(name="branch", url=further.url)
        site = site_of().model_copy(update={"boxes": (place,)})
        with HostilePbx(given) as pbx:
            snapshot = read_live(
                pbx.url, site, Credentials("viewer", "x"), LiveOptions(back_off=0.0)
            )
    (repeated,) = snapshot.requests.repeated
    assert repeated.document == f"branch: {CFG}"


def test_one_bad_gateway_costs_no_control():
    troubled = read(Troubled(answers(), CFG, TROUBLES["502"]))
    whole = read(HostilePbx(answers()))
    assert statuses(judge(troubled, site_of())) == statuses(judge(whole, site_of()))


def test_trouble_that_stays_is_a_gap_and_told_as_not_answered():
    pbx = Troubled(answers(), CFG, TROUBLES["502"], times=99)
    snapshot = read(pbx)
    assert snapshot.coverage(Area.OBJECTS) is Coverage.PARTIAL  # pages alone prove no list whole
    assert "502" in snapshot.gaps_in(Area.SETTINGS)[0].reason
    (repeated,) = snapshot.requests.repeated
    assert not repeated.answered
    assert repeated.count == pbx.asked_for[CFG] - 1


@pytest.mark.parametrize(
    "line", ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found", "501 No"]
)
def test_what_does_not_pass_is_asked_once(line):
    asks = ("WWW-Authenticate: Digest realm=x",) if line.startswith("401") else ()
    pbx = Troubled(answers(), LIST, status(line, *asks), times=99)
    read(pbx)
    assert pbx.asked_for[LIST] == 1


class Clock:
    """A clock that only waiting moves."""

    def __init__(self, left):
        self.left, self.pauses = left, []

    def pause(self, seconds):
        self.pauses.append(seconds)
        self.left -= seconds


def patience(clock, **more):
    given = {"back_off": 1.0, "draw": lambda: 1.0, "pause": clock.pause, **more}
    return Patience(LiveOptions(**given), lambda: clock.left)


def failing(*errors):
    """Return work that raises each error once, then succeeds."""
    waiting = list(errors)

    def work():
        if waiting:
            raise waiting.pop(0)
        return "whole"

    return work


PASSING = RefusedError(say("busy"), passing=True)


class TestPauses:
    def test_they_grow_and_are_drawn(self):
        clock = Clock(1000.0)
        draws = iter((1.0, 0.5, 0.25, 0.0))
        found = patience(clock, draw=lambda: next(draws)).run("x", failing(*[PASSING] * 4))
        assert found == "whole"
        assert clock.pauses == [1.0, 1.0, 1.0, 0.0]

    def test_what_the_pbx_asks_for_counts(self):
        clock = Clock(1000.0)
        asked = RefusedError(say("busy"), passing=True, wait=120.0)
        assert patience(clock).run("x", failing(asked)) == "whole"
        assert clock.pauses == [120.0]

    @pytest.mark.parametrize("wait", [10.0, 11.0, 1e9, float("inf")])
    def test_nobody_waits_beyond_the_deadline(self, wait):
        clock = Clock(10.0)
        asked = RefusedError(say("busy"), passing=True, wait=wait)
        with pytest.raises(RefusedError):
            patience(clock).run("x", failing(asked))
        assert clock.pauses == []

    def test_one_document_leaves_time_for_the_others(self):
        clock = Clock(8.0)
        with pytest.raises(RefusedError):
            patience(clock).run("x", failing(*[PASSING] * 9))
        assert clock.left >= 6.0

    def test_a_connection_that_was_closed_before_any_answer_is_tried_again(self):
        clock = Clock(1000.0)
        made = patience(clock)
        assert made.run("x", failing(HungUpError(say("closed")))) == "whole"
        assert made.account().repeated[0].reason == "closed"

    def test_an_end(self):
        clock = Clock(1e9)
        with pytest.raises(RefusedError):
            patience(clock).run("x", failing(*[PASSING] * 99))
        assert len(clock.pauses) == 4


NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("0", 0.0),
        (" 7 ", 7.0),
        ("120", 120.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        ("Sunday, 29-Nov-26 12:01:30 GMT", 90.0),
        ("Sun Nov 29 12:01:30 2026", 90.0),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("Sun, 99 Nov 2026 12:00:00 GMT", None),
    ],
)
def test_retry_after(stated, seconds):
    headers = httpx.Headers({"Retry-After": stated, "Date": format_datetime(NOW, usegmt=True)})
    assert seconds_to_wait(headers) == seconds


def test_a_date_without_a_clock_of_the_pbx_is_compared_with_ours():
    until = datetime.now(UTC) + timedelta(hours=1)
    found = seconds_to_wait(httpx.Headers({"Retry-After": format_datetime(until, usegmt=True)}))
    assert 3590 < found <= 3600


@pytest.mark.parametrize("stated", ["9", "date"])
def test_the_pause_that_a_pbx_asks_for_is_waited_out(stated):
    pauses: list[Any] = []
    later = format_datetime(NOW + timedelta(seconds=9), usegmt=True)
    trouble = status(
        "503 Service Unavailable",
        f"Retry-After: {later if stated == 'date' else stated}",
        f"Date: {format_datetime(NOW, usegmt=True)}",
    )
    snapshot = read(Troubled(answers(), CFG, trouble), pause=pauses.append)
    assert pauses == [9.0]
    assert not snapshot.gaps_in(Area.SETTINGS)

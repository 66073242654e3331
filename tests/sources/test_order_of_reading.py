"""What nothing else shows is read before long lists of what is known: time may run out in those.

A clock that the test owns moves on with each message of such a list, so that nothing waits.
"""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest

from auditor.model.site import AppSocket, BoxPlace
from auditor.simulator.app_object import NAME, with_app
from auditor.simulator.server import SimulatorServer
from auditor.site.credentials import Credentials
from auditor.sources.live.app_socket.login_session import LoginSession
from auditor.sources.live.http_connection import Connection
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from tests.fixtures.pbx import judge, simulated, site_of, statuses
from tests.fixtures.scripted_socket import trusted
from tests.fixtures.silence import certain_silence
from tests.sources.test_further_boxes import slave, system

PASSWORD = "gruen-3141592653"
SECONDS = 600.0
DECIDED = {"passed", "failed", "not-applicable"}
MONOTONIC = time.monotonic
# The messages of long lists, and of each object by itself, by the check mark of the App.
LISTS = {
    "tableusers": {"ReplicateNext"},
    "admin": {"SearchUsers", "GetPseudoObjects", "GetRegs", "GetObject"},
}


class Clock:
    """A clock that can be moved on."""

    def __init__(self):
        self.ahead = 0.0

    def __call__(self):
        return MONOTONIC() + self.ahead


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr(time, "monotonic", found)
    return found


@pytest.fixture
def slow_lists(clock, monkeypatch):
    """Let each message of a long list take most of the time that there is."""
    seen = []

    def slowly(name):
        plain = getattr(LoginSession, name)

        def ask(session, api, mt, *given, **more):
            answer = plain(session, api, mt, *given, **more)
            if any(mt in one for one in LISTS.values()):
                seen.append(mt)
                clock.ahead += SECONDS / 2
            return answer

        monkeypatch.setattr(LoginSession, name, ask)

    slowly("ask")
    slowly("follow")
    return seen


def read(rights, *, refuse=(), boxes=(), asked=True):
    """Return what an audit with the rights of an App comes to, and the site file."""
    pbx = with_app(system("branch") if boxes else simulated(), rights, PASSWORD)
    with SimulatorServer(pbx, tls=True, refuse=frozenset(refuse)) as server:
        plain = site_of(pbx.config)
        changes = {
            "tls": trusted(server),
            "boxes": list(boxes),
            "websocket": AppSocket(app=NAME) if asked else None,
            "target": plain.target.model_copy(update={"dialect": "documented"}),
        }
        site = plain.model_copy(update=changes)
        viewer = next(one for one in pbx.accounts if one.role == "viewer")
        account = Credentials(viewer.username, viewer.password, None, app_password=PASSWORD)
        limits = LiveOptions(timeout=4.0, deadline=SECONDS, back_off=0.0)
        with certain_silence():
            return read_live(server.url, site, account, limits), site


@pytest.mark.parametrize("right", LISTS)
def test_a_list_without_time_costs_nothing_that_is_decided_without_it(slow_lists, right):
    refuse = {"show", "soap"}  # so that the objects are counted over WebSocket
    less, site = read([right], refuse=refuse, asked=False)
    more, _ = read([right], refuse=refuse)
    assert set(slow_lists) & LISTS[right]
    assert [one.address for one in more.tls] == [more.tls[0].address]
    before, after = (statuses(judge(one, site, profile="strict")) for one in (less, more))
    lost = {rule for rule in before if before[rule] in DECIDED and after[rule] != before[rule]}
    assert not lost


@pytest.mark.parametrize("right", LISTS)
def test_further_pbxs_are_asked_before_it(slow_lists, right):
    with ExitStack() as stack:
        other = with_app(slave(), [right], PASSWORD)
        branch = stack.enter_context(SimulatorServer(other, tls=True))
        place = BoxPlace(name="Branch", url=branch.url, tls=trusted(branch))
        snapshot, _ = read([right], refuse={"show", "soap"}, boxes=[place])
    assert slow_lists
    assert any(one.name == "Branch: /PBX0/APPS/websocket" for one in snapshot.sources)
    assert any(m["mt"] == "LoginInfo" for _, m in branch.sockets.received)
    gaps = snapshot.gaps_in("authentication_type")
    assert not any("Branch" in gap.source for gap in gaps)


def test_a_second_list_by_http_leaves_time_for_the_rest(clock, monkeypatch):
    """Names over SOAP prove that nothing is missing; only a handshake shows TLS."""
    less, site = read([], refuse={"show", "soap"}, asked=False)
    plain, seen = Connection.ask, []

    def slowly(connection, request):
        seen.append(request.operation)
        clock.ahead += max(0.0, connection.seconds_left) + 0.1
        return plain(connection, request)

    monkeypatch.setattr(Connection, "ask", slowly)
    more, _ = read([], refuse={"show"}, asked=False)
    assert seen
    assert more.tls
    before, after = (statuses(judge(one, site, profile="strict")) for one in (less, more))
    lost = {rule for rule in before if before[rule] in DECIDED and after[rule] != before[rule]}
    assert not lost

"""Thousands of users over WebSocket, where each answer takes its time: all of them, or how many."""

from __future__ import annotations

import pytest

from auditor.model.account import ProofKind
from auditor.model.site import AppSocket
from auditor.model.vocabulary import Area, Coverage
from auditor.simulator.app_object import NAME, with_app
from auditor.simulator.server import SimulatorServer
from auditor.simulator.socket_behaviour import SocketBehaviour
from auditor.site.credentials import Credentials
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from tests.fixtures.pbx import judge, site_of, statuses
from tests.fixtures.scripted_socket import trusted
from tests.fixtures.sentences import says
from tests.sources.test_many_users import MANY, crowded

PASSWORD = "gruen-3141592653"
ROUND_TRIP = 0.02
# What a viewer is refused beside the socket, so that it is needed.
REFUSED = {"admin": frozenset({"show", "soap"}), "tableusers": frozenset({"cfg", "show", "soap"})}


def read(users, right, *, deadline, round_trip=ROUND_TRIP):
    """Return the PBX, what was read of it, and what the audit of that comes to."""
    pbx = with_app(crowded(users), (right,), PASSWORD)
    sockets = SocketBehaviour(round_trip_seconds=round_trip)
    with SimulatorServer(pbx, tls=True, refuse=REFUSED[right], sockets=sockets) as server:
        plain = site_of()
        target = plain.target.model_copy(update={"dialect": "documented"})
        asked = {"tls": trusted(server), "websocket": AppSocket(app=NAME), "target": target}
        site = plain.model_copy(update=asked)
        viewer = next(one for one in pbx.accounts if one.role == "viewer")
        credentials = Credentials(viewer.username, viewer.password, None, app_password=PASSWORD)
        limits = LiveOptions(timeout=4.0, deadline=deadline)
        snapshot = read_live(server.url, site, credentials, limits)
        assert server.writes == 0
    return pbx, snapshot, statuses(judge(snapshot, site))


@pytest.mark.parametrize(
    ("users", "round_trip"),
    [(300, 0.0), pytest.param(MANY, ROUND_TRIP, marks=pytest.mark.soak)],
)
def test_names_of_all_are_counted_page_by_page(users, round_trip):
    pbx, snapshot, _ = read(users, "admin", deadline=600.0, round_trip=round_trip)
    assert len(snapshot.objects) == len(pbx.objects)
    assert snapshot.proofs[Area.OBJECTS].kind is ProofKind.COUNTED


@pytest.mark.parametrize(
    ("users", "round_trip"),
    [(300, 0.0), pytest.param(MANY, ROUND_TRIP, marks=pytest.mark.soak)],
)
def test_all_rows_are_read_within_the_deadline(users, round_trip):
    pbx, snapshot, _ = read(users, "tableusers", deadline=1800.0, round_trip=round_trip)
    assert len(snapshot.objects) == len(pbx.objects)
    assert not any(says("rows read until then", one.note) for one in snapshot.sources)


@pytest.mark.parametrize(
    ("users", "deadline"), [(1_000, 10.0), pytest.param(MANY, 60.0, marks=pytest.mark.soak)]
)
def test_what_the_deadline_cuts_off_is_said_and_nothing_passes(users, deadline):
    pbx, snapshot, found = read(users, "tableusers", deadline=deadline)
    assert 0 < len(snapshot.objects) < len(pbx.objects)
    assert snapshot.coverage(Area.OBJECTS) is not Coverage.COMPLETE
    assert any(says("rows read until then", one.note) for one in snapshot.sources)
    assert "passed" not in {found[one] for one in ("HD-04", "HD-08", "HD-10")}

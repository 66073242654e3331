"""Further PBXs over WebSocket: each says what is its own, and the silence of one is a gap."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest

from auditor.doctor.diagnosis import diagnose
from auditor.doctor.socket_rows import is_answered
from auditor.model.site import AppSocket, BoxPlace
from auditor.model.vocabulary import Area
from auditor.simulator.app_object import NAME, with_app
from auditor.simulator.server import SimulatorServer
from auditor.simulator.socket_behaviour import SocketBehaviour, SocketFault
from auditor.site.credentials import Credentials
from auditor.sources.live.app_socket import app_reader, capability_probe
from auditor.sources.live.live_pbx import read_live
from auditor.sources.live.probe import probe_pbx
from auditor.sources.options import LiveOptions
from tests.fixtures.pbx import site_of
from tests.fixtures.scripted_socket import trusted
from tests.fixtures.silence import certain_silence
from tests.sources.test_further_boxes import slave, system

PASSWORD = "gruen-3141592653"
FACTS = ("turn_server", "turn_username", "turn_password")


@contextmanager
def running(*faults, turn="turn.example.com", rights=("admin", "tableusers")):
    """Run a master and a slave; the faults are those of the slave, as is the TURN server."""
    there = slave()
    modules = tuple(
        f"SIM-TURN0 /sim-server {turn} /sim-user t /sim-password x" if "SIM-TURN0" in line else line
        for line in there.modules
    )
    pbxs = (system("Branch"), replace(there, modules=modules))
    behaviours = (SocketBehaviour(), SocketBehaviour(faults=faults))
    servers = [
        SimulatorServer(with_app(pbx, rights, PASSWORD), tls=True, sockets=one).__enter__()
        for pbx, one in zip(pbxs, behaviours, strict=True)
    ]
    try:
        yield servers
    finally:
        for server in servers:
            server.__exit__(None, None, None)
            assert server.writes == 0


def asked_for(master, place, **more):
    """Return the site file of a system, and the login."""
    viewer = next(one for one in master.pbx.accounts if one.role == "viewer")
    plain = site_of()
    target = plain.target.model_copy(update={"dialect": "documented"})
    site = plain.model_copy(
        update={
            "tls": trusted(master),
            "target": target,
            "boxes": [place],
            "websocket": AppSocket(app=NAME),
            **more,
        }
    )
    return site, Credentials(viewer.username, viewer.password, None, app_password=PASSWORD)


def read(master, place):
    site, credentials = asked_for(master, place)
    with certain_silence():
        return read_live(master.url, site, credentials, LiveOptions(timeout=4.0, back_off=0.0))


def looked(master, place, **more):
    """Return what doctor sees, and its exit code."""
    site, credentials = asked_for(master, place, **more)
    limits = LiveOptions(timeout=2.0, back_off=0.0)
    probe = probe_pbx(master.url, site, credentials, limits)
    rows, _ = diagnose(probe, master.url, site.tls, [])
    shown = [one.detail for one in rows if one.detail.startswith("Branch, ")]
    found = {
        name: [one.area for one in sockets if one.is_open]
        for name, sockets in probe.further_sockets.items()
    }
    return found, shown, is_answered(probe)


def at(branch):
    return BoxPlace(name="Branch", url=branch.url, tls=trusted(branch))


def test_each_says_what_is_its_own():
    with running() as (master, branch):
        snapshot = read(master, at(branch))
    assert set(snapshot.settings["turn_server"].values) == {"none", "turn.example.com"}
    assert [snapshot.gaps_in(fact) for fact in FACTS] == [()] * 3
    asked = {message["mt"] for _, message in branch.sockets.received}
    own = {"GetPbxConfig", "GetRPs", "GetStun"}
    assert asked == {"AppChallenge", "AppLogin", "LoginInfo", "CheckBuild"} | own


def test_objects_are_those_of_the_audited_one():
    with running() as (master, branch):
        snapshot = read(master, at(branch))
    assert {one.guid for one in snapshot.objects} == {one.guid for one in master.pbx.objects}
    assert snapshot.listed_parents
    assert any(one.name == "Branch: /PBX0/APPS/websocket" for one in snapshot.sources)


@pytest.mark.parametrize("mt", ["GetStun", "AppLogin"])
@pytest.mark.parametrize("kind", ["silence", "error"])
def test_the_silence_of_one_is_a_gap_although_the_other_answers(mt, kind):
    with running(SocketFault(kind, mt=mt)) as (master, branch):
        snapshot = read(master, at(branch))
    assert snapshot.settings["turn_server"].values == ("none",)
    for fact in FACTS:
        assert any("Branch" in gap.source for gap in snapshot.gaps_in(fact)), fact


def test_a_box_that_nobody_reaches_is_not_asked_and_leaves_settings_open():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nowhere = f"https://127.0.0.1:{listener.getsockname()[1]}"
    with running() as (master, _):
        snapshot = read(master, BoxPlace(name="Branch", url=nowhere, tls=trusted(master)))
    assert any("Branch" in gap.reason for gap in snapshot.gaps_in(Area.SETTINGS))
    assert not any(one.name.startswith("Branch") for one in snapshot.sources)


@pytest.mark.parametrize("doctor", [False, True])
def test_those_that_stay_silent_are_waited_for_at_the_same_time(monkeypatch, doctor):
    """None of them ends its waiting before all of them wait."""
    together = threading.Barrier(3, timeout=30.0)
    owner, name = (capability_probe, "try_sockets") if doctor else (app_reader, "ask_app_socket")
    plain = getattr(owner, name)

    def meeting(*given, **more):
        if more.get("further") or getattr(given[-1], "further", False):
            together.wait()
        return plain(*given, **more)

    monkeypatch.setattr(owner, name, meeting)
    with running(rights=("tableusers",)) as (master, branch):
        places = [BoxPlace(name=one, url=branch.url, tls=trusted(branch)) for one in "ABC"]
        site, credentials = asked_for(master, places[0], boxes=places)
        limits = LiveOptions(timeout=2.0, back_off=0.0)
        if doctor:
            found = probe_pbx(master.url, site, credentials, limits)
            assert list(found.further_sockets) == ["A", "B", "C"]
        else:
            snapshot = read_live(master.url, site, credentials, limits)
            named = [one.name for one in snapshot.sources if ": /PBX0/APPS/" in one.name]
            assert named == [f"{one}: /PBX0/APPS/websocket" for one in "ABC"]
    assert not together.broken


def test_the_time_is_shared_by_all_of_them(monkeypatch):
    """Nobody is given more than what is left, however many wait."""
    given = []
    plain = app_reader.ask_app_socket

    def asked(*arguments):
        given.append(arguments[3].deadline)
        return plain(*arguments)

    monkeypatch.setattr(app_reader, "ask_app_socket", asked)
    with running(rights=("tableusers",)) as (master, branch):
        places = [BoxPlace(name=str(one), url=branch.url, tls=trusted(branch)) for one in range(9)]
        site, credentials = asked_for(master, places[0], boxes=places)
        limits = LiveOptions(timeout=1.0, deadline=60.0, back_off=0.0)
        read_live(master.url, site, credentials, limits)
    assert len(given) == 10
    assert all(0 <= one <= 60.0 for one in given)
    assert min(given[1:]) < given[0]


class TestDoctor:
    def test_each_is_tried_for_what_it_would_be_asked(self):
        with running() as (master, branch):
            found, shown, answered = looked(master, at(branch))
            assert found == {"Branch": ["LoginInfo", "PbxAdminApi"]}
            assert (len(shown), answered) == (2, True)
            assert not {"ReplicateStart", "GetStun"} & {
                message["mt"] for _, message in branch.sockets.received
            }

    @pytest.mark.parametrize("mt", ["GetPbxConfig", "AppLogin"])
    def test_one_that_does_not_answer_is_told(self, mt):
        with running(SocketFault("silence", mt=mt)) as (master, branch):
            found, shown, answered = looked(master, at(branch))
        assert found == {"Branch": ["LoginInfo"]}
        assert (len(shown), answered) == (2, False)

    def test_no_app_is_no_login(self):
        with running() as (master, branch):
            found, _, answered = looked(master, at(branch), websocket=AppSocket())
            assert (found, answered) == ({"Branch": ["LoginInfo"]}, True)
            assert not any(message["mt"] == "AppLogin" for _, message in branch.sockets.received)

    def test_nobody_is_asked_unless_it_is_wanted(self):
        with running() as (master, branch):
            assert looked(master, at(branch), websocket=None) == ({}, [], True)
            assert not branch.sockets.received

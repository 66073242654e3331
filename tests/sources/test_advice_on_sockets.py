"""What is advised about a question over WebSocket that was not answered follows from the reason."""

from __future__ import annotations

import json

import pytest

from auditor.doctor.socket_rows import socket_rows
from auditor.errors import CertificateError
from auditor.messages.message import say
from auditor.model.site import Trust
from auditor.model.vocabulary import Area
from auditor.rules.by_rights import figures_file
from auditor.rules.catalogue import load_catalogue
from auditor.simulator.app_object import with_app
from auditor.simulator.server import SimulatorServer
from auditor.simulator.socket_behaviour import SocketBehaviour, SocketFault
from auditor.simulator.sockets.trains import of_train
from auditor.site.credentials import Credentials
from auditor.sources.live.app_socket.allowed_messages import ADMIN_API, TABLE_API
from auditor.sources.live.app_socket.login_session import LoginSession
from auditor.sources.live.app_socket.refusal_advice import GRANTS, WITHOUT_LOGIN_AREA
from auditor.sources.live.live_pbx import read_live
from auditor.sources.live.probe import probe_pbx
from auditor.sources.options import LiveOptions
from tests.fixtures.pbx import CONFIGURATIONS, simulated
from tests.fixtures.silence import certain_silence
from tests.sources.test_app_reading import APP, PASSWORD, read, site_for

FACTS = ("reverse_proxies", "turn_server", "turn_username", "turn_password")


def serve(*faults, rights=("admin", "tableusers"), train="13r3", **switches):
    pbx = with_app(of_train(simulated(), train), rights, PASSWORD)
    return SimulatorServer(pbx, tls=True, sockets=SocketBehaviour(faults=faults, **switches))


def probed(server, *, password=PASSWORD, site=None):
    viewer = next(one for one in server.pbx.accounts if one.role == "viewer")
    credentials = Credentials(viewer.username, viewer.password, None, app_password=password)
    options = LiveOptions(timeout=3.0, deadline=60.0, back_off=0.0, pause=lambda _: None)
    with certain_silence():
        return probe_pbx(server.url, site or site_for(server), credentials, options)


@pytest.fixture(scope="module")
def rules():
    return list(load_catalogue().rules.values())


def advice(found):
    return {one.area: one.advice for one in found.sockets if not one.is_open}


def no_tls(monkeypatch):
    """Say of each address that it is one without TLS, where a WebSocket is opened."""
    plain = LoginSession.of

    def of(base, *more):
        return plain(base.replace("https:", "http:"), *more)

    monkeypatch.setattr(LoginSession, "of", of)


@pytest.mark.parametrize(
    ("faults", "switches", "password", "word"),
    [
        ([], {}, "wrong", "password"),
        ([SocketFault("error", "AppLogin")], {}, PASSWORD, "password"),
        ([SocketFault("silence", "AppLogin")], {}, PASSWORD, "password"),
        ([SocketFault("silence", "AppChallenge")], {}, PASSWORD, "address"),
        ([], {"offered": False}, PASSWORD, "WebSockets"),
        ([SocketFault("close")], {}, PASSWORD, "run again"),
        ([SocketFault("cut")], {}, PASSWORD, "run again"),
        ([SocketFault("error", "GetPbxConfig"), SocketFault("error", "ReplicateStart")], {},
         PASSWORD, "report"),
    ],
)  # fmt: skip
def test_another_reason_than_silence_is_no_missing_right(faults, switches, password, word):
    with serve(*faults, **switches) as server:
        found = advice(probed(server, password=password))
    for area in (ADMIN_API, TABLE_API):
        assert found[area] not in GRANTS.values(), area
        assert word in str(found[area])


def test_silence_may_be_a_missing_right():
    faults = [SocketFault("silence", mt) for mt in ("GetPbxConfig", "ReplicateStart", "LoginInfo")]
    with serve(*faults) as server:
        assert advice(probed(server)) == dict(GRANTS)


def test_without_tls(monkeypatch):
    no_tls(monkeypatch)
    with serve() as server:
        found = advice(probed(server))
    assert all("https://" in str(found[area]) for area in (ADMIN_API, TABLE_API))


def test_an_error_of_the_connection_keeps_its_own_advice(monkeypatch):
    own = say("look at the certificate")

    def refusing(*_):
        raise CertificateError(say("another certificate"), where="x", advice=own)

    monkeypatch.setattr(LoginSession, "_logged_in", refusing)
    with serve() as server:
        found = advice(probed(server))
    assert found[ADMIN_API] == own
    assert found[TABLE_API] == own


@pytest.mark.parametrize(
    ("password", "rights", "word"),
    [("wrong", ("admin",), "password of that App"), (PASSWORD, (), "check mark Admin")],
)
def test_the_gap_of_an_audit_advises_the_same(password, rights, word):
    with serve(rights=rights) as server:
        snapshot = read(server, password=password)
    for fact in FACTS:
        (gap,) = snapshot.gaps_in(fact)
        assert word in str(gap.advice)
        assert f"[facts.{fact}]" in str(gap.advice)


class TestControls:
    """Which controls a right decides is what the pages of the rules say, of each train."""

    @staticmethod
    def of_row(found, rules, area):
        (row,) = (
            one for one in socket_rows(found, rules, through_devices=False) if one.check == area
        )
        return str(row.detail)

    @staticmethod
    def measured(more, less):
        figures = json.loads(figures_file().read_text(encoding="utf-8"))
        return sorted(
            {r for c in CONFIGURATIONS for r in {*figures[more][c]} - {*figures[less][c]}}
        )

    @pytest.mark.parametrize(
        ("area", "more", "less"),
        [
            (WITHOUT_LOGIN_AREA, "viewer, no login", "viewer"),
            (ADMIN_API, "viewer, Admin", "viewer, no login"),
            (TABLE_API, "viewer, TableUsers", "viewer, no login"),
        ],
    )
    def test_of_a_right(self, rules, area, more, less):
        with serve() as server:
            detail = self.of_row(probed(server), rules, area)
        named = [one.id for one in rules if one.id in detail]
        assert sorted(named) == self.measured(more, less)

    @pytest.mark.parametrize("train", ["13r1", "13r2", "16r1"])
    def test_of_a_train(self, rules, train):
        with serve(train=train) as server:
            found = probed(server)
        older = train != "16r1"
        assert ("PBX-12" in self.of_row(found, rules, WITHOUT_LOGIN_AREA)) is not older
        assert ("licences" in self.of_row(found, rules, ADMIN_API)) is (train != "13r1")
        assert ("all objects, as a second list" in self.of_row(found, rules, TABLE_API)) is (
            train != "13r1"
        )


def test_nothing_is_asked_in_clear():
    """What comes without TLS may be anybody's, and no login would bind it."""
    pbx = with_app(simulated(), ("admin",), PASSWORD)
    with SimulatorServer(pbx) as server:
        plain = site_for_plain(server)
        viewer = next(one for one in pbx.accounts if one.role == "viewer")
        account = Credentials(viewer.username, viewer.password, None, app_password=PASSWORD)
        snapshot = read_live(server.url, plain, account, LiveOptions(timeout=3.0))
        assert server.sockets.received == []
    assert "authentication_type" not in snapshot.settings
    assert all("https://" in str(gap.advice) for gap in snapshot.gaps_in("authentication_type"))
    assert snapshot.gaps_in("authentication_type")
    assert snapshot.coverage(Area.OBJECTS)


def site_for_plain(server):
    with SimulatorServer(server.pbx, tls=True) as secure:
        site = site_for(secure, app=APP)
    return site.model_copy(update={"tls": Trust()})


def test_an_advice_is_kept_by_what_is_asked_later():
    with serve() as server:
        found = probed(server, password="wrong")
    first, second = (one.advice for one in found.sockets if one.area in {ADMIN_API, TABLE_API})
    assert first == second

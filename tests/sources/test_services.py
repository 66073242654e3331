"""Looks at services as a stranger: closed, open, silent, and pages that ask for a login or not."""

from __future__ import annotations

import socket

import pytest

from auditor.model.site import Site
from auditor.model.vocabulary import Coverage
from auditor.settings import Credentials, LiveOptions
from auditor.simulator.configuration import SimulatedPbx
from auditor.simulator.render import box_info
from auditor.simulator.server import SimulatorServer
from auditor.sources import services
from auditor.sources.live import read_live
from auditor.sources.services import look_at_services
from tests.fixtures.hostile import HostilePbx, http

INFO = "/CMD0/box_info.xml"
QUICK = LiveOptions(timeout=0.3, deadline=0.3)


def patience(answer):
    """Return little time for what never answers, and enough for everything else."""
    return QUICK if answer is None else LiveOptions()


LOOKED = {"telnet_port", "http_port", "info_page"}


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def site_of(server=None, **probe):
    ports = {"http_port": closed_port(), "telnet_port": closed_port(), **probe}
    trust = {"fingerprint": server.certificate.fingerprint} if server else {}
    return Site.model_validate({"probe": ports, "tls": trust})


def values(looks):
    return {fact: setting.values[0] for fact, setting in looks.settings.items()}


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened.getsockname()[1]


def test_a_box_that_shows_nothing_to_strangers():
    with SimulatorServer(tls=True, protect_pages=True) as server:
        looks = look_at_services(server.url, site_of(server), LiveOptions())
    assert values(looks) == {
        "telnet_port": "closed",
        "http_port": "closed",
        "info_page": "asks for a login",
    }
    assert looks.gaps == []


def test_a_box_as_it_is_delivered(listener):
    with SimulatorServer(tls=True) as server, SimulatorServer() as plain:
        site = site_of(server, http_port=plain.port, telnet_port=listener)
        looks = look_at_services(server.url, site, LiveOptions())
        assert plain.requests == [("GET", INFO)]
    assert values(looks) == {"telnet_port": "open", "http_port": "answers", "info_page": "open"}


def test_nothing_is_sent_to_the_telnet_port():
    with socket.socket() as opened, SimulatorServer() as server:
        opened.bind(("127.0.0.1", 0))
        opened.listen()
        look_at_services(
            server.url, site_of(telnet_port=opened.getsockname()[1]), LiveOptions(timeout=5)
        )
        caller, _ = opened.accept()
        with caller:
            caller.settimeout(5)
            assert caller.recv(100) == b""


def test_an_audit_over_http_needs_no_look_at_http():
    with SimulatorServer() as server:
        looks = look_at_services(server.url, site_of(http_port=1), LiveOptions())
    assert values(looks)["http_port"] == "answers"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (http(b"<html/>"), "answers"),
        (http(status="401 Unauthorized"), "answers"),
        (http(b"", "301 Moved", "Location: https://127.0.0.1/"), "redirects to HTTPS"),
        (http(b"", "302 Found", "Location: https://127.0.0.1:8443/x"), "redirects to HTTPS"),
        (http(b"", "302 Found", "Location: https://elsewhere.example/"), "answers"),
        (http(b"", "302 Found", "Location: /login"), "answers"),
        (http(b"", "302 Found", "Location: http://127.0.0.1/"), "answers"),
        (b"SSH-2.0-OpenSSH\r\n", None),
        (b"", None),
        (None, None),
    ],
)
def test_what_the_port_for_http_does(answer, expected):
    with SimulatorServer(tls=True) as server, HostilePbx({INFO: answer}) as pbx:
        port = int(pbx.url.rpartition(":")[2])
        looks = look_at_services(server.url, site_of(server, http_port=port), patience(answer))
    assert values(looks).get("http_port") == expected
    assert [gap.area for gap in looks.gaps] == ([] if expected else ["http_port"])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (http(box_info(SimulatedPbx.create("hardened", seed=1).box)), "open"),
        (http(b"<html>please log in</html>"), None),
        (http(b"<info/>"), None),
        (http(b"x" * 200_000), None),
        (http(status="401 Unauthorized"), "asks for a login"),
        (http(status="403 Forbidden"), None),
        (http(status="404 Not Found"), None),
        (http(b"", "302 Found", "Location: https://elsewhere.example/"), None),
        (None, None),
        (b"HTTP/1.1 nonsense\r\n\r\n", None),
    ],
)
def test_what_the_page_that_describes_the_box_does(answer, expected):
    with HostilePbx({INFO: answer}) as pbx:
        looks = look_at_services(pbx.url, site_of(), patience(answer))
    assert values(looks).get("info_page") == expected
    assert [gap.area for gap in looks.gaps] == ([] if expected else ["info_page"])


@pytest.mark.parametrize("error", [TimeoutError(), OSError(113, "No route to host")])
def test_a_port_that_neither_answers_nor_refuses_proves_nothing(monkeypatch, error):
    def create_connection(*_, **__):
        raise error

    with SimulatorServer() as server:
        monkeypatch.setattr(services.socket, "create_connection", create_connection)
        looks = look_at_services(server.url, site_of(), LiveOptions())
    assert "telnet_port" not in looks.settings
    (gap,) = [gap for gap in looks.gaps if gap.area == "telnet_port"]
    assert gap.advice


def read(server, site):
    viewer = next(one for one in server.pbx.accounts if one.role == "viewer")
    return read_live(server.url, site, Credentials(viewer.username, viewer.password))


def test_a_live_audit_looks_and_a_site_can_forbid_it():
    with SimulatorServer() as server:
        snapshot = read(server, site_of())
        assert set(snapshot.settings) >= LOOKED
        assert all(snapshot.coverage(fact) is Coverage.COMPLETE for fact in LOOKED)
        snapshot = read(server, site_of(enabled=False))
        assert LOOKED.isdisjoint(snapshot.settings)
        assert all(snapshot.coverage(fact) is Coverage.MISSING for fact in LOOKED)


def test_no_credentials_are_sent_by_a_look():
    with HostilePbx({INFO: http(status="401 Unauthorized")}) as pbx:
        look_at_services(pbx.url, site_of(), LiveOptions())
        assert pbx.requests == [("GET", INFO)]


@pytest.mark.parametrize(
    ("password", "expected"), [("ip411", "true"), ("hV3xRk8PwZ5qTnB", "false")]
)
def test_the_configuration_gives_the_factory_login_away(password, expected):
    pbx = SimulatedPbx.create("hardened", seed=1, passwords={"admin": password})
    with SimulatorServer(pbx) as server:
        assert read(server, site_of()).settings["factory_login"].values == (expected,)


@pytest.mark.parametrize("status", ["302 Found", "304 Not Modified"])
def test_a_redirect_to_nowhere_does_not_end_the_audit(status):
    with SimulatorServer(tls=True) as server, HostilePbx({INFO: http(b"", status)}) as pbx:
        site = site_of(server, http_port=int(pbx.url.rpartition(":")[2]))
        looks = look_at_services(server.url, site, LiveOptions())
    assert values(looks)["http_port"] == "answers"


def _addresses(monkeypatch, outcomes):
    """Let a name stand for addresses whose connections end so, one after the other."""
    entries = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"192.0.2.{number}", 23))
        for number in range(len(outcomes))
    ]
    left = iter(outcomes)

    def connect(*_):
        if (failure := next(left)) is not None:
            raise failure

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: entries)
    monkeypatch.setattr(socket.socket, "connect", connect)


def _telnet():
    looks = look_at_services("http://pbx.example.com", Site(), LiveOptions())
    return values(looks).get("telnet_port")


@pytest.mark.parametrize("other", [TimeoutError(), OSError(101, "unreachable")])
@pytest.mark.parametrize("refused_last", [True, False])
def test_one_address_that_refuses_does_not_close_the_others(monkeypatch, other, refused_last):
    outcomes = [other, ConnectionRefusedError()]
    _addresses(monkeypatch, outcomes if refused_last else outcomes[::-1])
    monkeypatch.setattr(services, "_info_page", lambda *_: "open")
    assert _telnet() is None


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([ConnectionRefusedError(), ConnectionRefusedError()], "closed"),
        ([ConnectionRefusedError(), None], "open"),
        ([TimeoutError(), None], "open"),
    ],
    ids=["all-refuse", "second-open", "open-after-silence"],
)
def test_all_addresses_of_a_name_decide(monkeypatch, outcomes, expected):
    _addresses(monkeypatch, outcomes)
    monkeypatch.setattr(services, "_info_page", lambda *_: "open")
    assert _telnet() == expected

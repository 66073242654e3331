"""Looks at services as a stranger: closed, open, silent, and pages that ask for a login or not."""

from __future__ import annotations

import socket
import ssl

import pytest

from auditor.errors import TargetError
from auditor.model.site import Site
from auditor.model.vocabulary import Coverage
from auditor.simulator.behaviour import AREAS as ALL
from auditor.simulator.responses import box_info
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.site.credentials import Credentials
from auditor.sources.live import live_pbx, services
from auditor.sources.live.live_pbx import read_live
from auditor.sources.live.services import look_at_services
from auditor.sources.options import LiveOptions
from tests.fixtures.hostile import HostilePbx, http
from tests.fixtures.sentences import says

INFO = "/CMD0/box_info.xml"
QUICK = LiveOptions(timeout=0.3, deadline=0.3)
BOX = http(box_info(SimulatedPbx.create("hardened", seed=1).box))
DIGEST = http(b"<html/>", "401 Unauthorized", 'WWW-Authenticate: Digest realm="x", nonce="1"')
# What others than an innovaphone device answer: portals, proxies, pages of errors, nothing at all.
PORTAL = http(b"<html>please log in</html>")
OTHERS = [
    PORTAL,
    http(b""),
    http(b"<info/>"),
    http(b'<info><sys version="no brackets"/></info>'),
    http(b'<html serial="009033000001"/>'),
    http(b"x" * 200_000),
    http(status="401 Unauthorized"),
    http(PORTAL, "401 Unauthorized", 'WWW-Authenticate: Basic realm="portal"'),
    http(b"", "401 Unauthorized", 'WWW-Authenticate: Bearer realm="portal"'),
    http(status="403 Forbidden"),
    http(status="404 Not Found"),
    http(status="407 Proxy Authentication Required"),
    http(status="500 Internal Server Error"),
    http(status="502 Bad Gateway"),
    http(status="503 Service Unavailable"),
    http(b"", "302 Found", "Location: https://elsewhere.example/"),
    http(b"", "302 Found", "Location: /login"),
    http(b"", "302 Found", "Location: http://127.0.0.1/"),
    http(b"", "302 Found"),
    http(b"", "304 Not Modified"),
    http(b"", "307 Temporary Redirect", "Location: //portal.example/"),
]


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
        (BOX, "answers"),
        (DIGEST, "answers"),
        (http(b"?\r\n"), "answers"),
        (http(b"", "301 Moved", "Location: https://127.0.0.1/"), "redirects to HTTPS"),
        (http(b"", "302 Found", "Location: https://127.0.0.1:8443/x"), "redirects to HTTPS"),
        *((answer, None) for answer in OTHERS),
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
        (BOX, "open"),
        (DIGEST, "asks for a login"),
        *((answer, None) for answer in OTHERS),
        (None, None),
        (b"HTTP/1.1 nonsense\r\n\r\n", None),
    ],
)
def test_what_the_page_that_describes_the_box_does(answer, expected):
    with HostilePbx({INFO: answer}) as pbx:
        looks = look_at_services(pbx.url, site_of(), patience(answer))
    assert values(looks).get("info_page") == expected
    assert {gap.area for gap in looks.gaps} == (set() if expected else LOOKED)


@pytest.mark.parametrize("answer", OTHERS)
def test_nothing_that_another_host_does_says_anything_of_a_pbx(answer, listener):
    for port in (closed_port(), listener):
        with HostilePbx({INFO: answer}) as pbx:
            looks = look_at_services(pbx.url, site_of(telnet_port=port), LiveOptions())
        assert looks.settings == {}
        assert {gap.area for gap in looks.gaps} == LOOKED
        assert all(gap.advice for gap in looks.gaps)


@pytest.mark.parametrize("error", [TimeoutError(), OSError(113, "No route to host")])
def test_a_port_that_neither_answers_nor_refuses_proves_nothing(monkeypatch, error):
    def create_connection(*_, **__):
        raise error

    with SimulatorServer() as server:
        monkeypatch.setattr(socket, "create_connection", create_connection)
        looks = look_at_services(server.url, site_of(), LiveOptions())
    assert "telnet_port" not in looks.settings
    (gap,) = [gap for gap in looks.gaps if gap.area == "telnet_port"]
    assert gap.advice


def anything():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


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


class Everywhere(HostilePbx):
    """A host with one answer to every request."""

    def __init__(self, answer):
        super().__init__({})
        self.answer = answer

    def respond(self, *_):
        return self.answer


class TestAHostThatIsNoPbx:
    @pytest.mark.parametrize("answer", [PORTAL, http(b""), http(status="403 Forbidden")])
    def test_its_services_are_not_looked_at(self, monkeypatch, answer):
        monkeypatch.setattr(live_pbx, "look_at_services", lambda *_, **__: pytest.fail("looked"))
        with Everywhere(answer) as pbx, pytest.raises(TargetError):
            read_live(pbx.url, site_of(), Credentials("a", "b"))

    def test_its_tls_is_not_looked_at(self, monkeypatch):
        monkeypatch.setattr(live_pbx, "endpoints_shown", lambda *_: pytest.fail("looked"))
        with SimulatorServer(tls=True, refuse=ALL) as server, pytest.raises(TargetError) as error:
            read(server, site_of(server))
        assert says("read nothing", error.value.message)


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

"""How a PBX proves who it is over TLS: pinned, by authority and MAC, or not at all."""

from __future__ import annotations

import base64
import hashlib
import socket
import socketserver
import ssl
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import ValidationError

from auditor.errors import CertificateError, LoginError, SiteFileError, TargetError
from auditor.messages.message import Message
from auditor.model.site import Site, Trust
from auditor.site.credentials import Credentials
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from tests.fixtures.pbx import ROOT, configuration_of
from tests.fixtures.program import execute
from tests.fixtures.sentences import sentence

TLS = ROOT / "tests" / "fixtures" / "tls"
AUTHORITY = str(TLS / "authority.pem")
MAC = "009033410c7e"
BASIC = f"Basic {base64.b64encode(b'viewer:x').decode()}"


def fingerprint(name):
    pem = (TLS / f"{name}.pem").read_text(encoding="ascii")
    certificate = pem[: pem.index("-----END CERTIFICATE-----") + 26]
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self):
        self.server.paths.append(self.path)
        self.server.logins.append(self.headers.get("Authorization", ""))
        if self.server.challenges and self.server.logins[-1] != BASIC:
            self.send_response(401)
            for challenge in self.server.challenges:
                self.send_header("WWW-Authenticate", challenge)
            self.end_headers()
            return
        body = configuration_of() if self.path == "/cfg.txt" else b"?\r\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Log nothing."""


def context_of(name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / f"{name}.pem")
    return context


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *names, challenges=(), plain=False):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.paths, self.logins = [], []
        self.challenges = challenges
        self._plain = plain
        self._contexts = [context_of(name) for name in names]

    def get_request(self):
        """Take the next certificate for each connection, and stay with the last one."""
        plain, address = super().get_request()
        if self._plain:
            return plain, address
        context = self._contexts.pop(0) if len(self._contexts) > 1 else self._contexts[0]
        wrapped = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        return wrapped, address

    def server_bind(self):
        """Bind without a name look-up."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, *_):
        """Say nothing of clients that hang up."""


@pytest.fixture
def serve():
    running = []

    def start(*names, **options):
        server = _Server(*(names or ("device",)), **options)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        running.append((server, thread))
        return server

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


def read(server, scheme="https", probe=None, **tls):
    url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    site = Site.model_validate({"tls": tls, "probe": probe or {}})
    return read_live(url, site, Credentials("viewer", "x"))


@pytest.mark.parametrize("separator", ["", ":"])
@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_a_pinned_certificate_is_trusted(serve, separator, case):
    digits = case(fingerprint("device"))
    pairs = separator.join(digits[at : at + 2] for at in range(0, 64, 2))
    server = serve()
    assert read(server, fingerprint=pairs).objects
    assert "/cfg.txt" in server.paths


@pytest.mark.parametrize("pin", [fingerprint("other"), "ab" * 32])
def test_another_certificate_than_the_pinned_is_not(serve, pin):
    server = serve()
    with pytest.raises(TargetError, match="pinned"):
        read(server, fingerprint=pin)
    assert server.paths == []


def test_without_trust_nothing_is_sent(serve):
    server = serve()
    with pytest.raises(TargetError):
        read(server)
    assert server.paths == []


@pytest.mark.parametrize("mac", [MAC, "00-90-33-41-0C-7E", "00:90:33:41:0c:7e"])
def test_authority_and_mac_are_trusted(serve, mac):
    assert read(serve(), ca_file=AUTHORITY, mac=mac).objects


def test_another_device_of_the_same_authority_is_not(serve):
    server = serve("other")
    with pytest.raises(CertificateError, match=sentence("another device")) as refused:
        read(server, ca_file=AUTHORITY, mac=MAC)
    assert isinstance(refused.value.advice, Message)
    assert server.paths == []


@pytest.mark.parametrize("mac", ["00903341 0c7a", "0090334l0c7e", "00903341c7e", "00903341dc7e"])
def test_one_character_of_the_mac_makes_it_another_device(serve, mac):
    server = serve()
    with pytest.raises(CertificateError, match=sentence("another device")):
        read(server, ca_file=AUTHORITY, mac=mac)
    assert server.paths == []


def test_a_device_of_another_authority_is_not(serve, tmp_path):
    pem = (TLS / "other.pem").read_text(encoding="ascii")
    own = tmp_path / "ca.pem"
    own.write_text(pem[: pem.index("-----END CERTIFICATE-----") + 26], encoding="ascii")
    server = serve()
    with pytest.raises(TargetError):
        read(server, ca_file=str(own), mac=MAC)
    assert server.paths == []


@pytest.mark.parametrize(
    ("tls", "said"),
    [
        ({"ca_file": AUTHORITY}, "mac"),
        ({"ca_file": "/no/such/file", "mac": MAC}, "CA file"),
        ({"ca_file": str(TLS / "readme"), "mac": MAC}, "CA file"),
        ({"ca_file": __file__, "mac": MAC}, "CA file"),
        ({"ca_file": AUTHORITY, "mac": "zz"}, ""),
    ],
)
def test_settings_that_cannot_be_used(serve, tls, said):
    server = serve()
    with pytest.raises((SiteFileError, TargetError)) as refused:
        read(server, **tls)
    assert said in str(refused.value)
    if isinstance(refused.value, SiteFileError):
        assert refused.value.where == "[tls] ca_file"
    assert server.paths == []


@pytest.mark.parametrize(
    "tls",
    [
        {"fingerprint": "x"},
        {"fingerprint": fingerprint("device")[:40]},
        {"mac": MAC},
        {"fingerprint": fingerprint("device"), "ca_file": AUTHORITY, "mac": MAC},
    ],
)
def test_trust_that_says_nothing_or_two_things_is_refused(tls):
    with pytest.raises(ValidationError):
        Site.model_validate({"tls": tls})


def test_tls_on_the_port_is_no_plain_text(serve):
    server = serve()
    with pytest.raises(TargetError):
        read(server, scheme="http")
    assert server.paths == []


def test_plain_text_on_the_port_is_no_tls(serve):
    server = serve(plain=True)
    with pytest.raises(TargetError, match=sentence("does not speak TLS")):
        read(server)
    assert server.paths == ["/CMD0/box_info.xml"]
    assert server.logins == [""]


def test_an_expired_certificate_is_refused_although_it_is_pinned(serve):
    server = serve("expired")
    with pytest.raises(CertificateError, match=sentence("expired")):
        read(server, fingerprint=fingerprint("expired"))
    assert server.paths == []


def test_the_wrong_host_is_told_from_an_unknown_authority(serve, monkeypatch):
    server = serve()
    with pytest.raises(CertificateError, match=sentence("nobody here knows")) as unknown:
        read(server)
    monkeypatch.setenv("SSL_CERT_FILE", AUTHORITY)
    with pytest.raises(CertificateError, match=sentence("another name")) as wrong:
        read(server)
    assert "--show-fingerprint" in unknown.value.advice
    assert "--show-fingerprint" in wrong.value.advice
    assert server.paths == []


def test_a_certificate_that_changed_before_the_first_request_is_refused(serve):
    server = serve("device", "other")
    with pytest.raises(CertificateError, match="changed"):
        read(server, fingerprint=fingerprint("device"))
    assert server.paths == []


@pytest.mark.parametrize("by", [{"fingerprint": "device"}, {"ca_file": AUTHORITY, "mac": MAC}])
def test_a_certificate_that_changes_between_two_requests_ends_the_reading(serve, by):
    tls = {"fingerprint": fingerprint("device")} if "fingerprint" in by else by
    server = serve("device", "device", "other")
    with pytest.raises(CertificateError, match="changed"):
        read(server, **tls)
    assert server.paths == ["/CMD0/box_info.xml"]


PINNED = {"fingerprint": fingerprint("device")}


class TestBasic:
    def test_over_tls_if_there_is_no_digest(self, serve):
        server = serve(challenges=['Basic realm="x"'])
        assert read(server, probe={"enabled": False}, **PINNED).objects
        assert set(server.logins) == {"", BASIC}
        assert server.logins.count("") == 1

    def test_never_in_clear(self, serve):
        server = serve(challenges=['Basic realm="x"'], plain=True)
        with pytest.raises(LoginError, match=sentence("in clear")):
            read(server, scheme="http")
        assert set(server.logins) == {""}

    @pytest.mark.parametrize("first", [0, 1])
    def test_never_where_digest_is_offered(self, serve, first):
        offered = ['Digest realm="x", nonce="y", qop="auth"', 'Basic realm="x"']
        server = serve(challenges=[offered[first], offered[1 - first]])
        with pytest.raises(LoginError, match="refuses"):
            read(server, **PINNED)
        assert not [login for login in server.logins if login.startswith("Basic")]

    def test_a_wrong_password_is_sent_once(self, serve):
        server = serve(challenges=['Basic realm="x"'])
        url = f"https://127.0.0.1:{server.server_address[1]}"
        site = Site.model_validate({"tls": PINNED})
        with pytest.raises(LoginError, match="refuses"):
            read_live(url, site, Credentials("viewer", "wrong"))
        assert len(server.logins) == 2


def test_doctor_shows_the_fingerprint_and_sends_nothing(serve, tmp_path):
    server = serve()
    url = f"https://127.0.0.1:{server.server_address[1]}"
    ended = execute(["doctor", url, "--show-fingerprint"], tmp_path)
    assert ended.code == 0
    assert f'[tls]\nfingerprint = "{fingerprint("device")}"' in ended.out
    assert server.paths == []


@pytest.mark.parametrize(
    ("tls", "code", "said"),
    [
        (PINNED, 4, "pinned"),
        ({"fingerprint": fingerprint("other")}, 3, "not the pinned one"),
        ({}, 3, "nobody here knows"),
    ],
)
def test_doctor_says_what_is_wrong_with_a_certificate(serve, tmp_path, tls, code, said):
    server = serve()
    lines = "".join(f'{key} = "{value}"\n' for key, value in tls.items())
    (tmp_path / "site.toml").write_text(f"[tls]\n{lines}", encoding="utf-8")
    url = f"https://127.0.0.1:{server.server_address[1]}"
    account = {"PBX_AUDITOR_USERNAME": "viewer", "PBX_AUDITOR_PASSWORD": "x"}
    ended = execute(["doctor", url, "--site", "site.toml"], tmp_path, **account)
    assert ended.code == code, ended.said
    assert said in " ".join(ended.out.split())


class TestHandshake:
    """A host that takes the connection and then says nothing, or one byte at a time."""

    @pytest.fixture(params=["silent", "dripping"])
    def host(self, request):
        over = threading.Event()
        listening = socket.create_server(("127.0.0.1", 0))

        def serve():
            with suppress(OSError):
                while True:
                    taken, _ = listening.accept()
                    threading.Thread(target=talk, args=(taken,), daemon=True).start()

        def talk(taken):
            with suppress(OSError), taken:
                taken.sendall(b"\x16\x03\x03\x40\x00")
                while not over.wait(0.02):
                    if request.param == "dripping":
                        taken.sendall(b"\x00")

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        over.set()
        listening.close()

    @pytest.mark.parametrize("trust", [Trust(), Trust(fingerprint="0" * 64)])
    def test_ends_in_time(self, host, trust):
        site = Site(tls=trust)
        options = LiveOptions(timeout=0.5, deadline=0.5)
        with pytest.raises(TargetError):
            read_live(f"https://127.0.0.1:{host}", site, Credentials("a", "b"), options)

"""How a PBX proves who it is over TLS: pinned, by authority and MAC, or not at all."""

from __future__ import annotations

import hashlib
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from auditor.errors import SiteFileError, TargetError
from auditor.model.site import Site
from auditor.settings import Credentials
from auditor.sources.live import read_live
from tests.fixtures.pbx import ROOT, configuration_of

TLS = ROOT / "tests" / "fixtures" / "tls"
AUTHORITY = str(TLS / "authority.pem")
MAC = "009033410c7e"


def fingerprint(name):
    pem = (TLS / f"{name}.pem").read_text(encoding="ascii")
    certificate = pem[: pem.index("-----END CERTIFICATE-----") + 26]
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.paths.append(self.path)
        body = configuration_of() if self.path == "/cfg.txt" else b"?\r\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Log nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, name):
        super().__init__(("127.0.0.1", 0), _Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / f"{name}.pem")
        self.paths = []
        self.socket = context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )

    def server_bind(self):
        """Bind without a name look-up."""
        super(ThreadingHTTPServer.__bases__[1], self).server_bind()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, *_):
        """Say nothing of clients that hang up."""


@pytest.fixture
def serve():
    running = []

    def start(name="device"):
        server = _Server(name)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        running.append((server, thread))
        return server

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


def read(server, **tls):
    url = f"https://127.0.0.1:{server.server_address[1]}"
    site = Site.model_validate({"tls": tls})
    return read_live(url, site, Credentials("viewer", "x"))


@pytest.mark.parametrize("separator", ["", ":"])
@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_a_pinned_certificate_is_trusted(serve, separator, case):
    digits = case(fingerprint("device"))
    pairs = separator.join(digits[at : at + 2] for at in range(0, 64, 2))
    server = serve()
    assert read(server, fingerprint=pairs).objects
    assert "/cfg.txt" in server.paths


@pytest.mark.parametrize("pin", [fingerprint("other"), "ab" * 32, "x", fingerprint("device")[:40]])
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
    with pytest.raises(TargetError, match="another device"):
        read(server, ca_file=AUTHORITY, mac=MAC)
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
        ({"mac": MAC}, ""),
        ({"ca_file": AUTHORITY, "mac": "zz"}, ""),
    ],
)
def test_settings_that_cannot_be_used(serve, tls, said):
    server = serve()
    with pytest.raises((SiteFileError, TargetError)) as refused:
        read(server, **tls)
    assert said in str(refused.value)
    assert server.paths == []


def test_plain_text_on_the_port_is_no_tls(serve):
    server = serve()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    with pytest.raises(TargetError):
        read_live(url, Site(), Credentials("viewer", "x"))
    assert server.paths == []

"""Certificates and handshakes that go wrong: a sentence of its own for each, and never a crash."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
import warnings
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from auditor.errors import CertificateError, TlsError
from auditor.messages.message import Message
from auditor.model.site import Site, Trust
from auditor.simulator.server import SimulatorServer
from auditor.site.credentials import Credentials
from auditor.sources.live import handshake, tls_errors
from auditor.sources.live.live_pbx import read_live
from auditor.sources.live.tls_errors import Expected, explain_failure
from auditor.sources.live.trust import TlsPlace, tls_context
from auditor.sources.options import LiveOptions
from auditor.sources.parse.certificate import read_certificate
from tests.fixtures.authority import DAY, NOW, issue, showing
from tests.fixtures.pbx import simulated
from tests.fixtures.program import execute
from tests.fixtures.sentences import says

MAC = "009033410c7e"
ROOT = issue("Root", ca=True)
BETWEEN = issue("Between", ROOT, ca=True)
OLD = hashes.SHA1()  # noqa: S303 -- what is to be refused
OTHER = issue("Other", ca=True)


def refused(tmp_path, authority, *chain):
    """Return what is said of a chain by somebody who trusts an authority and a MAC."""
    (tmp_path / "ca.pem").write_text(authority.pem, encoding="ascii")
    trust = Trust(ca_file=str(tmp_path / "ca.pem"), mac=MAC)
    with showing(tmp_path, *chain) as url, pytest.raises(TlsError) as error:
        handshake.look_at_tls(url, trust)
    assert error.value.advice
    return error.value


REFUSED = {
    "SHA-1": (ROOT, [issue(MAC, ROOT, method=OLD)], "SHA-1"),
    "no intermediate": (ROOT, [issue(MAC, BETWEEN)], "in between is missing"),
    "another authority": (OTHER, [issue(MAC, ROOT)], "ca_file"),
    "signed by itself": (ROOT, [issue(MAC)], "not signed by one of [tls] ca_file"),
    "expired": (ROOT, [issue(MAC, ROOT, since=NOW - 9 * DAY, until=NOW - DAY)], "expired"),
    "not yet": (ROOT, [issue(MAC, ROOT, since=NOW + DAY)], "not valid yet"),
    "for clients": (
        ROOT,
        [issue(MAC, ROOT, usage=ExtendedKeyUsageOID.CLIENT_AUTH)],
        "not made for a server",
    ),
    "by no authority": (ROOT, [issue(MAC, n := issue("No", ROOT)), n], "none of an authority"),
    "a demand": (ROOT, [issue(MAC, ROOT, demand=True)], "demands something"),
    "another box": (ROOT, [issue("other", ROOT)], "another device"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_each_has_its_sentence(tmp_path, kind):
    authority, chain, said = REFUSED[kind]
    error = refused(tmp_path, authority, *chain)
    assert said in error.message
    assert isinstance(error, CertificateError)


def test_the_sentences_differ(tmp_path):
    said = [refused(tmp_path, a, *chain).message for a, chain, _ in REFUSED.values()]
    assert len(set(said)) >= len(said) - 1  # another authority, and what lies in between


def test_a_whole_chain_is_trusted(tmp_path):
    (tmp_path / "ca.pem").write_text(ROOT.pem, encoding="ascii")
    trust = Trust(ca_file=str(tmp_path / "ca.pem"), mac=MAC)
    with showing(tmp_path, issue(MAC, BETWEEN), BETWEEN) as url:
        assert handshake.look_at_tls(url, trust).certificate.subject == MAC


@pytest.mark.parametrize("serial", [0, -1, -128])
class TestSerial:
    def test_it_is_read_without_a_warning(self, serial):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            seen = read_certificate(issue(MAC, serial=serial).der)
        assert seen.subject == MAC
        assert says("serial number", seen.oddity)

    @pytest.mark.parametrize("options", [(), ("--show-fingerprint",)])
    def test_no_command_breaks_off_where_warnings_are_errors(self, tmp_path, serial, options):
        shown = issue(MAC, serial=serial)
        digits = hashlib.sha256(shown.der).hexdigest()
        (tmp_path / "site.toml").write_text(f'[tls]\nfingerprint = "{digits}"\n')
        with showing(tmp_path, shown) as url:
            more = ("--timeout", "1", "--deadline", "3")
            arguments = ["doctor", url, "--site", "site.toml", *options, *more]
            ended = execute(arguments, tmp_path, **ACCOUNT, PYTHONWARNINGS="error")
        assert ended.code == (0 if options else 3), ended.said
        assert "Warning" not in ended.said


ACCOUNT = {"PBX_AUDITOR_USERNAME": "viewer", "PBX_AUDITOR_PASSWORD": "x"}


def test_a_pbx_is_audited_where_warnings_are_errors(tmp_path):
    with SimulatorServer(simulated(), tls=True, outdated_tls=True) as server:
        user = next(one for one in server.pbx.accounts if one.role == "viewer")
        site = simulated().site.read_text("utf-8")
        pin = f'\n[tls]\nfingerprint = "{server.certificate.fingerprint}"\n'
        (tmp_path / "site.toml").write_text(site + pin, encoding="utf-8")
        login = {"PBX_AUDITOR_USERNAME": user.username, "PBX_AUDITOR_PASSWORD": user.password}
        arguments = ["audit", server.url, "--site", "site.toml", "--profile", "baseline"]
        ended = execute(arguments, tmp_path, **login, PYTHONWARNINGS="error")
    assert ended.code in {1, 4}, ended.said
    assert "Warning" not in ended.said


def test_a_certificate_that_openssl_cannot_trust_is_no_crash(monkeypatch):
    def cannot(**_):
        raise ssl.SSLError(1, "[X509] no start line")

    with SimulatorServer(tls=True) as server:
        trust = Trust(fingerprint=server.certificate.fingerprint)
        monkeypatch.setattr(ssl, "create_default_context", cannot)
        with pytest.raises(CertificateError) as error:
            tls_context(trust, TlsPlace("127.0.0.1", server.port, 5.0))
    assert "X.509" in error.value.message


def test_a_name_that_the_server_does_not_know(tmp_path):
    def setup(context):
        context.sni_callback = lambda *_: ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

    with showing(tmp_path, issue(MAC), setup=setup) as url, pytest.raises(TlsError) as error:
        handshake.look_at_tls(url, Trust())
    assert "SNI" in error.value.message


def test_a_server_without_a_cipher_in_common(tmp_path):
    def setup(context):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("AES128-SHA256")

    with showing(tmp_path, issue(MAC), setup=setup) as url, pytest.raises(TlsError) as error:
        handshake.look_at_tls(url, Trust())
    assert says("method of encryption", error.value.message)


def verification(code, words="x"):
    error = ssl.SSLCertVerificationError(1, "x")
    error.verify_code, error.verify_message = code, words
    return error


def failed(reason):
    error = ssl.SSLError(1, "x")
    error.reason = reason
    return error


@pytest.mark.parametrize("expected", Expected)
def test_no_number_of_openssl_is_without_words(expected):
    for code in (*range(1, 100), 1234):
        error = explain_failure(verification(code, 'odd "words" \x1b[31m\n'), expected, "x")
        assert isinstance(error, CertificateError), code
        assert isinstance(error.message, Message), code
        assert isinstance(error.advice, Message), code
        assert "\x1b" not in error.message, code


REASONS = ["TLSV1_UNRECOGNIZED_NAME", "SSLV3_ALERT_HANDSHAKE_FAILURE", "WRONG_VERSION_NUMBER"]


@pytest.mark.parametrize(
    "reason", [*REASONS, "TLSV1_ALERT_INTERNAL_ERROR", "X_NOBODY_KNOWS", "ASN1_LIB", "", None]
)
def test_no_reason_of_openssl_is_without_words(reason):
    error = explain_failure(failed(reason), Expected.SYSTEM, "x")
    assert isinstance(error, TlsError)
    assert isinstance(error.message, Message)
    assert isinstance(error.advice, Message)


def test_every_sentence_is_known_to_reports():
    listed = [one for one in vars(tls_errors).values() if isinstance(one, tuple)]
    pairs = [p for p in listed if len(p) == 2 and all(isinstance(text, str) for text in p)]
    assert len(pairs) > 8
    for message, advice in pairs:
        assert isinstance(message, Message), message
        assert isinstance(advice, Message), advice


def test_a_handshake_that_is_reset_is_tried_again_also_where_a_pin_is_checked():
    with SimulatorServer(simulated(), tls=True) as server, Interrupted(server.port) as port:
        user = next(one for one in server.pbx.accounts if one.role == "viewer")
        site = Site(tls=Trust(fingerprint=server.certificate.fingerprint))
        url = f"https://127.0.0.1:{port}"
        account, options = Credentials(user.username, user.password), LiveOptions(back_off=0.0)
        snapshot = read_live(url, site, account, options)
    assert snapshot.objects
    assert [one.document for one in snapshot.requests.repeated] == ["TLS"]


class Interrupted:
    """Passes connections on, but hangs up on the first one."""

    def __init__(self, port):
        self._target = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._opened = []
        self._threads = []

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self._listening.getsockname()[1]

    def __exit__(self, *_):
        for one in (self._listening, *self._opened):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(10)

    def _serve(self):
        with suppress(OSError):
            first, _ = self._listening.accept()
            first.recv(1)
            first.close()
            while True:
                taken, _ = self._listening.accept()
                onward = socket.create_connection(("127.0.0.1", self._target))
                self._opened += [taken, onward]
                for one, other in ((taken, onward), (onward, taken)):
                    thread = threading.Thread(target=self._pass, args=[one, other], daemon=True)
                    thread.start()
                    self._threads.append(thread)

    @staticmethod
    def _pass(one, other):
        with suppress(OSError):
            while block := one.recv(65_536):
                other.sendall(block)
            other.shutdown(socket.SHUT_WR)

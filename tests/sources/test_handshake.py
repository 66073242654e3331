"""What handshakes show of TLS: certificate, key, agreed version, and what is still accepted."""

from __future__ import annotations

import socket
import ssl
import threading
import warnings
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import CertificateError, TargetError
from auditor.messages.message import say
from auditor.model.site import Site, Trust
from auditor.model.vocabulary import Area, Coverage, Identity, TlsAnswer
from auditor.run.ending import unreached
from auditor.simulator.self_signed import self_signed
from auditor.simulator.server import SimulatorServer
from auditor.site.credentials import Credentials
from auditor.sources.live import handshake
from auditor.sources.live.live_pbx import read_live
from auditor.sources.live.trust import TlsPlace
from auditor.sources.parse.certificate import CertificateFormatError, read_certificate
from auditor.sources.snapshot.saved import dump_snapshot, load_snapshot
from tests.fixtures.pbx import ROOT

TLS = ROOT / "tests" / "fixtures" / "tls"
MADE = self_signed("009033410c7e")


def pinned(server):
    return Trust(fingerprint=server.certificate.fingerprint)


def read(server):
    viewer = next(one for one in server.pbx.accounts if one.role == "viewer")
    site = Site.model_validate(
        {"target": {"dialect": "simulated"}, "tls": pinned(server).model_dump()}
    )
    return read_live(server.url, site, Credentials(viewer.username, viewer.password))


class TestLive:
    def test_a_good_certificate(self):
        with SimulatorServer(tls=True) as server:
            snapshot = read(server)
        (seen,) = snapshot.tls
        assert snapshot.coverage(Area.TLS) is Coverage.COMPLETE
        assert seen.address == f"127.0.0.1:{server.port}"
        assert seen.identity is Identity.FINGERPRINT
        assert seen.protocol in {"TLSv1.2", "TLSv1.3"}
        assert seen.cipher
        certificate = seen.certificate
        assert certificate.subject == certificate.issuer == server.pbx.box.serial
        assert certificate.self_signed
        assert (certificate.algorithm, certificate.bits) == ("ECDSA", 256)
        assert certificate.fingerprint == server.certificate.fingerprint
        assert certificate.not_before < datetime.now(UTC) < certificate.not_after

    def test_a_pbx_without_tls_is_not_looked_at(self):
        with SimulatorServer() as server:
            viewer = next(one for one in server.pbx.accounts if one.role == "viewer")
            snapshot = read_live(server.url, Site(), Credentials(viewer.username, viewer.password))
        assert snapshot.tls == ()
        assert snapshot.coverage(Area.TLS) is Coverage.MISSING
        assert snapshot.gaps_in(Area.TLS) == ()

    def test_nothing_is_sent_through_a_look(self):
        with SimulatorServer(tls=True, outdated_tls=True) as server:
            handshake.look_at_tls(server.url, pinned(server))
            assert server.requests == []

    def test_a_pbx_that_is_gone_meanwhile_is_a_gap(self, monkeypatch):
        def gone(*_):
            raise TargetError(say("the host refuses the connection"), where="x", advice=say("y"))

        monkeypatch.setattr(handshake, "look_at_tls", gone)
        with SimulatorServer(tls=True) as server:
            snapshot = read(server)
        assert snapshot.coverage(Area.TLS) is Coverage.MISSING
        assert [gap.reason for gap in snapshot.gaps_in(Area.TLS)] == [
            "the host refuses the connection"
        ]

    def test_a_certificate_that_nobody_can_read_is_a_gap(self, monkeypatch):
        def unreadable(_):
            raise CertificateFormatError("x")

        monkeypatch.setattr(handshake, "read_certificate", unreadable)
        with SimulatorServer(tls=True) as server:
            snapshot = read(server)
        assert snapshot.tls[0].certificate is None
        assert snapshot.coverage(Area.TLS) is Coverage.PARTIAL

    def test_a_saved_snapshot_keeps_it(self, tmp_path):
        with SimulatorServer(tls=True) as server:
            snapshot = read(server)
        path = tmp_path / "snapshot.json"
        path.write_bytes(b"".join(dump_snapshot(snapshot)))
        assert load_snapshot(path).tls == snapshot.tls


class TestOutdatedVersions:
    def test_a_refusal_is_an_alert(self):
        with SimulatorServer(tls=True) as server:
            seen = handshake.look_at_tls(server.url, pinned(server))
        assert seen.outdated == {"TLSv1": TlsAnswer.REFUSED, "TLSv1.1": TlsAnswer.REFUSED}

    def test_what_is_accepted_is_said(self):
        with SimulatorServer(tls=True, outdated_tls=True) as server:
            seen = handshake.look_at_tls(server.url, pinned(server))
        assert seen.outdated == {"TLSv1": TlsAnswer.ACCEPTED, "TLSv1.1": TlsAnswer.ACCEPTED}

    @pytest.mark.parametrize("failure", [ssl.SSLError("no"), ValueError("no")])
    def test_what_cannot_be_offered_here_is_not_refused(self, monkeypatch, failure):
        def cannot(_):
            raise failure

        monkeypatch.setattr(handshake, "_only_version", cannot)
        with SimulatorServer(tls=True) as server:
            seen = handshake.look_at_tls(server.url, pinned(server))
        assert set(seen.outdated.values()) == {TlsAnswer.NOT_OFFERED}

    @pytest.mark.parametrize("ciphers", ["ECDHE+AESGCM"])
    def test_a_library_without_a_fitting_cipher_does_not_offer_it(self, monkeypatch, ciphers):
        monkeypatch.setattr(handshake, "_EVERY_CIPHER", ciphers)
        with SimulatorServer(tls=True, outdated_tls=True) as server:
            seen = handshake.look_at_tls(server.url, pinned(server))
        assert set(seen.outdated.values()) == {TlsAnswer.NOT_OFFERED}

    def test_who_hangs_up_does_not_refuse(self):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            threading.Thread(target=_hang_up, args=(listening,), daemon=True).start()
            place = TlsPlace("127.0.0.1", listening.getsockname()[1], 10.0)
            answer = handshake._try(  # noqa: SLF001 -- no other way to one probe alone
                place, ssl.TLSVersion.TLSv1
            )
        assert answer is TlsAnswer.UNCLEAR


def _hang_up(listening):
    connection, _ = listening.accept()
    connection.recv(1)
    connection.close()


class TestRefusedCertificates:
    """A certificate that keeps the PBX from being read is judged all the same."""

    @pytest.mark.parametrize("kind", ["expired", "short-key"])
    def test_the_pinned_one_is_seen(self, kind):
        with SimulatorServer(tls=True, certificate=kind) as server:
            with pytest.raises(CertificateError) as refused:
                read(server)
            site = Site(tls=pinned(server))
            snapshot = unreached(server.url, site, refused.value)
            assert server.requests == []
        (seen,) = snapshot.tls
        assert seen.identity is Identity.FINGERPRINT
        assert seen.certificate.fingerprint == server.certificate.fingerprint
        assert snapshot.coverage(Area.TLS) is Coverage.COMPLETE
        assert {gap.area for gap in snapshot.gaps} == {*Area} - {Area.TLS}

    def test_one_that_nobody_trusts_is_seen_as_unproven(self):
        with SimulatorServer(tls=True) as server:
            seen = handshake.look_anyway(server.url, Trust())
        assert seen.identity is Identity.UNPROVEN

    def test_another_one_than_the_pinned_is_not_looked_at(self):
        with SimulatorServer(tls=True) as server:
            assert handshake.look_anyway(server.url, Trust(fingerprint="ab" * 32)) is None
            error = CertificateError(say("not the pinned one"))
            snapshot = unreached(server.url, Site(tls=Trust(fingerprint="ab" * 32)), error)
        assert snapshot.tls == ()
        assert {gap.area for gap in snapshot.gaps} == {*Area}

    def test_one_of_another_authority_is_not_looked_at(self):
        trust = Trust(ca_file=str(TLS / "authority.pem"), mac="009033410c7e")
        with SimulatorServer(tls=True) as server:
            assert handshake.look_anyway(server.url, trust) is None

    def test_where_nobody_answers_nobody_is_asked_again(self, monkeypatch):
        monkeypatch.setattr(handshake, "look_anyway", lambda *_: pytest.fail("asked"))
        snapshot = unreached("https://127.0.0.1:9", Site(), TargetError(say("refused")))
        assert snapshot.tls == ()

    def test_what_is_no_tls_shows_nothing(self):
        with SimulatorServer() as server:
            url = server.url.replace("http:", "https:")
            assert handshake.look_anyway(url, Trust()) is None


class TestCertificates:
    def test_one_by_an_authority(self):
        pem = (TLS / "device.pem").read_text(encoding="ascii")
        content = ssl.PEM_cert_to_DER_cert(pem[: pem.index("-----END CERTIFICATE-----") + 26])
        seen = read_certificate(content)
        assert not seen.self_signed
        assert seen.issuer != seen.subject
        assert seen.bits >= 256

    @pytest.mark.parametrize("content", [b"", b"x", b"\x30\x03\x02\x01\x01"])
    def test_what_is_none(self, content):
        with pytest.raises(CertificateFormatError):
            read_certificate(content)

    @given(st.data())
    @settings(max_examples=300)
    def test_a_damaged_one_is_read_or_refused(self, data):
        content = bytearray(MADE.der)
        for _ in range(data.draw(st.integers(1, 3))):
            at = data.draw(st.integers(0, len(content) - 1))
            content[at] = data.draw(st.integers(0, 255))
        with warnings.catch_warnings():  # the library warns of what is odd but readable
            warnings.simplefilter("ignore")
            try:
                seen = read_certificate(bytes(content))
            except CertificateFormatError:
                return
        assert seen.not_before.tzinfo is not None
        assert len(seen.subject) <= 253

    def test_one_with_names_without_a_common_name(self):
        key = ed25519.Ed25519PrivateKey.generate()
        name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Beispiel")])
        names = [x509.DNSName(f"pbx{number}.example.com") for number in range(40)]
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now)
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(key, None)
        )
        seen = read_certificate(made.public_bytes(serialization.Encoding.DER))
        assert seen.subject == "O=Beispiel"
        assert seen.algorithm == "Ed25519"
        assert len(seen.names) == 20
        assert seen.names[0] == "pbx0.example.com"

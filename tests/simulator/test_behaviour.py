"""Rights, limits, TLS and size."""

from __future__ import annotations

import hashlib
import http.client
import re
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from auditor.simulator.behaviour import AREAS
from auditor.simulator.self_signed import self_signed
from auditor.simulator.simulated_pbx import SimulatedPbx

SHOW = "/PBX0/ADMIN/mod_cmd_login.xml"
PATHS = {
    "box_info": "/CMD0/box_info.xml",
    "cfg": "/cfg.txt",
    "download": f"{SHOW}?cmd=download&format=xml&cd=pbx.xml",
    "log": "/LOG0/CNT/mod_cmd.xml?cmd=xml-counts",
    "pri": "/PRI1/mod_cmd.xml",
    "show": f"{SHOW}?cmd=show&user=*",
}


@pytest.mark.parametrize("area", sorted(PATHS))
def test_a_right_is_taken_from_the_viewer_alone(serve, connect, area):
    server = serve(viewer_refuse=frozenset({area}))
    viewer, admin = connect(server), connect(server, "admin")
    for other, path in PATHS.items():
        assert admin.ask(path).status == 200
        assert viewer.ask(path).status == (403 if other == area else 200)
    assert server.writes == 0


@pytest.mark.parametrize(("area", "version"), [("soap", 403), ("admin", 200)])
def test_soap_or_only_its_admin_is_refused_to_the_viewer(serve, connect, area, version):
    client = connect(serve(viewer_refuse=frozenset({area})))
    assert client.soap("Version").status == version
    assert client.admin('<show><user cn="Temp"/></show>').status == 403


def test_every_area_has_a_test():
    assert {*PATHS, "soap", "admin"} == AREAS


def test_the_pbx_password_opens_soap_only(server, connect):
    client = connect(server, login=("admin", "pbx-secret"))
    assert client.ask("/cfg.txt").status == 401
    assert client.admin('<add><user cn="Neu" h323="neu"/></add>').status == 200
    assert ("h323", "neu") in server.pbx.index


def test_a_pbx_user_is_limited(server, connect):
    client = connect(server, login=("p.krause", "hotdesk1"))
    assert client.soap("Version").status == 200
    assert client.admin('<show><user cn="Temp"/></show>').status == 403
    assert client.ask("/cfg.txt").status == 401
    assert connect(server, login=("p.krause", "wrong")).soap("Version").status == 401


def test_a_star_is_survived_up_to_the_limit(serve, connect, pbx):
    command = '<show><user cn="*"/></show>'
    reply = connect(serve(star_limit=len(pbx.everything))).admin(command)
    assert reply.text.count("&lt;user ") == len(pbx.everything)
    client = connect(serve(star_limit=len(pbx.everything) - 1))
    client.challenge()
    with pytest.raises(http.client.RemoteDisconnected):
        client.admin(command)


def test_the_download_holds_every_object_and_its_password_masked(client, pbx):
    reply = client.ask(PATHS["download"])
    assert reply.text.count("<user ") == len(pbx.everything)
    assert 'pwd="********"' in reply.text
    assert client.ask(f"{SHOW}?cmd=download&format=csv&cd=pbx.csv").body == b"?\r\n"


def test_every_wire_fact_has_a_test():
    files = Path(__file__).parent.glob("test_wire_*.py")
    found = (re.findall(r"def test_fact_(\d\d)_", file.read_text("utf-8")) for file in files)
    assert {int(number) for numbers in found for number in numbers} == set(range(1, 24))


def test_an_unknown_switch_is_refused(serve):
    with pytest.raises(TypeError):
        serve(no_such_switch=True)


def shown_certificate(server, context):
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=60) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
    ):
        return secure.getpeercert(binary_form=True), secure.getpeercert()


def trusting(certificate):
    context = ssl.create_default_context(cadata=certificate.pem)
    context.check_hostname = False
    return context


def test_the_certificate_is_self_signed_with_the_mac_as_name(serve):
    server = serve(tls=True)
    assert server.url.startswith("https://")
    der, facts = shown_certificate(server, trusting(server.certificate))
    assert hashlib.sha256(der).hexdigest() == server.certificate.fingerprint
    assert facts["subject"] == facts["issuer"] == ((("commonName", "00903341a55b"),),)
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
        shown_certificate(server, ssl.create_default_context())


def test_the_certificate_can_change_or_have_expired(serve):
    server = serve(tls=True)
    first = trusting(server.certificate)
    now = datetime.now(UTC)
    old = self_signed("00903341a55b", since=now - timedelta(9), until=now - timedelta(1))
    server.show_certificate(old)
    with pytest.raises(ssl.SSLCertVerificationError):
        shown_certificate(server, first)
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        shown_certificate(server, trusting(old))
    assert server.certificate is old


def test_the_certificate_can_be_of_a_bad_kind(serve):
    expired = x509.load_der_x509_certificate(serve(tls=True, certificate="expired").certificate.der)
    assert expired.not_valid_after_utc < datetime.now(UTC)
    short = x509.load_der_x509_certificate(serve(tls=True, certificate="short-key").certificate.der)
    key = short.public_key()
    assert isinstance(key, RSAPublicKey)
    assert key.key_size == 1024


def test_without_tls_there_is_no_certificate(server):
    assert server.certificate is None
    with pytest.raises(ValueError, match="without TLS"):
        server.show_certificate(self_signed("x"))


def test_no_key_is_in_a_representation():
    certificate = self_signed("x")
    assert certificate.key not in repr(certificate)


@pytest.fixture(scope="module", params=[10_000, 50_000])
def large(request):
    return request.param, SimulatedPbx.generate(request.param, "pbx-secret", seed=1)


def test_a_large_pbx_has_that_many_users_more(large, hardened):
    users, pbx = large
    assert len(pbx.objects) == len(hardened.objects) + users
    names = [one.names["h323"] for one in pbx.objects]
    assert len(set(names)) == len(names)
    assert len({one.guid for one in pbx.objects}) == len(names)
    assert pbx.site == hardened.site


def test_a_large_pbx_is_served(large, serve, connect):
    users, pbx = large
    client = connect(serve(pbx))
    assert len(re.findall(rb"\(h323=u\d+\)", client.ask("/cfg.txt").body)) == users
    page = client.soap("FindUser", f"<h323>u{users}</h323><count>1</count>").text
    assert f">u{users}</h323>" in page
    client.challenge()
    with pytest.raises(http.client.RemoteDisconnected):
        client.admin('<show><user cn="*"/></show>')


def test_a_paced_answer_is_whole(serve, connect):
    fast = connect(serve()).ask("/cfg.txt").body
    paced = connect(serve(bytes_per_second=10_000_000)).ask("/cfg.txt").body
    assert paced == fast

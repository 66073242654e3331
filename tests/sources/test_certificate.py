"""What a certificate says, with whatever stands in it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from auditor.sources.parse.certificate import CertificateFormatError, read_certificate
from tests.fixtures.authority import issue

START, END = datetime(2026, 1, 2, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def name(*texts, of=NameOID.COMMON_NAME):
    return x509.Name([x509.NameAttribute(of, text) for text in texts])


def made(subject, issuer=None, key=EC_KEY, signer=None, names=None):
    builder = x509.CertificateBuilder(issuer or subject, subject, key.public_key(), 7, START, END)
    if names is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    signer = signer or key
    method = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(signer, method).public_bytes(serialization.Encoding.DER)


def test_all_of_it_is_read():
    content = made(name("pbx"), name("authority"), names=[x509.DNSName("pbx.example")])
    found = read_certificate(content)
    assert (found.subject, found.issuer, found.self_signed) == ("pbx", "authority", False)
    assert (found.not_before, found.not_after) == (START, END)
    assert (found.names, found.oddity) == (("pbx.example",), "")
    assert found.fingerprint == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        (name("one"), "one"),
        (name("one", "two"), "two"),
        (name("Acme", of=NameOID.ORGANIZATION_NAME), "O=Acme"),
        (name("x" * 60), "x" * 60),
        (
            name(*["a" * 60] * 5, of=NameOID.ORGANIZATION_NAME),
            ",".join(["O=" + "a" * 60] * 5)[:253],
        ),
        (x509.Name([]), ""),
    ],
)
def test_the_last_common_name_counts_else_the_whole_name(subject, shown):
    found = read_certificate(made(subject))
    assert (found.subject, found.issuer) == (shown, shown)


def test_self_signed_is_what_its_own_key_signed():
    other = ec.generate_private_key(ec.SECP256R1())
    assert read_certificate(made(name("a"))).self_signed
    assert not read_certificate(made(name("a"), signer=other)).self_signed
    assert not read_certificate(made(name("a"), name("b"))).self_signed


@pytest.mark.parametrize(
    ("key", "algorithm", "bits"),
    [
        (rsa.generate_private_key(65537, 2048), "RSA", 2048),
        (EC_KEY, "ECDSA", 256),
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519", 0),
    ],
)
def test_the_key_has_a_kind_and_a_size(key, algorithm, bits):
    found = read_certificate(made(name("a"), key=key))
    assert (found.algorithm, found.bits) == (algorithm, bits)


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (None, ()),
        ([x509.DNSName("a"), x509.IPAddress(ip_address("10.0.0.1"))], ("a", "10.0.0.1")),
        ([x509.RFC822Name("a@b")], ()),
        ([x509.DNSName(f"n{i}") for i in range(30)], tuple(f"n{i}" for i in range(20))),
        ([x509.DNSName("x" * 300)], ("x" * 253,)),
    ],
)
def test_names_and_addresses_are_bounded(names, shown):
    assert read_certificate(made(name("a"), names=names)).names == shown


@pytest.mark.parametrize(("serial", "is_odd"), [(-1, True), (0, True), (1, False), (2, False)])
def test_a_serial_number_that_is_none_is_odd(serial, is_odd):
    assert bool(read_certificate(issue("a", serial=serial).der).oddity) is is_odd


@pytest.mark.parametrize("content", [b"", b"x", made(name("a"))[:-9], made(name("a")) + b"x"])
def test_what_is_no_certificate_is_refused(content):
    with pytest.raises(CertificateFormatError, match=r"X\.509"):
        read_certificate(content)

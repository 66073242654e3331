"""What the handed-out scripts make of a list of challenges: digest wherever it is offered."""

from __future__ import annotations

from email.message import Message
from hashlib import md5 as digest

import pytest

from tests.remediation.liar import script

DIGEST = 'Digest realm="a, \\"b\\"", nonce="n=1", qop="auth,auth-int", algorithm=MD5'
OFFERS = {
    "alone": [DIGEST],
    "after basic": [f'Basic realm="Digest", {DIGEST}'],
    "before basic": [f'{DIGEST}, Basic realm="x"'],
    "after a token": [f"Negotiate TlRM==, {DIGEST}"],
    "after a scheme alone": [f"NTLM, , {DIGEST}"],
    "in a field of its own": ['Basic realm="x"', DIGEST],
    "with blanks": [DIGEST.replace("=", " = ", 1).replace("Digest", "DIGEST  ")],
    "after one of a kind that is not known": [f'Digest nonce="x", algorithm=SHA-512-256, {DIGEST}'],
}


def md5(octets):
    return digest(octets, usedforsecurity=False).hexdigest()


def offered(fields):
    headers = Message()
    for one in fields:
        headers["WWW-Authenticate"] = one
    return script().digest_challenge(headers)


@pytest.mark.parametrize("name", OFFERS)
def test_digest_is_chosen_wherever_it_is_offered(name):
    found = offered(OFFERS[name])
    assert (found["realm"], found["nonce"]) == ('a, "b"', "n=1")
    assert (found["qop"], found["algorithm"]) == ("auth,auth-int", "MD5")


@pytest.mark.parametrize("realm", ["B\u00fcro".encode(), b"B\xfcro"])
def test_a_realm_goes_back_octet_by_octet(realm):
    found = offered([f'Digest realm="{realm.decode("latin-1")}", nonce="n"'])
    login = script().Login("u", "p")
    login.meet(found)
    sent = login.headers("GET", "/")["Authorization"]
    assert b'realm="' + realm + b'"' in sent
    keys = [md5(text) for text in (b"u:" + realm + b":p", b"GET:/")]
    wanted = md5(f"{keys[0]}:n:{keys[1]}".encode())
    assert f'response="{wanted}"'.encode() in sent


@pytest.mark.parametrize(
    "fields", [[], [""], ["Digest"], ["Negotiate"], ['Basic realm="Digest nonce=1"'], ['="']]
)
def test_what_is_no_digest(fields):
    assert not offered(fields).get("nonce")

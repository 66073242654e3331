"""Whether somebody has to vouch for a certificate, and what their answer does."""

from __future__ import annotations

import socket

import pytest

from auditor.doctor.first_use import Person, pin_once
from auditor.errors import CertificateError, InputError
from auditor.simulator.server import SimulatorServer
from auditor.site.site_file import load_site
from tests.fixtures.pbx import simulated

SECONDS = 10.0


@pytest.fixture
def tls():
    with SimulatorServer(simulated(), tls=True) as server:
        yield server


class Somebody:
    """A person who gives one answer, nothing for a no, and what they were shown before."""

    def __init__(self, answer):
        self.answer = answer
        self.seen = []

    def person(self):
        return Person(self.seen.append, lambda: bool(self.seen and self.answer))


def test_a_pin_needs_a_place(tls):
    with pytest.raises(InputError) as refused:
        pin_once(tls.url, None, tls.certificate.fingerprint, SECONDS, Somebody("yes").person())
    assert refused.value.where == "--trust"


def test_an_answer_pins_once(tls, tmp_path):
    site, somebody = tmp_path / "site.toml", Somebody("yes")
    assert pin_once(tls.url, site, None, SECONDS, somebody.person())
    assert load_site(site).tls.fingerprint == tls.certificate.fingerprint
    assert not pin_once(tls.url, site, None, SECONDS, somebody.person())
    assert len(somebody.seen) == 1


def test_a_no_pins_nothing(tls, tmp_path):
    site = tmp_path / "site.toml"
    with pytest.raises(CertificateError):
        pin_once(tls.url, site, None, SECONDS, Somebody("").person())
    assert not site.exists()


@pytest.mark.parametrize("answer", ["yes", ""])
def test_whoever_knows_the_fingerprint_is_not_asked(tls, tmp_path, answer):
    somebody = Somebody(answer)
    known = tls.certificate.fingerprint
    assert pin_once(tls.url, tmp_path / "site.toml", known, SECONDS, somebody.person())
    with pytest.raises(CertificateError):
        pin_once(tls.url, tmp_path / "b.toml", "0" * 64, SECONDS, somebody.person())


def test_who_cannot_be_reached_is_left_to_what_looks_next(tmp_path):
    with socket.socket() as deaf:  # bound, so that nobody else listens there either
        deaf.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{deaf.getsockname()[1]}"
        assert not pin_once(url, tmp_path / "site.toml", None, SECONDS, Somebody("yes").person())

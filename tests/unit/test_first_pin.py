"""Whether somebody has to vouch for a certificate, and what their answer does."""

from __future__ import annotations

import socket

import pytest

from auditor.doctor.first_use import pin_once
from auditor.doctor.person import Person
from auditor.doctor.vouching import vouch_once
from auditor.errors import CertificateError, InputError
from auditor.simulator.server import SimulatorServer
from auditor.site.site_file import load_site
from auditor.sources.options import LiveOptions
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
        return Person(self.seen.append, lambda: bool(self.seen and self.answer), is_there=True)


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


class Clock:
    """Seconds that pass only while somebody is asked."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize(
    ("site", "stated", "is_there", "is_asked"),
    [
        (True, None, True, True),
        (True, None, False, False),  # nobody is there to answer
        (False, None, True, False),  # there is no place for a pin
        (True, "ab" * 32, False, True),  # somebody knows it, so that nobody need be there
    ],
)
@pytest.mark.parametrize("is_needed", [True, False])
def test_time_for_reading_does_not_pass_while_somebody_vouches(  # noqa: PLR0913, PLR0917 -- a table
    site, stated, is_there, is_asked, is_needed, tmp_path, monkeypatch
):
    clock, asked = Clock(), []

    def pinned(*arguments):
        asked.append(arguments)
        clock.now += 7
        return is_needed

    monkeypatch.setattr("auditor.doctor.first_use.pin_once", pinned)
    person = Person(lambda _: None, lambda: True, is_there=is_there)
    path = tmp_path / "site.toml" if site else None
    opened = vouch_once("https://x", path, stated, LiveOptions(5, 10), person, clock)
    assert bool(asked) is is_asked
    assert opened.is_pinned is (is_asked and is_needed)
    assert opened.seconds == (3 if is_asked and not is_needed else 10)


def test_no_time_is_left_where_all_of_it_passed(tmp_path, monkeypatch):
    clock = Clock()

    def unneeded(*_):
        clock.now += 100
        return False

    monkeypatch.setattr("auditor.doctor.first_use.pin_once", unneeded)
    person = Person(lambda _: None, lambda: True, is_there=True)
    found = vouch_once("https://x", tmp_path / "s", None, LiveOptions(5, 10), person, clock)
    assert found.seconds == 0

"""First use: what somebody confirmed is pinned before any credentials are sent, never else."""

from __future__ import annotations

import io
import os
import sys

import pytest

from auditor.simulator.server import SimulatorServer
from auditor.site.site_file import load_site
from tests.fixtures.pbx import simulated
from tests.fixtures.sentences import says


@pytest.fixture
def tls():
    with SimulatorServer(simulated(), tls=True) as server:
        yield server


class _Terminal(io.StringIO):
    def isatty(self):
        return True


def terminal(monkeypatch, answer):
    monkeypatch.setattr(sys, "stdin", _Terminal(answer))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)


def test_what_a_person_confirms_is_pinned_and_used(console, tls, monkeypatch):
    console.login(tls.pbx, "admin")
    before = "# ours\n[target]\nname = 'x' # here\n"
    (console.folder / "site.toml").write_text(before)
    terminal(monkeypatch, "yes\n")
    ended = console("doctor", tls.url, "--site", "site.toml")
    assert ended.code == 0, ended.said
    text = (console.folder / "site.toml").read_text()
    assert text.startswith(before)
    assert load_site(console.folder / "site.toml").tls.fingerprint == tls.certificate.fingerprint
    assert "009033" in ended.err.lower().replace("-", "").replace(":", "")


@pytest.mark.parametrize("answer", ["no\n", "\n", "", "nope\n"])
def test_without_a_yes_nothing_is_written_or_sent(console, tls, monkeypatch, answer):
    console.login(tls.pbx, "admin")
    terminal(monkeypatch, answer)
    ended = console("doctor", tls.url, "--site", "site.toml")
    assert ended.code == 3
    assert says("not confirmed", ended.err)
    assert not (console.folder / "site.toml").exists()
    assert tls.requests == []


def test_a_known_fingerprint_needs_no_terminal(console, tls):
    console.login(tls.pbx, "admin")
    (console.folder / "site.toml").write_text("[tls] # the box\n[target]\nname = 'x'\n")
    digits = tls.certificate.fingerprint.upper()
    grouped = ":".join(digits[at : at + 2] for at in range(0, 64, 2))
    ended = console("doctor", tls.url, "--site", "site.toml", "--trust", grouped)
    assert ended.code == 0, ended.said
    site = load_site(console.folder / "site.toml")
    assert (site.tls.fingerprint, site.target.name) == (tls.certificate.fingerprint, "x")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--site", "site.toml", "--trust", "0" * 64), 3),
        (("--site", "site.toml", "--trust", "short"), 2),
        (("--trust", "0" * 64), 2),
    ],
)
def test_another_fingerprint_is_refused(console, tls, arguments, code):
    console.login(tls.pbx, "admin")
    ended = console("doctor", tls.url, *arguments)
    assert ended.code == code
    assert not (console.folder / "site.toml").exists()
    assert tls.requests == []


def test_a_certificate_that_changed_is_never_pinned_anew(console, tls, monkeypatch):
    console.login(tls.pbx, "admin")
    text = f'[tls]\nfingerprint = "{"0" * 64}"\n'
    (console.folder / "site.toml").write_text(text)
    terminal(monkeypatch, "yes\n")
    ended = console("doctor", tls.url, "--site", "site.toml")
    assert ended.code == 3
    assert says("not the pinned one", " ".join(ended.said.split()))
    assert (console.folder / "site.toml").read_text() == text
    assert tls.requests == []


@pytest.mark.skipif(os.name != "posix", reason="file modes of POSIX")
def test_the_new_site_file_is_private(console, tls):
    console.login(tls.pbx, "admin")
    console("doctor", tls.url, "--site", "s.toml", "--trust", tls.certificate.fingerprint)
    assert (console.folder / "s.toml").stat().st_mode & 0o777 == 0o600

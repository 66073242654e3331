"""What `--changed` does not judge again, and everything that makes it judge."""

from __future__ import annotations

import shutil
from datetime import date

import pytest

from auditor.errors import ExitCode
from auditor.fleet.runner.carry_forward import has_turned
from auditor.run.session import Session
from tests.fixtures.pbx import simulated
from tests.fleet.runner.conftest import saved

pytestmark = pytest.mark.usefixtures("inline")


@pytest.fixture
def judged(monkeypatch):
    """Give which targets were read, and how often anything was judged."""
    seen: list[str] = []
    judge, read = Session.judge, Session.read

    def judges(session, snapshot):
        seen.append("judged")
        return judge(session, snapshot)

    def reads(session, target):
        seen.append("read")
        return read(session, target)

    monkeypatch.setattr(Session, "judge", judges)
    monkeypatch.setattr(Session, "read", reads)
    return seen


@pytest.fixture
def known(night, judged):
    """Give a fleet of one PBX after its first night."""
    night.add("graz")
    night.run()
    judged.clear()
    return night


def test_same_evidence_is_neither_read_nor_judged_again(known, judged):
    before = known.recorded()["graz"].controls
    assert known.run("--changed", day="2026-11-23").code == ExitCode.OK
    assert judged == []
    assert known.endings() == {"graz": "audited"}
    assert known.recorded()["graz"].controls == before
    assert known.latest("graz") == "000001"
    assert known.run("--changed", "--all", day="2026-11-24").code == ExitCode.FINDINGS
    assert judged == []
    with known.history() as history:
        assert history.known("graz").basis.run == 3


def test_without_the_option_everything_is_judged(known, judged):
    known.run()
    assert judged == ["read", "judged"]


def test_other_evidence_is_judged(known, judged):
    known.save("graz", saved(1).replace("Zöller".encode(), b"Zimmer"))
    known.run("--changed")
    assert "judged" in judged


def with_other_noise(content):
    """Return a configuration of which nothing differs but what changes by itself."""
    other = content.replace(b"UPDATE/CHECK p 1\r", b"UPDATE/CHECK p 99\r").replace(
        b"(info=n", b"(info=m"
    )
    lines = other.split(b"\r\n")
    at = next(n for n, line in enumerate(lines) if line.startswith(b"vars create TLS0/TICKET"))
    return b"\r\n".join([*lines[:at], b"vars create TLS0/TICKET/00001 pb 0a", *lines[at + 1 :]])


def test_what_changes_by_itself_is_no_other_evidence(known, judged):
    other = with_other_noise(saved(1))
    assert other != saved(1)
    known.save("graz", other)
    known.run("--changed")
    assert judged == []
    known.save("graz", other + b"something that nobody knows\r\n")
    known.run("--changed")
    assert judged == ["read", "judged"]


def test_a_line_of_the_update_client_is_read_and_says_the_same(known, judged):
    known.save("graz", saved(1).replace(b"/poll 1 ", b"/poll 2 "))
    known.run("--changed")
    assert judged == ["read"]


def test_another_update_url_is_judged(known, judged):
    known.save("graz", saved(1).replace(b"https%3A%2F%2Fap", b"http%3A%2F%2Fap"))
    known.run("--changed")
    assert judged == ["read", "judged"]


def test_further_file_is_read(known, judged):
    known.save("graz", b"<x/>", "more.xml")
    known.run("--changed")
    assert "read" in judged


def test_copy_of_a_file_elsewhere_says_the_same(known, judged):
    shutil.move(known.path / "evidence" / "graz" / "cfg.txt", known.path / "renamed.txt")
    known.save("graz", (known.path / "renamed.txt").read_bytes(), "other-name.txt")
    known.run("--changed")
    assert judged == ["read"]
    assert known.endings() == {"graz": "audited"}


def test_edited_site_file_is_judged(known, judged):
    site = known.path / "insecure.toml"
    text = site.read_text("utf-8")
    edited = text.replace("company = ", "company = 'Another' # ")
    assert edited != text
    site.write_text(edited, "utf-8")
    known.run("--changed")
    assert "judged" in judged


def test_comment_in_a_site_file_is_no_edit(known, judged):
    site = known.path / "insecure.toml"
    site.write_text(site.read_text("utf-8") + "\n# nothing\n", "utf-8")
    known.run("--changed")
    assert judged == []


def test_other_profile_is_judged(known, judged):
    known.beginning += "[defaults]\nprofile = 'baseline'\n"
    known.run("--changed")
    assert "judged" in judged


def test_password_that_opens_more_is_used(known, judged, monkeypatch):
    monkeypatch.setenv("PBX_AUDITOR_PBX_PASSWORD", simulated("insecure").pbx_password)
    known.run("--changed")
    assert judged == ["read", "judged"]


def test_clock_that_went_back_is_judged(known, judged):
    known.run("--changed", day="2026-11-21")
    assert "judged" in judged


def test_attestation_that_ends_is_judged_on_the_day_after(night, judged):
    site = night.path / "hardened.toml"
    fact = (
        "\n[facts.last_backup]\nvalue = 2026-11-20\nby = 'A. Person'\non = 2026-11-20\n"
        "until = 2026-12-31\nnote = 'seen'\n"
    )
    site.write_text(site.read_text("utf-8") + fact, "utf-8")
    night.beginning += "[defaults]\nprofile = 'baseline'\n"
    night.add("linz", "hardened")
    night.run("--min-reached", "100")
    assert night.endings() == {"linz": "audited"}
    night.run("--changed", day="2026-12-10")
    judged.clear()
    night.run("--changed", day="2027-01-01")
    assert "judged" in judged
    judged.clear()
    night.run("--changed", day="2027-03-01")
    quiet = list(judged)
    night.run("--changed", day="2027-03-02")
    assert judged == quiet


def test_days_turn_at_their_ends_and_at_spans_around_them():

    end = date(2026, 12, 31)
    assert has_turned(date(2026, 12, 30), date(2026, 12, 31), {end}, {0})
    assert has_turned(date(2026, 12, 31), date(2027, 1, 1), {end}, {0})
    assert not has_turned(date(2026, 11, 1), date(2026, 11, 2), {end}, {0})
    assert has_turned(date(2026, 12, 1), date(2026, 12, 2), {end}, {0, 30})
    assert has_turned(date(2027, 1, 30), date(2027, 1, 31), {end}, {0, 30})
    assert has_turned(date(2026, 11, 2), date(2026, 11, 1), set(), {0})
    assert has_turned(date(2026, 11, 2), date(2027, 11, 1), {end}, {0})

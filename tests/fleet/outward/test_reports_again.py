"""Reports that `fleet page` makes again: where they are, what is linked to, what cannot be made."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from auditor.errors import ExitCode
from auditor.fleet.store.history import History
from tests.fleet.look_back.test_again import Nights
from tests.fleet.nights import FIRST_DAY, Pbx

TENANTS = '[fleet]\nname = "F"\n[[tenant]]\nid = "muster"\n[[tenant]]\nid = "other"\n'
BLOCKS = (
    '[[pbx]]\nid = "graz"\ntenant = "muster"\ntarget = "https://graz.example"\n'
    '[[pbx]]\nid = "new"\ntenant = "other"\ntarget = "https://new.example"\n'
)
TODAY = ("--today", (FIRST_DAY + timedelta(days=1)).isoformat())


@pytest.fixture
def nights(folder, tmp_path):
    folder.write("fleet.toml", TENANTS + BLOCKS)
    with History.open(tmp_path / "history.db") as history:
        yield Nights(history, Pbx(tmp_path / "nights"))


@pytest.fixture
def made(folder):
    return folder.path / "reports/muster/graz/report.html"


def links(folder, page="index.html"):
    source = (folder.path / "reports" / page).read_text("utf-8")
    return re.findall(r'<th scope="row"><a href="([^#"]+report.html)"', source)


def note(folder):
    """Return of when the page says that the report is."""
    source = (folder.path / "reports/index.html").read_text("utf-8")
    row = re.search(r'<tr id="pbx-graz".*?</th>', source, re.DOTALL)[0]
    found = re.search(r'<span lang="en">report of ([^<]+)', row)
    return found[1] if found else None


def test_it_has_the_history_and_is_linked_to(console, nights, folder, made):
    nights.night()
    nights.pbx.lines(lambda line: "(h323=temp)" not in line)
    nights.night()
    ended = console("fleet", "page", "--reports", "needing", *TODAY)
    assert ended.code == ExitCode.OK, ended.said
    assert str(made) in ended.said
    assert '<section id="past"' in made.read_text("utf-8")
    assert made.stat().st_mode & 0o077 == 0 or os.name == "nt"
    assert links(folder) == ["muster/graz/report.html"]
    assert links(folder, "muster/index.html") == ["graz/report.html"]
    assert note(folder) is None
    assert not (folder.path / "reports/other/new").exists()  # never read
    source = (folder.path / "reports/other/index.html").read_text("utf-8")
    assert "graz" not in source


def test_none_is_made_unless_it_is_asked_for(console, nights, made):
    nights.night()
    assert console("fleet", "page", *TODAY).code == ExitCode.OK
    assert not made.exists()


def test_of_another_tenant_none_is_made(console, nights, made):
    nights.night()
    ended = console("fleet", "page", "--reports", "all", "--tenant", "other", *TODAY)
    assert ended.code == ExitCode.OK
    assert not made.exists()


def test_who_is_not_reached_keeps_the_last_report_with_its_day(console, nights, folder, made):
    nights.night()
    nights.unreachable()
    assert console("fleet", "page", "--reports", "all", *TODAY).code == ExitCode.OK
    assert made.exists()
    assert note(folder) == FIRST_DAY.isoformat()


def test_a_newer_one_of_a_run_is_not_hidden(console, nights, folder):
    nights.night()
    console("fleet", "page", "--reports", "all", "-q", *TODAY)
    nights.night()
    folder.write("reports/muster/graz/000002/report.html", "x")
    folder.write("reports/muster/graz/latest", "000002\n")
    console("fleet", "page", "-q", *TODAY)
    assert links(folder) == ["muster/graz/000002/report.html"]
    console("fleet", "page", "--reports", "all", "-q", *TODAY)
    assert links(folder) == ["muster/graz/report.html"]


def test_an_older_one_says_its_run(console, nights, folder):
    nights.night()
    console("fleet", "page", "--reports", "all", "-q", *TODAY)
    nights.night()
    console("fleet", "page", "-q", *TODAY)
    assert links(folder) == ["muster/graz/report.html"]
    assert note(folder) == "run 1"


def test_what_is_not_ours_is_no_report(console, nights, folder):
    nights.night()
    folder.write("reports/muster/graz/report.html", "<!-- run 1 --> x")
    console("fleet", "page", "-q", *TODAY)
    assert links(folder) == []


def test_one_that_cannot_be_made_stops_nothing_and_keeps_what_was(console, nights, folder, made):
    nights.night()
    console("fleet", "page", "--reports", "all", "-q", *TODAY)
    before = made.read_bytes()

    lost = "UPDATE document SET content = x'00' WHERE id IN (SELECT snapshot FROM audit)"
    with closing(sqlite3.connect(folder.path / "history.db")) as connection, connection:
        connection.execute(lost)
    ended = console("fleet", "page", "--reports", "all", "-q", *TODAY)
    assert ended.code == ExitCode.OUTPUT
    assert "graz" in ended.err
    assert made.read_bytes() == before
    assert links(folder) == ["muster/graz/report.html"]
    assert (folder.path / "reports/other/index.html").exists()


def test_who_is_forgotten_has_none(console, nights, made):
    nights.night()
    console("fleet", "page", "--reports", "all", "-q", *TODAY)
    assert console("fleet", "forget", "muster", "--yes").code == ExitCode.OK
    assert not made.parents[1].exists()

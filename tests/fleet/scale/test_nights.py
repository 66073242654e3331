"""Imports beside runs: neither hides that the other did not happen, or did not end."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from auditor.errors import ExitCode, Interruption
from auditor.fleet.scale.bundle import Gathered
from auditor.fleet.store.history import History
from auditor.fleet.store.tables import RUN
from auditor.messages.message import say
from tests.fleet.runner.conftest import saved
from tests.fleet.scale.conftest import OPERATOR
from tests.fleet.scale.test_collectors import HOUR, NOW, made

EVERY = OPERATOR.replace('"Systemhaus"', '"Systemhaus"\nevery = "24h"')
NOTHING_READ = [Gathered("graz-1", NOW - HOUR, NOW, reason=say("it hung up"))]


@pytest.fixture
def mixed(site, monkeypatch):
    """Have a fleet of which one PBX is read here, and one by a collector, every day."""
    monkeypatch.setattr("tests.fleet.scale.conftest.OPERATOR", EVERY)
    site.expect("graz-1").add()
    return here(site)


def here(site):
    path = site.folder.write("cfg.txt", saved(7))
    site.expected["here"] = f"[[pbx]]\nid = 'here'\ntenant = 'other'\ntarget = '{path}'\n"
    return site.operate()


def backdate(site, number, days):
    """Let a run have been some days before."""
    moment = NOW - timedelta(days=days)
    chosen = update(RUN).where(RUN.c.number == number)
    path = site.folder.path / "history.db"
    with History.open(path) as history, history._writing() as connection:  # noqa: SLF001
        connection.execute(chosen.values(started=moment, ended=moment))


def overdue(site):
    found = json.loads(site.status("--format", "json"))
    return found["last_run"]["overdue_since"] is not None


def metric(site, name):
    text = site.console("fleet", "metrics").out
    return float(re.search(rf"^pbx_auditor_{name} (\S+)$", text, re.MULTILINE)[1])


def cut_off(site, bundle, monkeypatch):
    """Stop an import after it began, as kill -9 does."""
    with monkeypatch.context() as broken:
        broken.setattr("auditor.cli.fleet_import.carry_out", _stopped)
        assert site.take(bundle).code == ExitCode.INTERRUPTED


def _stopped(*_):
    raise Interruption(ExitCode.INTERRUPTED)


class TestExpected:
    def test_an_import_hides_no_run_that_did_not_happen(self, mixed):
        assert mixed.console("fleet", "run").code == 1
        began = metric(mixed, "run_last_start_timestamp_seconds")
        success = metric(mixed, "run_last_success_timestamp_seconds")
        assert mixed.take(made(mixed)).code == 3
        assert metric(mixed, "run_number") == 2
        assert metric(mixed, "run_last_start_timestamp_seconds") == began
        assert metric(mixed, "run_last_success_timestamp_seconds") == success
        assert metric(mixed, "run_exit_code") == 1
        assert not overdue(mixed)
        backdate(mixed, 1, 3)
        assert overdue(mixed)

    def test_before_the_first_run_an_import_stands_for_none(self, mixed):
        assert mixed.take(made(mixed)).code == 3
        backdate(mixed, 1, 5)
        shown = mixed.status()
        assert "did not happen" not in shown
        assert "`pbx-auditor fleet run`" in shown.replace("\n", " ").replace("  ", " ")
        assert metric(mixed, "run_last_start_timestamp_seconds") == 0
        assert "did not happen" not in mixed.console("fleet", "run").said

    def test_where_nothing_is_read_here_imports_are_what_is_expected(self, mixed):
        mixed.console("fleet", "run")
        backdate(mixed, 1, 9)
        mixed.expected.pop("here")
        mixed.operate()
        assert mixed.take(made(mixed)).code == 3
        assert not overdue(mixed)
        assert metric(mixed, "run_exit_code") == 3
        backdate(mixed, 2, 3)
        assert overdue(mixed)

    def test_who_is_forgotten_leaves_no_run_that_never_was(self, mixed):
        mixed.console("fleet", "run")
        mixed.take(made(mixed))
        backdate(mixed, 1, 3)
        mixed.expected.pop("graz-1")
        mixed.operate()
        assert mixed.console("fleet", "forget", "muster", "--yes").code == 0
        assert overdue(mixed)
        kept = b"".join(one.read_bytes() for one in mixed.folder.path.glob("history*"))
        assert b"graz" not in kept

    def test_a_page_tells_of_the_run_before_the_import(self, mixed):
        mixed.console("fleet", "run")
        mixed.folder.write("cfg.txt", saved(7, "hardened"))
        mixed.console("fleet", "run")
        mixed.console("fleet", "page")
        index = mixed.folder.path / "reports" / "index.html"
        assert "HD-10" in index.read_text("utf-8")
        before = index.read_text("utf-8").count("HD-10")
        mixed.take(made(mixed))
        mixed.console("fleet", "page")
        assert index.read_text("utf-8").count("HD-10") == before

    def test_who_reads_nothing_here_is_not_sent_to_a_run_that_is_refused(self, site):
        shown = site.expect("graz-1").add().status()
        assert "fleet run" not in shown
        assert "import a bundle" in shown
        assert site.console("fleet", "run").code == 2


class TestCutOff:
    def test_status_says_how_to_go_on(self, mixed, monkeypatch):
        bundle = made(mixed)
        cut_off(mixed, bundle, monkeypatch)
        shown = " ".join(mixed.status().split())
        assert "import the same bundle again" in shown
        assert "--resume" not in shown

    def test_it_goes_on_after_another_run(self, mixed, monkeypatch):
        bundle = made(mixed)
        cut_off(mixed, bundle, monkeypatch)
        assert mixed.console("fleet", "run").code == 1
        ended = mixed.take(bundle)
        assert (ended.code, "unreachable: graz-1" in ended.out) == (3, True), ended.said
        assert mixed.take(bundle).code == 2

    def test_another_of_the_same_number_does_not(self, mixed, monkeypatch):
        cut_off(mixed, made(mixed), monkeypatch)
        other = made(mixed, [NOTHING_READ[0]._replace(reason=say("it was late"))])
        assert mixed.take(other).code == 2

    def test_what_was_revoked_meanwhile_does_not(self, mixed, monkeypatch):
        bundle = made(mixed)
        cut_off(mixed, bundle, monkeypatch)
        mixed.console("fleet", "run")
        mixed.console("fleet", "collector", "revoke", "graz")
        assert mixed.take(bundle).code == 2

    def test_a_run_that_was_cut_off_before_an_import_is_told(self, mixed, monkeypatch):
        with monkeypatch.context() as broken:
            broken.setattr("auditor.cli.fleet_run.carry_out", _stopped)
            assert mixed.console("fleet", "run").code == ExitCode.INTERRUPTED
        assert mixed.take(made(mixed)).code == 3
        assert "run 1 did not come to its end" in " ".join(mixed.status().split())


class TestInPostgresql:
    def test_a_bundle_is_taken_once_and_forgotten_wholly(self, site, database, monkeypatch):
        monkeypatch.setenv("HISTORY", database)
        where = OPERATOR.replace('"Systemhaus"', '"Systemhaus"\nhistory_env = "HISTORY"')
        monkeypatch.setattr("tests.fleet.scale.conftest.OPERATOR", where)
        bundle = made(site.expect("graz-1").add(), NOTHING_READ)
        cut_off(site, bundle, monkeypatch)
        assert site.console("fleet", "collector", "add", "graz", "--tenant", "muster").code == 6
        here(site).console("fleet", "run")
        assert site.take(bundle).code == 3
        assert site.take(bundle).code == 2
        site.expected.pop("graz-1")
        assert site.operate().console("fleet", "forget", "muster", "--yes").code == 0
        assert "graz" not in site.console("fleet", "collector", "list").said
        assert site.console("fleet", "history", "verify").code == 0

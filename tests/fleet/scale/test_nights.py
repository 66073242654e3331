"""Imports beside runs: neither hides that the other did not happen, or did not end."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from auditor.errors import ExitCode, Interruption
from auditor.fleet.scale.bundle import Gathered
from auditor.fleet.store.history import History
from auditor.fleet.store.tables import AUDIT, RUN
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
        broken.setattr("auditor.cli.fleet.import_any.carry_out", _stopped)
        assert site.take(bundle).code == ExitCode.INTERRUPTED


def cut_off_run(site, monkeypatch):
    """Stop a run after it began, as kill -9 does."""
    with monkeypatch.context() as broken:
        broken.setattr("auditor.cli.fleet.run_fleet.carry_out", _stopped)
        assert site.console("fleet", "run").code == ExitCode.INTERRUPTED


def audits(site):
    with History.open(site.folder.path / "history.db") as history, history.reading() as connection:
        found = select(AUDIT.c.run, AUDIT.c.pbx).order_by(AUDIT.c.run, AUDIT.c.pbx)
        return [tuple(row) for row in connection.execute(found)]


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
        written = mixed.console("fleet", "page")
        assert written.code == 0, written.err
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

    def test_an_import_leaves_what_a_run_before_it_left_undone(self, mixed, monkeypatch):
        cut_off_run(mixed, monkeypatch)
        bundle = made(mixed)
        cut_off(mixed, bundle, monkeypatch)
        assert mixed.take(bundle).code == 3
        shown = " ".join(mixed.status().split())
        assert "run 1 did not come to its end" in shown
        assert "--resume" in shown
        ended = mixed.console("fleet", "run", "--resume")
        assert (ended.code, "audited: here" in ended.out) == (1, False), ended.said
        assert audits(mixed) == [(2, "graz-1"), (3, "here")]
        assert "did not come to its end" not in " ".join(mixed.status().split())
        again = mixed.console("fleet", "run", "--resume")
        assert audits(mixed)[2:] == [(4, "here")], again.said

    def test_a_run_leaves_what_an_import_before_it_left_undone(self, mixed, monkeypatch):
        bundle = made(mixed)
        cut_off(mixed, bundle, monkeypatch)
        cut_off_run(mixed, monkeypatch)
        assert mixed.take(bundle).code == 3
        assert mixed.console("fleet", "run", "--resume").code == 1
        assert audits(mixed) == [(3, "graz-1"), (4, "here")]

    def test_what_a_collector_reads_now_is_not_resumed_here(self, mixed, monkeypatch):
        path = mixed.folder.write("two.txt", saved(8))
        target = f"[[pbx]]\nid = 'moved'\ntenant = 'muster'\ntarget = '{path}'\n"
        mixed.expected["moved"] = target
        mixed.operate()
        cut_off_run(mixed, monkeypatch)
        mixed.expect("moved")
        gathered = [NOTHING_READ[0], NOTHING_READ[0]._replace(id="moved")]
        assert mixed.take(made(mixed, gathered)).code == 3
        assert mixed.console("fleet", "run", "--resume").code == 1
        assert audits(mixed) == [(2, "graz-1"), (2, "moved"), (3, "here")]


class TestMoved:
    """Who reads a PBX may change; what was read before its last audit comes too late."""

    def test_from_here_to_a_collector(self, site):
        site.expect("graz-1").add().has("graz-1")
        before = site.bundle(name="before.zip")
        path = site.folder.write("here.txt", saved(1))
        site.expected["graz-1"] = f"[[pbx]]\nid='graz-1'\ntenant='muster'\ntarget='{path}'\n"
        assert site.operate().console("fleet", "run").code == 1
        site.expect("graz-1")
        refused = site.take(before)
        assert refused.code == 2
        assert "graz-1" in refused.said
        assert audits(site) == [(1, "graz-1")]
        assert site.take(site.bundle()).code == 0

    def test_from_one_collector_to_another_and_back(self, site):
        site.expect("graz-1").add().has("graz-1")
        first, before = site.bundle(name="first.zip"), site.bundle(name="before.zip")
        assert site.take(first).code == 1
        site.expect("graz-1", collector="wien").add("wien")
        assert site.take(before).code == 2
        assert site.take(site.bundle(name="wien.zip")).code == 0
        site.expect("graz-1")
        assert site.take(before).code == 2
        assert audits(site) == [(1, "graz-1"), (2, "graz-1")]


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

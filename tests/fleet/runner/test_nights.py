"""Nights of a fleet by the command, judged in this process."""

from __future__ import annotations

import sqlite3
import stat

import pytest

from auditor.errors import ExitCode, HistoryError, OutputError
from auditor.fleet.drift.judging import judgement_of
from auditor.fleet.history_model import AuditEnding, Cause
from auditor.fleet.runner import auditing
from auditor.fleet.runner.reports import write_reports
from auditor.fleet.runner.totals import Counts, PbxOutcome, RunTotals
from auditor.fleet.store.history import History
from auditor.messages.message import say
from tests.fixtures.pbx import configuration_of
from tests.fleet.runner.conftest import Inline, saved

pytestmark = pytest.mark.usefixtures("inline")


def test_first_night_finds_and_the_second_has_nothing_new(night):
    night.add("graz").add("linz", "hardened")
    assert night.run().code == ExitCode.FINDINGS
    assert night.endings() == {"graz": "audited", "linz": "audited"}
    assert night.latest("graz") == "000001"
    assert night.run().code == ExitCode.OK
    assert night.latest("graz") == "000002"
    assert not any(one.changes for one in night.recorded().values())


def test_clean_fleet_is_fine(night):
    assert night.add("linz", "hardened").run().code == ExitCode.OK


def test_known_findings_count_if_asked(night):
    night.add("graz").run()
    assert night.run("--all").code == ExitCode.FINDINGS


def test_known_findings_of_an_unreachable_pbx_count_if_asked(night):
    night.add("graz").run()
    night.save("graz", b"")
    assert night.run("--all", "--min-reached", "0").code == ExitCode.FINDINGS


def test_severity_decides_what_counts(night):
    night.add("graz", "hardened")
    night.run()
    content = saved(1, "hardened")
    weaker = content.replace(b'hide-from-ldap="true"', b"").replace(b'hide="true"', b"")
    night.save("graz", weaker)
    code = night.run("--fail-on", "info").code
    changed = night.recorded()["graz"].changes
    fails = any(one.key and one.after == "failed" for one in changed)
    assert (code == ExitCode.FINDINGS) is fails


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        saved(1)[: len(saved(1)) // 2],
        b"".join(saved(1).splitlines(keepends=True)[:30]),
        b"".join(saved(1).splitlines(keepends=True)[:3]),
        b"\0" * 4096,
    ],
    ids=["empty", "blank", "truncated", "between-lines", "head", "zeroes"],
)
def test_cut_evidence_is_unreachable_and_changes_nothing(night, content):
    night.add("graz").run()
    before = night.recorded()["graz"].controls
    night.save("graz", content)
    ended = night.run()
    assert ended.code == ExitCode.UNREACHABLE
    assert night.endings() == {"graz": "unreachable"}
    assert night.recorded()["graz"].controls == before
    assert night.recorded()["graz"].changes == ()
    assert night.latest("graz") == "000001"
    assert "2026-11-22" in ended.out
    night.save("graz", saved(1))
    assert night.run().code == ExitCode.OK


def test_truncated_evidence_is_unreachable_the_first_time_too(night):
    night.add("graz")
    night.save("graz", saved(1)[: len(saved(1)) // 2])
    assert night.run().code == ExitCode.UNREACHABLE
    assert night.latest("graz") == ""


def test_newest_folder_of_a_pattern_counts_even_if_it_is_empty(night):
    night.at("graz", "nights/graz-*", site="insecure.toml")
    night.folder.write("nights/graz-9/cfg.txt", saved(1))
    night.run()
    assert night.endings() == {"graz": "audited"}
    (night.path / "nights" / "graz-10").mkdir()
    assert night.run().code == ExitCode.UNREACHABLE
    night.folder.write("nights/graz-11/cfg.txt", saved(1))
    assert night.run().code == ExitCode.OK


def test_pattern_that_finds_nothing_is_unreachable(night):
    night.at("graz", "nights/graz-*")
    assert night.run().code == ExitCode.UNREACHABLE
    assert night.endings() == {"graz": "unreachable"}


def test_older_generation_is_not_taken_for_tonight(night):
    night.at("graz", "saves", site="insecure.toml")
    old = night.folder.write("saves/box.6.txt", saved(1))
    new = night.folder.write("saves/box.7.txt", saved(1).replace("Zöller".encode(), b"Zoellner"))
    night.run()
    new.unlink()
    assert night.run().code == ExitCode.UNREACHABLE
    old.unlink()
    night.folder.write("saves/box.8.txt", saved(1))
    assert night.run().code == ExitCode.OK


def test_wrong_inventory_is_refused_before_anything(night):
    night.add("graz")
    night.at("GRAZ", "nowhere", tenant="nobody")
    assert night.run().code == ExitCode.USAGE
    assert not (night.path / "history.db").exists()


@pytest.mark.parametrize("paper", ["site", "waivers"])
def test_damaged_paper_concerns_its_pbx_alone(night, paper):
    night.folder.write("damaged.toml", "this is [no TOML")
    night.add("graz", **{paper: "damaged.toml"}).add("linz", "hardened")
    ended = night.run()
    assert ended.code == ExitCode.USAGE
    assert night.endings() == {"graz": "refused", "linz": "audited"}
    assert "damaged.toml" in ended.err
    assert night.latest("graz") == ""


def test_missing_site_file_concerns_its_pbx_alone(night):
    night.add("graz", site="gone.toml").add("linz", "hardened")
    assert night.run().code == ExitCode.USAGE
    assert night.endings() == {"graz": "refused", "linz": "audited"}


def test_too_few_reached(night):
    night.add("linz", "hardened").at("graz", "gone")
    assert night.run("--min-reached", "51").code == ExitCode.UNREACHABLE
    assert night.run("--min-reached", "50").code == ExitCode.OK


@pytest.mark.parametrize(
    ("reached", "selected", "percent", "is_enough"),
    [
        (19, 20, 95.0, True),
        (949, 1000, 95.0, False),
        (949, 1000, 94.9, True),
        (948, 1000, 94.9, False),
        (161, 250, 64.4, True),
        (999, 1000, 100.0, False),
        (0, 1, 0.0, True),
    ],
)
def test_share_is_counted_exactly(reached, selected, percent, is_enough):
    totals = RunTotals(selected, Counts(min_reached=percent))
    for number in range(selected):
        ending = AuditEnding.AUDITED if number < reached else AuditEnding.UNREACHABLE
        totals.add(PbxOutcome(f"pbx-{number}", "muster", ending))
    assert totals.code() == (ExitCode.OK if is_enough else ExitCode.UNREACHABLE)


def test_newly_undecided(night):
    night.add("linz", "hardened")
    assert night.run().code == ExitCode.OK
    site = night.path / "hardened.toml"
    site.write_text(site.read_text().replace('dialect = "simulated"', ""))
    assert night.run().code == ExitCode.INCOMPLETE
    causes = {one.cause for one in night.recorded()["linz"].changes}
    assert Cause.SITE in causes
    assert night.run().code == ExitCode.OK
    assert night.run("--all").code == ExitCode.INCOMPLETE


def test_another_box_is_a_conflict_until_a_person_rebinds(night):
    night.add("linz", "hardened").run()
    night.save("linz", saved(77, "insecure"))
    assert night.run().code == ExitCode.FINDINGS
    assert night.endings() == {"linz": "identity-conflict"}
    assert night.recorded()["linz"].changes == ()
    assert night.latest("linz") == "000001"
    assert night.console("fleet", "rebind", "linz").code == ExitCode.OK
    assert night.run().code == ExitCode.FINDINGS
    assert night.endings() == {"linz": "audited"}
    assert night.latest("linz") == "000003"
    with night.history() as history:
        assert "rebound" in {one.kind for one in history.events()}


def test_rebind_needs_a_pbx(night):
    night.add("linz").run()
    assert night.console("fleet", "rebind", "lienz").code == ExitCode.USAGE
    assert night.console("fleet", "rebind", "tag=linz").code == ExitCode.USAGE


@pytest.mark.parametrize("is_first_slower", [False, True])
def test_of_two_ids_with_one_box_the_first_of_the_inventory_keeps_it(
    night, monkeypatch, is_first_slower
):
    night.add("graz", "hardened").add("linz", "hardened", tenant="other")
    night.save("linz", saved(1, "hardened"))
    if is_first_slower:
        monkeypatch.setattr(
            "auditor.fleet.runner.fleet_run.begins_after", lambda pbx, _: {"graz": 0.01}.get(pbx, 0)
        )
    assert night.run().code == ExitCode.FINDINGS
    assert night.endings() == {"graz": "audited", "linz": "identity-conflict"}
    assert night.latest("graz") == "000001"
    assert not (night.path / "reports" / "other").exists()
    with night.history() as history:
        assert set(history.bound().values()) == {"graz"}
        assert history.known("linz").findings == {}


def test_history_decides_before_the_order_of_the_inventory(night):
    night.add("graz", "hardened").add("linz", "hardened")
    night.save("graz", saved(2, "hardened"))
    night.run("--only", "linz")
    night.run()
    assert night.endings() == {"graz": "identity-conflict", "linz": "audited"}


def test_crash_concerns_its_pbx_alone(night, monkeypatch):
    night.add("graz").add("linz", "hardened")
    judged = judgement_of

    def broken(outcome, minimum):
        if "insecure" in outcome.site.target.name:
            raise ZeroDivisionError("secret")
        return judged(outcome, minimum)

    monkeypatch.setattr(auditing, "judgement_of", broken)
    ended = night.run()
    assert ended.code == ExitCode.INTERNAL
    assert night.endings() == {"graz": "crashed", "linz": "audited"}
    assert "ZeroDivisionError" in night.recorded()["graz"].reason
    assert "secret" not in ended.said


def test_full_disk_for_one_report_leaves_the_others(night, monkeypatch):
    night.add("graz").add("linz", "hardened")
    night.run()
    written = write_reports

    def refused(folder, formats, report):
        if "linz" in folder.parts:
            raise OutputError(say("no space left"), where=str(folder))
        written(folder, formats, report)

    monkeypatch.setattr(auditing, "write_reports", refused)
    assert night.run().code == ExitCode.OUTPUT
    assert night.endings() == {"graz": "audited", "linz": "audited"}
    assert night.latest("linz") == "000001"
    assert night.latest("graz") == "000002"


def test_history_that_takes_nothing_ends_the_run(night, monkeypatch):
    for number in range(5):
        night.add(f"pbx-{number}", "hardened")
    monkeypatch.setattr(History, "record", _refuse)
    assert night.run().code == ExitCode.OUTPUT
    monkeypatch.undo()
    monkeypatch.setattr("auditor.fleet.runner.fleet_run.WorkerPool", Inline)
    monkeypatch.chdir(night.path)
    assert night.run("--resume").code == ExitCode.OK
    assert len(night.endings(1)) == 5


def _refuse(self, *given):  # noqa: ARG001
    raise HistoryError(say("there is no space left"))


def test_one_result_that_the_history_does_not_take_stops_no_other(night, monkeypatch):
    night.add("graz", "hardened").add("linz", "hardened")
    record = History.record

    def recorded(self, run, audit):
        if audit.pbx == "graz":
            _refuse(self, run, audit)
        record(self, run, audit)

    monkeypatch.setattr(History, "record", recorded)
    assert night.run("--min-reached", "0").code == ExitCode.OUTPUT
    assert night.endings() == {"linz": "audited"}


def test_reports_that_cannot_be_written_end_the_run_before_it_begins(night):
    night.add("graz")
    night.folder.write("reports", b"a file")
    assert night.run().code == ExitCode.OUTPUT


def test_reports_are_private_and_html_is_made_on_demand(night):
    night.add("graz").run("--format", "json,html")
    folder = night.path / "reports" / "muster" / "graz" / "000001"
    assert {one.name for one in folder.iterdir()} == {"report.json", "report.html"}
    for path in (*folder.iterdir(), folder, folder.parent):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_selection(night):
    night.add("graz", tags=["hotel"]).add("linz", tenant="other").add("wels", tags=["hotel"])
    night.run("--only", "tag=hotel")
    assert set(night.endings()) == {"graz", "wels"}
    night.run("--only", "tenant=other", "--only", "graz")
    assert set(night.endings()) == {"graz", "linz"}
    for wrong in ("nobody", "tag=motel", "tenant=nobody", "colour=red"):
        assert night.run("--only", wrong).code == ExitCode.USAGE


def test_pbx_of_another_customer_gets_a_new_id(night):
    night.add("graz", "hardened").run()
    night.blocks.clear()
    night.add("graz", "hardened", tenant="other")
    assert night.run().code == ExitCode.USAGE
    assert night.endings() == {"graz": "refused"}
    assert not (night.path / "reports" / "other" / "graz").exists()


def test_clock_that_went_back_and_runs_that_did_not_happen_are_told(night):
    night.beginning = night.beginning.replace("[fleet]", '[fleet]\nevery = "1s"')
    night.add("linz", "hardened").run()
    with night.history() as history:
        assert history.last_run().code == ExitCode.OK


def test_names_of_one_tenant_are_in_nothing_made_for_another(night):
    canary = {"muster": "Canary-Muster-Quibbleton", "other": "Canary-Other-Snorkelford"}
    base = configuration_of("insecure")
    for number, (tenant, name) in enumerate(canary.items(), 1):
        content = saved(number, "insecure").replace("Jäger, Thomas".encode(), name.encode())
        assert content != base
        night.add(f"pbx-{tenant}", tenant=tenant)
        night.save(f"pbx-{tenant}", content)
    night.save("pbx-other", (night.path / "evidence" / "pbx-other" / "cfg.txt").read_bytes())
    night.run("--format", "json,html,csv,markdown")
    for tenant, name in canary.items():
        folder = night.path / "reports" / tenant
        texts = [one.read_text("utf-8") for one in folder.rglob("*.*") if one.is_file()]
        assert any(name in text for text in texts)
        for other, foreign in canary.items():
            if other != tenant:
                assert not any(foreign in text or f"pbx-{other}" in text for text in texts)


def test_conflict_between_tenants_names_neither(night):
    night.add("graz", "hardened").add("linz", "hardened", tenant="other")
    night.run("--only", "graz")
    night.save("linz", saved(1, "hardened"))
    night.run()
    reason = night.recorded()["linz"].reason
    assert night.recorded()["linz"].ending is AuditEnding.CONFLICT
    assert "graz" not in reason
    assert "muster" not in reason


def test_what_only_a_run_found_that_did_not_end_is_told_by_the_next(night, monkeypatch):
    night.add("graz")
    end = History.end
    monkeypatch.setattr(History, "end", lambda *_: None)
    assert night.run().code == ExitCode.FINDINGS
    assert night.run().code == ExitCode.FINDINGS
    monkeypatch.setattr(History, "end", end)
    told = night.run()
    assert told.code == ExitCode.FINDINGS
    assert "graz" in told.out
    assert night.run().code == ExitCode.OK


def test_what_could_not_be_asked_for_is_told_by_the_next_run(night, monkeypatch):
    """A run that does not know what it has to tell does not end."""
    night.add("graz")
    monkeypatch.setattr(History, "end", lambda *_: None)
    assert night.run().code == ExitCode.FINDINGS
    monkeypatch.undo()
    monkeypatch.setattr("auditor.fleet.runner.fleet_run.WorkerPool", Inline)
    monkeypatch.chdir(night.path)
    with monkeypatch.context() as broken:
        broken.setattr(History, "unannounced", _refuse)
        assert night.run().code == ExitCode.OUTPUT
    assert night.run().code == ExitCode.FINDINGS
    assert night.run().code == ExitCode.OK


def test_damaged_document_of_the_history_costs_no_audit(night):
    night.add("graz").run()
    with sqlite3.connect(night.path / "history.db") as connection:
        connection.execute("UPDATE document SET content = x'00'")
    connection.close()
    night.save("graz", saved(1).replace("Zöller".encode(), b"Zimmer"))
    night.run("--changed")
    assert night.endings() == {"graz": "audited"}

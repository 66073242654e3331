"""Past nights made again from what is kept: the same findings; what today's rules say."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta

import pytest

from auditor.errors import ExitCode
from auditor.fleet.compression import pack
from auditor.fleet.history_model import AuditedPbx, AuditEnding, AuditRecord
from auditor.fleet.inventory.inventory_model import Retention
from auditor.fleet.store.history import History
from auditor.report.formats.json import render
from auditor.resources import rules_directory
from auditor.rules.catalogue import load_catalogue
from auditor.run.outputs import FORMATS
from auditor.run.reader import Reader
from auditor.run.session import Expectations, Session
from auditor.site.credentials import Credentials
from auditor.sources.snapshot.saved import dump_snapshot
from tests.fixtures.sentences import says
from tests.fleet.nights import FIRST_DAY, Pbx

WAIVER = """
[[waivers]]
rule = "HD-10"
name = "temp.*"
reason = "a stand-in"
owner = "Anna"
approver = "Ben"
ticket = "T-1"
created = 2026-11-01
expires = {expires}
"""


class Nights:
    """Real nights of one PBX, recorded as a run would, each with the report that it had."""

    def __init__(self, history, pbx):
        self.history, self.pbx = history, pbx
        self.reports = {}

    def night(self):
        pbx, day = self.pbx, self.pbx.day
        known = self.history.known("graz")
        assert known.controls == pbx.known.controls
        changes = pbx.night()
        now = datetime.combine(day, time(2), UTC)
        run = self.history.begin("me", day, now, "", [("muster", "graz")])
        audited = AuditedPbx(
            pbx.judgement,
            changes,
            "00-90-33-aa",
            pack(b"".join(dump_snapshot(pbx.snapshot))),
            pbx.known.basis.content,
            pbx.papers,
            pbx.known.basis.versions,
            (),
            len(pbx.snapshot.objects),
        )
        ended = now + timedelta(minutes=1)
        self.history.record(
            run,
            AuditRecord("graz", "muster", now, ended, day, AuditEnding.AUDITED, audited=audited),
        )
        self.history.end(run, 0, ended)
        self.reports[day] = self._report()

    def unreachable(self):
        day = self.pbx.day
        now = datetime.combine(day, time(2), UTC)
        run = self.history.begin("me", day, now, "", [("muster", "graz")])
        self.history.record(
            run, AuditRecord("graz", "muster", now, now, day, AuditEnding.UNREACHABLE)
        )
        self.pbx.day = day + timedelta(days=1)

    def _report(self):
        session = Session(
            self.pbx.setup, Reader(self.pbx.setup.site, Credentials()), Expectations()
        )
        return json.loads(json.dumps(findings(_document(session, self.pbx.outcome))))


def _document(session, outcome):
    return json.loads(render(session.report_on("https://graz.example", outcome).report))


def findings(document):
    """Return everything that a report says of its controls, apart from file names."""
    return {
        one["id"]: (
            one["status"],
            one["severity"],
            one["subjects_seen"],
            [(o["fingerprint"], o["verdict"], o["waived"]) for o in one["observations"]],
        )
        for one in document["results"]
    }


@pytest.fixture
def nights(folder, tmp_path):
    tenants = '[fleet]\nname = "F"\n[[tenant]]\nid = "muster"\n'
    block = '[[pbx]]\nid = "graz"\ntenant = "muster"\ntarget = "https://graz.example"\n'
    folder.write("fleet.toml", tenants + block)
    with History.open(tmp_path / "history.db") as history:
        yield Nights(history, Pbx(tmp_path / "nights"))


def report(console, *arguments):
    ended = console("fleet", "report", "graz", "--format", "json", "--out", "out", *arguments)
    assert ended.code == ExitCode.OK, ended.err
    return json.loads((console.folder / "out/report.json").read_bytes()), ended


def _leave(console):
    """Take the PBX out of the inventory; another one, of another tenant, stands there."""
    path = console.folder / "fleet.toml"
    text = path.read_text().replace("graz", "linz")
    text = text.replace('tenant = "muster"', 'tenant = "other"')
    path.write_text(text + '[[tenant]]\nid = "other"\n')


class TestReport:
    def test_a_past_night_of_one_that_left_the_inventory(self, console, nights):
        nights.pbx.waivers = WAIVER.format(expires="2026-11-30")
        nights.night()
        _leave(console)
        ((day, was),) = nights.reports.items()
        made, _ = report(console, "--at", day.isoformat())
        assert json.loads(json.dumps(findings(made))) == was
        (console.folder / "reports/other").mkdir(parents=True)
        foreign = console("fleet", "report", "graz", "--out", "reports/other/x")
        assert foreign.code == ExitCode.USAGE

    def test_a_past_night_is_as_it_was(self, console, nights):
        """Site file, waivers and evidence changed since."""
        nights.pbx.waivers = WAIVER.format(expires="2026-11-30")
        nights.night()
        nights.pbx.waivers = ""
        nights.pbx.edit('base_users = ["hot-desk-base"]', 'base_users = ["nobody"]')
        nights.night()
        nights.pbx.lines(lambda line: "(h323=temp)" not in line)
        nights.night()
        for day, was in nights.reports.items():
            made, ended = report(console, "--at", day.isoformat())
            assert json.loads(json.dumps(findings(made))) == was
            assert made["run"]["started"].startswith(day.isoformat())
            assert not says("not as it was that night", ended.err)
        assert len({json.dumps(one) for one in nights.reports.values()}) == 3

    def test_it_has_the_history_until_then(self, console, nights):
        """A user that is removed, comes back and is removed again."""
        whole = nights.pbx.files["cfg.txt"]
        nights.night()
        nights.pbx.lines(lambda line: "(h323=temp)" not in line)
        without = nights.pbx.files["cfg.txt"]
        nights.night()
        nights.pbx.files["cfg.txt"] = whole
        nights.night()
        nights.pbx.files["cfg.txt"] = without
        nights.night()
        days = [(FIRST_DAY + timedelta(days=number)).isoformat() for number in range(4)]

        def of_hd10(made):
            changes = [one for one in made["past"]["changes"] if one["control"] == "HD-10"]
            return [(one["day"], one["before"], one["after"], one["cause"]) for one in changes]

        first, _ = report(console, "--at", days[0])
        assert of_hd10(first) == []
        assert first["run"]["history"] == []
        assert (first["past"]["first"], first["past"]["median_days"]) == (days[0], None)
        third, _ = report(console, "--at", days[2])
        assert of_hd10(third) == [
            (days[1], "failed", "fixed", "pbx"), (days[2], "fixed", "failed", "pbx"),
        ]  # fmt: skip
        (again,) = [
            seen["first_seen"]
            for one in third["results"]
            if one["id"] == "HD-10"
            for seen in one["observations"]
            if seen["verdict"] == "violated"
        ]
        assert again == days[0]
        last, _ = report(console)
        (fixed,) = [one for one in last["past"]["repaired"] if one["control"] == "HD-10"]
        assert (fixed["first_seen"], fixed["reopened"], fixed["fixed"], fixed["days"]) == (
            days[0], days[2], days[3], 1,
        )  # fmt: skip
        assert last["past"]["median_days"] == 1
        assert [one["started"][:10] for one in last["run"]["history"]] == days[:3]
        counts = [one["counts"]["failed"] for one in last["run"]["history"]]
        assert counts[0] == counts[2] > counts[1]
        assert counts[1] == last["summary"]["counts"]["failed"]

    def test_the_page_shows_the_history(self, console, nights):
        nights.night()
        nights.pbx.lines(lambda line: "(h323=temp)" not in line)
        nights.night()
        console("fleet", "report", "graz", "--out", "out")
        page = (console.folder / "out/report.html").read_text("utf-8")
        part = page.partition('<section id="past"')[2].partition("</section>")[0]
        assert 'href="#control-HD-10"' in part
        assert FIRST_DAY.isoformat() in part
        assert 'class="trend"' in page

    def test_every_format(self, console, nights):
        nights.night()
        wanted = ",".join(one for one in FORMATS if one != "pdf")
        ended = console("fleet", "report", "graz", "--format", wanted, "--out", "out")
        assert ended.code == ExitCode.OK
        names = {path.name for path in (console.folder / "out").rglob("*") if path.is_file()}
        assert {"report.json", "report.html", "report.sarif", "findings.csv", "plan.json"} <= names

    def test_own_controls_of_that_night(self, console, nights):
        document = next(path for path in _bundled() if path.name.startswith("HD-04")).read_text(
            "utf-8"
        )
        own = document.replace('id = "HD-04"', 'id = "XY-01"')
        nights.pbx.rules = {"x/xy-01.toml": own}
        nights.night()
        nights.pbx.rules = {}
        nights.night()
        made, _ = report(console, "--at", FIRST_DAY.isoformat())
        assert "XY-01" in findings(made)
        assert "XY-01" not in findings(report(console)[0])

    def test_the_last_one_that_could_look_counts(self, console, nights):
        nights.night()
        nights.unreachable()
        made, ended = report(console)
        assert made["run"]["started"].startswith(FIRST_DAY.isoformat())
        assert FIRST_DAY.isoformat() in ended.err

    def test_rules_that_changed_since_are_said(self, console, nights, monkeypatch):
        nights.night()
        real = load_catalogue

        def changed(**more):
            found = real(**more)
            silent = dict(found.checks) | {found.rules["HD-10"].check: lambda *_: ()}
            return found._replace(checks=silent)

        monkeypatch.setattr("auditor.run.setup.load_catalogue", changed)
        _, ended = report(console)
        assert says("not as it was that night", ended.err)

    @pytest.mark.parametrize("arguments", [
        ("nobody",), ("graz", "--at", "2020-01-01"), ("graz", "--at", "yesterday"),
    ])  # fmt: skip
    def test_what_is_not_there(self, console, nights, arguments):
        nights.night()
        assert console("fleet", "report", *arguments, "--out", "out").code == ExitCode.USAGE
        assert not (console.folder / "out").exists()


def _bundled():
    return sorted(rules_directory().rglob("*.toml"))


class TestAsk:
    def ask(self, console, *arguments):
        ended = console("fleet", "ask", *arguments, "--format", "json")
        return ended.code, json.loads(ended.out)["answers"]

    def test_were_we_exposed(self, console, nights):
        nights.night()
        nights.pbx.lines(lambda line: "(h323=temp)" not in line)
        nights.night()
        code, (then,) = self.ask(console, "HD-10", "--at", FIRST_DAY.isoformat())
        assert (code, then["answer"], then["audit"]["run"]) == (ExitCode.FINDINGS, "failed", 1)
        assert then["violated"]
        code, (now,) = self.ask(console, "HD-10", "--at", nights.pbx.day.isoformat())
        assert (code, now["answer"], now["audit"]["run"]) == (ExitCode.OK, "passed", 2)

    def test_a_control_that_did_not_run_that_night(self, console, nights):
        """It is judged by the rules of today, whatever the profile was."""
        nights.pbx.controls = ("HD-10",)
        nights.night()
        code, (one,) = self.ask(console, "FW-01")
        assert one["answer"] != "no-snapshot"
        assert code in {ExitCode.OK, ExitCode.FINDINGS, ExitCode.INCOMPLETE}

    def test_what_was_accepted_then_is_said(self, console, nights):
        nights.pbx.waivers = WAIVER.format(expires="2026-11-30")
        nights.night()
        code, (one,) = self.ask(console, "HD-10", "--at", FIRST_DAY.isoformat())
        assert (code, one["answer"], one["violated"]) == (ExitCode.OK, "waived", [])

    def test_without_a_snapshot(self, console, nights):
        nights.night()
        code, (one,) = self.ask(console, "HD-10", "--at", "2020-01-01")
        assert (code, one["answer"]) == (ExitCode.INCOMPLETE, "no-snapshot")

    def test_a_snapshot_that_was_out_of_date_that_day_is_no_proof(self, console, nights):
        nights.pbx.lines(lambda line: "(h323=temp)" not in line)
        nights.night()
        for days, expected in ((3, ExitCode.OK), (4, ExitCode.INCOMPLETE)):
            day = FIRST_DAY + timedelta(days=days)
            code, (one,) = self.ask(console, "HD-10", "--at", day.isoformat())
            assert (code, one["answer"], one["age_days"]) == (expected, "passed", days)
            assert bool(one["reason"]) == (expected != ExitCode.OK)

    def test_one_that_left_the_inventory_since_was_exposed_all_the_same(self, console, nights):
        nights.night()
        nights.night()
        _leave(console)
        last = FIRST_DAY + timedelta(days=1)
        for day in (FIRST_DAY, last):
            code, (left, there) = self.ask(console, "HD-10", "--at", day.isoformat())
            assert (code, left["pbx"], left["answer"]) == (ExitCode.FINDINGS, "graz", "failed")
            assert left["violated"]
            assert left["reason"]
            assert (there["pbx"], there["answer"]) == ("linz", "no-snapshot")
        # It does not belong to the fleet before and after, and today.
        before, after = FIRST_DAY - timedelta(days=1), last + timedelta(days=1)
        for arguments in (("--at", before.isoformat()), ("--at", after.isoformat()), ()):
            _, answers = self.ask(console, "HD-10", *arguments)
            assert [one["pbx"] for one in answers] == ["linz"]

    def test_one_that_left_and_whose_snapshot_is_not_kept_is_said(self, console, nights):
        for _ in range(3):
            nights.night()
        nights.history.prune(Retention(1, 0), nights.pbx.day)
        _leave(console)
        code, answers = self.ask(console, "HD-10", "--at", FIRST_DAY.isoformat())
        told = [(one["pbx"], one["answer"]) for one in answers]
        assert (code, told[0]) == (ExitCode.INCOMPLETE, ("graz", "no-snapshot"))

    def test_one_that_left_is_none_of_another_tenants(self, console, nights):
        nights.night()
        _leave(console)
        _, answers = self.ask(console, "HD-10", "--at", FIRST_DAY.isoformat(), "--tenant", "other")
        assert [one["pbx"] for one in answers] == ["linz"]

    def test_no_such_control(self, console, nights):
        nights.night()
        assert console("fleet", "ask", "XX-99").code == ExitCode.USAGE

    def test_a_site_file_that_is_damaged_today_is_undecided(self, console, nights, folder):
        nights.night()
        folder.write("broken.toml", "[")
        text = folder.file.read_text() + 'site = "broken.toml"\n'
        folder.write("fleet.toml", text)
        code, (one,) = self.ask(console, "HD-10")
        assert (code, one["answer"]) == (ExitCode.INCOMPLETE, "undecided")
        assert one["reason"]

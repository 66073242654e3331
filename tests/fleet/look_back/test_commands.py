"""The commands that look back: what they show, in each form, and how they end."""

from __future__ import annotations

import csv
import inspect
import io
import json
import re
import shutil
from datetime import date
from typing import Any

import pytest

from auditor.cli.fleet import judge_again, keep, look_back
from auditor.errors import ExitCode
from auditor.fleet.history_model import AuditEnding, Cause, Expiry
from auditor.fleet.look_back.answer_schema import PbxStatus, Status
from auditor.fleet.look_back.json_answers import in_language, look_back_schema
from auditor.fleet.look_back.status_table import render_csv
from auditor.fleet.store.history import History
from auditor.fleet.store.tables import EVENT
from auditor.messages.languages import translated
from auditor.messages.message import say
from tests.fixtures.fleet_story import Story, failed, passed, unknown
from tests.fixtures.schemas import keeps

HOSTILE = '=cmd|" /C calc"!A0\x1b[31m\u202e##vso[task]\n::error::x'
FORMS = ("table", "json", "csv")


def answer(console, *arguments):
    """Return the document that a command answers with, checked against its schema."""
    ended = console("fleet", *arguments, "--format", "json")
    document = json.loads(ended.out)
    keeps(document, look_back_schema)
    return document


def rows(console, *arguments):
    ended = console("fleet", *arguments, "--format", "csv")
    return list(csv.DictReader(io.StringIO(ended.out)))


@pytest.fixture(scope="session")
def nights(tmp_path_factory, empty):
    """Tell three nights once, which takes longer than to copy them."""
    path = tmp_path_factory.mktemp("nights") / "history.db"
    shutil.copy(empty, path)
    with History.open(path) as history:
        tell(Story(history))
    return path


@pytest.fixture
def fleet(folder, listed, nights):
    """Three nights of four PBXs in two tenants."""
    listed("alpen-graz", "alpen-wien", "city-linz", "city-enns", fleet='every = "24h"')
    shutil.copy(nights, folder.path / "history.db")
    with History.open(folder.path / "history.db") as history:
        story = Story(history)
        story.number = 3
        yield story


def tell(story):
    story.night({"alpen-graz": [passed()], "alpen-wien": [failed()], "city-linz": [unknown()]})
    story.night(
        {"alpen-graz": [failed("HD-01", "anna", "bert")], "alpen-wien": [passed()],
         "city-linz": AuditEnding.UNREACHABLE},
        cause=Cause.SITE,
    )  # fmt: skip
    story.night(
        {"alpen-graz": [failed("HD-01", "bert")], "alpen-wien": [passed()],
         "city-linz": AuditEnding.UNREACHABLE},
        expiries={"alpen-graz": (Expiry("waiver", "HD-01 anna", date(2026, 3, 20)),)},
    )  # fmt: skip


@pytest.mark.usefixtures("fleet")
def test_csv_says_why_in_the_language_as_json_does(console):
    whys = {}
    for language in ("en", "de"):
        spoken = ("ask", "HD-01", "--language", language)
        whys[language] = [one["reason"] for one in answer(console, *spoken)["answers"]]
        assert [row["reason"] for row in rows(console, *spoken)] == whys[language]
    assert whys["en"] != whys["de"]


def test_every_csv_is_told_in_a_language():
    """No command forgets to ask for the language of reasons, remarks and causes."""
    for module in (look_back, judge_again, keep):
        told = re.findall(r"render_csv\((\w+)", inspect.getsource(module))
        assert {*told} == {"in_language"}, module


def test_a_status_in_german():
    why = say("there is no host of this name")
    row: dict[str, Any] = dict.fromkeys(PbxStatus.__annotations__)
    row |= dict.fromkeys(("pbx", "name", "tenant", "state"), "x")
    row |= {"failed": {}, "expiring": [], "reason": why, "remarks": [why]}
    whole: dict[str, Any] = dict.fromkeys(Status.__annotations__)
    told = render_csv(in_language(Status(**whole | {"pbxs": [PbxStatus(**row)]}), "de"))
    assert why not in told
    assert told.count(translated(why, "de")) == 2


class TestStatus:
    def test_each_pbx_has_a_line(self, console, fleet):
        day = fleet.day(3).isoformat()
        lines = console("fleet", "status", "--today", day).out.splitlines()
        assert [line.split()[0] for line in lines[1:5]] == [
            "city-enns", "city-linz", "alpen-graz", "alpen-wien",
        ]  # fmt: skip
        assert all(len(line) <= 80 for line in lines)

    def test_csv_and_json_say_the_same(self, console, fleet):
        arguments = ("status", "--today", fleet.day(3).isoformat())
        document, cells = answer(console, *arguments), rows(console, *arguments)
        assert [one["state"] for one in document["pbxs"]] == [one["state"] for one in cells]
        graz = next(one for one in document["pbxs"] if one["pbx"] == "alpen-graz")
        assert (graz["new"], graz["fixed"]) == (0, 1)
        assert [one["ends"] for one in graz["expiring"]] == ["2026-03-20"]
        assert graz["failed"] == {"high": 1}

    def test_json_speaks_the_language_that_is_asked_for_and_its_codes_none(self, console, fleet):
        arguments = ("status", "--today", fleet.day(5).isoformat())
        english, german = (answer(console, *arguments, "--language", one) for one in ("en", "de"))
        assert set(german["remarks"]).isdisjoint(english["remarks"])
        assert english["remarks"]
        assert german["pbxs"] == english["pbxs"]

    def test_a_tenant_has_its_own_language(self, console, fleet, folder):
        path = folder.path / "fleet.toml"
        text = path.read_text("utf-8")
        head = '[[tenant]]\nid = "city"\n'
        path.write_text(text.replace(head, f'{head}language = "de"\n'), encoding="utf-8")
        arguments = ("status", "--today", fleet.day(5).isoformat(), "--tenant", "city")
        own = answer(console, *arguments)["remarks"]
        english, german = (
            answer(console, *arguments, "--language", one)["remarks"] for one in ("en", "de")
        )
        assert own == german
        assert set(own).isdisjoint(english)

    def test_one_tenant_says_nothing_of_another(self, console, fleet):  # noqa: ARG002
        for form in FORMS:
            said = console("fleet", "status", "--tenant", "ALPEN", "--format", form).said
            assert "alpen" in said
            assert not {"city", "linz", "enns"} & set(said.replace("-", " ").split())

    def test_a_run_that_did_not_happen_is_said(self, console, fleet):
        late = answer(console, "status", "--today", fleet.day(5).isoformat())
        assert late["last_run"]["overdue_since"]
        assert late["remarks"]
        on_time = answer(console, "status", "--today", fleet.day(4).isoformat())
        assert on_time["last_run"]["overdue_since"] is None
        assert not on_time["remarks"]

    def test_a_run_that_was_cut_off_is_said(self, console, fleet):
        fleet.night({"alpen-graz": [passed()], "alpen-wien": None})
        document = answer(console, "status", "--today", fleet.day(4).isoformat())
        assert document["last_run"]["ended"] is None
        assert document["last_run"]["left"] == 1
        assert document["remarks"]

    def test_before_the_first_run_all_were_never_audited(self, console, listed):
        listed("alpen-graz")
        document = answer(console, "status")
        assert [one["state"] for one in document["pbxs"]] == ["never"]
        assert not list(console.folder.glob("history.db*"))

    def test_what_another_tenant_had_is_not_shown(self, console, fleet, listed):  # noqa: ARG002
        text = (console.folder / "fleet.toml").read_text()
        linz = 'id = "city-linz"\ntenant = "'
        moved = text.replace(f"{linz}city", f"{linz}alpen")
        assert moved != text
        (console.folder / "fleet.toml").write_text(moved)
        document = answer(console, "status", "--tenant", "alpen")
        linz = next(one for one in document["pbxs"] if one["pbx"] == "city-linz")
        assert (linz["state"], linz["success"]) == ("never", None)
        assert linz["remarks"]

    def test_a_pbx_that_left_the_inventory_is_named(self, console, fleet, listed):  # noqa: ARG002
        listed("alpen-graz")
        assert answer(console, "status")["remarks"]

    def test_german(self, console, fleet):  # noqa: ARG002
        english, german = (
            console("fleet", "status", "--language", one).out for one in ("en", "de")
        )
        assert english.splitlines()[0] != german.splitlines()[0]
        assert all(len(line) <= 80 for line in german.splitlines())

    @pytest.mark.parametrize("arguments", [
        ("--tenant", "nobody"), ("--today", "soon"), ("missing.toml",), ("--format", "xml"),
    ])  # fmt: skip
    def test_what_is_wrong(self, console, fleet, arguments):  # noqa: ARG002
        assert console("fleet", "status", *arguments).code == ExitCode.USAGE


class TestDrift:
    def test_the_last_run(self, console, fleet):  # noqa: ARG002
        found = answer(console, "drift")
        assert found["since"] == 3
        told = [(one["pbx"], one["subject"]["name"], one["after"]) for one in found["changes"]]
        assert told == [("alpen-graz", "anna", "fixed")]

    @pytest.mark.parametrize(("since", "count"), [("1", 11), ("2", 6), ("3", 1)])
    def test_since_a_run_or_its_day(self, console, fleet, since, count):
        day = fleet.day(int(since)).isoformat()
        by_run = answer(console, "drift", "--since", since)["changes"]
        assert by_run == answer(console, "drift", "--since", day)["changes"]
        assert len(by_run) == count

    @pytest.mark.parametrize("since", [(), ("--since", "1"), ("--since", "2026-01-01")])
    def test_without_any_run_nothing_can_have_changed(self, console, story, listed, since):  # noqa: ARG002
        listed("alpen-graz")
        assert console("fleet", "drift", *since).code == ExitCode.OUTPUT

    def test_each_has_a_cause(self, console, fleet):  # noqa: ARG002
        found = answer(console, "drift", "--since", "1")["changes"]
        causes: dict[int, set[str]] = {one["run"]: set() for one in found}
        for one in found:
            causes[one["run"]].add(one["cause"])
        assert causes == {1: {"first"}, 2: {"site"}, 3: {"pbx"}}

    def test_a_tenant(self, console, fleet):  # noqa: ARG002
        said = console("fleet", "drift", "--since", "1", "--tenant", "city").out
        assert "alpen" not in said
        assert "city-linz" in said

    @pytest.mark.parametrize(
        "since", ["march", "", "0", "4", "20260101", "9" * 30, "-1", "2026-02-31", "0001-01-01"]
    )
    def test_neither_day_nor_run(self, console, fleet, since):  # noqa: ARG002
        ended = console("fleet", "drift", "--since", since)
        assert ended.code == ExitCode.USAGE
        assert not ended.out

    def test_since_a_day_without_a_run(self, console, fleet):
        day = fleet.day(4).isoformat()
        assert not answer(console, "drift", "--since", day)["changes"]
        # It is not as if somebody had looked, and nothing had changed.
        err = console("fleet", "drift", "--since", day).err
        assert day in err
        assert fleet.day(3).isoformat() in err
        assert not console("fleet", "drift", "--since", fleet.day(3).isoformat()).err

    def test_without_a_history(self, console, listed):
        listed("alpen-graz")
        assert console("fleet", "drift").code == ExitCode.OUTPUT


class TestHistory:
    def test_since_when_and_why(self, console, fleet):  # noqa: ARG002
        found = answer(console, "history", "alpen-graz")
        assert [(one["control"], one["status"], one["since"]["run"], one["cause"])
                for one in found["controls"]] == [("HD-01", "failed", 2, "site")]  # fmt: skip
        days = {one["subject"]["name"]: (one["first_seen"]["run"], one["last_seen"]["run"],
                                         one["fixed"] and one["fixed"]["run"])
                for one in found["findings"]}  # fmt: skip
        assert days == {"anna": (2, 2, 3), "bert": (2, 3, None)}

    @pytest.mark.parametrize("arguments", [
        ("alpen-graz",), ("ALPEN-GRAZ",), ("alpen-graz", "HD-01"), ("--pbx", "alpen-graz"),
        ("HD-01", "--pbx", "alpen-graz"),
    ])  # fmt: skip
    def test_ways_to_ask(self, console, fleet, arguments):  # noqa: ARG002
        assert answer(console, "history", *arguments)["pbx"] == "alpen-graz"
        assert rows(console, "history", *arguments)

    def test_one_that_was_never_audited(self, console, fleet):  # noqa: ARG002
        assert answer(console, "history", "city-enns")["first"] is None
        assert console("fleet", "history", "city-enns").code == ExitCode.OK

    @pytest.mark.parametrize("arguments", [("nobody",), ()])
    def test_no_such_pbx(self, console, fleet, arguments):  # noqa: ARG002
        assert console("fleet", "history", *arguments).code == ExitCode.USAGE

    def test_one_that_left_the_inventory_has_its_history(self, console, fleet, listed):  # noqa: ARG002
        listed("city-enns")
        assert answer(console, "history", "alpen-graz")["changes"]

    def test_control_that_nobody_knows(self, console, fleet):  # noqa: ARG002
        for pbx in ("alpen-graz", "city-enns"):
            assert console("fleet", "history", pbx, "HD-99").code == ExitCode.USAGE
            assert console("fleet", "history", pbx, "HD-02").code == ExitCode.OK

    @pytest.mark.parametrize("control", [(), ("HD-01",), ("HD-02",)])
    def test_what_was_pruned_was_there(self, console, fleet, control):
        before = answer(console, "history", "alpen-graz", *control)["first"]
        assert before == {"run": 1, "day": fleet.day(1).isoformat()}
        answer(console, "prune", "--today", "2029-01-01")
        assert answer(console, "history", "alpen-graz", *control)["first"] == before


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-31", "1989-12-31"])
@pytest.mark.parametrize(
    "command",
    [
        ("status", "--today"),
        ("prune", "--today"),
        ("page", "--today"),
        ("metrics", "--today"),
        ("digest", "--today"),
        ("run", "--today"),
        ("ask", "HD-01", "--at"),
        ("report", "alpen-graz", "-o", "out", "--at"),
    ],
)
def test_day_that_nothing_is_about(console, fleet, command, day):  # noqa: ARG001
    ended = console("fleet", *command, day)
    assert ended.code == ExitCode.USAGE
    assert not ended.out
    assert not console.crashes()


class TestVerify:
    def test_a_chain_that_is_whole(self, console, fleet):
        fleet.history.append("note", "alpen-graz", "alpen", {"a": 1}, fleet.moment(4))
        ended = console("fleet", "history", "verify")
        assert ended.code == ExitCode.OK
        assert answer(console, "history", "verify")["events"] == 1

    def test_one_that_was_changed(self, console, fleet):
        for number in range(3):
            fleet.history.append("note", "", "", {"a": number}, fleet.moment(4))
        with fleet.history.reading() as connection:
            connection.execute(EVENT.update().where(EVENT.c.number == 2).values(facts="{}"))
        ended = console("fleet", "history", "verify")
        assert ended.code == ExitCode.OUTPUT
        assert not ended.out
        assert answer(console, "history", "verify")["broken"] == 2

    def test_a_pbx_of_this_name_is_never_taken_for_it(self, console, story, listed):
        listed("verify", "other")
        story.night({"verify": [failed()]})
        assert answer(console, "history", "verify")["document"] == "verified"
        assert "--pbx" in console("fleet", "history", "verify").err
        assert answer(console, "history", "--pbx", "verify")["pbx"] == "verify"
        assert answer(console, "history", "verify", "HD-01")["pbx"] == "verify"


class TestOutliers:
    @pytest.fixture
    def tell(self, story, listed):
        def night(lacking, count=4, **more):
            names = [f"alpen-{number}" for number in range(count)]
            listed(*names, "city-1", **more)
            nights = {name: [failed() if name in lacking else passed()] for name in names}
            story.night({**nights, "city-1": [failed()]})

        return night

    @pytest.mark.parametrize(("lacking", "count", "found"), [
        ({"alpen-1"}, 4, ["alpen-1"]),
        ({"alpen-1"}, 3, ["alpen-1"]),
        ({"alpen-1"}, 2, []),
        ({"alpen-1", "alpen-2"}, 6, []),
        ({"alpen-1", "alpen-2"}, 20, ["alpen-1", "alpen-2"]),
        (set(), 6, []),
    ])  # fmt: skip
    def test_what_nearly_all_have(self, tell, console, lacking, count, found):
        tell(lacking, count)
        told = answer(console, "outliers")
        assert [one["pbx"] for one in told["outliers"]] == found
        few = [f"alpen-{number}" for number in range(count)] if count < 3 else []
        assert told["not_compared"] == [*few, "city-1"]
        assert told["compared"] == count - len(few)

    def test_of_a_tag_across_tenants(self, tell, console):
        tags = {"tags": ["hotel"]}
        names = ("alpen-0", "alpen-1", "city-1")
        tell(set(), **dict.fromkeys(names, tags))
        (one,) = answer(console, "outliers")["outliers"]
        assert (one["pbx"], one["group"], one["name"]) == ("city-1", "tag", "hotel")
        assert answer(console, "outliers", "--tenant", "city")["outliers"] == []

    def test_what_is_undecided_is_no_outlier(self, console, story, listed):
        names = [f"alpen-{number}" for number in range(5)]
        listed(*names)
        story.night({name: [passed()] for name in names[1:]} | {names[0]: [unknown()]})
        told = answer(console, "outliers")
        assert told["outliers"] == []
        assert (told["compared"], told["not_compared"]) == (4, names[:1])
        assert names[0] in console("fleet", "outliers").out

    def test_that_nothing_could_be_compared_is_said(self, console, story, listed):
        listed("alpen-0", "city-1")
        story.night({"alpen-0": [passed()], "city-1": [passed()]})
        assert answer(console, "outliers")["compared"] == 0


class TestKeeping:
    def test_a_dry_run_removes_nothing(self, console, fleet):  # noqa: ARG002
        day = ("--today", "2029-01-01")
        dry = answer(console, "prune", "--dry-run", *day)
        assert dry["dry_run"]
        assert {one["kind"]: one["rows"] for one in dry["removed"]}["audit"] > 0
        assert answer(console, "prune", *day)["removed"] == dry["removed"]
        assert {one["rows"] for one in answer(console, "prune", *day)["removed"]} == {0}
        assert answer(console, "history", "alpen-graz")["findings"]

    def test_no_report_lies_among_those_of_another_tenant(self, console, fleet):  # noqa: ARG002
        (console.folder / "reports").mkdir()
        (console.folder / "link").symlink_to("reports")
        for out in ("reports/city", "reports/city/city-linz/latest", "link/city/x"):
            ended = console("fleet", "report", "alpen-graz", "-o", out)
            assert (ended.code, ended.out) == (ExitCode.USAGE, "")
        assert not list(console.folder.glob("reports/city/**/report.*"))

    def test_a_tenant_is_forgotten_with_its_reports(self, console, fleet):
        for tenant in ("alpen", "city"):
            report = console.folder / "reports" / tenant / "x" / "report.json"
            report.parent.mkdir(parents=True)
            report.write_text("{}")
        fleet.history.append("note", "alpen-graz", "alpen", {"a": 1}, fleet.moment(4))
        ended = console("fleet", "forget", "alpen", "--yes", "--out", "receipt.json")
        assert ended.code == ExitCode.OK
        text = (console.folder / "receipt.json").read_text()
        receipt = json.loads(text)
        keeps(receipt, look_back_schema)
        assert "alpen" not in text
        assert receipt["report_files"] == 1
        assert not (console.folder / "reports/alpen").exists()
        assert (console.folder / "reports/city").exists()
        verified = answer(console, "history", "verify")
        assert (verified["events"], verified["last"]) == (receipt["event"], receipt["chain"])
        assert b"alpen" not in (console.folder / "history.db").read_bytes()
        assert "city-linz" in console("fleet", "history", "city-linz").out

    def test_nobody_is_forgotten_unasked(self, console, fleet):  # noqa: ARG002
        assert console("fleet", "forget", "alpen").code == ExitCode.USAGE
        assert answer(console, "history", "alpen-graz")["findings"]

    @pytest.mark.parametrize(("typed", "code"), [("alpen\n", 0), ("Alpin\n", 2), ("", 2)])
    def test_the_id_is_to_be_typed(self, console, fleet, monkeypatch, typed, code):  # noqa: ARG002
        monkeypatch.setattr("auditor.cli.fleet.keep.is_terminal", lambda: True)
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        assert console("fleet", "forget", "alpen").code == code

    def test_no_such_tenant(self, console, fleet):  # noqa: ARG002
        assert console("fleet", "forget", "nobody", "--yes").code == ExitCode.USAGE

    def test_a_receipt_is_never_overwritten(self, console, fleet):  # noqa: ARG002
        (console.folder / "receipt.json").write_text("mine")
        ended = console("fleet", "forget", "alpen", "--yes", "--out", "receipt.json")
        assert ended.code == ExitCode.USAGE
        assert answer(console, "history", "alpen-graz")["findings"]


class TestHostileNames:
    @pytest.fixture
    def hostile(self, story, listed):
        listed("alpen-graz")
        story.night({"alpen-graz": [passed()]})
        story.night({"alpen-graz": [failed("HD-01", HOSTILE)]})
        return story

    @pytest.mark.parametrize("command", [("drift",), ("history", "alpen-graz")])
    @pytest.mark.parametrize("form", FORMS)
    def test_they_are_inert(self, console, hostile, command, form):  # noqa: ARG002
        said = console("fleet", *command, "--format", form).out
        assert not {"\x1b", "\u202e", "\r"} & set(said)
        assert "##vso[" not in said
        assert not any(line.lstrip().startswith("::") for line in said.splitlines())

    @pytest.mark.parametrize("command", [("drift",), ("history", "alpen-graz")])
    def test_no_spreadsheet_evaluates_them(self, console, hostile, command):  # noqa: ARG002
        cells = [cell for row in rows(console, *command) for cell in row.values()]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
        assert any("cmd" in cell for cell in cells)

    def test_json_keeps_them(self, console, hostile):  # noqa: ARG002
        names = {one["subject"]["name"] for one in answer(console, "drift")["changes"]
                 if one["subject"]}  # fmt: skip
        assert names == {HOSTILE}

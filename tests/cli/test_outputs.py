"""What is written: whole files for their owner only, one folder per target, or exit code 6."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.remediation.runbook import escape_markdown
from auditor.rules.catalogue import load_catalogue
from auditor.run.target import read_target
from auditor.site.credentials import Credentials
from tests.fixtures.pbx import PBX_PASSWORD, configuration_of, item, site_of, text, write
from tests.fixtures.program import WITH_PBX_PASSWORD, environment, execute, site_option
from tests.fixtures.sentences import says

REMEDIATION = {
    f"remediation/{name}"
    for name in ("plan.json", "runbook.md", "runbook.html", "remediate.py", "rollback.py")
}
ALL = {"report.json", "report.html", *REMEDIATION}


def files_in(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def audit(console, evidence):  # noqa: ARG001 -- the files to audit
    console.setenv("PBX_AUDITOR_PBX_PASSWORD", PBX_PASSWORD)

    def run(*arguments, config="hardened"):
        return console("audit", *arguments, *site_option(config))

    return run


def test_all_formats_by_default(audit, evidence):
    ended = audit("insecure.txt", "--out", "out/deep", config="insecure")
    assert files_in(evidence / "out" / "deep") == ALL
    for name in ALL:
        assert str(evidence / "out") not in ended.out
        assert name in ended.err


@pytest.mark.parametrize(
    ("formats", "names"),
    [
        ("json", {"report.json"}),
        ("html", {"report.html"}),
        ("remediation", REMEDIATION),
        ("sarif", {"report.sarif"}),
        ("sarif-github", {"report.github.sarif"}),
        ("junit", {"report.junit.xml"}),
        ("csv", {"findings.csv", "objects.csv"}),
        ("markdown", {"report.md"}),
        ("ocsf", {"report.ocsf.json"}),
        ("oscal", {"report.oscal.json"}),
        (" json , html,json", {"report.json", "report.html"}),
    ],
)
def test_only_the_chosen_formats(audit, evidence, formats, names):
    assert audit("hardened.txt", "--out", "out", "--format", formats).code == 0
    assert files_in(evidence / "out") == names


def test_without_out_nothing_is_written(audit, evidence):
    before = files_in(evidence)
    assert audit("hardened.txt").code == 0
    assert files_in(evidence) == before


def test_files_are_for_their_owner_only(audit, evidence):
    audit("hardened.txt", "--out", "out")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (evidence / "out").rglob("*.*")}
    assert modes == {0o600}


def test_a_file_that_was_open_to_all_is_not_any_more(audit, evidence):
    write(evidence / "out", {"report.json": "old"})
    (evidence / "out" / "report.json").chmod(0o666)
    audit("hardened.txt", "--out", "out", "--format", "json")
    path = evidence / "out" / "report.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_bytes())["schema_version"]


def test_a_link_is_replaced_and_not_followed(audit, evidence):
    write(evidence, {"other.txt": "keep me"})
    (evidence / "out").mkdir()
    (evidence / "out" / "report.json").symlink_to(evidence / "other.txt")
    audit("hardened.txt", "--out", "out", "--format", "json")
    assert (evidence / "other.txt").read_text(encoding="utf-8") == "keep me"
    assert not (evidence / "out" / "report.json").is_symlink()


@pytest.mark.parametrize("out", ["hardened.txt", "hardened.txt/inside", "o" * 300, "o" * 5000])
def test_a_folder_that_cannot_be_made(audit, evidence, out):
    before = files_in(evidence)
    ended = audit("hardened.txt", "--out", out)
    assert ended.code == 6
    assert says("What to do: ", ended.err)
    assert "Traceback" not in ended.err
    assert files_in(evidence) == before
    assert not ended.out  # nothing was read


@pytest.mark.parametrize("name", ["report.json", "report.html", "remediation/plan.json"])
def test_a_folder_in_place_of_a_file_leaves_no_half_file(audit, evidence, name):
    (evidence / "out" / name).mkdir(parents=True)
    assert audit("hardened.txt", "--out", "out").code == 6
    left = files_in(evidence / "out")
    assert left < ALL
    assert not [path for path in left if path.rpartition("/")[2].startswith(".")]


def test_a_full_disk_leaves_no_half_file(audit, evidence, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("auditor.files.writing.os.fdopen", full)
    ended = audit("hardened.txt", "--out", "out")
    assert ended.code == 6
    assert "no space left" in ended.err
    assert files_in(evidence / "out") == set()


def test_an_old_report_survives_when_the_new_one_cannot_be_written(audit, evidence, monkeypatch):
    write(evidence / "out", {"report.json": "old"})

    def broken(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("pathlib.Path.replace", broken)
    assert audit("hardened.txt", "--out", "out").code == 6
    assert files_in(evidence / "out") == {"report.json"}
    assert (evidence / "out" / "report.json").read_text(encoding="utf-8") == "old"


class TestSeveralTargets:
    def reports(self, folder):
        return [json.loads(path.read_bytes()) for path in sorted(folder.rglob("report.json"))]

    def test_each_has_a_folder(self, audit, evidence):
        assert audit("hardened.txt", "insecure.txt", "--out", "out").code == 1
        addresses = {report["target"]["address"] for report in self.reports(evidence / "out")}
        assert addresses == {"hardened.txt", "insecure.txt"}
        assert len(files_in(evidence / "out")) == 2 * len(ALL)

    @pytest.mark.parametrize(
        "line", [item("<user/>", cn="A", h323="a"), configuration_of().decode()]
    )
    def test_files_of_one_name_in_two_folders_do_not_overwrite_each_other(
        self, audit, evidence, line
    ):
        write(evidence, {"a/cfg.txt": line, "b/cfg.txt": line})
        audit("a/cfg.txt", "b/cfg.txt", "--out", "out")
        assert len(self.reports(evidence / "out")) == 2

    def test_hostile_names_stay_in_the_folder(self, console, evidence):
        write(evidence, {"site.toml": '[target]\nname = "../../../../x/\\u0000/.."\n'})
        console("audit", "hardened.txt", "insecure.txt", "--site", "site.toml", "--out", "out")
        assert len(self.reports(evidence / "out")) == 2
        assert {path.name for path in evidence.iterdir()} <= {
            "hardened.txt",
            "insecure.txt",
            "site.toml",
            "out",
        }

    def test_a_target_that_cannot_be_reached_does_not_lose_the_other(
        self, console, evidence, server
    ):
        console.login(server.pbx)
        console.setenv("PBX_AUDITOR_PASSWORD", "wrong")
        ended = console("audit", server.url, "hardened.txt", *site_option(), "--out", "out")
        assert ended.code == 3
        found = {r["target"]["address"]: r["summary"] for r in self.reports(evidence / "out")}
        assert found[server.url]["exit_code"] == 3
        assert found["hardened.txt"]["exit_code"] == 0


class TestCollect:
    def test_a_snapshot_gives_the_same_verdicts(self, console, evidence):
        console.setenv("PBX_AUDITOR_PBX_PASSWORD", PBX_PASSWORD)
        for config, code in (("hardened", 0), ("insecure", 1)):
            name = f"{config}.json"
            assert console("collect", f"{config}.txt", "-o", name, *site_option(config)).code == 0
            assert stat.S_IMODE((evidence / name).stat().st_mode) == 0o600
            assert console("audit", name, *site_option(config)).code == code

    def test_the_pbx_password_is_needed_only_when_it_is_collected(self, evidence):
        login = {"PBX_AUDITOR_PBX_PASSWORD": PBX_PASSWORD}
        execute(["collect", "hardened.txt", "-o", "s.json", *site_option()], evidence, **login)
        assert execute(["audit", "s.json", *site_option()], evidence).code == 0

    def test_live(self, console, tmp_path, server):
        console.login(server.pbx)
        assert console("collect", server.url, *site_option()).code == 0
        snapshot = read_target(str(tmp_path / "snapshot.json"), site_of(), Credentials())
        assert len(snapshot.objects) == len(server.pbx.objects)

    @pytest.mark.parametrize("out", ["hardened.txt/x.json", "o" * 300])
    def test_an_output_that_cannot_be_written(self, console, evidence, out):
        before = files_in(evidence)
        ended = console("collect", "hardened.txt", "-o", out)
        assert ended.code == 6
        assert files_in(evidence) == before

    def test_bad_evidence(self, console, tmp_path):
        write(tmp_path, {"cfg.txt": text("Hello")})
        assert console("collect", "cfg.txt").code == 2
        assert files_in(tmp_path) == {"cfg.txt"}


def test_the_demo_writes_everything_and_ends_with_0(console, tmp_path):
    ended = console("demo", "--out", "out/demo")
    assert ended.code == 0
    assert files_in(tmp_path / "out" / "demo") == ALL
    report = json.loads((tmp_path / "out" / "demo" / "report.json").read_bytes())
    assert {result["status"] for result in report["results"]} == {"failed"}
    for name in ALL:
        assert name in ended.err


def test_results_go_to_stdout_and_the_rest_to_stderr(audit):
    ended = audit("hardened.txt", "--out", "out")
    assert "17 passed" in ended.out
    assert "written" not in ended.out
    assert "passed" not in ended.err


def test_the_schema_is_printed_as_json(console):
    ended = console("schema", "report")
    assert json.loads(ended.out)["$schema"].endswith("2020-12/schema")
    assert ended.err == ""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_console_without_unicode_does_not_crash(evidence, encoding):
    ended = execute(
        ["audit", "insecure.txt", *site_option("insecure")], evidence, PYTHONIOENCODING=encoding
    )
    assert ended.code == 1
    assert "Traceback" not in ended.err


class TestAStdoutThatNobodyReads:
    """What was found is written to its files and decides the exit code all the same."""

    def audit(self, folder, stdout):
        arguments = ["audit", "hardened.txt", *site_option(), "--out", "out"]
        with subprocess.Popen(  # noqa: S603 -- this interpreter
            [sys.executable, "-m", "auditor", *map(str, arguments)],
            cwd=folder,
            env=environment(folder, **WITH_PBX_PASSWORD),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            _, err = process.communicate(timeout=60)
        assert "Traceback" not in err
        assert "a bug" not in err
        assert files_in(folder / "out") == ALL
        return process.returncode

    def test_a_pipe_that_is_closed(self, evidence):
        reading, writing = os.pipe()
        os.close(reading)
        try:
            assert self.audit(evidence, writing) in {0, 6}
        finally:
            os.close(writing)

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
    def test_a_disk_that_is_full(self, evidence):
        with Path("/dev/full").open("wb") as full:
            assert self.audit(evidence, full) == 6


@pytest.mark.parametrize("target", [".", "./"])
def test_the_folder_one_stands_in_is_a_target(console, evidence, monkeypatch, target):
    for path in evidence.iterdir():
        if path.name != "hardened.txt":
            path.unlink()
    monkeypatch.chdir(evidence)
    assert console("audit", target).code == 4
    assert console.crashes() == []


def test_no_name_is_no_target(console):
    assert console("audit", "").code == 2


def test_what_was_not_run_is_said(console, evidence):
    console("audit", "hardened.txt", "--control", "HD-04", "--out", "out")
    report = json.loads((evidence / "out" / "report.json").read_bytes())
    assert "1 of 17" in report["run"]["profile"]


def test_a_demo_whose_reports_cannot_be_written_is_no_success(console, tmp_path):
    (tmp_path / "out").write_text("in the way", encoding="utf-8")
    assert console("demo", "--out", "out").code == 6


BRANDED = {
    "a name that is missing": "[partner]\n",
    "a colour that nobody can read": "[colours]\naccent = '#ffff00'\n",
    "a logo that is no picture": (
        "[partner]\nname = 'A'\nlogo = 'hardened.txt'\n[customer]\nname = 'B'\n"
    ),
}


def test_a_handover_is_made_again_of_the_report_without_the_branding_file(console, evidence):
    text = '[partner]\nname = "Netzhaus"\nlogo = "p.svg"\n[customer]\nname = "Beispiel AG"\n'
    text += '[colours]\naccent = "#0a4f9e"\n[open_points.ADM-03]\nowner = "K. Koerner"\n'
    (evidence / "p.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'
    )
    (evidence / "branding.toml").write_text(text, encoding="utf-8")
    (evidence / "site.toml").write_text('[report]\nbranding = "branding.toml"\n', encoding="utf-8")
    made = ("--profile", "handover", "--format", "json,html", "--out", "a")
    console("audit", "insecure.txt", "--site", "site.toml", *made)
    for name in ("p.svg", "branding.toml", "site.toml"):
        (evidence / name).unlink()
    assert console("report", "a/report.json", "--out", "b").code == 0
    whole = (evidence / "a" / "report.html").read_bytes()
    assert (evidence / "b" / "report.html").read_bytes() == whole
    assert b"data:image/svg+xml;base64," in whole
    assert b"K. Koerner" in whole
    assert console("report", "b/report.html", "--out", "c").code == 0
    assert console("report", "--out", "d").code == 2
    assert (evidence / "c" / "report.html").read_bytes() == whole


def test_an_annex_of_a_saved_report_says_where_its_runbook_is(console, evidence, monkeypatch):
    monkeypatch.setattr("auditor.report.formats.pdf.find_browser", lambda: "browser")
    monkeypatch.setattr("auditor.report.formats.pdf.render", lambda page, *_: page.encode())
    made = ("--profile", "handover", "--language", "de", "--format", "json", "--out", "a")
    console("audit", "insecure.txt", *site_option("insecure"), *made)
    assert console("report", "a/report.json", "--out", "b", "--format", "pdf").code == 0
    annex = (evidence / "b" / "report-annex.pdf").read_text(encoding="utf-8")
    assert "<code>remediation/runbook.html</code>" in annex


@pytest.mark.parametrize("branding", list(BRANDED))
def test_branding_that_cannot_be_used_ends_with_2_before_anything_is_read(
    console, evidence, branding
):
    (evidence / "branding.toml").write_text(BRANDED[branding], encoding="utf-8")
    (evidence / "site.toml").write_text('[report]\nbranding = "branding.toml"\n', encoding="utf-8")
    ended = console("audit", "hardened.txt", "--site", "site.toml", "--out", "out")
    assert ended.code == 2
    assert "branding.toml:" in ended.err
    assert not (evidence / "out").exists()


def test_the_language_of_the_command_line_beats_that_of_the_site_file(audit, evidence):
    audit("hardened.txt", "--out", "out", "--format", "html", "--language", "de")
    assert '<html lang="de">' in (evidence / "out" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("option", "site", "title"),
    [
        ((), "", "# Remediation of "),
        (("--language", "de"), "", "# Abhilfe für "),
        ((), "[report]\nlanguage = 'de'\n", "# Abhilfe für "),
        (("--language", "en"), "[report]\nlanguage = 'de'\n", "# Remediation of "),
    ],
)
def test_the_runbook_has_the_language_of_the_page_and_the_plan_has_none(
    console, evidence, option, site, title
):
    (evidence / "site.toml").write_text(site, encoding="utf-8")
    console("audit", "insecure.txt", "--site", "site.toml", "--out", "out", *option)
    folder = evidence / "out" / "remediation"
    runbook = (folder / "runbook.md").read_text(encoding="utf-8")
    assert runbook.startswith(title)
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    rules = load_catalogue().rules
    for step in plan["steps"]:
        assert step["undo"] == rules[step["control"]].remediation.undo


def test_a_plan_alone_comes_with_a_runbook_in_the_language_of_the_site(console, evidence):
    (evidence / "site.toml").write_text("[report]\nlanguage = 'de'\n", encoding="utf-8")
    console("remediate", "plan", "insecure.txt", "--site", "site.toml", "--out", "plan")
    runbook = (evidence / "plan" / "runbook.md").read_text(encoding="utf-8")
    assert runbook.startswith("# Abhilfe für ")
    plan = json.loads((evidence / "plan" / "plan.json").read_text(encoding="utf-8"))
    for step in plan["steps"]:
        title = load_catalogue().rules[step["control"]].de.title_failed
        assert f"## {step['control']} {escape_markdown(title)}" in runbook


def test_a_second_audit_knows_what_the_first_one_saw(audit, evidence):
    audit("insecure.txt", "--out", "first", config="insecure")
    report = json.loads((evidence / "first" / "report.json").read_text(encoding="utf-8"))
    report["run"]["started"] = "2020-01-02T03:04:05+00:00"
    (evidence / "earlier.json").write_text(json.dumps(report), encoding="utf-8")
    audit("insecure.txt", "--out", "out", "--earlier", "earlier.json", config="insecure")
    again = json.loads((evidence / "out" / "report.json").read_text(encoding="utf-8"))
    seen = {found["first_seen"] for result in again["results"] for found in result["observations"]}
    assert seen == {"2020-01-02T03:04:05+00:00"}
    assert [one["started"] for one in again["run"]["history"]] == ["2020-01-02T03:04:05+00:00"]


def test_an_earlier_report_that_is_none_ends_with_2(audit, evidence):
    assert audit("hardened.txt", "--out", "out", "--earlier", "hardened.txt").code == 2
    assert not (evidence / "out").exists()


@pytest.mark.parametrize(("per", "least"), [("rule", 17), ("object", 18)])
def test_junit_per_rule_or_per_object(audit, evidence, per, least):
    audit("hardened.txt", "--out", "out", "--format", "junit", "--junit-per", per)
    cases = (evidence / "out" / "report.junit.xml").read_text(encoding="utf-8").count("<testcase ")
    assert cases == least if per == "rule" else cases >= least


@pytest.mark.parametrize("saved", ["report.json", "report.html"])
def test_a_saved_report_becomes_a_german_page(console, audit, evidence, saved):
    audit("insecure.txt", "--out", "out", "--format", "json,html", config="insecure")
    source = evidence / "out" / saved
    assert console("report", str(source), "--out", "again", "--language", "de").code == 0
    page = (evidence / "again" / "report.html").read_text(encoding="utf-8")
    assert '<html lang="de">' in page
    assert '<span lang="de">Die Einträge zusammen lassen jede Adresse herein: IPv4</span>' in page
    assert '<bdi lang="en">the entries together' not in page

"""Saved reports rendered, compared and used as a gate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.report import compare
from auditor.run import session
from tests.fixtures.pbx import PBX_PASSWORD
from tests.fixtures.program import WITH_PBX_PASSWORD, execute, site_option
from tests.fixtures.sentences import says

_AUDITED: dict[str, bytes] = {}


@pytest.fixture
def reports(console, evidence):
    """Audit both simulated PBXs, once; `good.json` and `bad.json` are about one system."""
    console.setenv("PBX_AUDITOR_PBX_PASSWORD", PBX_PASSWORD)
    for config, name in (("insecure", "bad"), ("hardened", "good")):
        if name not in _AUDITED:
            options = (*site_option(config), "--out", name, "--format", "json")
            console("audit", f"{config}.txt", *options)
            _AUDITED[name] = (evidence / name / "report.json").read_bytes()
        (evidence / name).mkdir(exist_ok=True)
        (evidence / name / "report.json").write_bytes(_AUDITED[name])
        document = json.loads(_AUDITED[name])
        document["target"]["id"] = "one"
        (evidence / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    return evidence


def test_every_format_of_a_saved_report_is_that_of_the_audit(console, evidence):
    every = "json,html,sarif,sarif-github,junit,csv,markdown,ocsf,oscal"
    console("audit", "insecure.txt", *site_option("insecure"), "--out", "a", "--format", every)
    assert console("report", "a/report.json", "--out", "b", "--format", every).code == 0
    files = sorted(path.name for path in (evidence / "a").iterdir())
    assert len(files) == 10
    for name in files:
        assert (evidence / "a" / name).read_bytes() == (evidence / "b" / name).read_bytes()


@pytest.mark.parametrize(("content", "said"), [
    ("", "bad.json:1:1"),
    ('{"schema_version": "1.0",\n "tool": }', "bad.json:2:10"),
    ("[]", "no report"),
    ('{"schema_version": "0.9"}', "'0.9'"),
    ('{"schema_version": "2.0"}', "'2.0'"),
    ('{"schema_version": 1}', "schema_version"),
    ('{"schema_version": "1.0"}', "see tool"),
    ("[" * 100_000, "no report"),
    ('{"a": ' + "9" * 5000 + "}", "no report"),
    (b"\xff\xfe{}", "bad.json"),
])  # fmt: skip
@pytest.mark.parametrize("command", [
    ("report", "bad.json", "--out", "out"),
    ("diff", "bad.json", "bad.json"),
    ("baseline", "create", "bad.json", "-o", "out"),
])  # fmt: skip
def test_a_corrupt_report_is_refused_with_its_place(console, command, content, said):
    data = content if isinstance(content, bytes) else content.encode()
    (console.folder / "bad.json").write_bytes(data)
    ended = console(*command)
    assert ended.code == 2
    assert said in ended.err
    assert not (console.folder / "out").exists()
    assert not console.crashes()


def test_a_report_of_an_earlier_program_is_read(console, reports):
    document = json.loads((reports / "bad.json").read_bytes())
    del document["run"]["waivers"], document["run"]["waiver_file"]
    for result in document["results"]:
        for observation in result["observations"]:
            del observation["waived"], observation["waiver_note"]
    (reports / "old.json").write_text(json.dumps(document), encoding="utf-8")
    assert console("diff", "old.json", "bad.json").code == 0


@pytest.mark.parametrize(("old", "new", "code"), [
    ("bad", "bad", 0), ("good", "bad", 1), ("good", "good", 0),
])  # fmt: skip
def test_diff(console, reports, old, new, code):  # noqa: ARG001 -- the files
    ended = console("diff", f"{old}.json", f"{new}.json", "--json")
    assert ended.code == code
    counts = json.loads(ended.out)["counts"]
    assert (counts["new"] > 0) == (code == 1)
    text = console("diff", f"{old}.json", f"{new}.json")
    assert text.code == code
    assert all(len(line) <= 100 for line in text.out.splitlines())


def test_reports_of_two_systems_are_not_comparable(console, reports):
    document = json.loads((reports / "good.json").read_bytes())
    document["target"]["id"] = "two"
    (reports / "other.json").write_text(json.dumps(document), encoding="utf-8")
    assert console("diff", "bad.json", "other.json").code == 4


def test_a_known_finding_passes_the_gate_and_stays_in_the_report(console, reports):
    assert console("baseline", "create", "bad/report.json", "-o", "base.json").code == 0
    arguments = ("audit", "insecure.txt", *site_option("insecure"), "--baseline", "base.json")
    assert console(*arguments).code == 1
    ended = console(*arguments, "--fail-on-new", "--out", "again", "--format", "json")
    assert ended.code == 0
    summary = json.loads((reports / "again" / "report.json").read_bytes())["summary"]
    assert summary["exit_code"] == 0
    assert summary["verdict"] == "noncompliant"
    assert any(says("known from the baseline", reason) for reason in summary["reasons"])


def test_sarif_of_an_audit_with_a_baseline_has_states(console, reports):
    console("baseline", "create", "bad.json", "-o", "base.json")
    document = json.loads((reports / "base.json").read_bytes())
    target = json.loads((reports / "bad" / "report.json").read_bytes())["target"]["id"]
    (reports / "base.json").write_text(json.dumps({**document, "target_id": target}))
    arguments = ("audit", "insecure.txt", *site_option("insecure"), "--baseline", "base.json")
    console(*arguments, "--out", "out", "--format", "sarif,sarif-github")
    for name in ("report.sarif", "report.github.sarif"):
        (run,) = json.loads((reports / "out" / name).read_bytes())["runs"]
        assert {r.get("baselineState") for r in run["results"]} - {None} == {"unchanged"}


def test_each_run_has_one_report_and_is_compared_once(console, reports, monkeypatch):  # noqa: ARG001
    console("baseline", "create", "bad/report.json", "-o", "base.json")
    made = []
    for place, name in ((session, "build_report"), (compare, "compare_results")):
        real = getattr(place, name)

        def noted(*given, name=name, real=real):
            made.append(name)
            return real(*given)

        monkeypatch.setattr(place, name, noted)
    arguments = ("audit", "insecure.txt", *site_option("insecure"), "--baseline", "base.json")
    console(*arguments, "--fail-on-new", "--out", "o", "--format", "json,sarif,sarif-github")
    assert made == ["compare_results", "build_report"]


def test_a_finding_that_the_baseline_does_not_have_fails(console, reports):
    document = json.loads((reports / "bad" / "report.json").read_bytes())
    first = document["results"][0]
    for observation in first["observations"]:
        observation["verdict"] = "compliant"
    first["status"] = "passed"
    (reports / "r.json").write_text(json.dumps(document), encoding="utf-8")
    console("baseline", "create", "r.json", "-o", "base.json")
    arguments = ("audit", "insecure.txt", *site_option("insecure"), "--baseline", "base.json")
    ended = console(*arguments, "--fail-on-new")
    assert ended.code == 1
    assert says("failed at or above", ended.out, severity="high", names=first["id"])


def test_a_gate_without_a_baseline_is_refused(console, evidence):  # noqa: ARG001
    assert console("audit", "hardened.txt", "--fail-on-new").code == 2
    assert console("audit", "hardened.txt", "--baseline", "missing.json").code == 2


def test_a_baseline_is_not_replaced_unasked(console, reports):
    (reports / "base.json").write_text("mine", encoding="utf-8")
    arguments = ("baseline", "create", "bad.json", "-o", "base.json")
    assert console(*arguments).code == 2
    assert (reports / "base.json").read_text(encoding="utf-8") == "mine"
    assert console(*arguments, "--force").code == 0


def test_a_full_disk_leaves_no_half_file(console, reports, monkeypatch):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    monkeypatch.setattr("auditor.files.writing.os.fdopen", lambda *_: full.open("wb", buffering=0))
    every = "json,html,sarif,sarif-github,junit,csv,markdown,ocsf,oscal"
    for name in every.split(","):
        assert console("report", "bad.json", "--out", "out", "--format", name).code == 6
    assert not list((reports / "out").iterdir())


def test_a_place_that_is_no_folder(console, reports):
    (reports / "file").write_text("x", encoding="utf-8")
    assert console("report", "bad.json", "--out", "file/in").code == 6


@pytest.mark.parametrize("arguments", [
    ("audit", "insecure.txt", *site_option("insecure")),
    ("diff", "good.json", "bad.json"),
])  # fmt: skip
@pytest.mark.parametrize("encoding", ["cp1252", "cp850"])
def test_a_console_of_windows_shows_everything_in_80_columns(reports, arguments, encoding):
    more = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "COLUMNS": "80", "NO_COLOR": "1"}
    ended = execute(arguments, reports, **more, **WITH_PBX_PASSWORD)
    assert ended.code == 1
    assert "Gr\u00fcnwald" in ended.out or arguments[0] == "diff"
    assert "\\x" not in ended.out
    assert "\x1b" not in ended.out
    assert all(len(line) <= 80 for line in ended.out.splitlines())

"""`remediate`: what a plan holds, what it would do, and the scripts from the installed program."""

from __future__ import annotations

import json

import pytest

from auditor.audit import Selection, audit
from auditor.gate import Thresholds
from auditor.model.vocabulary import Severity, Verdict
from auditor.remediation.plan import plan_schema
from auditor.remediation.whatif import applied, differences, is_dangerous, opened
from auditor.sources.saved import dump_snapshot
from tests.fixtures.program import Console, site_option
from tests.remediation.conftest import RULES, TODAY, account_of, audited, state_of


@pytest.fixture
def console(capsys, monkeypatch, tmp_path, server):
    admin = account_of(server, "admin")
    monkeypatch.setenv("PBX_ADMIN_USERNAME", admin.username)
    monkeypatch.setenv("PBX_ADMIN_PASSWORD", admin.password)
    return Console(capsys, monkeypatch, tmp_path)


def test_the_loop_is_closed_with_the_program_too(server, kit, console):
    before = state_of(server)
    folder, url = str(kit.folder), ["--url", server.url]
    looked = console("remediate", "apply", folder, *url)
    assert (looked.code, state_of(server)) == (0, before)
    approved = ["--apply", kit.plan.hash[:12]]
    done = console("remediate", "apply", folder, *url, *approved, "--phones-ready")
    assert done.code == 0, done.err
    assert state_of(server) != before
    shown = console("remediate", "status", folder)
    made = sum(step.change.machine is not None for step in kit.plan.steps)
    assert shown.out.count(" done ") == made
    assert console("remediate", "rollback", folder, *url, *approved).code == 0
    assert state_of(server) == before
    assert console("remediate", "status", folder).out.count(" undone ") == made


def test_the_plan_is_shown_with_who_does_what(kit, console):
    shown = console("remediate", "show", str(kit.folder))
    assert shown.code == 0
    assert shown.out.count("; script") == sum(
        step.change.machine is not None for step in kit.plan.steps
    )
    assert "by hand: " in shown.out
    assert max(map(len, shown.out.splitlines())) < 300


@pytest.mark.parametrize("content", ["", "[]", '{"steps": [{}]}', None])
@pytest.mark.parametrize("command", ["show", "status"])
def test_what_is_no_plan(console, tmp_path, content, command):
    if content is not None:
        (tmp_path / "plan.json").write_text(content, encoding="utf-8")
    ended = console("remediate", command, str(tmp_path))
    assert ended.code == 2
    assert "plan" in ended.err


def test_a_changed_plan_is_refused_by_the_program_too(server, kit, console):
    path = kit.folder / "plan.json"
    path.write_text(path.read_text("utf-8").replace("HD-04", "HD-05"), encoding="utf-8")
    before = state_of(server)
    more = ["--url", server.url, "--apply", kit.plan.hash[:12]]
    assert console("remediate", "apply", str(kit.folder), *more).code == 2
    assert state_of(server) == before


def test_what_would_be_is_what_comes(server, kit):
    outcome = audited(server)
    imagined = applied(outcome.snapshot, kit.plan)
    selection = Selection(RULES, Thresholds(Severity.HIGH))
    expected = audit(imagined, outcome.site, selection, TODAY)
    assert kit.apply("--phones-ready").returncode == 0
    came = audited(server)
    assert statuses(expected) == statuses(came)
    closing = {one.control for one in differences(outcome.results, expected.results)}
    assert {"HD-04", "HD-12", "HD-15"} <= closing


def statuses(outcome):
    return {result.rule.id: result.status for result in outcome.results}


def test_a_plan_that_opens_something_as_bad_is_dangerous(server, kit):
    outcome = audited(server)
    results = audit(
        applied(outcome.snapshot, kit.plan),
        outcome.site,
        Selection(RULES, Thresholds(Severity.HIGH)),
        TODAY,
    ).results
    worse = [
        result
        for result in outcome.results
        if result.rule.id == "HD-01" and result.findings[0].observation.verdict is Verdict.VIOLATED
    ]
    assert not is_dangerous(kit.plan, opened(outcome.results, results))
    assert worse
    assert is_dangerous(kit.plan, opened([], worse))
    assert not is_dangerous(kit.plan, [])


def test_what_if_of_a_snapshot(server, console, tmp_path):
    (tmp_path / "s.json").write_bytes(b"".join(dump_snapshot(audited(server).snapshot)))
    ended = console("remediate", "what-if", "s.json", *site_option("insecure"))
    assert ended.code == 0, ended.err
    assert "HD-04" in ended.out
    assert "score before" in ended.out
    assert "score after" in ended.out


def test_the_plan_keeps_its_schema(kit):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(plan_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(kit.read("plan.json")), schema)

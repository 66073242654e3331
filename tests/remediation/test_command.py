"""`remediate`: what a plan leads to, what it holds, and the scripts from the installed program."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from auditor.model.vocabulary import Severity
from auditor.remediation.impact import applied, differences, foreseen, is_dangerous, opened
from auditor.remediation.plan import hash_of, plan_schema, render_plan
from auditor.remediation.runbook import render_runbook
from auditor.rules.catalogue import load_catalogue
from auditor.sources.snapshot.saved import dump_snapshot
from tests.fixtures.program import Console, site_option
from tests.fixtures.sentences import says
from tests.remediation.conftest import (
    Kit,
    account_of,
    audited,
    judge_of,
    made_by,
    plan_of,
    state_of,
)
from tests.remediation.mess import messy, site_for


@pytest.fixture
def console(capsys, monkeypatch, tmp_path, server):
    admin = account_of(server, "admin")
    monkeypatch.setenv("PBX_ADMIN_USERNAME", admin.username)
    monkeypatch.setenv("PBX_ADMIN_PASSWORD", admin.password)
    return Console(capsys, monkeypatch, tmp_path)


def test_the_loop_is_closed_with_the_program_too(server, kit, console):
    before = state_of(server)
    folder, url = str(kit.folder), ["--url", server.url]
    steps = made_by(kit.plan)
    passwords = sum(step.change.machine.kind == "password" for step in steps)
    looked = console("remediate", "apply", folder, *url)
    assert (looked.code, state_of(server)) == (0, before)
    approved = ["--apply", kit.plan.hash[:12]]
    assert console("remediate", "apply", folder, *url, *approved).code == 0
    assert console("remediate", "status", folder).out.count(" not done ") == passwords
    done = console("remediate", "apply", folder, *url, *approved, "--passwords-ready")
    assert done.code == 0, done.err
    assert state_of(server) != before
    shown = console("remediate", "status", folder)
    assert shown.out.count(" done ") == len(steps)
    assert console("remediate", "rollback", folder, *url, *approved).code == 0
    assert state_of(server) == before
    assert console("remediate", "status", folder).out.count(" undone ") == len(steps)


@pytest.mark.parametrize("line", ["[]", "{}", "nonsense", '{"step": 1}'])
def test_the_status_of_a_folder_that_is_damaged(kit, console, line):
    (kit.folder / "remediation.state").write_text(f"{line}\n", encoding="utf-8")
    ended = console("remediate", "status", str(kit.folder))
    assert (ended.code, says("damaged", ended.err)) == (2, True)


def test_the_status_is_that_of_this_plan(server, kit, console):
    more = ["--url", server.url, "--apply", kit.plan.hash[:12], "--only", "HD-04"]
    assert console("remediate", "apply", str(kit.folder), *more).code == 0
    assert " done " in console("remediate", "status", str(kit.folder)).out.replace("not done", "")
    again = plan_of(audited(server))
    (kit.folder / "plan.json").write_bytes(render_plan(again))
    shown = console("remediate", "status", str(kit.folder)).out
    assert " done " not in shown.replace("not done", "")


def test_the_plan_is_shown_with_who_does_what(kit, console):
    shown = console("remediate", "show", str(kit.folder))
    assert shown.code == 0
    assert said("done by a script", shown) == len(made_by(kit.plan))
    assert said("done by hand", shown) == len(kit.plan.steps) - len(made_by(kit.plan))
    assert says("is not set", shown.out, name="hide", value="'true'")
    details = [line for line in shown.out.splitlines() if line.startswith("     ")]
    assert max(map(len, details)) <= 80


GERMAN = ("wanted", "by_hand")


def test_a_plan_says_in_german_all_that_is_said_of_a_change(kit):
    changes = [step.change for step in kit.plan.steps]
    texts = [(getattr(c, name), getattr(c, f"{name}_de")) for c in changes for name in GERMAN]
    told = [(english, german) for english, german in texts if german]
    assert len(told) > 3
    assert all(german != english for english, german in told)


def test_a_plan_is_shown_in_german(kit, console):
    shown = " ".join(console("remediate", "show", str(kit.folder), "--language", "de").out.split())
    changes = [step.change for step in kit.plan.steps if not step.change.machine]
    texts = [(getattr(c, name), getattr(c, f"{name}_de")) for c in changes for name in GERMAN]
    sentences = [(english, german) for english, german in texts if " " in english and german]
    assert sentences
    assert [german for _, german in sentences if german not in shown] == []
    assert [english for english, _ in sentences if english in shown] == []


def test_the_hash_covers_what_is_said_in_german(kit):
    first = kit.plan.steps[0]
    for name in GERMAN:
        change = replace(first.change, **{f"{name}_de": "anders"})
        other = replace(kit.plan, steps=[replace(first, change=change), *kit.plan.steps[1:]])
        assert hash_of(other) != kit.plan.hash


def test_a_plan_of_an_earlier_version_is_shown_in_the_words_that_it_has(kit, console):
    plan = json.loads(render_plan(kit.plan))
    for step in plan["steps"]:
        for name in GERMAN:
            del step["change"][f"{name}_de"]
    covered = {name: plan[name] for name in ("box", "steps", "prospect")}
    text = json.dumps(covered, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    plan["hash"] = hashlib.sha256(text.encode()).hexdigest()
    (kit.folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    assert console("remediate", "show", str(kit.folder), "--language", "de").code == 0
    shown = console("remediate", "show", str(kit.folder))
    texts = {step.change.by_hand for step in kit.plan.steps if not step.change.machine}
    out = " ".join(shown.out.split())
    assert [one for one in texts if one not in out] == []


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


@pytest.mark.slow
@pytest.mark.parametrize("seed", [None, 3])
def test_what_would_be_is_what_comes(serve, tmp_path, seed):
    pbx = None if seed is None else messy(seed)
    server = serve(pbx=pbx)
    site = site_for(server.pbx)
    outcome = audited(server, site)
    kit = Kit(server, tmp_path / "r", plan_of(outcome))
    expected = judge_of(site)(applied(outcome.snapshot, kit.plan.steps))
    assert kit.apply_all("--accept-dangerous").returncode == 0
    assert statuses(expected) == statuses(audited(server, site).results)
    assert {one.control for one in differences(outcome.results, expected)} >= {"HD-04", "APP-04"}
    assert set(kit.plan.prospect.closes) >= {"HD-04"}


def said(name, shown):
    return sum(says(name, line) for line in shown.out.splitlines())


def statuses(results):
    return {result.rule.id: result.status for result in results}


def test_looking_ahead_finds_what_an_audit_finds(server):
    outcome = audited(server)
    again = judge_of(outcome.site)(outcome.snapshot)
    assert statuses(again) == statuses(outcome.results)
    assert opened(outcome.results, again) == []


class TestDanger:
    """A filter without emergency calls closes HD-05 and opens HD-09."""

    @pytest.fixture
    def ahead(self, serve):
        pbx = messy(3)
        kept = tuple(one for one in pbx.admin.children if one.attributes.get("name") != "intern")
        filters = replace(pbx.admin, children=kept)
        server = serve(pbx=replace(pbx, admin=filters))
        site = site_for(server.pbx)
        chosen = site.remediation.model_copy(update={"internal_filter": "kommend"})
        return server, site.model_copy(update={"remediation": chosen})

    def test_what_a_step_opens_is_named_with_its_cause(self, ahead):
        server, site = ahead
        plan = plan_of(audited(server, site))
        opening = {one.control: one for one in plan.prospect.opens}
        assert "HD-05" in opening["HD-09"].caused_by
        assert "110" in " ".join(opening["HD-09"].details)
        assert plan.prospect.dangerous
        causing = [step for step in made_by(plan) if step.control == "HD-05"]
        assert {step.action_class for step in causing} == {"dangerous"}
        assert {s.action_class for s in plan.steps if s.control == "HD-04"} <= {"safe"}

    def test_it_is_applied_only_if_that_is_accepted(self, ahead, tmp_path):
        server, site = ahead
        kit = Kit(server, tmp_path / "r", plan_of(audited(server, site)))
        before = state_of(server)
        done = kit.apply()
        assert done.returncode == 2
        assert says("the plan is dangerous", done.stderr)
        assert "HD-09" in done.stdout
        assert state_of(server) == before
        assert kit.run().returncode == 0
        assert kit.apply("--accept-dangerous", "--only", "HD-05").returncode == 0
        assert kit.roll_back().returncode == 0
        assert state_of(server) == before

    def test_only_what_is_as_bad_counts(self, plan, server):
        results = audited(server).results
        worst = [one for one in results if one.rule.id == "HD-01"]
        step = next(step for step in made_by(plan) if step.control == "HD-04")
        causes = {"HD-01": ["HD-04"]}
        assert is_dangerous([step], worst, causes)
        mild = [worst[0]._replace(severity=Severity.INFO)]
        assert not is_dangerous([step], mild, causes)
        assert not is_dangerous([step], worst, {"HD-01": ["HD-12"]})

    def test_a_plan_without_script_opens_nothing(self, server):
        outcome = audited(server)
        plan = plan_of(outcome)
        by_hand = replace(plan, steps=[s for s in plan.steps if not s.change.machine])
        judge = judge_of(outcome.site)
        ahead, found = foreseen(by_hand, outcome.snapshot, outcome.results, judge, lambda _: 7)
        assert found == []
        assert (ahead.prospect.opens, ahead.prospect.score_after) == ([], 7)


class TestPlan:
    @pytest.fixture
    def snapshot(self, server, tmp_path):
        content = b"".join(dump_snapshot(audited(server).snapshot))
        (tmp_path / "s.json").write_bytes(content)
        return "s.json"

    def test_it_is_made_of_a_snapshot(self, console, snapshot, tmp_path):
        site = site_option("insecure")
        ended = console("remediate", "plan", snapshot, *site, "--out", "made", "--what-if")
        assert ended.code == 0, ended.err
        plan = json.loads((tmp_path / "made" / "plan.json").read_text("utf-8"))
        assert plan["hash"][:12] in ended.out
        files = {path.name for path in (tmp_path / "made").iterdir()}
        assert files == {"plan.json", "runbook.md", "runbook.html", "remediate.py", "rollback.py"}
        assert [line for line in ended.out.splitlines() if line.startswith("HD-04 ")]
        assert says("it closes", ended.out)

    def test_without_what_if_it_is_short(self, console, snapshot):
        ended = console("remediate", "plan", snapshot, *site_option("insecure"))
        assert not [line for line in ended.out.splitlines() if line.startswith("HD-04 ")]

    def test_a_target_that_is_none(self, console):
        assert console("remediate", "plan", "nowhere.txt").code == 2

    def test_a_dangerous_plan_ends_with_1(self, console, serve, tmp_path, monkeypatch):
        server = serve(pbx=messy(4))
        viewer = account_of(server, "viewer")
        site = tmp_path / "site.toml"
        text = server.pbx.site.read_text("utf-8")
        site.write_text(f"{text}\n[probe]\nenabled = false\n", encoding="utf-8")
        monkeypatch.setenv("PBX_AUDITOR_USERNAME", viewer.username)
        monkeypatch.setenv("PBX_AUDITOR_PASSWORD", viewer.password)
        ended = console(
            "remediate", "plan", server.url, "--site", str(site), "--profile", "baseline"
        )
        assert ended.code == 1, ended.err
        assert says("it opens", ended.err, control="HD-05", severity="high", causes="HD-08")
        assert says("the plan is dangerous", ended.err)


def test_the_plan_keeps_its_schema(kit):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(plan_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    plan = json.loads(kit.read("plan.json"))
    jsonschema.validate(plan, schema)
    assert schema["$id"] == f"urn:pbx-auditor:plan:{plan['schema_version']}"


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_runbook_warns_of_what_the_plan_opens(serve, language):
    server = serve(pbx=messy(4))
    plan = plan_of(audited(server, site_for(server.pbx)))
    text = render_runbook(plan, language, load_catalogue().rules).replace("\\", "")
    assert plan.prospect.dangerous
    for one in plan.prospect.opens:
        assert f"- {one.control} (" in text
    assert "--accept-dangerous" in text
    assert "--passwords-ready" in text
    without = render_runbook(replace(plan, steps=[], prospect=None), language)
    assert "--accept-dangerous" not in without
    assert "--passwords-ready" not in without

"""Audit, plan, apply, audit again, roll back: with the scripts as they are handed out."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from typing import get_args
from urllib.parse import unquote

from auditor.model.change import ObjectChange, OptionChange
from auditor.pbx import crypt
from auditor.simulator.tolerant import read_xml
from tests.fixtures.sentences import says
from tests.remediation.conftest import audited, made_by, state_of, violations


def test_the_loop_is_closed(server, kit):
    before, writes = state_of(server), server.writes
    done = kit.run()
    assert done.returncode == 0, done.stderr
    assert says("nothing was changed", done.stdout)
    assert (state_of(server), server.writes) == (before, writes)
    files = {path.name for path in kit.folder.iterdir()}
    assert files == {"plan.json", "remediate.py", "rollback.py"}
    done = kit.apply_all()
    assert done.returncode == 0, done.stderr
    left = violations(audited(server))
    assert not [step.control for step in made_by(kit.plan) if left & set(step.fingerprints)]
    assert state_of(server) != before
    done = kit.roll_back()
    assert done.returncode == 0, done.stderr
    assert state_of(server) == before


def test_the_plan_covers_every_kind_of_change(plan):
    kinds = {step.change.machine.kind for step in made_by(plan)}
    known = {
        field.default
        for one in (*get_args(ObjectChange), OptionChange)
        for field in fields(one)
        if field.name == "kind"
    }
    assert kinds == known


def test_each_value_is_changed_once_and_every_other_step_says_who_does_it(plan):
    places = [step.change.machine.place for step in made_by(plan)]
    assert len(set(places)) == len(places)
    assert all(bool(step.change.machine) != bool(step.change.by_hand) for step in plan.steps)


def test_nothing_is_sent_that_the_plan_does_not_name(server, kit):
    server.requests.clear()
    kit.apply_all()
    allowed = {"/CMD0/box_info.xml", "/PBX0/user.soap", "/cfg.txt"}
    lines = [unquote(path[2:]) for _, path in server.requests if path.startswith("/!")]
    assert {path for _, path in server.requests if not path.startswith("/!")} <= allowed
    changed = [step.change.machine for step in made_by(kit.plan)]
    heads = {change.head for change in changed if change.kind == "option"}
    changes = [line for line in lines if line.startswith("config change ")]
    assert {line.split()[2] for line in changes} == heads
    assert set(lines) - set(changes) == {"config write", "config activate"}


def test_only_what_is_asked_for_is_done(kit):
    done = kit.apply("--only", "HD-12")
    assert done.returncode == 0, done.stderr
    log = [json.loads(line) for line in kit.read("remediation.log").splitlines()]
    assert {entry["control"] for entry in log} == {"HD-12"}
    safe = {step.number for step in made_by(kit.plan) if step.action_class == "safe"}
    kit.apply("--class", "safe")
    log = [json.loads(line) for line in kit.read("remediation.log").splitlines()]
    assert {entry["step"] for entry in log} <= safe


def test_done_twice_is_done_once(server, kit):
    kit.apply_all()
    after, writes = state_of(server), server.writes
    done = kit.apply_all()
    assert done.returncode == 0
    assert (state_of(server), server.writes) == (after, writes)


class TestPasswords:
    def test_phones_get_it_first(self, server, kit):
        before = state_of(server)
        done = kit.apply("--only", "HD-01")
        assert done.returncode == 0, done.stderr
        assert "--passwords-ready" in done.stdout
        assert state_of(server) == before
        script = kit.read("expert-script.txt")
        secret = kit.passwords()["hot-desk-base"]
        assert f"/h323 hot-desk-base /gk-pwd {secret}" in script.replace("%2B", "+")
        assert script.splitlines()[-1] == "config activate"
        for name in ("expert-script.txt", "new-passwords.txt"):
            assert (kit.folder / name).stat().st_mode & 0o77 == 0
        done = kit.apply_all("--only", "HD-01")
        assert done.returncode == 0, done.stderr
        user = next(one for one in server.pbx.objects if one.names["h323"] == "hot-desk-base")
        assert crypt.decrypt(server.pbx.key, user.password).decode() == secret
        assert len(secret) == 20

    def test_no_secret_is_in_log_or_output(self, kit):
        done = kit.apply_all()
        secrets = kit.passwords().values()
        for text in (done.stdout, done.stderr, kit.read("remediation.log"), kit.read("plan.json")):
            assert not [secret for secret in secrets if secret in text]
            assert not re.search(r"\b[0-9a-f]{48}\b", text)
        assert (kit.folder / "remediation.state").stat().st_mode & 0o77 == 0

    def test_the_former_one_comes_back(self, server, kit):
        before = {one.guid: one.password for one in server.pbx.objects}
        kit.apply_all("--only", "HD-01")
        assert {one.guid: one.password for one in server.pbx.objects} != before
        assert kit.roll_back().returncode == 0
        assert {one.guid: one.password for one in server.pbx.objects} == before


def test_what_the_scripts_send_can_be_read(kit):
    done = kit.apply("--only", "HD-04")
    assert done.returncode == 0, done.stderr
    notes = [json.loads(line) for line in kit.read("remediation.state").splitlines()]
    assert all(read_xml(note["after"]).attributes["hide"] == "true" for note in notes)

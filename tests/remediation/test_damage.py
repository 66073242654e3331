"""Files that were damaged, and folders that saw more than one plan: nothing is lost or made up."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from dataclasses import replace
from hashlib import sha256

import pytest

from auditor.pbx import crypt
from auditor.remediation.plan import render_plan
from tests.fixtures.sentences import says
from tests.remediation.conftest import audited, made_by, plan_of, state_of


def hashed(plan):
    """Return a plan with the hash that belongs to it."""
    covered = {name: plan[name] for name in ("box", "steps", "prospect")}
    text = json.dumps(covered, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return plan | {"hash": sha256(text.encode()).hexdigest()}


def base_of(server):
    return next(one for one in server.pbx.objects if one.names["h323"] == "hot-desk-base")


def set_base(server, **values):
    base = base_of(server)
    objects = tuple(
        replace(one, **values) if one is base else one for one in server.state.pbx.objects
    )
    server.state.pbx = replace(server.pbx, objects=objects)


class TestState:
    @pytest.mark.parametrize("torn", [b'{"step": 3, "ha', b"\0\0\0\0", b"\xc3", b"{}"])
    def test_a_line_that_the_power_cut_short_does_not_count(self, server, kit, torn):
        before = state_of(server)
        assert kit.apply("--only", "HD-04").returncode == 0
        with (kit.folder / "remediation.state").open("ab") as file:
            file.write(torn)
        done = kit.apply("--only", "HD-04,HD-12")
        assert done.returncode == 0, done.stderr
        assert torn not in (kit.folder / "remediation.state").read_bytes() or torn == b"{}"
        assert kit.roll_back().returncode == 0
        assert state_of(server) == before

    @pytest.mark.parametrize(
        "line", ["{}", "[]", "nonsense", '{"phase": 1}', "\udcff", '{"before": 1}', "<"]
    )
    def test_a_line_that_is_damaged_stops_it(self, server, kit, line):
        assert kit.apply("--only", "HD-04").returncode == 0
        path = kit.folder / "remediation.state"
        note = json.loads(path.read_text("utf-8").splitlines()[-1])
        if line == '{"before": 1}':
            line = json.dumps({**note, "before": 1})
        if line == "<":
            line = json.dumps({**note, "before": "<"})
        path.write_text(f"{line}\n", encoding="utf-8", errors="surrogateescape")
        after = state_of(server)
        done = kit.roll_back()
        assert (done.returncode, says("damaged", done.stderr)) == (2, True)
        assert state_of(server) == after


class TestTwoPlans:
    """An audit after an apply puts another plan where the first one was."""

    @pytest.fixture
    def second(self, server, kit):
        assert kit.apply("--only", "HD-04,HD-12,PBX-08").returncode == 0
        again = plan_of(audited(server))
        assert again.hash != kit.plan.hash
        (kit.folder / "plan.json").write_bytes(render_plan(again))
        return again

    def test_the_first_can_be_taken_back_after_the_second(self, server, kit, second, plan):
        before_second = state_of(server)
        kit.plan = second
        done = kit.apply()
        assert done.returncode == 0, done.stderr
        assert not says("was done before", done.stdout)
        done = kit.roll_back()
        assert done.returncode == 0, done.stderr
        assert f"--plan plan-{plan.hash[:12]}.json" in done.stdout
        assert state_of(server) == before_second
        kept = kit.folder / f"plan-{plan.hash[:12]}.json"
        done = kit.run("--plan", str(kept), "--apply", plan.hash, script="rollback.py")
        assert done.returncode == 0, done.stderr
        assert not {"HD-04", "HD-12"} <= {step.control for step in made_by(second)}
        again = plan_of(audited(server))
        assert {"HD-04", "HD-12"} <= {step.control for step in made_by(again)}

    def test_the_first_is_not_taken_back_from_under_the_second(
        self, serve, server, kit, second, plan
    ):
        passwords = {
            step.change.machine.guid: str(step.number)
            for step in made_by(second)
            if step.change.machine.kind == "password"
        }
        changed = [step for step in made_by(plan) if step.control == "HD-04"]
        under = passwords[changed[0].change.machine.guid]
        kit.plan = second
        kit.apply("--only", under)
        assert kit.apply("--only", under, "--passwords-ready").returncode == 0
        kept = kit.folder / f"plan-{plan.hash[:12]}.json"
        first = ["--plan", str(kept), "--apply", plan.hash]
        done = kit.run(*first, script="rollback.py")
        assert done.returncode == 1
        wanted = {"step": under, "plan": f"plan-{second.hash[:12]}.json"}
        assert says("take back the step of another plan", done.stderr, **wanted)
        assert kit.roll_back().returncode == 0
        assert kit.run(*first, script="rollback.py").returncode == 0
        assert state_of(server) == state_of(serve())

    def test_a_rollback_by_the_wrong_plan_says_which_is_right(self, server, kit, second, plan):
        state = state_of(server)
        kit.plan = second
        done = kit.roll_back()
        assert done.returncode == 2
        assert f"--plan plan-{plan.hash[:12]}.json --apply {plan.hash[:12]}" in done.stderr
        assert state_of(server) == state


class TestPasswordFile:
    def made(self, kit):
        assert kit.apply("--only", "HD-01").returncode == 0
        return kit.folder / "new-passwords.txt"

    def cut(self, path, keep):
        path.write_bytes(path.read_bytes()[:keep])

    @pytest.mark.parametrize("missing", [1, 2, 15, 22, 30])
    def test_a_line_cut_short_is_no_password(self, server, kit, missing):
        path = self.made(kit)
        before = state_of(server)
        line = path.read_bytes()
        self.cut(path, len(line) - 1 - missing)
        done = kit.apply("--only", "HD-01", "--passwords-ready")
        assert done.returncode == 0, done.stderr
        assert says("new password made", done.stdout)
        assert state_of(server) == before
        done = kit.apply("--only", "HD-01", "--passwords-ready")
        assert done.returncode == 0, done.stderr
        *_, last = path.read_text("utf-8").splitlines()
        clear = crypt.decrypt(server.pbx.key, base_of(server).password).decode()
        assert (clear, len(clear)) == (last.split(" ")[1], 20)

    @pytest.mark.parametrize("secret", [b"", b"short", b"x" * 19 + b"\xc3\xa4", b"x" * 400])
    def test_a_password_that_this_script_did_not_make_is_not_set(self, server, kit, secret):
        path = self.made(kit)
        before = state_of(server)
        mark, _, name = path.read_bytes().split(b" ", 2)
        path.write_bytes(mark + b" " + secret + b" " + name)
        done = kit.apply("--only", "HD-01", "--passwords-ready")
        assert (done.returncode, says("no password of this script", done.stderr)) == (2, True)
        assert state_of(server) == before

    def test_bytes_that_are_no_text(self, server, kit):
        self.made(kit).write_bytes(b"\xff\xfe\n")
        before = state_of(server)
        done = kit.apply("--only", "HD-01", "--passwords-ready")
        assert (done.returncode, says("damaged", done.stderr)) == (2, True)
        assert state_of(server) == before

    def test_what_phones_need_is_written_although_the_first_run_could_not(self, kit):
        script = kit.folder / "expert-script.txt"
        script.mkdir()
        assert kit.apply("--only", "HD-01").returncode == 6
        script.rmdir()
        assert kit.apply("--only", "HD-01").returncode == 0
        text = kit.read("expert-script.txt")
        assert f"/gk-pwd {kit.passwords()['hot-desk-base']}" in text.replace("%2B", "+")
        assert kit.apply("--only", "HD-01").returncode == 0
        assert kit.read("expert-script.txt") == text

    @pytest.mark.parametrize("name", ["new-passwords.txt", "expert-script.txt"])
    def test_a_file_that_others_could_read_is_closed(self, kit, name):
        (kit.folder / name).touch()
        (kit.folder / name).chmod(0o644)
        self.made(kit)
        assert stat.S_IMODE((kit.folder / name).stat().st_mode) == 0o600


def test_a_password_that_somebody_set_afterwards_is_not_taken_back(server, kit):
    assert kit.apply_all("--only", "HD-01").returncode == 0
    theirs = crypt.encrypt(server.pbx.key, "what-they-chose-since")
    set_base(server, password=theirs)
    done = kit.roll_back()
    assert (done.returncode, says("somebody changed this since", done.stderr)) == (1, True)
    assert base_of(server).password == theirs


class TestHashedPlan:
    """A plan whose hash is right, and which is wrong all the same."""

    def run(self, kit, plan):
        given = hashed(plan)
        (kit.folder / "plan.json").write_text(json.dumps(given), encoding="utf-8")
        return kit.run("--apply", given["hash"])

    def check(self, server, kit, plan):
        before = state_of(server)
        done = self.run(kit, plan)
        assert done.returncode == 2, done.stderr
        assert says("no plan", done.stderr)
        assert "Traceback" not in done.stderr
        assert server.requests == []
        assert state_of(server) == before

    @pytest.mark.parametrize(
        "part",
        [
            {"steps": [1]},
            {"steps": {}},
            {"steps": None},
            {"steps": [{"number": 1}]},
            {"box": None},
            {"box": 1},
            {"prospect": {"opens": [{}], "dangerous": False}},
            {"prospect": {"opens": 1}},
            {"prospect": [1]},
        ],
        ids=str,
    )
    def test_parts_that_are_none(self, server, kit, part):
        self.check(server, kit, json.loads(kit.read("plan.json")) | part)

    @pytest.mark.parametrize(
        ("kind", "values"),
        [
            ("attribute", {"attribute": 'x="1" pwd'}),
            ("attribute", {"before": 5}),
            ("attribute", {"guid": ""}),
            ("attribute", {"cn": None}),
            ("attribute", {"kind": "delete"}),
            ("attribute", {"kind": None}),
            ("part", {"tag": "["}),
            ("marks", {"path": "../.."}),
            ("marks", {"before": "a=b"}),
            ("option", {"after": "5 /other x"}),
            ("option", {"after": "5\nconfig change CMD0 /auth x"}),
            ("option", {"head": ""}),
            ("password", {"length": 0}),
            ("password", {"length": "20"}),
            ("password", {"length": 10**9}),
        ],
        ids=str,
    )
    def test_changes_that_are_none(self, server, kit, kind, values):
        plan = json.loads(kit.read("plan.json"))
        made = [step["change"]["machine"] for step in plan["steps"]]
        next(one for one in made if one and one["kind"] == kind).update(values)
        self.check(server, kit, plan)

    def test_a_number_twice(self, server, kit):
        plan = json.loads(kit.read("plan.json"))
        plan["steps"][1]["number"] = plan["steps"][0]["number"]
        self.check(server, kit, plan)

    def test_half_a_character(self, server, kit):
        text = kit.read("plan.json").replace('"HD-04"', '"\\ud800"')
        (kit.folder / "plan.json").write_text(text, encoding="utf-8")
        done = kit.apply()
        assert (done.returncode, says("no plan", done.stderr)) == (2, True)
        assert server.requests == []


@pytest.mark.parametrize("more", [[], ["--apply", "HASH"]])
def test_nobody_reads_what_it_prints(kit, more):
    ours, theirs = os.pipe()
    os.close(ours)
    given = [kit.plan.hash if one == "HASH" else one for one in more]
    done = subprocess.run(  # noqa: S603 -- the scripts under test
        kit.command(*given),
        env=kit.environment | {"PYTHONUNBUFFERED": "1"},
        stdout=theirs,
        stderr=subprocess.PIPE,
        timeout=120,
        check=False,
    )
    os.close(theirs)
    assert done.returncode == 6
    assert b"Traceback" not in done.stderr
    assert says("output cannot be written", done.stderr.decode())

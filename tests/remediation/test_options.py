"""What whoever runs the scripts can choose: which steps, who keeps passwords, whom to trust."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
from hashlib import sha256
from urllib.parse import unquote

import pytest

from auditor.pbx import crypt
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedPbx
from tests.fixtures.sentences import says
from tests.remediation.conftest import Kit, account_of, made_by, state_of


def steps_done(kit):
    lines = kit.read("remediation.log").splitlines()
    return [json.loads(line)["step"] for line in lines]


class TestSteps:
    def test_by_number(self, kit):
        chosen = [s.number for s in made_by(kit.plan) if s.control in {"HD-04", "HD-12"}]
        done = kit.apply("--only", ",".join(map(str, chosen)))
        assert done.returncode == 0, done.stderr
        assert steps_done(kit) == chosen

    @pytest.mark.parametrize("only", ["HD-99", "100000", "HD-04,nonsense", "$(reboot)"])
    def test_steps_that_the_plan_does_not_have(self, server, kit, only):
        done = kit.apply("--only", only)
        assert (done.returncode, says("no step", done.stderr)) == (2, True)
        assert server.requests == []

    def test_by_class(self, kit):
        done = kit.apply("--class", "safe")
        assert done.returncode == 0, done.stderr
        safe = [s.number for s in made_by(kit.plan) if s.action_class == "safe"]
        assert steps_done(kit) == safe

    def test_a_class_that_there_is_not(self, server, kit):
        assert kit.apply("--class", "harmless").returncode == 2
        assert server.requests == []


class TestHash:
    def ask(self, kit, answer):
        """Run the script on a terminal, and type an answer."""
        account = account_of(kit.server, "admin")
        environment = {"PATH": os.environ["PATH"], "PBX_ADMIN_USERNAME": account.username}
        environment["PBX_ADMIN_PASSWORD"] = account.password
        ours, theirs = pty.openpty()
        command = [sys.executable, "-I", str(kit.folder / "remediate.py"), "--only", "HD-04"]
        process = subprocess.Popen(  # noqa: S603 -- the scripts under test
            [*command, "--url", kit.server.url, "--apply"],
            env=environment,
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        os.close(theirs)
        os.write(ours, answer)
        out, err = process.communicate(timeout=60)
        os.close(ours)
        return process.returncode, out, err

    def test_it_asks_on_a_terminal(self, server, kit):
        before = state_of(server)
        code, out, err = self.ask(kit, kit.plan.hash[:12].encode() + b"\n")
        assert code == 0, err
        assert says("hash of the plan", out.decode())
        assert state_of(server) != before

    @pytest.mark.parametrize("answer", [b"\n", b"yes\n", b"x" * 64 + b"\n", b"\x04"])
    def test_any_other_answer_changes_nothing(self, server, kit, answer):
        before = state_of(server)
        code, _, err = self.ask(kit, answer)
        assert code in {2, 130}
        assert b"Traceback" not in err
        assert state_of(server) == before

    def test_without_a_terminal_nobody_is_asked(self, server, kit):
        done = kit.run("--apply")
        assert (done.returncode, says("nobody to ask", done.stderr)) == (2, True)
        assert server.requests == []


KEEPER = """#!{python}
import json, os, sys
path = {path!r}
known = json.load(open(path)) if os.path.exists(path) else {{}}
verb, name = sys.argv[1:]
assert not [key for key in os.environ if key.startswith("PBX_ADMIN_")]
if verb == "put":
    known[name] = sys.stdin.read()
    json.dump(known, open(path, "w"))
else:
    print(known[name])
"""


class TestPasswordCommand:
    @pytest.fixture
    def keeper(self, tmp_path):
        path = tmp_path / "keep passwords"
        vault = tmp_path / "vault.json"
        path.write_text(KEEPER.format(python=sys.executable, path=str(vault)), encoding="utf-8")
        path.chmod(0o700)
        return path, vault

    def test_it_keeps_them_and_the_file_does_not(self, server, kit, keeper):
        program, vault = keeper
        before = {one.guid: one.password for one in server.pbx.objects}
        done = kit.apply_all("--only", "PBX-03,HD-01", "--password-command", str(program))
        assert done.returncode == 0, done.stderr
        kept = json.loads(vault.read_text("utf-8"))
        steps = [s for s in made_by(kit.plan) if s.control in {"PBX-03", "HD-01"}]
        assert len(set(kept.values())) == len(kept) == len(steps)
        now = {one.guid: one.password for one in server.pbx.objects}
        assert sum(now[guid] != before[guid] for guid in now) == len(steps)
        clear = {crypt.decrypt(server.pbx.key, secret or b"").decode() for secret in now.values()}
        assert set(kept.values()) <= clear
        phones = kit.read("expert-script.txt")
        base = {s.number for s in steps if s.change.machine.script}
        for name, secret in kept.items():
            for file in kit.folder.iterdir():
                is_for_phones = int(name.rpartition("-")[2]) in base and file.name.startswith("exp")
                text = unquote(file.read_text("utf-8"))
                assert (secret in text) == is_for_phones, file
        assert phones.count("/gk-pwd") == len(base)
        assert kit.roll_back().returncode == 0
        assert {one.guid: one.password for one in server.pbx.objects} == before

    @pytest.mark.parametrize("program", ["/nowhere/at all", "/bin/false", "/"])
    def test_one_that_fails_stops_before_anything_is_set(self, server, kit, program):
        before = state_of(server)
        done = kit.apply("--only", "HD-01", "--password-command", program)
        assert (done.returncode, says("password command failed", done.stderr)) == (6, True)
        assert not (kit.folder / "new-passwords.txt").exists()
        assert state_of(server) == before

    @pytest.mark.parametrize(("more", "code"), [((), 2), (("--password-command", "/bin/true"), 6)])
    def test_who_has_kept_them_must_give_them_back(self, server, kit, keeper, more, code):
        kit.apply("--only", "HD-01", "--password-command", str(keeper[0]))
        before = state_of(server)
        done = kit.apply("--only", "HD-01", "--passwords-ready", *more)
        assert done.returncode == code, done.stderr
        assert state_of(server) == before


def test_passwords_are_not_set_in_the_run_that_makes_them(server, kit):
    before = state_of(server)
    done = kit.apply("--only", "HD-01,PBX-03", "--passwords-ready")
    assert done.returncode == 0, done.stderr
    assert state_of(server) == before
    assert stat.S_IMODE((kit.folder / "new-passwords.txt").stat().st_mode) == 0o600


class TestTrust:
    @pytest.fixture
    def secure(self, serve, tmp_path, plan):
        return Kit(serve(tls=True), tmp_path / "r", plan)

    def pinned(self, kit):
        return sha256(kit.server.certificate.der).hexdigest()

    def test_an_unknown_certificate_is_refused_before_any_login(self, secure):
        done = secure.apply("--only", "HD-04")
        assert done.returncode == 3
        assert secure.server.requests == []

    @pytest.mark.parametrize(
        "form",
        [str, str.upper, lambda text: ":".join(text[i : i + 2] for i in range(0, len(text), 2))],
    )
    def test_the_right_fingerprint(self, secure, form):
        before = state_of(secure.server)
        trust = ["--fingerprint", form(self.pinned(secure))]
        assert secure.apply("--only", "HD-04", *trust).returncode == 0
        assert state_of(secure.server) != before
        assert secure.run("--apply", secure.plan.hash, *trust, script="rollback.py").returncode == 0
        assert state_of(secure.server) == before

    def test_another_fingerprint(self, secure):
        done = secure.apply("--fingerprint", "00" * 32)
        assert (done.returncode, says("another certificate", done.stderr)) == (3, True)
        assert secure.server.requests == []

    def test_a_file_that_is_no_authority(self, secure, tmp_path):
        (tmp_path / "ca.pem").write_text("nonsense", encoding="utf-8")
        done = secure.apply("--ca-file", str(tmp_path / "ca.pem"))
        assert done.returncode in {2, 3}
        assert "Traceback" not in done.stderr
        assert secure.server.requests == []


@pytest.mark.parametrize("algorithms", [("SHA-256",), ("MD5",), ("SHA-256", "MD5")])
def test_every_login_that_a_pbx_asks_for(tmp_path, plan, algorithms):
    with SimulatorServer(SimulatedPbx.create("insecure", seed=1), digest=algorithms) as server:
        done = Kit(server, tmp_path / "r", plan).apply("--only", "HD-04")
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "name", ["with space & 'quote'", "C:\\Users\\x", "näme", "-rf", "%PATH%$(x)"]
)
def test_folders_of_any_name(server, tmp_path, plan, name):
    before = state_of(server)
    kit = Kit(server, tmp_path / name, plan)
    kit.starter = None  # Python itself is told the name too
    assert kit.apply("--only", "HD-04").returncode == 0
    assert kit.roll_back().returncode == 0
    assert state_of(server) == before


@pytest.mark.parametrize("path", ["C:\\x\\plan.json", "", "\\\\host\\share\\plan.json"])
def test_a_plan_that_is_not_there(server, kit, path):
    done = kit.apply("--plan", path)
    assert (done.returncode, says("a plan cannot be read", done.stderr)) == (2, True)
    assert server.requests == []


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_console_that_shows_little(kit, encoding):
    done = kit.run(python="-B", PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert says("nothing was changed", done.stdout)

"""Limits, progress and the places of an account: what audit and collect do with a live PBX."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from types import ModuleType
from typing import Any

import pytest

from auditor.cli.common_options.limits import limits_of, shown_progress
from auditor.cli.interaction.progress import time_left
from auditor.errors import SiteFileError
from auditor.model.vocabulary import Area, Coverage
from auditor.simulator import responses
from auditor.simulator.server import SimulatorServer
from auditor.site.site_file import load_site
from auditor.sources.options import Activity, Progress
from auditor.sources.snapshot.saved import load_snapshot
from tests.fixtures.hostile import HostilePbx, http
from tests.fixtures.pbx import (
    configuration_of,
    judge,
    list_page_of,
    simulated,
    site_of,
    statuses,
    write,
)
from tests.fixtures.program import site_option, start
from tests.fixtures.sentences import says, sentence
from tests.fixtures.soaked import crossed

LIST = "/PBX0/ADMIN/mod_cmd_login.xml?cmd=show&user=*"
posix = pytest.mark.skipif(os.name != "posix", reason="file modes and signals of POSIX")


class TestLimits:
    @pytest.mark.parametrize("command", ["audit", "collect"])
    @pytest.mark.parametrize(
        "option",
        [
            ("--max-connections", "5"),
            ("--max-connections", "0"),
            ("--timeout", "0"),
            ("--timeout", "nan"),
            ("--timeout", "x"),
            ("--deadline", "0"),
            ("--deadline", "inf"),
        ],
    )
    def test_what_is_out_of_range_is_refused(self, console, server, command, option):
        console.login(server.pbx)
        assert console(command, server.url, *option).code == 2
        assert server.requests == []

    def test_they_are_accepted(self, console, server, tmp_path):
        console.login(server.pbx)
        limits = ("--timeout", "20", "--deadline", "60", "--max-connections", "4")
        ended = console("collect", server.url, "-o", tmp_path / "s.json", *limits)
        assert ended.code == 0, ended.said

    def test_a_silent_pbx_costs_the_time_that_was_given(self, console, tmp_path):
        console.setenv("PBX_AUDITOR_USERNAME", "x")
        console.setenv("PBX_AUDITOR_PASSWORD", "x")
        with HostilePbx({"/CMD0/box_info.xml": None}) as pbx:
            ended = console("collect", pbx.url, "-o", tmp_path / "s.json", "--timeout", "0.2")
        assert ended.code == 3
        assert "--timeout" in ended.err


class TestProgress:
    def test_without_a_terminal_there_is_none(self, console, server, tmp_path):
        console.login(server.pbx)
        ended = console("collect", server.url, "-o", tmp_path / "s.json")
        assert "reading" not in ended.said

    def test_a_terminal_shows_it_and_loses_it(self, monkeypatch):
        terminal = io.StringIO()
        monkeypatch.setattr(terminal, "isatty", lambda: True)
        monkeypatch.setattr(sys, "stderr", terminal)
        with shown_progress(limits_of(1, 1)) as options:
            options.notify(Progress("box"))
            options.notify(Progress("objects", 2, 2))
            options.notify(Progress("passwords", 3, 3, Activity.SCORING))
        written = terminal.getvalue()
        assert "reading PBX objects 2 of 2" in written
        assert "scoring Passwords 3 of 3" in written
        assert written.endswith("\r")
        assert "\n" not in written

    @pytest.mark.parametrize(
        ("done", "total", "seconds", "words"),
        [
            (100, 1000, 10, "1 min 30 s left"),
            (100, 159, 100, "59 s left"),
            (100, 160, 100, "1 min 0 s left"),
            (100, 1000, 1.9, ""),
            (0, 1000, 10, ""),
            (1000, 1000, 10, ""),
            (7, 0, 10, ""),
        ],
    )
    def test_it_says_how_long_it_will_take_once_that_can_be_judged(
        self, done, total, seconds, words
    ):
        assert time_left(Progress("objects", done, total), seconds) == words


@posix
@pytest.mark.parametrize("stalls", ["box_info", "cfg", "objects"])
def test_a_collect_that_is_interrupted_before_anything_was_read_leaves_nothing(tmp_path, stalls):
    answers = {"/CMD0/box_info.xml": None}
    if stalls != "box_info":
        answers = {"/CMD0/box_info.xml": http(b"?\r\n"), "/cfg.txt": None}
    if stalls == "objects":
        pages = {
            f"/PBX0/ADMIN/mod_cmd_login.xml?cmd=show&user-guid={one.guid}": None
            for one in simulated().objects
        }
        answers |= {"/cfg.txt": http(b"?\r\n"), LIST: http(list_page_of(simulated())), **pages}
    account = {"PBX_AUDITOR_USERNAME": "x", "PBX_AUDITOR_PASSWORD": "x"}
    with HostilePbx(answers) as pbx:
        with start(["collect", pbx.url, "-o", "out/s.json"], tmp_path, **account) as process:
            assert pbx.asked.wait(30)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    assert list(tmp_path.rglob("*")) == []


# The base user is named in the site file; it, its template and the admin object may have been read.
ABOUT_THE_BASE = {"HD-02", "HD-04", "HD-08", "HD-09", "HD-11", "HD-12", "HD-13"}


def half_of_the_configuration():
    """Give more than any buffer holds, so that it was taken when the stall begins."""
    body = configuration_of()
    half = body[: body.rindex(b"\r\n", 0, len(body) // 2) + 2]
    line = b"config change ETH0 /" + b"x" * 2_000 + b"\r\n"
    yield http(half + line * 6_000, length=1 << 30)
    yield None


@pytest.mark.slow
@posix
@pytest.mark.parametrize(
    ("number", "way", "command"),
    crossed(
        [signal.SIGINT, signal.SIGTERM], ["configuration", "object pages"], ["audit", "collect"]
    ),
)
def test_what_was_read_before_an_interruption_is_kept_and_passes_nothing(
    tmp_path, number, way, command
):
    pbx = HostilePbx({"/CMD0/box_info.xml": http(responses.box_info(simulated().box))})
    if way == "configuration":
        pbx.answers["/cfg.txt"] = half_of_the_configuration
    else:
        pbx.answers |= {"/cfg.txt": http(b"?\r\n"), LIST: http(list_page_of(simulated()))}
        for one in (*simulated().objects, simulated().admin):
            page = http(responses.page([responses.whole(simulated(), one, templates=False)]))
            address = f"/PBX0/ADMIN/mod_cmd_login.xml?cmd=show&user-guid={one.guid}"
            pbx.answers[address] = None if one is simulated().objects[-1] else page
    account = {"PBX_AUDITOR_USERNAME": "x", "PBX_AUDITOR_PASSWORD": "x"}
    out = ["-o", "s.json"] if command == "collect" else ["--out", "out"]
    with pbx, start([command, pbx.url, *out, *site_option()], tmp_path, **account) as process:
        assert pbx.asked.wait(30)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    code = 130 if number is signal.SIGINT else 143
    assert process.returncode == code, err
    assert "Traceback" not in err
    assert "written" in err, err
    if command == "audit":
        report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
        assert report["summary"]["exit_code"] == code
        assert "partial" in report["summary"]["reasons"][0]
        found = {one["id"]: one["status"] for one in report["results"]}
        assert {name for name, status in found.items() if status == "passed"} <= ABOUT_THE_BASE
        return
    snapshot = load_snapshot(tmp_path / "s.json")
    assert snapshot.ended_early == ("interrupted" if code == 130 else "terminated")
    assert snapshot.objects
    assert all(snapshot.coverage(area) is not Coverage.COMPLETE for area in Area)
    found = statuses(judge(snapshot, site_of()))
    assert {name for name, status in found.items() if status == "passed"} <= ABOUT_THE_BASE


class TestPlacesOfThePassword:
    @pytest.fixture
    def pbx(self):
        """A PBX that takes one login only: a viewer with the secret as its password."""
        with SimulatorServer(simulated()) as server:
            yield server

    def doctor(self, console, pbx, tmp_path, places):
        viewer = next(one for one in pbx.pbx.accounts if one.role == "viewer")
        console.setenv("MY_USER", viewer.username)
        console.setenv("MY_PASSWORD", viewer.password)
        site = write(tmp_path, {"site.toml": f'[credentials]\nusername_env = "MY_USER"\n{places}'})
        ended = console("doctor", pbx.url, "--site", site / "site.toml")
        assert viewer.password not in ended.said
        return ended

    def password_of(self, pbx):
        return next(one for one in pbx.pbx.accounts if one.role == "viewer").password

    def test_a_variable(self, console, pbx, tmp_path):
        ended = self.doctor(console, pbx, tmp_path, 'password_env = "MY_PASSWORD"')
        assert "refuses the login" not in " ".join(ended.out.split())
        assert ended.code in {0, 4}

    @posix
    @pytest.mark.parametrize("end", ["", "\n", "\r\n", "\nnext line\n"])
    def test_a_file_that_nobody_else_can_read(self, console, pbx, tmp_path, end):
        (tmp_path / "secret").write_text(self.password_of(pbx) + end, encoding="utf-8", newline="")
        (tmp_path / "secret").chmod(0o600)
        ended = self.doctor(console, pbx, tmp_path, 'password_file = "secret"')
        assert ended.code in {0, 4}

    @posix
    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
    def test_a_file_that_others_can_read_is_refused(self, console, pbx, tmp_path, mode):
        (tmp_path / "secret").write_text(self.password_of(pbx), encoding="utf-8")
        (tmp_path / "secret").chmod(mode)
        ended = self.doctor(console, pbx, tmp_path, 'password_file = "secret"')
        assert ended.code == 2
        assert "chmod 600" in ended.err
        assert pbx.requests == []

    @posix
    @pytest.mark.parametrize("mode", [0o400, 0o440])
    @pytest.mark.parametrize("variable", ["$CREDENTIALS_DIRECTORY", "${CREDENTIALS_DIRECTORY}"])
    def test_a_credential_of_systemd(self, console, pbx, tmp_path, variable, mode):
        """The access list for the service shows as a right of the group."""
        (tmp_path / "credentials").mkdir(mode=0o500)
        (tmp_path / "credentials/pbx1").write_text(self.password_of(pbx), encoding="utf-8")
        (tmp_path / "credentials/pbx1").chmod(mode)
        console.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
        ended = self.doctor(console, pbx, tmp_path, f'password_file = "{variable}/pbx1"')
        assert ended.code in {0, 4}

    @posix
    @pytest.mark.parametrize("name", ["..", "nowhere", "../secret", "a/b", "", "open"])
    def test_what_is_no_credential_is_refused(self, console, pbx, tmp_path, name):
        (tmp_path / "secret").write_text(self.password_of(pbx), encoding="utf-8")
        (tmp_path / "secret").chmod(0o600)
        (tmp_path / "credentials").mkdir()
        (tmp_path / "credentials/open").write_text(self.password_of(pbx), encoding="utf-8")
        (tmp_path / "credentials/open").chmod(0o444)
        console.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
        place = f'password_file = "$CREDENTIALS_DIRECTORY/{name}"'
        ended = self.doctor(console, pbx, tmp_path, place)
        assert ended.code == 2
        assert pbx.requests == []

    @posix
    @pytest.mark.parametrize(
        "place", ['password_file = "secret"', 'password_command = ["cat", "secret"]']
    )
    def test_what_is_too_long_is_not_sent_in_part(self, console, pbx, tmp_path, place):
        """A part of a password is a wrong one, and a few of those lock the account."""
        (tmp_path / "secret").write_text(self.password_of(pbx) * 1000, encoding="utf-8")
        (tmp_path / "secret").chmod(0o600)
        ended = self.doctor(console, pbx, tmp_path, place)
        assert ended.code == 2
        assert pbx.requests == []

    def test_a_credential_without_systemd(self, console, pbx, tmp_path, monkeypatch):
        monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
        place = 'password_file = "$CREDENTIALS_DIRECTORY/pbx1"'
        ended = self.doctor(console, pbx, tmp_path, place)
        assert ended.code == 2
        assert "LoadCredential" in ended.err

    @posix
    def test_a_pipe_is_no_file_and_nobody_waits_for_it(self, console, pbx, tmp_path):
        os.mkfifo(tmp_path / "secret", 0o600)
        assert self.doctor(console, pbx, tmp_path, 'password_file = "secret"').code == 2

    @posix
    def test_a_password_that_is_not_utf_8(self, console, pbx, tmp_path):
        console.setenv("MY_OTHER", "\udcff")
        ended = self.doctor(console, pbx, tmp_path, 'password_env = "MY_OTHER"')
        assert ended.code == 2
        assert pbx.requests == []

    @pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
    def test_a_file_without_a_password(self, console, pbx, tmp_path, content):
        if content is not None:
            (tmp_path / "secret").write_bytes(content)
            (tmp_path / "secret").chmod(0o600)
        ended = self.doctor(console, pbx, tmp_path, 'password_file = "secret"')
        assert ended.code == 2
        assert pbx.requests == []

    def test_a_command(self, console, pbx, tmp_path):
        program = "import os; print(os.environ['MY_PASSWORD'])"
        ended = self.doctor(
            console, pbx, tmp_path, f'password_command = [{sys.executable!r}, "-c", "{program}"]'
        )
        assert ended.code in {0, 4}

    @pytest.mark.parametrize("program", ["import sys; print('Geheim-9'); sys.exit(3)", "pass"])
    def test_a_command_that_fails_says_nothing_of_what_it_said(
        self, console, pbx, tmp_path, program
    ):
        places = f'password_command = [{sys.executable!r}, "-c", "{program}"]'
        ended = self.doctor(console, pbx, tmp_path, places)
        assert ended.code == 2
        assert "Geheim" not in ended.said
        assert pbx.requests == []

    def test_a_command_that_is_not_there(self, console, pbx, tmp_path):
        ended = self.doctor(console, pbx, tmp_path, 'password_command = ["/no/such/program"]')
        assert ended.code == 2

    def test_for_a_file_no_command_runs(self, console, evidence, tmp_path):
        places = '[credentials]\npassword_command = ["/no/such/program"]\n'
        site = write(tmp_path, {"site.toml": places})
        ended = console("audit", evidence / "hardened.txt", "--site", site / "site.toml")
        assert "program" not in ended.said

    def test_two_places_are_one_too_many(self, tmp_path):
        places = '[credentials]\npassword_env = "A"\npassword_file = "b"\n'
        site = write(tmp_path, {"site.toml": places})
        with pytest.raises(SiteFileError, match=sentence("one place")):
            load_site(site / "site.toml")


def test_a_whole_audit_over_four_connections(console, tmp_path):
    with SimulatorServer(simulated(), refuse=frozenset({"cfg"})) as server:
        console.login(server.pbx)
        ended = console("audit", server.url, *site_option(), "--max-connections", "4")
        assert server.writes == 0
    assert ended.code == 4
    assert "HD-03" in ended.out
    assert not console.crashes()
    assert tmp_path.is_dir()


class _KeyringError(Exception):
    pass


class TestKeyring:
    PLACE = 'password_keyring = { service = "pbx", username = "viewer" }'

    @pytest.fixture
    def keyring(self, monkeypatch):
        """Install a keyring that holds what its dictionary does."""
        entries: dict[Any, Any] = {}
        package, errors = ModuleType("keyring"), ModuleType("keyring.errors")
        vars(errors)["KeyringError"] = _KeyringError
        vars(package)["get_password"] = lambda service, username: entries.get((service, username))
        monkeypatch.setitem(sys.modules, "keyring", package)
        monkeypatch.setitem(sys.modules, "keyring.errors", errors)
        vars(package)["entries"] = entries
        return package

    def audit(self, console, server, place):
        (console.folder / "site.toml").write_text(f"[credentials]\n{place}\n")
        return console("audit", server.url, "--site", "site.toml", "--out", "out")

    def test_account_and_pbx_password_come_from_it(self, console, server, keyring):
        viewer = next(one for one in server.pbx.accounts if one.role == "viewer")
        keyring.entries["pbx", viewer.username] = viewer.password
        keyring.entries["pbx", "pbx-password"] = server.pbx.pbx_password
        more = 'pbx_password_keyring = { service = "pbx", username = "pbx-password" }'
        ended = self.audit(console, server, f"{self.PLACE}\n{more}")
        assert ended.code in {1, 4}, ended.err
        report = json.loads((console.folder / "out" / "report.json").read_text("utf-8"))
        assert report["run"]["evidence_mode"] == "pbx-password"
        assert viewer.password not in ended.said
        assert server.pbx.pbx_password not in ended.said

    def test_no_entry(self, console, server, keyring):
        keyring.entries.clear()
        ended = self.audit(console, server, self.PLACE)
        assert ended.code == 2
        assert "keyring set pbx viewer" in ended.err
        assert server.requests == []

    def test_a_locked_one(self, console, server, keyring):
        def locked(*_):
            raise _KeyringError("the secret is Hunter2")

        keyring.get_password = locked
        ended = self.audit(console, server, self.PLACE)
        assert ended.code == 2
        assert "unlock" in ended.err
        assert "Hunter2" not in ended.said

    def test_none_at_all(self, console, server, monkeypatch):
        monkeypatch.setitem(sys.modules, "keyring", None)
        ended = self.audit(console, server, self.PLACE)
        assert ended.code == 2
        assert "pbx-auditor[keyring]" in ended.err

    def test_two_places_are_refused(self, console, server):
        ended = self.audit(console, server, f'{self.PLACE}\npassword_env = "X"')
        assert ended.code == 2
        assert says("one place", ended.err)


@posix
def test_no_password_is_fetched_for_a_target_that_is_none(console):
    (console.folder / "site.toml").write_text(
        f'[credentials]\npassword_command = ["touch", "{console.folder}/asked"]\n'
    )
    for command in ("audit", "collect"):
        assert console(command, "https://user:x@host", "--site", "site.toml").code == 2
    assert not (console.folder / "asked").exists()

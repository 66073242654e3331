"""The exit codes are a contract: each is reached by the program as people start it.

The many ways to use it wrongly run in this process; `test_bad_input.py` starts one as a program.
"""

from __future__ import annotations

import json
import re
import signal
import stat

import pytest

from auditor import __version__
from auditor.pbx import crypt
from auditor.simulator.server import SimulatorServer
from tests.fixtures.hostile import HostilePbx
from tests.fixtures.pbx import item, simulated, text, write
from tests.fixtures.program import WITH_PBX_PASSWORD, execute, site_option, start
from tests.fixtures.sentences import says

PLAIN_USER = item("<user/>", cn="A", h323="a", e164="1")


def report(folder):
    return json.loads((folder / "report.json").read_bytes())


def audit_file(folder, config, *more):
    arguments = ["audit", f"{config}.txt", *site_option(config), *more]
    return execute(arguments, folder, **WITH_PBX_PASSWORD)


def test_0_complete_and_nothing_found(evidence):
    ended = audit_file(evidence, "hardened", "--out", "out")
    assert (ended.code, report(evidence / "out")["summary"]["exit_code"]) == (0, 0)
    assert "Traceback" not in ended.err


def test_1_findings(evidence):
    ended = audit_file(evidence, "insecure", "--out", "out")
    assert ended.code == 1
    summary = report(evidence / "out")["summary"]
    assert summary["exit_code"] == 1
    assert summary["reasons"][0].startswith("1: ")


@pytest.mark.parametrize("more", [(), ("--incomplete", "warn")])
def test_1_one_of_two_controls_has_failed_and_which_is_open(tmp_path, more):
    key = crypt.factory_key("IP411")
    config = text(
        "# 13r3 service-release-05 IP411[13.5205], Bootcode[135205], HW[204] 65536/131072",
        f"vars create CMD0/AUTH pc {crypt.encrypt(key, 'admin,IP411').hex()}",
        PLAIN_USER,
    )
    folder = write(tmp_path, {"backup.txt": config})
    controls = [part for name in ("ADM-01", "BAK-02") for part in ("--control", name)]
    ended = execute(["audit", "backup.txt", *controls, "--out", "out", *more], folder)
    made = report(folder / "out")
    assert (ended.code, made["summary"]["exit_code"]) == (1, 1)
    assert made["summary"]["verdict"] == "noncompliant"
    assert "ADM-01, BAK-02" in made["summary"]["sentence"]
    assert made["summary"]["score"] is None
    assert {one["id"]: one["status"] for one in made["results"]} == {
        "ADM-01": "unknown",
        "BAK-02": "unknown",
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["audit"], "TARGET"),
        (["audit", "no-such-file.txt"], "no-such-file.txt"),
        (["audit", "empty.txt"], "empty.txt"),
        (["audit", "good.txt", "--format", "docx"], "docx"),
        (["audit", "good.txt", "--format", ""], "format"),
        (["audit", "good.txt", "--fail-on", "harmless"], "harmless"),
        (["audit", "good.txt", "--profile", "none"], "none"),
        (["audit", "good.txt", "--control", "HD-99"], "HD-99"),
        (["audit", "good.txt", "--site", "no-site.toml"], "no-site.toml"),
        (["audit", "--no-such-option"], "no-such-option"),
        (["no-such-command"], "no-such-command"),
        (["schema", "nothing"], "nothing"),
        (["simulate", "--config", "none"], "none"),
        (["simulate", "--port", "70000"], "70000"),
        (["collect", "no-such-file.txt"], "no-such-file.txt"),
    ],
)
def test_2_usage_and_input(console, tmp_path, arguments, said):
    write(tmp_path, {"empty.txt": "", "good.txt": text(PLAIN_USER)})
    ended = console(*arguments)
    assert ended.code == 2
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""


def test_3_unreachable(tmp_path):
    with SimulatorServer(simulated()) as server:
        url = server.url
    login = {"PBX_AUDITOR_USERNAME": "viewer", "PBX_AUDITOR_PASSWORD": "x"}
    ended = execute(["audit", url, "--out", "out"], tmp_path, **login)
    assert ended.code == 3
    assert url in ended.err
    written = report(tmp_path / "out")
    assert written["results"] == []
    assert written["summary"]["reasons"][0].startswith("3: ")
    assert written["gaps"]


def test_3_login_refused(tmp_path, server):
    login = {"PBX_AUDITOR_USERNAME": "viewer", "PBX_AUDITOR_PASSWORD": "wrong"}
    ended = execute(["audit", server.url, *site_option()], tmp_path, **login)
    assert ended.code == 3
    assert says("refuses the login", ended.err)


def test_4_incomplete(evidence):
    ended = execute(["audit", "hardened.txt", *site_option(), "--out", "out"], evidence)
    assert ended.code == 4
    summary = report(evidence / "out")["summary"]
    assert (summary["verdict"], summary["score"]) == ("incomplete", None)


def test_5_nothing_to_do(tmp_path):
    base = item("<user/>", cn="Hot Desk Base", h323="hot-desk-base")
    write(tmp_path, {"cfg.txt": text(base), "site.toml": "[target]\nobjects = 1\n"})
    ended = execute(["audit", "cfg.txt", "--site", "site.toml", "--control", "HD-08"], tmp_path)
    assert ended.code == 5


def test_6_output_not_written(evidence):
    write(evidence, {"taken": "a file"})
    ended = audit_file(evidence, "hardened", "--out", "taken")
    assert ended.code == 6
    assert "taken" in ended.err
    assert (evidence / "taken").read_text(encoding="utf-8") == "a file"


def test_1_wins_over_6(console, evidence, monkeypatch):  # noqa: ARG001 -- the files
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("auditor.files.writing.os.fdopen", full)
    ended = console("audit", "insecure.txt", *site_option("insecure"), "--out", "out")
    assert ended.code == 1
    assert "no space left" in ended.err


def test_70_is_a_bug_with_a_redacted_crash_file(console, evidence, monkeypatch):
    def crash(*_):
        raise RuntimeError("Geheimnis-4711")

    monkeypatch.setattr("auditor.run.reader.read_target", crash)
    ended = console("audit", evidence / "hardened.txt", "--out", evidence / "out")
    assert ended.code == 70
    (path,) = console.crashes()
    assert str(path) in ended.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_text(encoding="utf-8")
    assert "RuntimeError" in content
    assert "test_exit_codes.py" in content
    assert "4711" not in content + ended.said
    assert "Traceback" not in ended.err
    assert not (evidence / "out").exists()


def test_a_crash_inside_a_crash_names_both(console, evidence, monkeypatch):
    def crash(*_):
        raise ValueError("Geheimnis-4712") from KeyError("Geheimnis-4711")

    monkeypatch.setattr("auditor.run.reader.read_target", crash)
    assert console("audit", evidence / "hardened.txt").code == 70
    content = console.crashes()[0].read_text(encoding="utf-8")
    assert "ValueError" in content
    assert "KeyError" in content
    assert "Geheimnis" not in content


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["130", "143"]
)
@pytest.mark.parametrize("command", ["audit", "collect"])
def test_a_signal_stops_a_stalled_audit(tmp_path, number, code, command):
    login = {"PBX_AUDITOR_USERNAME": "viewer", "PBX_AUDITOR_PASSWORD": "x"}
    out = ["--out", "out"] if command == "audit" else ["-o", "snapshot.json"]
    with (
        HostilePbx({"/CMD0/box_info.xml": None}) as pbx,
        start([command, pbx.url, *out], tmp_path, **login) as process,
    ):
        assert pbx.asked.wait(30)
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == code
    assert says("not complete, so not written", errors)
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


def test_a_tolerated_incomplete_audit_ends_with_0(evidence):
    arguments = ["audit", "hardened.txt", *site_option(), "--incomplete", "warn", "--out", "out"]
    ended = execute(arguments, evidence)
    assert ended.code == 0
    summary = report(evidence / "out")["summary"]
    assert summary["verdict"] == "incomplete"
    assert says("could not be decided, and is tolerated", summary["reasons"][0])


@pytest.mark.parametrize(
    ("severity", "code"), [("critical", 0), ("high", 0), ("medium", 1), ("low", 1), ("info", 1)]
)
def test_the_threshold_decides_between_0_and_1(console, evidence, severity, code):
    console.setenv(*next(iter(WITH_PBX_PASSWORD.items())))
    only_medium = ["--control", "HD-04"]
    ended = console(
        "audit",
        evidence / "insecure.txt",
        *site_option("insecure"),
        "--fail-on",
        severity,
        *only_medium,
    )
    assert ended.code == code


def test_the_strongest_code_of_several_targets_wins(console, evidence):
    console.setenv(*next(iter(WITH_PBX_PASSWORD.items())))
    paths = [evidence / "hardened.txt", evidence / "insecure.txt"]
    assert console("audit", *paths, *site_option()).code == 1
    write(evidence, {"broken.txt": "Hello"})
    assert console("audit", *paths, evidence / "broken.txt", *site_option()).code == 2


def test_the_version(tmp_path):
    ended = execute(["--version"], tmp_path, fresh=True)
    assert (ended.code, ended.out, ended.err) == (0, f"pbx-auditor {__version__}\n", "")


@pytest.mark.parametrize("arguments", [["--help"], ["audit", "--help"], ["collect", "--help"]])
def test_help_goes_to_stdout(console, arguments):
    ended = console(*arguments)
    assert ended.code == 0
    assert "Usage" in ended.out


def test_the_help_of_audit_lists_the_exit_codes(console):
    shown = " ".join(console("audit", "--help").out.split())
    listed = {int(code) for code in re.findall(r"\b(\d+) [a-z]", shown)}
    assert {0, 1, 2, 3, 4, 5, 6, 70} <= listed


def test_without_a_command_there_is_help(tmp_path):
    ended = execute([], tmp_path, fresh=True)
    assert "Usage" in ended.said
    assert ended.code in {0, 2}

"""What is written is for its owner: whatever the umask, and whoever shares the folder."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys

import pytest

from auditor.files.folders import make_folder, open_to_others
from auditor.files.writing import write_file
from auditor.passwords import workers
from auditor.report.formats import json as report_json
from tests.fixtures.pbx import configuration_of, write
from tests.fixtures.program import environment, site_option
from tests.report.factory import make_report, make_result

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


@pytest.fixture(params=[0o000, 0o002, 0o022, 0o077, 0o277, 0o777], ids=oct)
def umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.fixture
def evidence(tmp_path):
    report = report_json.render(make_report(make_result()))
    return write(tmp_path, {"cfg.txt": configuration_of(), "report.json": report})


def modes(folder):
    return {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_dir()} | {
        0o100000 | stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.usefixtures("umask")
def test_folders_and_files_are_private_whatever_the_umask(tmp_path):
    write_file(tmp_path / "a/b/c/d.txt", b"x")
    assert modes(tmp_path) == {0o700, 0o100600}
    make_folder(tmp_path / "a/b")
    make_folder(tmp_path / "e")
    assert modes(tmp_path) == {0o700, 0o100600}


def test_a_report_of_many_files_too(console, evidence):
    before = os.umask(0)
    try:
        console(
            "audit", "cfg.txt", *site_option(), "--out", "new/out", "--format", "json,remediation"
        )
        console("collect", "cfg.txt", *site_option(), "-o", "other/s.json")
    finally:
        os.umask(before)
    assert modes(evidence / "new") | modes(evidence / "other") == {0o700, 0o100600}


COMMANDS = {
    "audit": ("audit", "cfg.txt", "--format", "json", "--control", "HD-04", "--out", "out"),
    "report": ("report", "report.json", "--format", "json", "--out", "out"),
    "plan": ("remediate", "plan", "cfg.txt", "--out", "out"),
    "collect": ("collect", "cfg.txt", "-o", "out/s.json"),
    "baseline": ("baseline", "create", "report.json", "-o", "out/b.json"),
    "package": ("package", "create", "packed", "-o", "out/p.zip"),
}


def prepared(folder, mode):
    (folder / "out").mkdir()
    (folder / "out").chmod(mode)
    (folder / "packed").mkdir()
    (folder / "packed/report.json").write_bytes((folder / "report.json").read_bytes())


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("mode", [0o777, 0o722, 0o702])
def test_a_folder_that_others_can_write_to_is_refused(console, evidence, name, mode):
    prepared(evidence, mode)
    ended = console(*COMMANDS[name])
    assert ended.code == 2
    assert "--shared-out" in ended.err
    assert list((evidence / "out").iterdir()) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_it_is_used_after_a_warning_if_the_user_says_so(console, evidence, name):
    prepared(evidence, 0o777)
    ended = console(*COMMANDS[name], "--shared-out")
    assert ended.code != 2
    assert ended.err.startswith("warning: ")
    assert modes(evidence / "out") <= {0o700, 0o100600}
    assert list((evidence / "out").iterdir())


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o750])
def test_any_other_folder_is_used_without_a_word(console, evidence, mode):
    prepared(evidence, mode)
    assert "warning" not in console(*COMMANDS["report"]).err
    assert (evidence / "out/report.json").exists()


def test_a_folder_inside_or_behind_a_link_counts_too(console, evidence):
    prepared(evidence, 0o700)
    (evidence / "out/remediation").mkdir()
    (evidence / "out/remediation").chmod(0o777)
    assert console(*COMMANDS["audit"]).code == 2
    (evidence / "out/remediation").chmod(0o700)
    (evidence / "out").chmod(0o777)
    (evidence / "link").symlink_to("out")
    assert console("report", "report.json", "--format", "json", "--out", "link").code == 2


@pytest.mark.parametrize(("mode", "code"), [(0o777, 2), (0o1777, 0), (0o775, 0)])
def test_a_folder_above_that_everybody_can_write_to(console, evidence, mode, code):
    (evidence / "above" / "between" / "out").mkdir(parents=True)
    (evidence / "above").chmod(mode)
    ended = console("report", "report.json", "--format", "json", "--out", "above/between/out")
    assert ended.code == code, ended.said


def test_a_sticky_folder_is_private_enough_for_one_file_only(tmp_path):
    (tmp_path / "sticky").mkdir()
    (tmp_path / "sticky").chmod(0o1777)
    assert open_to_others(tmp_path / "sticky", several=False) is None
    assert open_to_others(tmp_path / "sticky", several=True) == tmp_path / "sticky"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs another user")
def test_a_folder_of_another_user_is_his(tmp_path):
    (tmp_path / "his").mkdir(mode=0o700)
    os.chown(tmp_path / "his", 12345, 12345)
    assert open_to_others(tmp_path / "his", several=True) == tmp_path / "his"
    assert open_to_others(tmp_path / "his", several=False) is None


CRASHING = """\
import os, sys
sys.argv = ["pbx-auditor", "site", "check", "nowhere.toml"]
from auditor.__main__ import main
try:
    main()
except SystemExit:
    pass
import resource
print(resource.getrlimit(resource.RLIMIT_CORE), flush=True)
if sys.platform == "linux":
    import ctypes
    print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), flush=True)
os.abort()
"""


def test_a_process_that_breaks_leaves_no_core_dump(tmp_path):
    ended = subprocess.run(  # noqa: S603 -- this interpreter
        [sys.executable, "-c", CRASHING],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGABRT
    assert ended.stdout.split("\n")[:2] == ["(0, 0)", "0" if sys.platform == "linux" else ""]
    assert list(tmp_path.iterdir()) == []


def test_processes_that_score_passwords_leave_none_either(monkeypatch):
    seen = []
    monkeypatch.setattr(workers, "forbid_core_dumps", lambda: seen.append(1))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    workers.serve(None, None, ())
    assert seen == [1]

"""Nights over what an update server saved: from the folder to the report."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta

import pytest

from auditor.errors import ExitCode
from auditor.fleet.runner.saved_long_ago import remarks_on_saved
from tests.fixtures.sentences import says
from tests.fixtures.update_server import phone, save, saved_form
from tests.fleet.runner.conftest import saved

pytestmark = pytest.mark.usefixtures("inline")
OWN = "IP411-00-00-01"


@pytest.fixture
def backups(night):
    """Give a fleet whose PBXs are those that were discovered; nothing else is written."""
    root = night.path / "backups"
    save(root, OWN, saved(1))
    save(root, "IP222-00-00-09", phone())
    night.console("fleet", "discover", "backups", "backups", "--tenant", "muster", "-o", "new.toml")
    (night.path / "new.toml").replace(night.folder.file)
    night.write = lambda: None
    return root


def again(root, number, old="Zöller", new="Zimmer"):
    content = saved(1).replace(old.encode(), new.encode())
    return save(root, OWN, content, number)


def touched(path, day):
    at = datetime.fromisoformat(f"{day}T12:00+00:00").astimezone(UTC).timestamp()
    os.utime(path, (at, at))
    return path


def test_from_the_folder_to_the_report(night, backups):
    assert night.run().code == ExitCode.FINDINGS
    assert night.endings() == {"ip411-00-00-01": "audited"}
    assert night.console("fleet", "check").code == ExitCode.OK
    status = json.loads(night.console("fleet", "status", "--format", "json").out)
    assert [one["state"] for one in status["pbxs"]] == ["failed"]
    ended = night.console("fleet", "report", "ip411-00-00-01", "--format", "json", "-o", "made")
    assert ended.code in {ExitCode.OK, ExitCode.FINDINGS}
    (report,) = (night.path / "made").rglob("report.json")
    (source,) = json.loads(report.read_text("utf-8"))["target"]["sources"]
    assert source["name"] == f"{OWN}.0.txt"
    assert (backups / OWN / source["name"]).is_file()


def test_a_new_generation_is_read_and_an_unchanged_folder_is_not(night, backups):
    night.run()
    again(backups, 1)
    night.run()
    assert night.endings() == {"ip411-00-00-01": "audited"}
    assert night.run("--changed").code == ExitCode.OK


@pytest.mark.parametrize("newest", [b"", b"vars check 00", b"\0" * 99])
def test_an_unusable_newest_one_is_unreachable(night, backups, newest):
    night.run()
    (backups / OWN / f"{OWN}.1.txt").write_bytes(newest)
    for options in ((), ("--changed",)):
        assert night.run(*options).code == ExitCode.UNREACHABLE
        assert night.endings() == {"ip411-00-00-01": "unreachable"}


@pytest.mark.parametrize("part", [0.2, 0.5, 0.97])
def test_a_truncated_newest_one_is_unreachable(night, backups, part):
    night.run()
    content = saved_form(saved(1).replace("Zöller".encode(), b"Zimmer"))
    (backups / OWN / f"{OWN}.1.txt").write_bytes(content[: int(len(content) * part)])
    assert night.run().code == ExitCode.UNREACHABLE


def test_what_the_server_takes_away_again_was_no_newer_generation(night, backups):
    """It numbers what it was sent before it finds that nothing changed."""
    (first,) = (backups / OWN).iterdir()
    (backups / OWN / f"{OWN}.1.txt").write_bytes(first.read_bytes())
    night.run()
    (backups / OWN / f"{OWN}.1.txt").unlink()
    night.run()
    assert night.endings() == {"ip411-00-00-01": "audited"}


def test_an_older_one_with_other_content_is_still_older(night, backups):
    newer = again(backups, 1)
    night.run()
    newer.unlink()
    assert night.run().code == ExitCode.UNREACHABLE


def test_another_box_in_the_folder_is_a_conflict(night, backups):
    night.run()
    for one in (backups / OWN).iterdir():
        one.write_bytes(saved_form(saved(2)))
    assert night.run().code == ExitCode.FINDINGS
    assert night.endings() == {"ip411-00-00-01": "identity-conflict"}


@pytest.mark.parametrize("options", [(), ("--changed",)])
@pytest.mark.parametrize(("day", "is_told"), [("2026-11-21", False), ("2025-11-21", True)])
def test_a_file_of_last_year_is_neither_stale_nor_fresh(night, backups, options, day, is_told):
    touched(next((backups / OWN).iterdir()), day)
    night.run()
    night.run(*options)
    status = json.loads(
        night.console("fleet", "status", "--today", "2026-11-22", "--format", "json").out
    )
    (pbx,) = status["pbxs"]
    assert pbx["state"] == "failed"
    assert any(says("saved long ago", one) for one in pbx["remarks"]) is is_told


def test_only_what_an_update_server_saved_is_remarked(tmp_path, backups):
    told = remarks_on_saved(str(backups / OWN), date(2099, 1, 1), timedelta(days=3))
    assert len(told) == 1
    (tmp_path / "cfg.txt").write_bytes(saved(1))
    assert remarks_on_saved(str(tmp_path / "cfg.txt"), date(2099, 1, 1), timedelta(days=3)) == ()
    assert remarks_on_saved(str(tmp_path / "gone"), date(2099, 1, 1), timedelta(days=3)) == ()
    assert remarks_on_saved(str(backups / OWN), date(1999, 1, 1), timedelta(days=3)) == ()

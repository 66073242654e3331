"""What lies where a run wants to write: left by others, of another kind, or without a right."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from auditor.errors import ExitCode
from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.fleet.runner.history_lock import opened

pytestmark = pytest.mark.usefixtures("inline")
LOCK = "history.db.lock"
NOTE = "history.db.owner"
SENDING = "history.db.sending.owner"
PRECIOUS = "of somebody else"


def a_note(night):
    said = {"host": os.uname().nodename, "process": 1, "since": "2026-11-22T01:05:00+00:00"}
    night.folder.write(NOTE, json.dumps(said))


def a_lock(night):
    (night.folder.write(LOCK, b"of another program")).chmod(0o644)


def a_link(night):
    night.folder.write("precious", PRECIOUS)
    (night.path / NOTE).symlink_to("precious")


def a_folder(night):
    night.folder.write(f"{NOTE}/precious", PRECIOUS)


@pytest.mark.parametrize("left", [a_note, a_lock, a_link, a_folder])
def test_what_was_left_by_others_keeps_no_run_from_its_work(night, left):
    night.add("linz", "hardened")
    left(night)
    for _ in range(2):
        assert night.run().code == ExitCode.OK
    found = night.path / "precious"
    assert not found.exists() or found.read_text() == PRECIOUS


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.symlink_to("x/y")])
def test_lock_that_cannot_be_made_is_told_with_the_key_that_names_it(night, make):
    night.add("linz", "hardened").write()
    make(night.path / LOCK)
    ended = night.run()
    assert ended.code == ExitCode.OUTPUT
    assert "history" in ended.err.rpartition(":")[2]
    assert "--out" not in ended.err


@pytest.mark.parametrize(
    "command",
    [
        ("prune",),
        ("prune", "--dry-run"),
        ("forget", "muster", "--yes", "--out", "receipt.json"),
        ("rebind", "linz", "--inventory"),
        ("migrate",),
    ],
    ids="-".join,
)
def test_nothing_is_removed_under_a_run(night, command):
    night.add("linz", "hardened").run()
    before = (night.path / "history.db").read_bytes()
    with opened(read_inventory(night.path / "fleet.toml").fleet):
        ended = night.console("fleet", *command, *(["fleet.toml"] if "-" in command[-1] else []))
        assert ended.code in {ExitCode.BUSY, ExitCode.USAGE}, ended.said
    assert night.latest("linz") == "000001"
    assert before == (night.path / "history.db").read_bytes()
    assert not (night.path / "receipt.json").exists()


def test_reports_of_one_pbx_that_cannot_be_written_are_not_the_others_business(night):
    night.add("graz", "hardened").add("linz", "hardened")
    night.folder.write("reports/muster/graz", b"a file")
    assert night.run().code == ExitCode.OUTPUT
    assert night.endings() == {"graz": "audited", "linz": "audited"}
    assert night.latest("linz") == "000001"
    assert (night.path / "reports/muster/graz").read_bytes() == b"a file"


def test_reports_that_are_a_link_to_elsewhere_stay_there(night):
    night.add("linz", "hardened")
    night.folder.write("elsewhere/precious", PRECIOUS)
    (night.path / "reports" / "muster").mkdir(parents=True)
    (night.path / "reports/muster/linz").symlink_to(night.path / "elsewhere")
    night.run()
    assert (night.path / "elsewhere/precious").read_text() == PRECIOUS


def test_history_that_was_removed_begins_anew_and_says_so(night):
    night.add("graz").run()
    assert night.run().code == ExitCode.OK
    for path in night.path.glob("history.db*"):
        path.unlink()
    ended = night.run()
    assert ended.code == ExitCode.FINDINGS
    assert night.latest("graz") == "000001"
    assert night.run("--resume").code == ExitCode.OK


def test_history_that_is_restored_from_a_backup_goes_on(night):
    night.add("graz").run()
    shutil.copy(night.path / "history.db", night.path / "copy")
    night.run()
    for path in night.path.glob("history.db*"):
        path.unlink()
    (night.path / "copy").rename(night.path / "history.db")
    assert night.run().code == ExitCode.OK
    assert night.latest("graz") == "000002"


def test_inventory_in_parts_takes_what_is_meant_and_nothing_else(night):
    night.add("graz", "hardened").write()
    block = night.blocks["graz"].replace('id = "graz"', 'id = "{}"')
    for number, name in enumerate((".hidden.toml", "old.toml~", "a.toml.bak", "#a.toml#", "b.swp")):
        night.folder.write(f"fleet.d/{name}", block.format(f"wrong-{number}"))
    target = night.folder.write("shared/linz.toml", "")
    night.add("linz", "hardened")
    target.write_text(night.blocks.pop("linz").replace("evidence", "../evidence"))
    (night.path / "fleet.d/linz.toml").symlink_to(target)
    night.folder.write("fleet.d/sub.toml/x.toml", block.format("wrong"))
    ended = night.run()
    assert ended.code == ExitCode.USAGE
    assert "sub.toml" in ended.err
    shutil.rmtree(night.path / "fleet.d/sub.toml")
    (night.path / "fleet.d/dead.toml").symlink_to("nowhere")
    ended = night.run()
    assert ended.code == ExitCode.USAGE
    assert "dead.toml" in ended.err
    (night.path / "fleet.d/dead.toml").unlink()
    os.mkfifo(night.path / "fleet.d/pipe.toml")
    assert night.run().code == ExitCode.USAGE
    (night.path / "fleet.d/pipe.toml").unlink()
    night.run()
    assert set(night.endings()) == {"graz", "linz"}

"""Who holds a history: told by its place alone, and asked again before each step."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.errors import BusyError, ExitCode
from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.fleet.runner.history_lock import opened
from auditor.fleet.store.history import History
from auditor.fleet.store.schema_version import versions
from tests.fixtures.fleet_history import NOW
from tests.fleet.conftest import pbx

BEGINNING = "[fleet]\nhistory_env = 'HISTORY'\n[[tenant]]\nid = 'muster'\n"
SECRET = "correct-horse-battery"


def begun(history):
    return history.begin("host 1", date(2026, 11, 22), NOW, "[]", [("muster", "a")])


@pytest.mark.parametrize(
    "told",
    [
        f"host=localhost dbname=history user=u password={SECRET}",
        f"localhost/{SECRET}",
        f"postgresql://u:p@{SECRET}/word@localhost/history",
        f"postgresql://u:p@{SECRET}@localhost/history",
    ],
)
@pytest.mark.parametrize("command", ["run", "status", "prune"])
def test_what_is_no_url_is_neither_shown_nor_taken_for_a_path(folder, console, told, command):
    folder.inventory(pbx("a"), beginning=BEGINNING)
    before = sorted(folder.path.iterdir())
    console.setenv("HISTORY", told)
    ended = console("fleet", command)
    assert ended.code == ExitCode.OUTPUT
    assert SECRET not in ended.said
    assert sorted(folder.path.iterdir()) == before


def test_a_run_that_lost_its_lock_to_another_stops(folder):
    folder.inventory(pbx("a"))
    fleet = read_inventory(folder.file).fleet
    with opened(fleet) as first:
        begun(first)
        (folder.path / "history.db.lock").unlink()
        with opened(fleet) as second:
            assert begun(second) == 2
            with pytest.raises(BusyError):
                begun(first)


def test_a_lock_that_somebody_removed_is_taken_again(folder):
    folder.inventory(pbx("a"))
    fleet = read_inventory(folder.file).fleet
    with opened(fleet) as history:
        (folder.path / "history.db.lock").unlink()
        begun(history)
        with pytest.raises(BusyError), opened(fleet):
            pass


def test_two_ways_to_one_history_have_one_lock(folder):
    folder.inventory(pbx("a"))
    fleet = read_inventory(folder.file).fleet
    (folder.path / "link.db").symlink_to("history.db")
    with (
        opened(fleet),
        pytest.raises(BusyError),
        opened(fleet._replace(history=folder.path / "link.db")),
    ):
        pass


@pytest.mark.parametrize("times", [1, 2])
def test_a_history_is_made_and_brought_up_to_date_without_a_run(folder, console, times):
    folder.inventory(pbx("a"))
    for ended in [console("fleet", "migrate") for _ in range(times)]:
        assert ended.code == ExitCode.OK
        assert versions()[-1] in ended.out
    with History.open(folder.path / "history.db", migrate=False) as history:
        assert history.last_run() is None


def test_nothing_is_brought_up_to_date_under_a_run(folder, console):
    folder.inventory(pbx("a"))
    with opened(read_inventory(folder.file).fleet):
        assert console("fleet", "migrate").code == ExitCode.BUSY

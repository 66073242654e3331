"""What a worker makes jobs of: its inventory, whatever somebody does to it meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from auditor.fleet.history_model import AuditEnding
from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.fleet.runner.jobs import AuditResult, Job
from auditor.fleet.runner.setup_cache import setups_of
from auditor.fleet.scale import preparing
from auditor.fleet.scale.errand import WantedOptions, errand_of
from auditor.fleet.scale.preparing import Preparing
from auditor.fleet.store.errands import HandedIn
from auditor.fleet.store.history import History
from auditor.messages.message import NOTHING, Message
from auditor.model.vocabulary import Severity
from tests.fleet.conftest import pbx

WANTED = WantedOptions(Severity.HIGH, ("json",), carries=False, today=None)


class At:
    """A worker's inventory, and a run that asks for its two PBXs."""

    def __init__(self, history, folder):
        self.history = history
        self.folder = folder
        self.inventory = folder.inventory(*map(pbx, "ab"))
        now = datetime.now(UTC)
        self.run = history.begin("me", now.date(), now, "", [("muster", name) for name in "ab"])
        self.preparing = Preparing(history, self.inventory, "worker 7")
        self.give()

    def give(self):
        """Begin the run, or take it up again, with what the inventory says now."""
        inventory = read_inventory(self.inventory)
        self.history.errands().give(errand_of(self.run, inventory, WANTED))

    def job(self, name="a"):
        return self.preparing.job(self.run, name).what

    def check_refused(self, name="a"):
        """See that it does none of it, for whichever PBX it is asked, and says so by itself."""
        found = self.job(name)
        assert isinstance(found, Message)
        assert "worker 7" in found
        assert self.preparing.refusal() == found
        return found


@pytest.fixture
def at(database, folder):
    with History.open(database) as history:
        yield At(history, folder)


def gone(inventory):
    inventory.unlink()


def no_toml(inventory):
    inventory.write_text("[[pbx")


def no_text(inventory):
    inventory.write_bytes(b"\xff\x00")


def empty(inventory):
    inventory.write_text("")


def a_folder(inventory):
    inventory.unlink()
    inventory.mkdir()


@pytest.mark.parametrize("spoil", [gone, no_toml, no_text, empty, a_folder])
def test_an_inventory_that_cannot_be_used_is_a_refusal_and_no_failure(at, spoil):
    spoil(at.inventory)
    assert len({at.check_refused(name) for name in "ab"}) == 1


def test_what_was_put_right_is_looked_at_again(at, monkeypatch):
    text = at.inventory.read_text()
    at.inventory.write_text(text + "# another\n")
    at.check_refused()
    at.check_refused()
    at.inventory.write_text(text)
    at.check_refused("b")
    monkeypatch.setattr(preparing, "_KNOWN", 0)
    assert at.preparing.refusal() == NOTHING
    assert isinstance(at.job("b"), Job)


def test_a_clock_that_is_wrong_is_a_refusal_until_it_is_right(at, monkeypatch):
    assert isinstance(at.job(), Job)
    monkeypatch.setattr(preparing, "_CLOCKS_DIFFER", timedelta(-1))
    at.check_refused()
    monkeypatch.undo()
    assert at.preparing.refusal() == NOTHING
    assert isinstance(at.job(), Job)


def test_nothing_is_refused_where_nothing_is_asked_for(at):
    at.inventory.write_text(at.inventory.read_text() + "# another\n")
    at.check_refused()
    at.history.errands().close(at.run)
    assert at.preparing.refusal() == NOTHING
    assert at.preparing.job(at.run, "a") is None


def test_what_is_prepared_is_for_what_was_asked_for_then(at):
    first = at.preparing.job(at.run, "a").errand
    at.folder.inventory(*(pbx(name, site="site.toml") for name in "ab"))
    at.give()
    second = at.preparing.job(at.run, "a").errand
    errands, now = at.history.errands(), datetime.now(UTC)
    assert not errands.hand_in(first, HandedIn("a", "one", b"1"), now)
    assert errands.hand_in(second, HandedIn("a", "one", b"1"), now)


def test_an_inventory_that_lacks_what_the_run_was_begun_with_refuses_that_alone(at):
    at.folder.inventory(pbx("a"))
    at.give()
    found = at.job("b")
    assert isinstance(found, AuditResult)
    assert (found.record.pbx, found.record.tenant) == ("b", "muster")
    assert found.record.ending is AuditEnding.REFUSED
    assert "worker 7" in found.record.reason
    assert isinstance(at.job("a"), Job)


def test_a_run_that_is_taken_up_with_another_inventory_is_prepared_anew(at):
    """It has the number that it had before, and another target or site file."""
    before = at.job()
    at.folder.inventory(*(pbx(name, site="site.toml") for name in "ab"))
    assert at.job().pbx == before.pbx
    at.give()
    after = at.job()
    assert isinstance(after, Job)
    assert (before.pbx.site, after.pbx.site) == (None, at.folder.path / "site.toml")


def test_papers_that_a_process_prepared_are_those_of_what_it_audits(at):
    """A process outlives a run that is stopped, and its papers may be mended before it goes on."""
    before = at.job().asked
    at.folder.inventory(*(pbx(name, site="site.toml") for name in "ab"))
    at.give()
    after = at.job().asked
    assert before.run == after.run
    assert before.papers != after.papers
    kept = setups_of(before.run, before.papers)
    assert setups_of(before.run, before.papers) is kept
    assert setups_of(after.run, after.papers) is not kept

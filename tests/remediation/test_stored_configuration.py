"""A PBX whose words and whose configuration differ, or that does something elsewhere.

What it shows may be old, may be what it was sent, or come later; a write may hit another object.
The configuration is the second witness, and what it held before the first byte is kept.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest

from auditor.simulator import object_changes
from auditor.simulator.tolerant import read_xml
from tests.fixtures.sentences import says
from tests.fixtures.soaked import crossed
from tests.remediation.conftest import state_of
from tests.remediation.liar import LIES, OK, Case, Liar, Lie, step_of
from tests.remediation.test_kills import Reaper

KINDS = ("attribute", "device", "part", "password")


class Forgetful(Liar):
    """A liar with a memory of its own: of what it showed, of what it was sent, of what to do."""

    def __init__(self, pbx, lie, *, stale=0, through=0, delay=0, **more):
        super().__init__(pbx, lie)
        self.stale = stale  # how often an object is shown as it was before the first write
        self.through = through  # how often it is shown as it was sent, whatever is stored
        self.delay = delay  # after how many requests a change is made that was answered with ok
        self.elsewhere = more.get("elsewhere")  # what becomes of the whole PBX by a change
        self.mangled = more.get("mangled")
        self.mangles = 0
        self.remembered, self.sent, self.later = {}, "", []

    def answer(self, path, body):
        for one in self.later:
            one.left -= 1
            if one.left == 0:
                one.change()
        return super().answer(path, body)

    def shown(self, command):
        text = super().shown(command)
        if not command.startswith("<show"):
            return text
        if not self.writes:
            self.remembered[command] = text
        elif self.stale > 0 and command in self.remembered:
            self.stale -= 1
            return self.remembered[command]
        elif self.through > 0 and self.sent:
            self.through -= 1
            return self.sent
        elif self.mangles > 0:
            self.mangles -= 1
            return self.mangled(text)
        return text

    def changed(self, command):
        self.mangles = 3 if self.mangled and not self.writes else self.mangles
        if self.left <= 0:
            return super().changed(command)
        sent = read_xml(command).child("user")
        if self.delay:
            self.writes, self.left = self.writes + 1, self.left - 1
            self.later.append(SimpleNamespace(left=self.delay, change=lambda: self.modify(sent)))
            return OK
        if self.through:
            honest = self.state.pbx
            self.modify(sent)
            guid = sent.attributes["guid"]
            self.sent = super().shown(f'<show><user guid="{guid}" config=""/></show>')
            self.state.pbx = honest
        if self.elsewhere:
            self.writes, self.left = self.writes + 1, self.left - 1
            old = object_changes.existing(self.state.pbx, sent.attributes)
            before = self.state.pbx
            self.modify(sent)
            new = object_changes.existing(self.state.pbx, {"guid": old.guid})
            self.state.pbx = self.elsewhere(before, self.state.pbx, old, new)
            return OK
        return super().changed(command)

    def modify(self, sent):
        self.state.edit(lambda pbx: object_changes.modify(pbx, sent))


@pytest.fixture
def forgetful(simulated, monkeypatch, tmp_path, plan):
    monkeypatch.setenv("PBX_ADMIN_USERNAME", "admin")
    monkeypatch.setenv("PBX_ADMIN_PASSWORD", "x")
    opened = []

    def start(kind, lie=LIES["honest"], **memory):
        opened.append(Forgetful(simulated, replace(lie, times=lie.times or 1), **memory))
        return Case(opened[-1], tmp_path / f"case-{len(opened)}", plan, kind)

    yield start
    for one in opened:
        one.close()


def bring_back(one):
    done = one.roll_back()
    for more in (("--restore",), ("--restore",), ("--restore", "--everything")):
        if done.code == 0 and one.liar.lines == one.before:
            break
        done = one.roll_back(*more)
    return done


def check_back(one):
    done = bring_back(one)
    assert one.liar.lines == one.before
    assert done.code == 0, done.err


of_each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.mark.parametrize(("kind", "times", "again"), crossed(KINDS, [2, 3, 99], [False, True]))
def test_what_is_shown_is_old(forgetful, kind, times, again):
    """The step is there, although it is not seen: "nothing to take back" would be wrong."""
    one = forgetful(kind, stale=times)
    assert one.apply().code == 1
    assert one.liar.lines != one.before
    if again:
        one.apply()
    done = one.roll_back()
    if done.code:  # the first may meet both what is old and what is new
        done = one.roll_back()
    assert done.code == 0
    assert one.liar.lines == one.before


@of_each_kind
def test_what_is_old_for_a_moment_is_looked_at_again(forgetful, kind):
    one = forgetful(kind, stale=1)
    assert one.apply().code == 0
    assert one.roll_back().code == 0
    assert one.liar.lines == one.before


@of_each_kind
@pytest.mark.parametrize("lie", ["no devices", "half of the attributes", "no password"])
def test_what_is_shown_is_what_was_sent(forgetful, kind, lie):
    """A change is not done because the PBX says back what it was told."""
    one = forgetful(kind, LIES[lie], through=3)
    applied = one.apply()
    lost = one.liar.lines != one.before
    assert (applied.code == 1) or not lost
    check_back(one)


def test_what_is_shown_stays_what_was_sent(forgetful):
    """Which of the two is right cannot be told: nothing more is written, and it is not "done"."""
    one = forgetful("password", LIES["no devices"], through=99)
    assert one.apply().code == 1
    for more in ((), ("--restore",)):
        done = one.roll_back(*more)
        assert done.code == 1
        assert says("shows another than it holds", done.err)
        assert one.liar.lines == one.before
    one.liar.through = 0
    check_back(one)


@pytest.mark.parametrize(("kind", "after", "again"), crossed(KINDS, range(1, 9), [False, True]))
def test_a_change_that_comes_later(forgetful, kind, after, again):
    one = forgetful(kind, delay=after)
    one.apply()
    if again:
        one.apply()
    bring_back(one)
    for _ in range(after):  # what is still to come
        one.liar.answer("/CMD0/box_info.xml", b"")
    check_back(one)


def test_a_change_that_came_after_the_way_back_is_taken_back_by_a_further_run(forgetful):
    one = forgetful("attribute", delay=30)
    assert one.apply().code == 1
    assert one.roll_back().code == 0
    for _ in range(30):
        one.liar.answer("/CMD0/box_info.xml", b"")
    assert one.liar.lines != one.before
    assert one.roll_back().code == 0
    assert one.liar.lines == one.before


def test_what_somebody_did_after_the_way_back_stays(case, plan):
    one = case(LIES["honest"], "attribute")
    assert one.apply().code == 0
    done = one.liar.lines
    assert one.roll_back().code == 0
    change = step_of(plan, "attribute").change.machine

    def by_hand(pbx):
        old = pbx.index["guid", change.guid]
        attributes = {**old.attributes, change.attribute: change.after}
        return object_changes.store(pbx, replace(old, attributes=attributes))

    one.liar.state.edit(by_hand)
    assert one.liar.lines == done
    assert one.roll_back().code == 0
    assert one.liar.lines == done


ORDERS: dict[str, Callable[[list[str]], list[str]]] = {
    "sorted": sorted,
    "turned round": lambda names: list(reversed(names)),
}


@of_each_kind
@pytest.mark.parametrize("order", ORDERS)
def test_the_order_of_attributes_comes_back_too(forgetful, kind, order):
    def stores(_old, new, _sent, _pbx):
        names = ORDERS[order](list(new.attributes))
        return replace(new, attributes={name: new.attributes[name] for name in names})

    one = forgetful(kind, Lie(stores, times=2))
    one.apply()
    one.apply()
    check_back(one)


SHOWN = {
    "an attribute twice": lambda text: text.replace("<user ", '<user cn="x" ', 1),
    "half of it": lambda text: text[: len(text) // 2],
    "another guid": lambda text: text.replace('guid="', 'guid="0'),
    "two of it": lambda text: text.replace("<user ", "<user/><user ") * 2,
    "an error": lambda _: "<error>busy</error>",
    "nothing": lambda _: "<ok/>",
}


@of_each_kind
@pytest.mark.parametrize("shown", SHOWN)
def test_what_cannot_be_seen_can_be_put_back(forgetful, kind, shown):
    """Nor is it believed to be back: the configuration has to hold what it held."""
    one = forgetful(kind, LIES["no devices"], mangled=SHOWN[shown])
    assert one.apply().code == 1
    one.liar.mangles = 99
    assert one.roll_back().code == 1
    assert one.roll_back("--restore").code == 0
    assert one.liar.lines == one.before


def neighbour(pbx, old):
    place = [one.guid for one in pbx.objects].index(old.guid)
    return pbx.objects[(place + 1) % len(pbx.objects)]


def put(pbx, one):
    return replace(pbx, objects=tuple(one if o.guid == one.guid else o for o in pbx.objects))


def without(pbx, guid):
    return replace(pbx, objects=tuple(one for one in pbx.objects if one.guid != guid))


def instead(before, _after, old, new):
    """Write what was sent to another object."""
    other = neighbour(before, old)
    return put(before, replace(new, guid=other.guid, names=other.names))


ELSEWHERE = {
    "instead of the object": instead,
    "its attributes to the next one too": lambda before, after, old, new: put(
        after, replace(neighbour(before, old), attributes=new.attributes)
    ),
    "the next one loses its password": lambda before, after, old, _: put(
        after, replace(neighbour(before, old), password=None)
    ),
    "the next one loses its parts": lambda before, after, old, _: put(
        after, replace(neighbour(before, old), children=())
    ),
    "all others lose their passwords": lambda _, after, old, __: replace(
        after,
        objects=tuple(
            one if one.guid == old.guid or one.kind else replace(one, password=None)
            for one in after.objects
        ),
    ),
}
NOT_TO_BE_MENDED = {
    "the object is gone": lambda _, after, old, __: without(after, old.guid),
    "the next one is gone": lambda before, after, old, _: without(
        after, neighbour(before, old).guid
    ),
    "another guid": lambda _, after, old, new: replace(
        without(after, old.guid),
        objects=(*without(after, old.guid).objects, replace(new, guid="f" * 32)),
    ),
    "a twin": lambda _, after, __, new: replace(
        after, objects=(*after.objects, replace(new, guid="f" * 32))
    ),
    "a stranger": lambda _, after, __, new: replace(
        after, objects=(*after.objects, replace(new, guid="f" * 32, names={"cn": "New"}))
    ),
}


@pytest.mark.parametrize(("what", "kind", "again"), crossed(ELSEWHERE, KINDS, [False, True]))
def test_what_a_write_does_elsewhere_is_seen_and_comes_back(forgetful, kind, again, what):
    one = forgetful(kind, elsewhere=ELSEWHERE[what])
    applied = one.apply()
    if one.liar.lines == one.before:
        pytest.skip("this object has no neighbour that can lose it")
    if applied.code == 0:  # the next object had nothing to lose
        assert one.roll_back().code == 0
        assert one.liar.lines == one.before
        return
    assert applied.code == 1
    if again:
        one.apply()
    check_back(one)


@pytest.mark.parametrize("what", NOT_TO_BE_MENDED)
def test_what_no_command_can_mend_is_named(forgetful, what):
    one = forgetful("attribute", elsewhere=NOT_TO_BE_MENDED[what])
    before = one.liar.state.object_lines().splitlines()
    assert one.apply().code == 1
    done = bring_back(one)
    assert done.code == 1
    assert says("back by hand", done.err) or "no such object" in done.err  # as the PBX says
    kept = (one.hand.folder / f"configuration-{one.hand.plan.hash[:12]}.txt").read_bytes()
    assert set(before) <= set(kept.splitlines())


class TestKept:
    """The configuration as it was before the first byte."""

    @pytest.fixture
    def one(self, forgetful):
        one = forgetful("attribute", elsewhere=ELSEWHERE["the next one loses its password"])
        assert one.apply().code == 1
        return one

    def path(self, one):
        return one.hand.folder / f"configuration-{one.hand.plan.hash[:12]}.txt"

    def test_it_is_not_kept_anew_by_a_later_run(self, one):
        kept = self.path(one).read_bytes()
        one.apply()
        assert self.path(one).read_bytes() == kept

    def test_nor_when_the_steps_were_taken_back(self, forgetful):
        one = forgetful("attribute", elsewhere=instead)
        assert one.apply().code == 1
        assert one.roll_back().code == 0
        assert one.liar.lines != one.before
        assert one.apply().code == 0
        assert one.roll_back("--restore", "--everything").code == 0
        assert one.liar.lines == one.before

    def test_it_is_for_its_owner_and_holds_no_login_of_the_box(self, server, kit):
        assert kit.apply("--only", "HD-04").returncode == 0
        path = kit.folder / f"configuration-{kit.plan.hash[:12]}.txt"
        assert path.stat().st_mode & 0o777 == 0o600
        assert "vars create" in "\n".join(line.decode() for line in state_of(server))
        assert b"vars create" not in path.read_bytes()

    @pytest.mark.parametrize(
        "edit",
        [lambda _: b"", lambda kept: kept.replace(b"<user", b'<user admin="true"', 1)],
        ids=["emptied", "forged"],
    )
    def test_it_is_believed_with_its_proof_only(self, one, edit):
        self.path(one).write_bytes(edit(self.path(one).read_bytes()))
        lines, writes = one.liar.lines, one.liar.writes
        one.liar.left = 0
        assert one.roll_back().code == 0
        writes = one.liar.writes
        assert one.roll_back("--restore", "--everything").code == 2
        assert one.liar.writes == writes
        assert lines != one.before

    def test_what_differs_is_shown_first(self, one):
        lines = one.liar.lines
        shown = one.hand.run(*one.only[:2], "--restore", "--everything", back=True)
        assert shown.code == 0
        assert says("differs beside the steps", shown.out)
        assert one.liar.lines == lines
        assert "pwd" not in shown.out

    def test_nothing_more_is_written_where_the_configuration_goes_silent(self, forgetful):
        one = forgetful("attribute", elsewhere=ELSEWHERE["all others lose their passwords"])
        assert one.apply().code == 1
        one.liar.left = 0
        assert one.roll_back().code == 0
        honest, writes = one.liar.answer, one.liar.writes

        def answer(at, body):
            is_cut = at == "/cfg.txt" and one.liar.writes > writes
            return None if is_cut else honest(at, body)

        one.liar.web.answer = answer
        done = one.roll_back("--restore", "--everything")
        assert done.code == 1
        assert says("stopped", done.err)
        assert one.liar.writes - writes <= 2  # the ways of the one that was begun
        one.liar.web.answer = honest
        assert one.roll_back("--restore", "--everything").code == 0
        assert one.liar.lines == one.before

    def test_it_goes_with_restore(self, one):
        before = len(one.liar.web.seen)
        done = one.roll_back("--everything")
        assert (done.code, says("with restore only", done.err)) == (2, True)
        assert len(one.liar.web.seen) == before


def test_what_changes_by_itself_is_nothing_of_the_step(kit):
    """Each download of the configuration differs from the one before."""
    assert kit.apply("--only", "HD-04").returncode == 0
    assert kit.roll_back().returncode == 0


def test_the_way_back_does_not_end_for_want_of_the_configuration(case):
    one = case(LIES["no devices"], "attribute")
    assert one.apply().code == 1
    honest = one.liar.answer
    one.liar.web.answer = lambda at, body: None if at == "/cfg.txt" else honest(at, body)
    assert one.roll_back().code == 0
    assert one.liar.lines == one.before


def test_what_is_shown_is_not_believed_where_the_configuration_went_silent(forgetful):
    """It could be compared before, and what is shown is old: what was noted is written again."""
    one = forgetful("attribute", stale=99)
    assert one.apply().code == 1
    assert one.liar.lines != one.before
    honest = one.liar.answer
    one.liar.web.answer = lambda at, body: None if at == "/cfg.txt" else honest(at, body)
    assert one.roll_back().code == 0
    assert one.liar.lines == one.before


MEMORIES = (
    {"stale": 2},
    {"stale": 99},
    {"through": 2},
    {"delay": 4},
    {"elsewhere": ELSEWHERE["the next one loses its password"]},
    {"elsewhere": instead},
)


@pytest.mark.parametrize(("kind", "memory"), crossed(["attribute", "password"], MEMORIES))
def test_killed_anywhere(forgetful, monkeypatch, kind, memory):
    """Twice in a row: while it is applied, and while it is taken back."""
    chance = random.Random(kind)  # noqa: S311 -- the same points each time
    first = forgetful(kind, **memory)
    reaper = Reaper(first.hand.module, monkeypatch)
    reaper.kills(first.apply, 0)
    for at in sorted(chance.sample(range(1, reaper.met + 1), 6)):
        one = forgetful(kind, **memory)
        reaper = Reaper(one.hand.module, monkeypatch)
        reaper.kills(one.apply, at)
        reaper.kills(lambda one=one: one.roll_back("--restore"), chance.randrange(1, 40))
        bring_back(one)
        for _ in range(memory.get("delay", 0)):
            one.liar.answer("/CMD0/box_info.xml", b"")
        check_back(one)

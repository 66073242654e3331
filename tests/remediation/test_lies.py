"""A PBX that lies: whatever it did, it can be brought back as it was, or nothing was sent to it.

One table of lies (`liar.LIES`), each told at every kind of step, each ended in every way.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from auditor.simulator.server import SimulatorServer
from tests.fixtures.sentences import says
from tests.remediation.conftest import audited, made_by, plan_of
from tests.remediation.liar import KINDS, LIES, LINE_LIES, Lie, half_of_the_change, step_of
from tests.remediation.mess import messy, site_for


@pytest.fixture
def honest(case):
    """Return what makes the configuration that a step of a kind leads to."""

    def lines(kind):
        if kind not in HONEST:
            one = case(LIES["honest"], kind)
            assert one.apply().code == 0
            HONEST[kind] = one.liar.lines
        return HONEST[kind]

    return lines


HONEST: dict[Any, Any] = {}


def every_lie():
    """Yield each lie with each kind of step; each lie at one kind is enough for every run."""
    for at, lie in enumerate(LIES):
        for place, kind in enumerate(KINDS):
            often = at % len(KINDS) == place
            yield pytest.param(lie, kind, marks=() if often else pytest.mark.soak)


@pytest.mark.parametrize(("lie", "kind"), list(every_lie()))
class TestEveryLie:
    def test_taken_back(self, case, lie, kind):
        one = case(LIES[lie], kind)
        one.apply()
        done = one.bring_back()
        assert done.code == 0, done.err
        assert one.liar.lines == one.before

    def test_applied_again_and_taken_back(self, case, honest, lie, kind):
        one = case(LIES[lie], kind)
        one.apply()
        if one.apply().code == 0 and kind != "password":  # a new one is another each time
            assert one.liar.lines == honest(kind)
        done = one.bring_back()
        assert done.code == 0, done.err
        assert one.liar.lines == one.before


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("lie", LINE_LIES)
def test_a_lie_about_a_line(case, lie, again):
    one = case(LINE_LIES[lie], "option")
    assert one.apply().code in {1, 3}
    if again:
        broken = one.liar.lines
        if one.apply().code:
            assert one.liar.lines == broken
    assert one.bring_back().code == 0
    assert one.liar.lines == one.before
    settings = one.liar.settings
    assert settings.saved == settings.active == settings.pending


POORER = (
    "literal mask",
    "no password",
    "no devices",
    "no attributes",
    "half of the attributes",
    "no number",
    "other spelling",
)


@pytest.mark.parametrize("lie", POORER)
def test_an_object_that_came_back_poorer_is_not_gone_on_with(case, lie):
    one = case(LIES[lie], "attribute")
    assert one.apply().code == 1
    poorer, writes = one.liar.lines, one.liar.writes
    assert poorer != one.before
    assert one.apply().code == 1
    assert (one.liar.lines, one.liar.writes) == (poorer, writes)
    assert one.roll_back().code == 0
    assert one.liar.lines == one.before


@pytest.mark.parametrize("lie", ["no devices", "error, and done", "half of the attributes"])
def test_another_step_does_not_go_on_over_what_one_left(case, plan, lie):
    first = step_of(plan, "device")
    guid = first.change.machine.guid
    same = [s for s in plan.steps if s.change.machine and s != first]
    same = [s for s in same if getattr(s.change.machine, "guid", "") == guid]
    other = next(s for s in same if s.change.machine.kind != "password")
    one = case(LIES[lie], "device")
    assert one.apply().code == 1
    writes = one.liar.writes
    assert one.hand.apply("--only", str(other.number)).code == 1
    assert one.liar.writes == writes
    assert one.bring_back().code == 0
    assert one.hand.apply("--only", str(other.number)).code == 0
    assert one.hand.apply(back=True).code == 0
    assert one.liar.lines == one.before


class TestHalf:
    """A change of several check marks, one of which the PBX leaves."""

    @pytest.fixture
    def simulated(self):
        return messy(2)

    @pytest.fixture
    def plan(self, simulated):
        with SimulatorServer(simulated) as running:
            return plan_of(audited(running, site_for(simulated)))

    @staticmethod
    def one_mark_left(old, new, _sent, _pbx):
        def half(before, after):
            gone = [name for name in before.attributes if name not in after.attributes]
            kept = {name: before.attributes[name] for name in gone[:1]}
            children = tuple(map(half, before.children, after.children))
            return replace(after, attributes={**kept, **after.attributes}, children=children)

        return replace(new, children=tuple(map(half, old.children, new.children)))

    @pytest.fixture
    def half(self, case):
        one = case(Lie(self.one_mark_left), "several marks")
        done = one.apply()
        assert (done.code, one.liar.writes) == (1, 1)
        assert one.liar.lines != one.before
        return one

    def test_it_is_gone_on_with(self, half):
        poorer = half.liar.lines
        assert half.apply().code == 0
        assert half.liar.lines not in (poorer, half.before)
        assert half.roll_back().code == 0
        assert half.liar.lines == half.before

    def test_it_is_taken_back(self, half):
        assert half.roll_back().code == 0
        assert half.liar.lines == half.before
        assert half.apply().code == 0

    def test_the_way_back_is_taken_by_halves_too(self, half):
        assert half.apply().code == 0
        half.liar.lie, half.liar.left = Lie(half_of_the_change), 1
        half.roll_back()
        assert half.roll_back().code == 0
        assert half.liar.lines == half.before


def test_restore_shows_the_difference_first_and_gives_no_secret_away(case, simulated):
    one = case(LIES["no devices"], "attribute")
    one.apply()
    poorer = one.liar.lines
    shown = one.hand.run(*one.only[:2], "--restore", back=True)
    assert shown.code == 0
    assert says("comes back", shown.out)
    assert "<device>" in shown.out
    assert one.liar.lines == poorer
    literal = [user.password.hex() for user in simulated.objects if user.password]
    assert not [secret for secret in literal if secret in shown.out]
    assert one.roll_back("--restore").code == 0
    assert one.liar.lines == one.before


def test_restore_is_for_the_way_back_only(case):
    one = case(LIES["honest"], "attribute")
    done = one.hand.apply("--restore")
    assert (done.code, says("there is no such option", done.err)) == (2, True)
    assert one.liar.web.seen == []


class TestSomebodyElse:
    """Somebody changes the object while the script works."""

    @pytest.fixture(params=KINDS)
    def one(self, request, case, plan):
        one = case(LIES["honest"], request.param)
        guid = step_of(plan, request.param).change.machine.guid

        def edit(liar):
            pbx = liar.state.pbx
            old = pbx.index["guid", guid]
            new = replace(old, attributes={**old.attributes, "text": "theirs"})
            objects = tuple(new if one is old else one for one in pbx.objects)
            liar.state.pbx = replace(pbx, objects=objects)

        one.edit_at = lambda number: one.liar.before_show.update({one.liar.shows + number: edit})
        return one

    def test_between_the_two_looks(self, one):
        one.edit_at(2)
        done = one.apply()
        assert (done.code, one.liar.writes) == (1, 0)
        assert says("somebody changed this meanwhile", done.err)
        theirs = one.liar.lines
        assert one.roll_back().code == 0
        assert one.liar.lines == theirs
        assert one.apply().code == 0
        assert one.roll_back().code == 0
        assert one.liar.lines == theirs

    def test_on_the_way_back(self, one):
        assert one.apply().code == 0
        writes = one.liar.writes
        one.edit_at(2)
        assert one.roll_back().code == 1
        assert one.liar.writes == writes
        theirs = one.liar.lines
        assert one.roll_back().code == 1
        assert one.liar.lines == theirs
        assert one.roll_back("--restore").code == 0
        assert one.liar.lines == one.before


def test_a_pbx_that_shows_no_encrypted_password_is_not_written_to(case):
    """Versions before 10 show the mask alone: what gets lost could not be put back."""
    one = case(LIES["honest"], "attribute")
    shown = one.liar.shown
    one.liar.shown = lambda command: re.sub(r' pwdx="[^"]*"', "", shown(command))
    done = one.apply()
    assert (done.code, one.liar.writes) == (1, 0)
    assert says("no encrypted password", done.err)
    assert not (one.hand.folder / "remediation.state").exists()


HIDING = {
    "devices": lambda text: re.sub(r"<device[^>]*/>", "", text),
    "an attribute": lambda text: re.sub(r' config="[^"]*"', "", text),
    "a membership": lambda text: re.sub(r"<grp[^>]*/>", "", text),
}


@pytest.mark.parametrize("what", HIDING)
def test_an_object_that_is_shown_in_part_only_is_not_written_to(case, plan, what):
    """What is not shown would be lost, and nothing would be noted of it: cfg.txt knows of it."""
    one = case(LIES["honest"], "attribute")
    honest, hidden = one.liar.shown, []

    def shown(command):
        text = honest(command)
        hidden.append(HIDING[what](text) != text)
        return HIDING[what](text)

    one.liar.shown = shown
    objects = [s for s in made_by(plan) if s.change.machine.kind not in {"option", "password"}]
    every = [str(step.number) for step in objects]
    for number in every:
        writes = one.liar.writes
        hidden.clear()
        done = one.hand.apply("--only", number)
        if any(hidden):
            assert (done.code, one.liar.writes) == (1, writes)
            break
    else:
        pytest.fail("no object has what is hidden")

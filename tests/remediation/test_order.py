"""Steps taken back and done again in any order: the way back stays open."""

from __future__ import annotations

from tests.fixtures.sentences import says
from tests.remediation.conftest import made_by, state_of


def steps_of_one_object(plan):
    """Return the steps of an object that gets a password and another value."""
    machines = [(step.number, step.change.machine) for step in made_by(plan)]
    for number, one in machines:
        others = [n for n, other in machines if n != number and _guid(other) == _guid(one)]
        if one.kind == "password" and others:
            return number, others[0]
    raise AssertionError


def _guid(machine):
    return getattr(machine, "guid", machine)


def test_a_step_is_not_taken_back_from_under_a_later_one(server, kit):
    before = state_of(server)
    password, other = steps_of_one_object(kit.plan)
    assert kit.apply("--only", str(password)).returncode == 0
    assert kit.apply("--only", str(other)).returncode == 0
    assert kit.apply("--only", str(password), "--passwords-ready").returncode == 0
    done, between = state_of(server), kit.run("--only", str(other), script="rollback.py")
    assert (between.returncode, says("take back", between.stderr, step=password)) == (1, True)
    between = kit.roll_back_only(other)
    assert (between.returncode, says("take back", between.stderr, step=password)) == (1, True)
    assert state_of(server) == done
    assert kit.roll_back_only(password).returncode == 0
    assert kit.roll_back_only(other).returncode == 0
    assert state_of(server) == before


def test_done_again_in_another_order_it_can_be_taken_back(server, kit):
    before = state_of(server)
    password, other = steps_of_one_object(kit.plan)
    kit.apply("--only", str(password))
    assert kit.apply("--only", f"{password},{other}", "--passwords-ready").returncode == 0
    assert kit.roll_back().returncode == 0
    for number in (other, password):
        assert kit.apply("--only", str(number), "--passwords-ready").returncode == 0
    assert kit.roll_back_only(password).returncode == 0
    assert kit.apply("--only", str(password), "--passwords-ready").returncode == 0
    assert kit.roll_back().returncode == 0
    assert state_of(server) == before


def test_to_look_at_the_way_back_shows_all_of_it(server, kit):
    assert kit.apply_all().returncode == 0
    done = state_of(server)
    looked = kit.run(script="rollback.py")
    assert looked.returncode == 0, looked.stderr
    assert says("would be taken back", looked.stdout, count=len(made_by(kit.plan)))
    assert state_of(server) == done


def test_what_was_taken_back_and_came_by_other_hands_is_not_done_before_a_break(server, kit):
    assert kit.apply("--only", "HD-04").returncode == 0
    done = server.state.pbx
    assert kit.roll_back().returncode == 0
    server.state.pbx = done
    again = kit.apply("--only", "HD-04")
    assert (again.returncode, says("not the value that was seen", again.stderr)) == (1, True)

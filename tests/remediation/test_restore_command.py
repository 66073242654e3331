"""`remediate rollback --restore` of the installed program does what the script does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fixtures.sentences import says
from tests.remediation.conftest import both_ways, state_of


def set_base(server, **attributes):
    objects = tuple(
        replace(one, attributes={**one.attributes, **attributes})
        if one.names["h323"] == "hot-desk-base"
        else one
        for one in server.pbx.objects
    )
    server.state.pbx = replace(server.pbx, objects=objects)


@pytest.mark.slow
@both_ways
def test_what_somebody_changed_is_shown_and_put_back(server, kit):
    before = state_of(server)
    assert kit.apply("--only", "HD-04").returncode == 0
    set_base(server, text="theirs")
    assert kit.roll_back().returncode == 1
    theirs = state_of(server)
    shown = kit.run("--restore", script="rollback.py")
    assert shown.returncode == 0, shown.stderr
    assert says("goes", shown.stdout, part="text='theirs'")
    assert state_of(server) == theirs
    done = kit.apply("--restore", script="rollback.py")
    assert done.returncode == 0, done.stderr
    assert state_of(server) == before
    again = kit.apply("--restore", script="rollback.py")
    assert again.returncode == 0


def test_several_steps_of_one_object_are_put_back_by_one_write(server, kit):
    before = state_of(server)
    assert kit.apply("--only", "HD-04,HD-05,HD-06,HD-11").returncode == 0
    set_base(server, text="theirs")
    writes = server.writes
    assert kit.apply("--restore", script="rollback.py").returncode == 0
    assert state_of(server) == before
    assert server.writes - writes < 4


@both_ways
def test_everything_else_is_put_back_too(server, kit):
    """Beside what changes by itself: each download of the configuration differs."""
    before = state_of(server)
    assert kit.apply("--only", "HD-04").returncode == 0
    first, *others = server.pbx.objects
    changed = replace(first, attributes={**first.attributes, "text": "theirs"})
    server.state.pbx = replace(server.pbx, objects=(changed, *others))
    theirs = state_of(server)
    shown = kit.run("--restore", "--everything", script="rollback.py")
    assert shown.returncode == 0, shown.stderr
    assert first.cn in shown.stdout
    assert state_of(server) == theirs
    assert kit.apply("--restore", script="rollback.py").returncode == 0
    assert state_of(server) != before
    done = kit.apply("--restore", "--everything", script="rollback.py")
    assert done.returncode == 0, done.stderr
    assert state_of(server) == before


def test_everything_goes_with_restore(kit):
    for via in ("script", "program"):
        kit.via = via
        assert kit.run("--everything", script="rollback.py").returncode == 2

"""`kill -9` at every point of a run, against honest and lying PBXs: the way back is never lost.

A point is just before or just after a request, or a line that goes to a file. What dies there is
everything of the run; only files and the PBX stay as they are.
"""

from __future__ import annotations

import random
import subprocess
import threading

import pytest

from tests.fixtures.soaked import some
from tests.remediation.conftest import state_of
from tests.remediation.liar import KINDS, LIES

POINTS = (("Pbx", "send"), ("Folder", "append"), ("Folder", "replace"))
LYING = ("literal mask", "no devices", "half of the attributes", "error, and done", "no cn")


class KilledError(BaseException):
    """Nothing catches this."""


class Reaper:
    """Kills the runs of one hand at a point, counted from 1; counts them if it is never reached."""

    def __init__(self, module, monkeypatch):
        self.met = self.at = 0
        for owner, name in POINTS:
            function = getattr(getattr(module, owner), name)
            monkeypatch.setattr(getattr(module, owner), name, self.watched(function))

    def watched(self, function):
        def inner(*given):
            self.point()
            done = function(*given)
            self.point()
            return done

        return inner

    def point(self):
        self.met += 1
        if self.met == self.at:
            raise KilledError

    def kills(self, run, at):
        """Run until a point is reached; return whether it was."""
        self.met, self.at = 0, at
        try:
            run()
        except KilledError:
            return True
        finally:
            self.at = 0
        return False


def points_of(reaper, run):
    """Return the points of a run, which is done."""
    reaper.kills(run, 0)
    return range(1, reaper.met + 1)


@pytest.mark.parametrize("kind", some([*KINDS, "option"], every=4))
def test_apply_dies_anywhere(case, monkeypatch, kind):
    first = case(LIES["honest"], kind)
    for at in points_of(Reaper(first.hand.module, monkeypatch), first.apply):
        one = case(LIES["honest"], kind)  # a folder in which nothing was done yet
        assert Reaper(one.hand.module, monkeypatch).kills(one.apply, at)
        if at % 2:
            assert one.apply().code == 0
            assert one.liar.lines != one.before
        assert one.roll_back().code == 0
        assert one.liar.lines == one.before, at


@pytest.mark.parametrize("kind", some([*KINDS, "option"], every=4, first=2))
def test_rollback_dies_anywhere(case, monkeypatch, kind):
    one = case(LIES["honest"], kind)
    reaper = Reaper(one.hand.module, monkeypatch)
    assert one.apply().code == 0
    for at in points_of(reaper, one.roll_back):
        assert one.apply().code == 0
        assert reaper.kills(one.roll_back, at)
        assert one.roll_back().code == 0
        assert one.liar.lines == one.before, at


@pytest.mark.slow
@pytest.mark.parametrize("kind", some(["attribute", "password"], every=2))
@pytest.mark.parametrize("lie", some(LYING, every=3))
def test_a_liar_is_killed_at(case, monkeypatch, kind, lie):
    one = case(LIES[lie], kind)
    reaper = Reaper(one.hand.module, monkeypatch)
    one.apply()
    met = reaper.met
    assert one.bring_back().code == 0
    for at in range(1, met + 1):
        one.liar.left = 1
        reaper.kills(one.apply, at)
        one.apply()
        reaper.kills(one.roll_back, at)
        assert one.bring_back().code == 0
        assert one.liar.lines == one.before, at


@pytest.mark.parametrize("room", [100, 20_000, 60_000])
def test_a_disk_that_is_full(server, kit, room):
    """Nothing is sent that could not be noted, and what was sent is taken back."""
    before = state_of(server)
    kit.apply("--only", "HD-01")
    for script in ("remediate.py", "rollback.py"):
        command = kit.command("--apply", kit.plan.hash, "--passwords-ready", script=script)
        ended = subprocess.run(  # noqa: S603 -- the scripts under test
            ["/bin/sh", "-c", f'ulimit -f {room // 512}; exec "$@"', "sh", *command],
            env=kit.environment,
            capture_output=True,
            check=False,
        )
        assert ended.returncode in {0, 6}, ended.stderr
        assert b"Traceback" not in ended.stderr
    assert kit.roll_back().returncode == 0
    assert state_of(server) == before


@pytest.mark.parametrize("seed", some(range(3), every=3))
def test_a_whole_plan_is_killed_again_and_again(server, kit, seed):
    """With real processes and a real signal, at moments that nobody chose."""
    before = state_of(server)
    chance = random.Random(seed)  # noqa: S311 -- the same moments, as far as the machine has them
    kit.apply("--only", "HD-01")
    for script in ("remediate.py", "rollback.py"):
        seen = threading.Event()
        requests = len(server.requests) + chance.randrange(5, 60)
        process = subprocess.Popen(  # noqa: S603 -- the scripts under test
            kit.command("--apply", kit.plan.hash, "--passwords-ready", script=script),
            env=kit.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and len(server.requests) < requests:
            seen.wait(0.001)
        process.kill()
        process.wait()
    assert kit.roll_back().returncode == 0
    assert state_of(server) == before

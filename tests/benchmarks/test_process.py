"""What a process takes is its own, whatever measures it; nothing here is timed."""

from __future__ import annotations

import sys

import pytest

from tests.benchmarks.process import MB, run

BALLAST = 150


def test_the_peak_of_a_process_is_not_that_of_the_one_that_measures():
    ballast = b"\1" * (BALLAST * MB)
    nothing = run([sys.executable, "-c", "pass"], expected=0)
    assert 0 < nothing.peak < len(ballast) / 2
    holds = f"ballast = b'1' * {2 * len(ballast)}"
    assert run([sys.executable, "-c", holds], expected=0).peak > 2 * len(ballast)


def test_time_and_variables_are_those_of_the_process():
    spins = "import os, time\nwhile time.process_time() < float(os.environ['SPIN']): pass"
    spun = run([sys.executable, "-c", spins], expected=0, more={"SPIN": "0.2"})
    assert spun.processor >= 0.2
    assert spun.seconds > 0


@pytest.mark.parametrize("ends", ["raise SystemExit(3)", "import os; os.kill(os.getpid(), 9)"])
def test_another_end_than_expected_is_refused(ends):
    with pytest.raises(SystemExit, match="instead of 0"):
        run([sys.executable, "-c", ends], expected=0)
    run([sys.executable, "-c", ends], expected=None)

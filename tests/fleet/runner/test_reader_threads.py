"""Which readings hold a slot: a time table of many PBXs, without threads and without a clock."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from auditor.fleet.runner.jobs import Job
from auditor.fleet.runner.scheduling.reader_threads import ReaderThreads
from auditor.model.snapshot import Snapshot
from tests.fixtures.pbx import TODAY
from tests.fleet.runner.test_scheduler import ASKED, NOW, pbx

STEP = 0.5
HANGS = 3_600


class Night:
    """Readings of PBXs of which each takes so many seconds, begun wherever a slot is free."""

    def __init__(self, takes, slots):
        self.now, self.most, self.ended = 0.0, 0, []
        self._acts: list[Callable[[], None]] = []
        self._due: list[tuple[float, Callable[[], None]]] = []
        self._takes = list(takes)
        self.readings = ReaderThreads(
            slots,
            lambda job: Snapshot("target"),  # noqa: ARG005
            self._acts.append,
            self._launch,
            lambda: self.now,
        )

    def _launch(self, work):
        self._due.append((self.now + self._takes.pop(0), work))

    def run(self):
        """Return when the last of those that come back is read."""
        while self._takes or any(when < HANGS for when, _ in self._due):
            for one in [one for one in self._due if one[0] <= self.now]:
                self._due.remove(one)
                one[1]()
            while self._acts:
                self._acts.pop()()
            while self._takes and self.readings.is_free(self.now):
                job = Job(ASKED, pbx("one", deadline=HANGS), TODAY, NOW)
                self.readings.begin(job, self.now, lambda found, took: self.ended.append(self.now))  # noqa: ARG005
            self.most = max(self.most, len(self._due))
            self.now += STEP
        return max(self.ended)


@pytest.mark.parametrize("slots", [8, 32])
@pytest.mark.parametrize("rounds", [3, 10, 31])
def test_one_of_twenty_that_hangs_delays_the_others_by_a_tenth_at_most(slots, rounds):
    count = slots * rounds
    undisturbed = Night([5] * count, slots).run()
    hanging = [HANGS if number % 20 == 0 else 5 for number in range(count)]
    assert Night(hanging, slots).run() <= 1.1 * undisturbed


def test_what_takes_as_long_as_others_keeps_its_slot():
    night = Night([5] * 200, slots=8)
    night.run()
    assert night.most == 8


def test_those_that_hang_are_read_beside_as_many_as_there_are_slots():
    night = Night([5] * 20 + [HANGS] * 100 + [5] * 40, slots=4)
    night.run()
    assert 4 < night.most <= 20

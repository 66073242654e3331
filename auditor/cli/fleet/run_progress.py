"""How far a run over a fleet is: a line of a terminal, or a line for each PBX in a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from auditor.cli.interaction.console import clear_with, is_watched, tell, tell_error
from auditor.cli.interaction.progress import ProgressLine, time_left
from auditor.fleet.history_model import AuditEnding
from auditor.messages.message import Message, say
from auditor.report.formats.terminal_style import Amount
from auditor.sources.options import Progress

if TYPE_CHECKING:
    from auditor.fleet.runner.fleet_run import Started
    from auditor.fleet.runner.recorder import RunListeners
    from auditor.fleet.runner.totals import PbxOutcome, RunTotals


class FleetProgress:
    """Shows how far a run is, to whoever looks."""

    def __init__(self, amount: Amount, clock: Callable[[], float] = time.monotonic) -> None:
        self._amount = amount
        self._clock = clock
        self._line = ProgressLine() if is_watched() and amount is not Amount.QUIET else None
        self._began = 0.0
        self._before = 0
        self._words: Message | None = None

    @contextmanager
    def of(self, started: Started) -> Iterator[None]:
        """Show how far a run is while it goes on."""
        self._began = self._clock()
        self._before = len(started.pbxs) - len(started.left)
        if self._line is not None:
            clear_with(self._line.clear)
        try:
            yield
        finally:
            clear_with(None)

    def listeners(self) -> RunListeners:
        """Return what a run is to call."""
        from auditor.fleet.runner.recorder import RunListeners  # noqa: PLC0415 -- only where a run is

        return RunListeners(self._done, tell_error, self._tick)

    def _done(self, one: PbxOutcome, told: Message, totals: RunTotals) -> None:
        """Show that a PBX is done: what went wrong always, what went well on demand."""
        from auditor.fleet.runner.summary import outcome_line  # noqa: PLC0415 -- only where a run is

        is_needed = self._amount is Amount.VERBOSE or one.ending is AuditEnding.REFUSED
        if is_needed and self._amount is not Amount.QUIET:
            tell(outcome_line(one, told, totals))
        self._words = self._state(totals)
        self._tick()

    def _tick(self) -> None:
        if self._line is not None and self._words is not None:
            self._line.write(self._words)

    def _state(self, totals: RunTotals) -> Message:
        done = len(totals.seen)
        words = say(
            "{done} of {total} done, {failed} with findings, {unreachable} not reached",
            done=str(done),
            total=str(totals.selected),
            failed=str(totals.failed),
            unreachable=str(done - totals.reached),
        )
        progress = Progress("", done - self._before, totals.selected - self._before)
        left = time_left(progress, self._clock() - self._began)
        return say("{work}, {left}", work=words, left=left) if left else words

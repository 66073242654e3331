"""How far the work is: a line of a terminal that is written over, or lines for a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from auditor.cli.interaction.console import (
    clear_with,
    encoding,
    is_watched,
    spoken,
    tell,
    width,
    write_note,
)
from auditor.messages.languages import translated
from auditor.messages.message import NOTHING, Message, say, template
from auditor.report.formats.terminal_style import Amount
from auditor.report.terms import said
from auditor.report.text import inert, spelt
from auditor.sources.options import Activity, Notify, Progress

_SECONDS_BETWEEN: Final = 0.1
_SECONDS_TO_JUDGE: Final = 2.0
_MINUTE: Final = 60
_WORK: Final = {
    Activity.PREPARING: template("preparing {area}"),
    Activity.READING: template("reading {area}"),
    Activity.SCORING: template("scoring {area}"),
    Activity.JUDGING: template("judging {area}"),
    Activity.WRITING: template("writing {area}"),
    Activity.PRINTING: template("printing {area}"),
}


def begin_progress(amount: Amount = Amount.NORMAL) -> Notify:
    """Return what shows how far the work is, until the program ends; it may show nothing."""
    if amount is Amount.VERBOSE:
        return _Log().show
    if amount is Amount.QUIET or not is_watched():
        return _say_nothing
    line = _Line()
    clear_with(line.clear)
    return line.show


@contextmanager
def progress(amount: Amount = Amount.NORMAL) -> Iterator[Notify]:
    """Give what shows how far the work is, while it is done."""
    try:
        yield begin_progress(amount)
    finally:
        clear_with(None)


def _say_nothing(_: Progress) -> None:
    """Take no notice: nobody would see it."""


def time_left(progress: Progress, seconds: float) -> Message:
    """Return how long an area will take, by what was done of it in so many seconds."""
    if not progress.done or progress.done >= progress.total or seconds < _SECONDS_TO_JUDGE:
        return NOTHING
    left = round(seconds / progress.done * (progress.total - progress.done))
    if left < _MINUTE:
        return say("{seconds} s left", seconds=str(left))
    return say("{minutes} min {seconds} s left", minutes=str(left // 60), seconds=str(left % 60))


def words_of(progress: Progress, seconds: float = 0) -> Message:
    """Return what is done, how much of it is done, and how long the rest will take."""
    words = say(_WORK[progress.activity], area=said(progress.area))
    if progress.total and progress.done:
        words = say(
            "{work} {done} of {total}", work=words, done=progress.done, total=progress.total
        )
    elif progress.done:
        words = say("{work} {done}", work=words, done=progress.done)
    left = time_left(progress, seconds)
    return say("{work}, {left}", work=words, left=left) if left else words


class _Log:
    """A line for each thing that is begun."""

    def __init__(self) -> None:
        self._begun = ("", "")

    def show(self, progress: Progress) -> None:
        """Say what is begun, once."""
        begun = (progress.activity.value, str(progress.area))
        if begun != self._begun:
            self._begun = begun
            tell(words_of(progress))


class ProgressLine:
    """One line of a terminal that is written over and over."""

    def __init__(self) -> None:
        self._length = 0

    def write(self, words: Message) -> None:
        """Let the line say something else."""
        told = translated(words, spoken())
        text = inert(spelt(told, encoding(sys.stderr)))[: width() - 1]
        write_note(f"\r{text:<{self._length}}")
        self._length = len(text)

    def clear(self) -> None:
        """Remove the line, so that what follows starts on an empty one."""
        if self._length:
            write_note(f"\r{'':<{self._length}}\r")
            self._length = 0


class _Line(ProgressLine):
    """The line about what is done with one target."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._written = 0.0
        self._begun = ("", "")
        self._began = 0.0

    def show(self, progress: Progress) -> None:
        """Write how far the work is; at most ten times a second within an area."""
        now = self._clock()
        begun = (progress.activity.value, str(progress.area))
        if begun != self._begun:
            self._begun, self._began = begun, now
        elif progress.done not in {0, progress.total} and now - self._written < _SECONDS_BETWEEN:
            return
        self._written = now
        self.write(words_of(progress, now - self._began))

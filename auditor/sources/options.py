"""How a target is read: limits, connections, and who is told how far it is."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias


class Activity(StrEnum):
    """What is done with a target."""

    PREPARING = "preparing"
    READING = "reading"
    SCORING = "scoring"
    JUDGING = "judging"
    WRITING = "writing"
    PRINTING = "printing"


class Progress(NamedTuple):
    """How far the work on a target is; `total` is 0 while it is not known.

    `area` is what is worked on: a message, a word with a translation, or a name.
    """

    area: str
    done: int = 0
    total: int = 0
    activity: Activity = Activity.READING


Notify: TypeAlias = Callable[[Progress], None]


def _ignore(_: Progress) -> None:
    """Take no notice."""


def _wait(seconds: float) -> None:
    """Wait in a way that a signal ends."""
    threading.Event().wait(seconds)


class LiveOptions(NamedTuple):
    """How a target is read: limits in seconds, connections for objects, and who is told.

    `journal` is where objects are noted as they are read one by one, to go on after a break. With
    the PBX password, `scores_everybody` says whether the passwords of all objects are scored, or
    only those of base and temporary users; `processes` may do that at the same time. `back_off` is
    the longest first pause before a document is asked for again; `draw` gives the share of it, and
    `pause` waits.
    """

    timeout: float = 30.0
    deadline: float = 1800.0
    max_connections: int = 2
    back_off: float = 0.5
    pause: Callable[[float], None] = _wait
    draw: Callable[[], float] = random.random
    notify: Notify = _ignore
    journal: Path | None = None
    scores_everybody: bool = True
    processes: int = 1


DEFAULTS: Final = LiveOptions()

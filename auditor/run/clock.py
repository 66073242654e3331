"""Where the time comes from."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, NamedTuple


class Clock(NamedTuple):
    """Where the time comes from: `now` with its zone, and `monotonic` seconds for limits."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]


SYSTEM_CLOCK: Final = Clock(lambda: datetime.now(UTC), time.monotonic)

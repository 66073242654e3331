"""When a delivery is tried again: later each time, never all at once, and not for ever."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from auditor.fleet.store.rows import Delivery

MOST_TRIES: Final = 10
OLDEST: Final = timedelta(days=2)
_FIRST: Final = timedelta(seconds=30)
_LONGEST: Final = timedelta(hours=2)
# So much longer at most, in thousandths.
_JITTER: Final = 250


def next_try(delivery: Delivery, wait: timedelta | None, now: datetime) -> datetime | None:
    """Return when a delivery that failed is tried again, None if it is not any more.

    `wait` is how long the receiver asked to wait.
    """
    doubled: int = 2 ** min(delivery.tries - 1, MOST_TRIES)
    pause = min(_FIRST * doubled, _LONGEST)
    pause += pause * secrets.randbelow(_JITTER + 1) / 1000
    after = now + max(pause, wait or timedelta())
    if delivery.tries >= MOST_TRIES or after - delivery.made > OLDEST:
        return None
    return after

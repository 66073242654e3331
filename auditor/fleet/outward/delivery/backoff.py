"""When a delivery is tried again: later each time, never all at once, and not for ever."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from auditor.fleet.store.history_records import Delivery

MOST_TRIES: Final = 10
OLDEST: Final = timedelta(days=2)
FIRST: Final = timedelta(seconds=30)
_LONGEST: Final = timedelta(hours=2)
# So much longer at most, in thousandths.
_JITTER: Final = 250


def is_due(delivery: Delivery, now: datetime) -> bool:
    """Return whether a delivery is to be tried at a time.

    One that was tried, or made, after that time shows that the clock was set back since. Then it is
    due, for by this clock it might not be for years.
    """
    begins = delivery.next_try
    return begins is None or begins <= now or (delivery.last_try or delivery.made) > now


def next_try(delivery: Delivery, wait: timedelta | None, now: datetime) -> datetime | None:
    """Return when a delivery that failed is tried again, None if it is not any more.

    `wait` is how long the receiver asked to wait.
    """
    doubled: int = 2 ** min(delivery.tries - 1, MOST_TRIES)
    pause = min(FIRST * doubled, _LONGEST)
    pause += pause * secrets.randbelow(_JITTER + 1) / 1000
    after = now + max(pause, wait or timedelta())
    if delivery.tries >= MOST_TRIES or after - delivery.made > OLDEST:
        return None
    return after

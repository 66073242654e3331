"""Takes what waits, sends it and notes what became of it, one delivery at a time.

A kill between sending and noting leaves it taken: whoever comes next sends it again under the same
key, which is what receivers know it by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from auditor.errors import InputError
from auditor.fleet.outward.channels.channel import Channel, DeliveryError
from auditor.fleet.outward.channels.time_limit import SECONDS, within
from auditor.fleet.outward.delivery.backoff import FIRST, is_due, next_try
from auditor.fleet.outward.delivery.planning import letter_of
from auditor.fleet.store.history_records import Delivery, DeliveryState
from auditor.fleet.store.outbox import Claimed, Outbox
from auditor.messages.message import NOTHING, Message, say

# A server that let so many wait is not asked for the others: that one hangs may be its own fault.
_MOST_SILENT: Final = 2
_NOTHING_LEFT: Final = (DeliveryState.SENT, DeliveryState.WITHDRAWN)
_UNREADABLE: Final = say("what was kept to be sent cannot be read")
_NOT_TRIED: Final = say("it was not tried, because its server answered nobody before it")


class TryOutcome(NamedTuple):
    """What became of one try; `next_try` is None if there is none.

    `reason` of what was sent is to whom of several it was not.
    """

    recipient: str
    is_sent: bool
    reason: Message = NOTHING
    next_try: datetime | None = None


class Sender(NamedTuple):
    """Sends what waits to recipients that it knows the channels of.

    `now` and `sleep` are those of a clock; `tells` hears of each try.
    """

    outbox: Outbox
    channels: Mapping[str, Channel]
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    tells: Callable[[TryOutcome], None]

    def send_all(self, until: datetime) -> tuple[Delivery, ...]:
        """Send what waits, try again what fails, and return what still waits at a time.

        It never sleeps longer in all than until then, whatever somebody does to the clock.
        """
        patience = until - self.now()
        while True:
            self.send_each([one for one in self._waiting() if is_due(one, self.now())])
            left = self._waiting()
            begins = min((one.next_try for one in left if one.next_try is not None), default=None)
            if begins is None:
                return left
            pause = max(begins - self.now(), timedelta())
            if begins > until or pause > patience:
                return left
            self.sleep(pause.total_seconds())
            patience -= pause

    def send_each(self, due: Iterable[Delivery]) -> None:
        """Send deliveries, first what was tried least.

        All to whom a server leads that hangs would be waited for one after the other: after two of
        them in a row the others are left for the next time, when they come first.
        """
        silent: Counter[str] = Counter()
        for one in sorted(due, key=lambda one: one.tries):
            most = max(silent.values(), default=0)
            if most >= _MOST_SILENT and silent[self._server(one)] >= _MOST_SILENT:
                self._postpone(one)
            elif self._met_silence(one):
                silent.update({self._server(one)} - {""})
            elif silent:
                silent.pop(self._server(one), None)

    def _server(self, one: Delivery) -> str:
        return self.channels[one.recipient].server()

    def _postpone(self, one: Delivery) -> None:
        again = next_try(one._replace(tries=max(one.tries, 1)), None, self.now())
        again = again or self.now() + FIRST
        self.outbox.postpone(one.id, _NOT_TRIED, again)
        self.tells(TryOutcome(one.recipient, is_sent=False, reason=_NOT_TRIED, next_try=again))

    def _met_silence(self, one: Delivery) -> bool:
        """Send a delivery, unless somebody else took it; return whether nobody answered."""
        claimed = self.outbox.claim(one.id, self.now())
        if claimed is None:
            return False
        recipient = claimed.delivery.recipient
        try:
            lacking = self._hand_over(claimed)
        except DeliveryError as error:
            again = None if error.is_final else self._next_try(claimed, error)
            self.outbox.note_failure(claimed, error.reason, again, is_gone=error.is_gone)
            self.tells(TryOutcome(recipient, is_sent=False, reason=error.reason, next_try=again))
            return error.is_silent
        self.outbox.note_sent(claimed, self.now(), lacking)
        self.tells(TryOutcome(recipient, is_sent=True, reason=lacking))
        return False

    def _hand_over(self, claimed: Claimed) -> Message:
        """Send, and return to whom of several it could not be.

        Raises DeliveryError if it does not arrive; a secret that is not there is one, too.
        """
        letter = letter_of(claimed.delivery, claimed.content, claimed.delivery.tries)
        if letter is None:
            raise DeliveryError(_UNREADABLE, is_final=True)
        channel = self.channels[claimed.delivery.recipient]
        try:
            return within(SECONDS, lambda: channel.send(letter, self.now()))
        except InputError as error:
            reason = say("{where}: {message}", where=error.where, message=error.message)
            raise DeliveryError(reason, is_final=True) from None
        except DeliveryError:
            raise
        except Exception as error:  # noqa: BLE001 -- it must not keep the others from theirs
            kind = type(error).__name__
            raise DeliveryError(
                say("an error of this program ({kind})", kind=kind), is_final=True
            ) from None

    def _next_try(self, claimed: Claimed, error: DeliveryError) -> datetime | None:
        return next_try(claimed.delivery, error.wait, self.now())

    def _waiting(self) -> tuple[Delivery, ...]:
        return tuple(
            one
            for one in self.outbox.waiting()
            if one.recipient in self.channels and one.state is DeliveryState.QUEUED
        )


def not_sent(outbox: Outbox, recipients: Collection[str]) -> tuple[Delivery, ...]:
    """Return the last delivery to each recipient where it did not arrive."""
    return tuple(
        one
        for name, one in sorted(outbox.newest().items())
        if name in recipients and one.state not in _NOTHING_LEFT
    )

"""One start of `fleet digest`: what waits is sent, what is new is made, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from auditor.errors import BusyError, HistoryError
from auditor.fleet.inventory.inventory_model import Inventory, Recipient
from auditor.fleet.outward.channels.channel import Channel, Letter
from auditor.fleet.outward.channels.choosing import channel_to
from auditor.fleet.outward.delivery.backoff import is_due
from auditor.fleet.outward.delivery.planning import DigestPlanner, letter_of, why_unsendable
from auditor.fleet.outward.delivery.sending import Sender, TryOutcome, not_sent
from auditor.fleet.runner.history_lock import held
from auditor.fleet.store.connection.locks import SENDING
from auditor.fleet.store.history import History
from auditor.fleet.store.history_records import Delivery, DeliveryState, RecordedRun
from auditor.messages.message import NOTHING, Message, say, template

_TOLD: Final = template("was told all about run {run}")
_GONE: Final = template(
    "its address is gone, so nothing is sent there until `pbx-auditor fleet digest --enable "
    "{recipient}` is said"
)


class SendingWorld(NamedTuple):
    """What a start of the digest needs of the world around it."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    tells: Callable[[TryOutcome], None]
    note: Callable[[Message], None]


class Preview(NamedTuple):
    """What would be sent to somebody, or why nothing would be."""

    recipient: Recipient
    channel: Channel
    letter: Letter | None
    why: Message = NOTHING


class Mailroom:
    """Sends the digests of a fleet to some of its recipients.

    `enabled` are those to whom something is sent again although their address was gone.
    """

    def __init__(
        self,
        history: History,
        inventory: Inventory,
        chosen: Sequence[Recipient],
        planner: DigestPlanner,
        enabled: Collection[str] = (),
    ) -> None:
        self._history = history
        self._inventory = inventory
        self._chosen = chosen
        self._planner = planner
        self._enabled = enabled
        self._outbox = history.outbox()
        self._channels = {one.id: channel_to(one) for one in chosen}

    def previews(self, now: datetime) -> Iterator[Preview]:
        """Yield what would be sent to whom; nothing is noted."""
        run, gone = self._last_run(), self._gone()
        waiting = {one.recipient: one for one in self._outbox.waiting()}
        for recipient in self._chosen:
            channel = self._channels[recipient.id]
            if recipient.id in gone:
                yield Preview(recipient, channel, None, gone[recipient.id])
                continue
            letter = self._as_it_waits(waiting.get(recipient.id), run)
            if letter is None:
                prepared = self._planner.prepare(recipient, run, now)
                letter = prepared.letter if prepared is not None else None
            yield Preview(recipient, channel, letter, Message(_TOLD, {"run": str(run.number)}))

    def _gone(self) -> Mapping[str, Message]:
        """Return to whom nothing is sent any more, and why; another channel is another address."""
        newest = self._outbox.newest()
        found = [one for one in self._chosen if one.id in newest and one.id not in self._enabled]
        return {
            one.id: Message(_GONE, {"recipient": one.id})
            for one in found
            if newest[one.id].state is DeliveryState.GONE and newest[one.id].channel == one.channel
        }

    def _as_it_waits(self, waiting: Delivery | None, run: RecordedRun) -> Letter | None:
        if waiting is None or waiting.run != run.number:
            return None
        content = self._outbox.content(waiting.id)
        if why_unsendable(waiting, content, self._inventory.recipients) is not None:
            return None
        return letter_of(waiting, content, waiting.tries + 1)

    def send(self, watch: SendingWorld, patience: timedelta) -> tuple[Delivery, ...]:
        """Send all that is to be sent, and return what did not arrive.

        Raises BusyError if somebody sends already, or nothing new could be made because a run is
        at work; what waited was sent then.
        """
        fleet = self._inventory.fleet
        with held(fleet, work=SENDING) as hold:
            # Who takes the lock meanwhile, sends again what is being sent here.
            self._history.check_with(hold.renew)
            self._outbox.take_up()
            self._withdraw()
            for name in self._enabled:
                self._outbox.enable(name)
            sender = Sender(self._outbox, self._channels, watch.now, watch.sleep, watch.tells)
            run = self._last_run()
            busy = self._at_work(run)
            if busy is None:
                self._send_earlier(sender, run, watch.now())
                self._queue(run, watch)
            sender.send_all(watch.now() + patience)
        if busy is not None:
            raise busy
        return not_sent(self._outbox, {one.id for one in self._chosen})

    def _last_run(self) -> RecordedRun:
        last = self._history.last_run()
        if last is None:
            raise HistoryError(
                say("there was no run yet, so there is nothing to tell"),
                where=self._history.where,
                advice=say("start a run of the fleet: pbx-auditor fleet run"),
            )
        return last

    def _at_work(self, run: RecordedRun) -> BusyError | None:
        """Return that a run is at work; one that was cut off is not."""
        if run.ended is not None:
            return None
        try:
            with held(self._inventory.fleet):
                return None
        except BusyError as error:
            return error

    def _withdraw(self) -> None:
        """Let nothing go to somebody for whom it is not meant any more."""
        for one in self._outbox.waiting():
            reason = why_unsendable(one, self._outbox.content(one.id), self._inventory.recipients)
            if reason is not None:
                self._outbox.withdraw(one.id, reason)

    def _send_earlier(self, sender: Sender, run: RecordedRun, now: datetime) -> None:
        """Send once more what an earlier run left: it may have arrived under its key."""
        sender.send_each(
            one for one in self._waiting() if one.run != run.number and is_due(one, now)
        )

    def _queue(self, run: RecordedRun, watch: SendingWorld) -> None:
        waiting, gone = {one.recipient: one for one in self._waiting()}, self._gone()
        for recipient in self._chosen:
            if recipient.id in gone:
                watch.tells(TryOutcome(recipient.id, is_sent=False, reason=gone[recipient.id]))
                continue
            earlier = waiting.get(recipient.id)
            if earlier is not None and earlier.run == run.number:
                continue
            prepared = self._planner.prepare(recipient, run, watch.now())
            if prepared is None:
                told = Message(_TOLD, {"run": str(run.number)})
                watch.note(say("{recipient}: {text}", recipient=recipient.id, text=told))
                continue
            first_try = earlier.next_try if earlier is not None else None
            self._outbox.queue(prepared.new, watch.now(), first_try)

    def _waiting(self) -> Iterable[Delivery]:
        return (
            one
            for one in self._outbox.waiting()
            if one.recipient in self._channels and one.state is DeliveryState.QUEUED
        )

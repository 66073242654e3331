"""Digests that did not arrive, or not everywhere: who was not told, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from auditor.fleet.inventory.inventory_model import Recipient
from auditor.fleet.store.history_records import Delivery, DeliveryState
from auditor.messages.message import Message, say, say_count, template

StuckWord: TypeAlias = Literal["queued", "sending", "partly", "failed", "gone"]
_WORDS: Final[Mapping[DeliveryState, StuckWord]] = {
    DeliveryState.QUEUED: "queued",
    DeliveryState.SENDING: "sending",
    DeliveryState.PARTLY: "partly",
    DeliveryState.FAILED: "failed",
    DeliveryState.GONE: "gone",
}


_NOT_REACHED: Final = template("the digest of run {run} did not reach {recipient} ({tries})")
_REACHED: Final[Mapping[DeliveryState, str]] = {
    DeliveryState.SENDING: template(
        "whether the digest of run {run} reached {recipient} is not known ({tries})"
    ),
    DeliveryState.PARTLY: template("the digest of run {run} reached not all of {recipient}"),
}


@dataclass(frozen=True, slots=True)
class NotSent:
    """The last digest to a recipient, which did not arrive, or not everywhere.

    A failed one is not tried again, and after one that is gone no other is.
    """

    recipient: str
    channel: str
    state: StuckWord
    run: int
    tries: int
    last_try: datetime | None
    next_try: datetime | None
    reason: str


class Undelivered(tuple[Delivery, ...]):
    """Digests that were tried and did not arrive."""

    __slots__ = ()

    def documents(self) -> list[NotSent]:
        """Return them as JSON has them."""
        return [
            NotSent(
                one.recipient,
                one.channel,
                _WORDS[one.state],
                one.run,
                one.tries,
                one.last_try,
                one.next_try,
                one.reason,
            )
            for one in self
        ]

    def remarks(self) -> list[Message]:
        """Return what people are told of them."""
        return [_remark(one) for one in self]


def undelivered(
    newest: Mapping[str, Delivery], recipients: Iterable[Recipient], tenant: str | None
) -> Undelivered:
    """Return the digests that did not arrive, to all recipients or those of one tenant."""
    meant = [one.id for one in recipients if tenant is None or tenant in one.tenants]
    last = (newest[name] for name in meant if name in newest)
    return Undelivered(one for one in last if one.tries and one.state in _WORDS)


def _remark(one: Delivery) -> Message:
    tries = say_count("{count} try", "{count} tries", one.tries)
    text = Message(
        _REACHED.get(one.state, _NOT_REACHED),
        {"run": str(one.run), "recipient": one.recipient, "tries": tries},
    )
    if one.reason:
        text = say("{text}: {reason}", text=text, reason=one.reason)
    match one.state:
        case DeliveryState.PARTLY:
            return text
        case DeliveryState.FAILED:
            return say("{text}; it is not tried again, the next one tells it too", text=text)
        case DeliveryState.GONE:
            return say(
                "{text}; nothing is sent there until `pbx-auditor fleet digest --enable "
                "{recipient}` is said",
                text=text,
                recipient=one.recipient,
            )
        case _:
            return say("{text}; `pbx-auditor fleet digest` tries again", text=text)

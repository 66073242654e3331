"""What a history returns about itself: frozen rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from auditor.messages.message import Message


class RecordedRun(NamedTuple):
    """A run; `ended` and `code` are None until it did.

    `left` are the PBXs that were planned and have no audit in it yet. `clock_back` says that the
    clock, or the day, was before that of an earlier run. `own` is the last run over PBXs that are
    read here, if this one judged a bundle of a collector, and there was one.
    """

    number: int
    owner: str
    day: date
    started: datetime
    ended: datetime | None
    code: int | None
    selection: str
    clock_back: bool
    left: tuple[str, ...] = ()
    is_of_bundle: bool = False
    own: RecordedRun | None = None

    def expected(self, *, reads_here: bool) -> RecordedRun | None:
        """Return the last run of those that `every` expects, None if there was none.

        An import is one only of a fleet all of which is read elsewhere.
        """
        return self.own if self.is_of_bundle and reads_here else self


class Event(NamedTuple):
    """An event; of one about a tenant that was forgotten the kind and the time are left."""

    number: int
    kind: str
    at: datetime
    pbx: str
    tenant: str
    facts: str


class Chain(NamedTuple):
    """What became of the chain of events: `broken` is the first event that does not fit, if any.

    `last` is the hash of the last event: who notes it elsewhere notices events that are cut off.
    """

    events: int
    broken: int | None
    last: str


class Removed(NamedTuple):
    """How many rows of a kind were removed, or would be, and about how many bytes that is."""

    kind: str
    rows: int
    bytes: int


class DeliveryState(StrEnum):
    """How a delivery stands.

    `sending`: somebody took it, and whether it arrived is not known yet. `partly`: it was sent, but
    some of its addresses were refused. `failed`: it is not tried any more. `gone`: neither is any
    other to this recipient, until a person says so. `withdrawn`: it was not sent, and need not be.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    PARTLY = "partly"
    FAILED = "failed"
    GONE = "gone"
    WITHDRAWN = "withdrawn"


class NewDelivery(NamedTuple):
    """A message to one recipient about a run; `told` is the last run that it tells wholly.

    `key` is what a receiver knows it by, `tenants` are those whose things `content` names.
    """

    recipient: str
    channel: str
    run: int
    told: int
    tenants: Sequence[str]
    key: str
    content: bytes


class Delivery(NamedTuple):
    """A delivery with its tries; `last_try` is when it was sent, if it was."""

    id: int
    recipient: str
    channel: str
    run: int
    told: int
    key: str
    state: DeliveryState
    made: datetime
    tries: int
    last_try: datetime | None
    next_try: datetime | None
    reason: Message
    tenants: frozenset[str]

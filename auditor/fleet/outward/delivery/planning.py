"""What is to be sent to whom: each recipient is told what changed since it was last told."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from auditor.fleet.inventory.inventory_model import Inventory, Recipient
from auditor.fleet.look_back.calendar import Calendar
from auditor.fleet.outward.channels.channel import Letter
from auditor.fleet.outward.control_titles import TitleFinder
from auditor.fleet.outward.digest import digest_schema as v1
from auditor.fleet.outward.digest.recipient_digest import (
    About,
    DigestBaseline,
    compose,
    missed_since,
    terms_of,
)
from auditor.fleet.outward.digest.subjects import NO_SUBJECTS, Subjects, subjects_of
from auditor.fleet.outward.digest.written import written
from auditor.fleet.outward.morning_facts import facts_of
from auditor.fleet.store.columns import canonical
from auditor.fleet.store.history import History
from auditor.fleet.store.history_records import Delivery, NewDelivery, RecordedRun
from auditor.fleet.store.queries.change_queries import changes_since
from auditor.messages.message import Message, say

_GONE: Message = say("the inventory does not name the recipient any more")
_CHANGED: Message = say("the inventory says something else about the recipient now")


class PreparedDigest(NamedTuple):
    """A digest that is ready, as it is queued and as it is sent."""

    recipient: Recipient
    new: NewDelivery
    letter: Letter


class DigestPlanner:
    """Decides what is told to whom about the last run of a history."""

    def __init__(self, history: History, inventory: Inventory, calendar: Calendar) -> None:
        self._history = history
        self._inventory = inventory
        self._calendar = calendar
        self._titles = TitleFinder(inventory)
        self._parts: dict[int, DigestBaseline] = {}
        self._subjects: dict[int, Subjects] = {}

    def prepare(
        self, recipient: Recipient, run: RecordedRun, now: datetime
    ) -> PreparedDigest | None:
        """Return what a recipient is to be told about a run, None if it was told all of it.

        That another run did not happen after it is told once for each that did not.
        """
        outbox = self._history.outbox()
        known = outbox.told(recipient.id)
        told = {tenant: known.get(tenant, 0) for tenant in recipient.tenants}
        whole = _told_wholly(run)
        last = outbox.last_sent().get(recipient.id)
        if (
            last is not None
            and min(told.values(), default=whole) >= whole
            and last.run == run.number
            and self._missed(run, now) <= self._missed(run, last.made)
        ):
            return None
        parts = [self._part(told, number, recipient) for number in sorted(set(told.values()))]
        runs = self._history.begun_since(max(told.values(), default=0) or run.number - 1)
        about = About(self._inventory, run, self._calendar, self._titles, now, runs)
        digest = compose(recipient, parts, about)
        key = self._key(recipient, run)
        new = NewDelivery(
            recipient.id,
            recipient.channel.value,
            run.number,
            whole,
            recipient.tenants,
            key,
            v1.digest_json(digest),
        )
        return PreparedDigest(recipient, new, Letter(key, digest, written(digest)))

    def _missed(self, run: RecordedRun, moment: datetime) -> int:
        return missed_since(run, self._inventory.fleet.every, self._calendar, moment)

    def _key(self, recipient: Recipient, run: RecordedRun) -> str:
        """Return what a receiver knows a message by: the same until it was noted what became of it.

        The beginning of the run keeps a new history from saying again what an old one said.
        """
        made = self._history.outbox().made(recipient.id, run.number)
        what = [recipient.id, run.number, run.started.isoformat(), made]
        return hashlib.sha256(canonical(what).encode()).hexdigest()[:32]

    def _part(self, told: dict[str, int], number: int, recipient: Recipient) -> DigestBaseline:
        """Return from where on the tenants are told that know as much as the run of this number."""
        if number not in self._parts:
            facts = facts_of(self._history, self._calendar, number + 1)
            self._parts[number] = DigestBaseline((), facts, NO_SUBJECTS, self._day(number))
        tenants = tuple(one for one, known in told.items() if known == number)
        subjects = self._subjects_since(number) if recipient.details else NO_SUBJECTS
        return self._parts[number]._replace(tenants=tenants, subjects=subjects)

    def _day(self, number: int) -> date | None:
        return self._history.day_of(number) if number else None

    def _subjects_since(self, number: int) -> Subjects:
        if number not in self._subjects:
            with self._history.reading() as connection:
                self._subjects[number] = subjects_of(changes_since(connection, number + 1))
        return self._subjects[number]


def _told_wholly(run: RecordedRun) -> int:
    """Return the last run of which all is told: one that may be taken up again is not over."""
    is_over = run.ended is not None and not run.left
    return run.number if is_over else run.number - 1


def letter_of(waiting: Delivery, content: bytes, tries: int) -> Letter | None:
    """Return what waits in the outbox at one of its tries, None if this version cannot read it."""
    digest = v1.digest_of(content)
    return Letter(waiting.key, digest, written(digest), tries) if digest is not None else None


def why_unsendable(
    waiting: Delivery, content: bytes, recipients: Sequence[Recipient]
) -> Message | None:
    """Return why what waits must not be sent as it is, None if it may."""
    recipient = next((one for one in recipients if one.id == waiting.recipient), None)
    if recipient is None:
        return _GONE
    digest = v1.digest_of(content)
    if digest is None or digest.terms != terms_of(recipient):
        return _CHANGED
    is_same = waiting.channel == recipient.channel and waiting.tenants <= set(recipient.tenants)
    return None if is_same else _CHANGED

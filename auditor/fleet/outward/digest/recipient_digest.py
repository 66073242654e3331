"""Makes the digest of a recipient: of its tenants alone, since the last one that was sent to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from auditor.fleet.history_model import CERTIFICATE, Expiry, State
from auditor.fleet.inventory.inventory_model import LATE, Inventory, Recipient
from auditor.fleet.look_back.calendar import Calendar
from auditor.fleet.outward.digest import digest_schema as v1
from auditor.fleet.outward.digest.subjects import Subjects
from auditor.fleet.outward.morning import Facts, Morning, PbxMorning, morning_of
from auditor.fleet.outward.moves import Moved, MoveKind, TitleOf
from auditor.fleet.store.history_records import RecordedRun
from auditor.messages.languages import Language, translated
from auditor.messages.message import Message, say_count
from auditor.messages.titles import Title

# So many are listed of one kind; a first digest may have thousands.
MOST: Final = 500
MOST_SUBJECTS: Final = 20
# Who was never audited is not read again, but for the first time.
_READ_BEFORE: Final = (State.CONFLICT, State.STALE, State.UNREACHABLE)


class DigestBaseline(NamedTuple):
    """From where on tenants are told: the facts since then, and the day of what they know."""

    tenants: tuple[str, ...]
    facts: Facts
    subjects: Subjects
    day: date | None


class About(NamedTuple):
    """What digests of one morning have in common."""

    inventory: Inventory
    run: RecordedRun
    calendar: Calendar
    title_of: TitleOf
    now: datetime
    runs: Sequence[datetime]


def terms_of(recipient: Recipient) -> v1.Terms:
    """Return what a recipient is to be told."""
    return v1.Terms(
        list(recipient.tenants),
        recipient.details,
        recipient.min_severity.value,
        recipient.language,
    )


def compose(recipient: Recipient, parts: Sequence[DigestBaseline], about: About) -> v1.Digest:
    """Return what a recipient is told; each part has tenants that know equally much."""
    mornings = [_morning(part, about) for part in parts]
    pbxs = [(part, pbx) for part, one in zip(parts, mornings, strict=True) for pbx in one.pbxs]
    composer = _Composer(recipient, {pbx.status.pbx: (part, pbx) for part, pbx in pbxs})
    moved = [one for morning in mornings for one in morning.moved(*MoveKind)]
    days = [part.day for part in parts if part.day is not None]
    blind = [composer.not_read(pbx) for _, pbx in pbxs if pbx.is_blind]
    return v1.Digest(
        fleet=about.inventory.fleet.name,
        recipient=recipient.id,
        terms=terms_of(recipient),
        run=about.run.number,
        day=about.run.day,
        made=about.now,
        since=max(days) if days else None,
        changed=any(one.is_changed for one in mornings),
        totals=_totals([pbx for _, pbx in pbxs], about.run.number),
        failed=composer.moves(moved, MoveKind.FAILED),
        not_read=[one for one in blind if one.state != State.CONFLICT.value],
        conflicts=[one for one in blind if one.state == State.CONFLICT.value],
        undecided=composer.moves(moved, MoveKind.UNDECIDED),
        ending=[one for morning in mornings for one in composer.ending(morning)],
        fixed=composer.moves(moved, MoveKind.FIXED),
        others=_others(moved, [pbx for _, pbx in pbxs]),
        remarks=[
            translated(one, recipient.language) for one in _remarks(mornings, about, len(pbxs))
        ],
        missed=missed_since(about.run, about.inventory.fleet.every, about.calendar, about.now),
    )


def _morning(part: DigestBaseline, about: About) -> Morning:
    """Return the morning of some tenants; nothing that is of others goes into it."""
    inventory, tenants = about.inventory, set(part.tenants)
    pbxs = tuple(one for one in inventory.pbxs if one.tenant in tenants)
    own = {one.id for one in pbxs}
    facts = part.facts._replace(
        overview=tuple(
            one for one in part.facts.overview if one.tenant in tenants or one.pbx in own
        ),
        moved=tuple(one for one in part.facts.moved if one.tenant in tenants),
    )
    of_tenants = tuple(one for one in inventory.tenants if one.id in tenants)
    narrowed = inventory._replace(tenants=of_tenants, pbxs=pbxs, recipients=())
    return morning_of(narrowed, facts, about.calendar, about.title_of)


class _Composer:
    """Turns what happened into what one recipient is told."""

    def __init__(
        self, recipient: Recipient, pbxs: Mapping[str, tuple[DigestBaseline, PbxMorning]]
    ) -> None:
        self._recipient = recipient
        self._language: Language = recipient.language
        self._pbxs = pbxs

    def moves(self, moved: Iterable[Moved], kind: MoveKind) -> v1.Moves:
        """Return what came to the same, the worst first, as many as are listed."""
        of_kind = sorted((one for one in moved if one.kind is kind), key=_worst_first)
        least = self._recipient.min_severity.rank
        told = [one for one in of_kind if one.severity.rank <= least]
        return v1.Moves(
            [self._moved(one) for one in told[:MOST]],
            max(0, len(told) - MOST),
            len(of_kind) - len(told),
        )

    def not_read(self, pbx: PbxMorning) -> v1.NotRead:
        """Return a PBX of which nobody knows how it stands."""
        status = pbx.status
        reason = translated(pbx.row.reason, self._language) if self._recipient.details else ""
        return v1.NotRead(
            status.pbx,
            status.name,
            status.tenant,
            status.state,
            pbx.not_read_since.day if pbx.not_read_since else None,
            status.success.day if status.success else None,
            pbx.state is not pbx.was,
            reason,
        )

    def ending(self, morning: Morning) -> Iterator[v1.Ending]:
        """Yield what ends within thirty days. The name of a waiver may be that of a user."""
        for pbx, one in morning.ending():
            name = one.whole_name if self._recipient.details else _without_subject(one)
            news = one in pbx.newly_ending
            status = pbx.status
            yield v1.Ending(status.pbx, status.tenant, one.kind, name, one.ends, news, status.name)

    def _moved(self, one: Moved) -> v1.ControlMoved:
        part, pbx = self._pbxs[one.pbx]
        subjects: Sequence[str] = ()
        if self._recipient.details and one.kind is MoveKind.FAILED:
            subjects = part.subjects.of(one.pbx, one.control)
        return v1.ControlMoved(
            one.pbx,
            pbx.status.name,
            one.tenant,
            one.control,
            _title(one.title, self._language),
            one.severity.value,
            one.findings,
            one.cause.value,
            one.is_whole,
            list(subjects[:MOST_SUBJECTS]),
        )


def _without_subject(one: Expiry) -> str:
    """Return of a waiver its control, of an attestation its fact, and of a certificate nothing."""
    return "" if one.kind == CERTIFICATE else one.name


def _title(title: Title, language: Language) -> str:
    return translated(title, language)


def _worst_first(one: Moved) -> tuple[int, str, str, str]:
    return one.severity.rank, one.control, one.tenant, one.pbx


def _others(moved: Iterable[Moved], pbxs: Iterable[PbxMorning]) -> v1.Others:
    counts = Counter(one.kind for one in moved)
    read_again = sum(not one.is_blind and one.was in _READ_BEFORE for one in pbxs)
    return v1.Others(
        read_again, counts[MoveKind.ACCEPTED], counts[MoveKind.DECIDED], counts[MoveKind.NOT_ASKED]
    )


def _totals(pbxs: Sequence[PbxMorning], run: int) -> v1.Totals:
    def number(*states: State) -> int:
        return sum(one.state in states for one in pbxs)

    audited = [one.status.success for one in pbxs]
    return v1.Totals(
        len(pbxs),
        sum(success is not None and success.run == run for success in audited),
        number(State.FAILED),
        number(State.INCOMPLETE),
        number(State.COMPLIANT),
        number(State.NEVER, State.CONFLICT, State.STALE, State.UNREACHABLE),
    )


def _remarks(mornings: Iterable[Morning], about: About, pbxs: int) -> Iterator[Message]:
    """Yield what is to be said of runs, once: one that did not happen, or did not end."""
    if missed := _missed(about):
        yield say_count(
            "{count} run did not happen since the last digest",
            "{count} runs did not happen since the last digest",
            missed,
        )
    if pbxs:
        yield from dict.fromkeys(one for morning in mornings for one in morning.remarks)


def _missed(about: About) -> int:
    """Return how many runs did not happen between those that a digest is about."""
    every = about.inventory.fleet.every
    gaps = zip(about.runs, about.runs[1:], strict=False)
    return sum(_fit_between(earlier, later, every) for earlier, later in gaps)


def missed_since(run: RecordedRun, every: int | None, calendar: Calendar, moment: datetime) -> int:
    """Return how many runs were expected after one until a moment, and did not happen.

    Somebody who says which day it is asks about that day, not about a moment.
    """
    return _fit_between(run.started, moment, every) if calendar.away is None else 0


def _fit_between(earlier: datetime, later: datetime, every: int | None) -> int:
    if not every:
        return 0
    return max(0, int((later - earlier) / timedelta(seconds=every) - LATE))

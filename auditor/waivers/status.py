"""What there is to say about waivers apart from an audit: their dates, people, and last use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Final

from auditor.errors import ExitCode, LinePlace, WaiverFileError
from auditor.files.wrong_values import at_key
from auditor.messages.message import Message, joined, say, say_count, together
from auditor.model.waiver import WaiverEntry
from auditor.report.schema import v1
from auditor.report.sentences import Sentences
from auditor.values.frozen import frozen


class WaiverStanding(StrEnum):
    """Where a waiver stands on a day, and in a report."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    USED = "used"
    UNUSED = "unused"
    LOST = "lost"
    GONE = "gone"
    UNDECIDED = "undecided"
    NOT_RUN = "not-run"
    NOT_IN_REPORT = "not-in-report"


STANDINGS: Final[Mapping[WaiverStanding, Message]] = {
    WaiverStanding.VALID: say("valid"),
    WaiverStanding.EXPIRING: say("expiring"),
    WaiverStanding.EXPIRED: say("expired"),
    WaiverStanding.USED: say("used"),
    WaiverStanding.UNUSED: say("unused"),
    WaiverStanding.LOST: say("lost"),
    WaiverStanding.GONE: say("gone"),
    WaiverStanding.UNDECIDED: say("undecided"),
    WaiverStanding.NOT_RUN: say("not run"),
    WaiverStanding.NOT_IN_REPORT: say("not in report"),
}
# What somebody has to do something about, and what nobody can say.
_TO_MEND = frozenset(
    {WaiverStanding.EXPIRED, WaiverStanding.UNUSED, WaiverStanding.LOST, WaiverStanding.GONE}
)
_OPEN = frozenset({WaiverStanding.UNDECIDED, WaiverStanding.NOT_RUN, WaiverStanding.NOT_IN_REPORT})


@frozen
class ListedWaiver:
    """A waiver with where it stands and how many days it still counts."""

    entry: WaiverEntry
    standing: WaiverStanding
    detail: str
    days_left: int


def code_of_waivers(listed: Iterable[ListedWaiver]) -> ExitCode:
    """Return the exit code: whether somebody has to do something about a waiver, or may have to."""
    standings = {one.standing for one in listed}
    if standings & _TO_MEND:
        return ExitCode.FINDINGS
    return ExitCode.INCOMPLETE if standings & _OPEN else ExitCode.OK


def code_of_dates(listed: Iterable[ListedWaiver]) -> ExitCode:
    """Return the exit code: whether a waiver ends soon, or has ended."""
    is_fine = all(one.standing is WaiverStanding.VALID for one in listed)
    return ExitCode.OK if is_fine else ExitCode.FINDINGS


def by_date(entries: Iterable[WaiverEntry], today: date, warning_days: int) -> list[ListedWaiver]:
    """Return where waivers stand by their dates."""
    return [_by_date(entry, today, warning_days) for entry in entries]


def _by_date(entry: WaiverEntry, today: date, warning_days: int) -> ListedWaiver:
    days = (entry.waiver.expires - today).days
    if days < 0:
        return ListedWaiver(
            entry,
            WaiverStanding.EXPIRED,
            say("expired on {day}", day=entry.waiver.expires.isoformat()),
            days,
        )
    if days <= warning_days:
        return ListedWaiver(entry, WaiverStanding.EXPIRING, _ends_in(days), days)
    return ListedWaiver(entry, WaiverStanding.VALID, _ends_in(days), days)


def by_report(dated: Iterable[ListedWaiver], report: v1.Report) -> list[ListedWaiver]:
    """Return what waivers did in the run of a report; one that expired since has expired."""
    used = {(one.rule, one.selector, one.value): one for one in report.run.waivers}
    sentences = Sentences(report)
    return [_by_report(one, used, sentences) for one in dated]


def _by_report(
    listed: ListedWaiver, used: dict[tuple[str, str, str], v1.Waiver], sentences: Sentences
) -> ListedWaiver:
    entry = listed.entry
    found = used.get((entry.rule, *entry.waiver.selector))
    if listed.standing is WaiverStanding.EXPIRED:
        return listed
    if found is None:
        detail = say("the report was made without it")
        return ListedWaiver(entry, WaiverStanding.NOT_IN_REPORT, detail, listed.days_left)
    if found.state == "expired":
        detail = say("it was renewed after the report was made")
        return ListedWaiver(entry, WaiverStanding.NOT_IN_REPORT, detail, listed.days_left)
    told = sentences.both(found.detail)
    standing = WaiverStanding(found.state)
    if standing is WaiverStanding.USED and listed.standing is WaiverStanding.EXPIRING:
        return ListedWaiver(
            entry,
            WaiverStanding.EXPIRING,
            joined("{one}; {other}", [told, listed.detail]),
            listed.days_left,
        )
    return ListedWaiver(entry, standing, told, listed.days_left)


def refuse_expired(file: Path, entries: Iterable[WaiverEntry], today: date) -> None:
    """Raise WaiverFileError about the first waiver that has expired, and how many more have."""
    expired = [
        one.entry for one in by_date(entries, today, 0) if one.standing is WaiverStanding.EXPIRED
    ]
    if not expired:
        return
    first, others = expired[0], len(expired) - 1
    ended = say("the waiver expired on {day}", day=first.waiver.expires.isoformat())
    more = say_count("{count} more expired", "{count} more expired", others)
    raise WaiverFileError(
        at_key("expires", together(ended, more) if others else ended),
        where=LinePlace(file, first.line),
        advice=say("remove it, or have the risk accepted anew"),
    )


def remarks(entry: WaiverEntry) -> list[Message]:
    """Return what an auditor would remark on in a waiver that is well formed."""
    waiver = entry.waiver
    if waiver.owner.casefold() == waiver.approver.casefold():
        return [say("owner and approver are the same person")]
    return []


def _ends_in(days: int) -> Message:
    return say_count("ends in {count} day", "ends in {count} days", days)

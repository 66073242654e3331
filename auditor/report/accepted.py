"""What was accepted, and what became of every waiver, as the report shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from auditor.messages.message import Message, begun, say, say_count
from auditor.model.result import ControlResult
from auditor.model.waiver import WaiverState, WaiverUse
from auditor.report.schema import v1
from auditor.values.frozen import frozen

_STATES: Final[dict[WaiverState, v1.WaiverStateWord]] = {
    WaiverState.USED: "used",
    WaiverState.UNUSED: "unused",
    WaiverState.EXPIRED: "expired",
    WaiverState.LOST: "lost",
    WaiverState.GONE: "gone",
    WaiverState.UNDECIDED: "undecided",
    WaiverState.NOT_RUN: "not-run",
}

# How many days before its end a waiver is a warning.
WARNING_DAYS: Final = 30


@frozen
class Expiring:
    """A waiver that still counts, but not for long; `text` says until when."""

    waiver: v1.Waiver
    text: Message


def expiring(report: v1.Report) -> list[Expiring]:
    """Return the waivers that end within 30 days of the run, the first to end first."""
    return sorted(_expiring(report), key=lambda one: one.waiver.expires)


def _expiring(report: v1.Report) -> Iterator[Expiring]:
    for waiver in report.run.waivers:
        try:
            last = date.fromisoformat(waiver.expires)
            days = (last - date.fromisoformat(report.run.started[:10])).days
        except ValueError:  # a report that somebody else wrote
            continue
        if days == 0:
            yield Expiring(waiver, say("the waiver ends today ({day})", day=waiver.expires))
        elif 0 < days <= WARNING_DAYS:
            text = say_count(
                "the waiver ends in {count} day ({day})",
                "the waiver ends in {count} days ({day})",
                count=days,
                day=waiver.expires,
            )
            yield Expiring(waiver, text)


def accepted_violations(results: Iterable[ControlResult]) -> list[v1.Accepted]:
    """Return every accepted violation, in the order of the results."""
    return [
        v1.Accepted(
            rule=result.rule.id,
            subject=str(finding.observation.subject.name),
            reason=finding.accepted.waiver.reason,
            owner=finding.accepted.waiver.owner,
            expires=finding.accepted.waiver.expires.isoformat(),
            subject_id=finding.observation.subject.id,
            fingerprint=finding.fingerprint,
            approver=finding.accepted.waiver.approver,
            ticket=finding.accepted.waiver.ticket,
            created=finding.accepted.waiver.created.isoformat(),
            waiver=finding.accepted.place,
        )
        for result in results
        for finding in result.findings
        if finding.accepted is not None
    ]


def waiver_uses(uses: Iterable[WaiverUse]) -> list[v1.Waiver]:
    """Return every waiver with what it did, in the order of the file."""
    return [_waiver(use) for use in uses]


def _waiver(use: WaiverUse) -> v1.Waiver:
    waiver = use.entry.waiver
    selector, value = waiver.selector
    return v1.Waiver(
        rule=use.entry.rule,
        selector=selector,
        value=value,
        state=_STATES[use.state],
        detail=begun(use.detail),
        accepted=use.accepted,
        reason=waiver.reason,
        owner=waiver.owner,
        approver=waiver.approver,
        ticket=waiver.ticket,
        created=waiver.created.isoformat(),
        expires=waiver.expires.isoformat(),
        place=use.entry.place,
    )


def acceptance(entry: v1.Accepted) -> Message:
    """Return who accepted a violation, why and until when."""
    who = entry.owner
    if entry.approver:
        who = say("{owner} (approved by {approver})", owner=entry.owner, approver=entry.approver)
    why = f"{entry.reason} ({entry.ticket})" if entry.ticket else entry.reason
    return say("Accepted by {who} until {day}: {why}", who=who, day=entry.expires, why=why)

"""What a handover says beside the audit: open points, a checklist, and who accepts what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final, Literal, NamedTuple

from auditor.messages.both import Both
from auditor.messages.message import Message, say, say_count
from auditor.messages.titles import Title
from auditor.model.vocabulary import Status
from auditor.report.prose import title_of
from auditor.report.schema import v1
from auditor.report.schema.v1branding import AgreedPoint
from auditor.report.terms import NOT_DECIDED, by_urgency, outcome_of
from auditor.report.text import visible

PROFILE: Final = "handover"
_LONGEST_NAME: Final = 80
# Of which controls a printed record has details: of all, or of those that are not settled.
Details = Literal["all", "open"]
_NOT_AGREED: Final = AgreedPoint()
_OPEN: Final = NOT_DECIDED | {"failed", "manual"}


class UnsettledControl(NamedTuple):
    """One control that is not settled, with who closes it by when as far as that is known."""

    result: v1.Result
    title: Title
    owner: str
    due: str
    note: str


class PointGroup(NamedTuple):
    """The open points about which the same has to be done."""

    heading: Message
    failed: bool
    points: list[UnsettledControl]


_TO_DO: Final[Mapping[str, Message]] = {
    Status.FAILED: say("To be put right"),
    Status.UNKNOWN: say("Could not be decided"),
    Status.MANUAL: say("To be checked by people"),
}
CREDENTIALS: Final = (
    say("Administrator of the PBX and of every device"),
    say("PBX password that encrypts the stored passwords"),
    say("Base user of hot desking, on the PBX and in the expert script"),
    say("Accounts of the provider for trunks"),
    say("LDAP, SNMP and other service accounts"),
    say("Certificates with their keys, and the account of the authority"),
    say("Voicemail and conference PINs that were set up as defaults"),
    say("Backup: where it is, and the password it is encrypted with"),
)
CHECKLIST: Final = (
    say("Emergency calls were tested from every site"),
    say("A backup was made, and restored once as a test"),
    say("Remote maintenance is agreed: who, how, and logged where"),
    say("Time, logging and alarms reach somebody who looks at them"),
    say("It is agreed who installs updates, and how soon"),
    say("Accounts of the installation that are no longer needed are gone"),
    say("Documentation was handed over, and people were trained"),
)


def is_handover(report: v1.Report) -> bool:
    """Return whether a report belongs to the end of an installation, as one with branding does."""
    return report.branding is not None or (report.run.profile_id or report.run.profile) == PROFILE


def is_unread(report: v1.Report) -> bool:
    """Return whether the system was not looked at, so that nobody knows what is open there."""
    return report.run.ended == "unreached" or not report.results


def nothing_open(report: v1.Report) -> Message:
    """Return what is said where no point is listed."""
    if is_unread(report):
        return say("The system was not looked at, so what is open there is not known.")
    return say("No point is open.")


def scope(run: v1.Run) -> str:
    """Return what was looked at in the words of people, or the profile if nobody wrote any."""
    if not run.profile_title:
        return run.profile
    title = Both(run.profile_title, run.profile_title_de)
    return title if run.profile == run.profile_id else say("{title} (a part of it)", title=title)


def open_points(
    results: Iterable[v1.Result], agreed: Mapping[str, AgreedPoint] | None = None
) -> list[UnsettledControl]:
    """Return every control that is failed, undecided or left to a person, the worst first."""
    known = agreed or {}
    return [
        _point(result, known.get(result.id, _NOT_AGREED))
        for result in sorted(results, key=by_urgency)
        if result.status in _OPEN
    ]


def grouped(points: Iterable[UnsettledControl]) -> list[PointGroup]:
    """Return open points by what has to be done about them, in their order."""
    return [
        PointGroup(_TO_DO[outcome], outcome == Status.FAILED, list(members))
        for outcome, members in groupby(points, lambda one: outcome_of(one.result.status))
    ]


def _point(result: v1.Result, agreed: AgreedPoint) -> UnsettledControl:
    return UnsettledControl(
        result=result,
        title=title_of(result),
        owner=agreed.owner,
        due=agreed.due,
        note=agreed.note,
    )


def executive_summary(report: v1.Report, points: int) -> list[Message]:
    """Return the few sentences for somebody who reads nothing else."""
    name = visible(report.target.name, _LONGEST_NAME)
    about = {"name": name, "day": report.run.started[:10], "scope": scope(report.run)}
    audited = say("The telephone system {name} was audited on {day}. Scope: {scope}.", **about)
    missed = say("The telephone system {name} could not be read on {day}. Scope: {scope}.", **about)
    sentences = [
        missed if is_unread(report) else audited,
        say_count(
            "{count} point is open; it is listed below with owner and date.",
            "{count} points are open; they are listed below with owner and date.",
            points,
        )
        if points
        else nothing_open(report),
    ]
    if report.accepted:
        first = min(entry.expires for entry in report.accepted)
        sentences.append(
            say_count(
                "{count} residual risk was accepted; it ends on {day}.",
                "{count} residual risks were accepted; the first ends on {day}.",
                len(report.accepted),
                day=first,
            )
        )
    return sentences

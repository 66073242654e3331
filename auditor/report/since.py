"""What changed since the last report: compared once, kept in the report, and told by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from auditor.messages.both import Both
from auditor.messages.message import Message, say, say_count
from auditor.report import v1
from auditor.report.compare import Baseline, Drift, DriftEntry, baseline_of, compare
from auditor.report.history import before
from auditor.report.prose import german_of
from auditor.report.sentences import Sentences
from auditor.report.terms import SEVERITIES, rank
from auditor.report.v1since import ChangedViolation, Since

NAMED: Final = 4


@dataclass(frozen=True, slots=True)
class Named:
    """One violation by its name; `day` says when it was seen first, if it came back."""

    control: str
    severity: str
    title: Both
    subject: str
    day: str

    @property
    def told(self) -> Message:
        """Return control, title and subject as one text."""
        parts = {"control": self.control, "title": self.title, "subject": self.subject}
        if self.day:
            return say("{control} {title}: {subject} (first seen {day})", day=self.day, **parts)
        return say("{control} {title}: {subject}", **parts)


@dataclass(frozen=True, slots=True)
class Change:
    """The violations that came or went in one way; the first few by name."""

    kind: str
    heading: Message
    total: int
    named: list[Named]

    @property
    def more(self) -> int:
        """Return how many have no name here."""
        return self.total - len(self.named)


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since the report of a day."""

    day: str
    changes: list[Change]
    not_comparable: int

    @property
    def remarks(self) -> list[Message]:
        """Return what is to be said beside the names."""
        said = [] if self.changes else [say("Nothing that can be compared changed.")]
        if self.not_comparable:
            said.append(
                say_count(
                    "{count} violation cannot be compared with that report.",
                    "{count} violations cannot be compared with that report.",
                    self.not_comparable,
                )
            )
        return said


def with_since(
    report: v1.Report, earlier: Iterable[v1.Report], baseline: Baseline | None = None
) -> v1.Report:
    """Return a report that knows what changed since the latest of the earlier ones.

    Without one of the same system, it is compared with the baseline, if there is one.
    """
    known = before(report, earlier)
    last = baseline_of(known[-1]) if known else baseline
    return replace(report, since=_since(last, report)) if last else report


def changes(report: v1.Report, sentences: Sentences) -> Changes | None:
    """Return what changed as people read it; None without anything to compare with."""
    since = report.since
    if since is None:
        return None
    titles = {result.id: german_of(result).title for result in report.results}
    found = [
        ("new", say("New"), since.new),
        ("returned", say("Returned"), since.returned),
        ("fixed", say("Fixed"), since.fixed),
    ]
    told = [
        Change(kind, heading, len(entries), _named(entries, titles, sentences))
        for kind, heading, entries in found
        if entries
    ]
    return Changes(since.started[:10], told, since.not_comparable)


def _named(
    entries: Sequence[ChangedViolation], german: dict[str, str], sentences: Sentences
) -> list[Named]:
    return [
        Named(
            control=one.control,
            severity=one.severity,
            title=Both(one.title, german.get(one.control, "")),
            subject=sentences.named(one.subject),
            day=one.first_seen[:10],
        )
        for one in entries[:NAMED]
    ]


def _since(last: Baseline, report: v1.Report) -> Since:
    comparison = compare(last, report)
    first = {
        found.fingerprint: found.first_seen
        for result in report.results
        for found in result.observations
        if found.verdict == "violated" and found.first_seen != report.run.started
    }
    came = [
        _changed(one, first.get(one.fingerprint, ""))
        for one in comparison.of(Drift.NEW)
        if one.open
    ]
    return Since(
        run=last.run_id,
        started=last.started,
        new=_worst_first(one for one in came if not one.first_seen),
        returned=_worst_first(one for one in came if one.first_seen),
        fixed=_worst_first(_changed(one) for one in comparison.of(Drift.FIXED)),
        not_comparable=len(comparison.of(Drift.NOT_COMPARABLE)),
    )


def _changed(entry: DriftEntry, first_seen: str = "") -> ChangedViolation:
    return ChangedViolation(
        entry.rule, entry.title, entry.severity, entry.subject, entry.fingerprint, first_seen
    )


def _worst_first(entries: Iterable[ChangedViolation]) -> list[ChangedViolation]:
    return sorted(entries, key=lambda one: rank(one.severity, SEVERITIES))

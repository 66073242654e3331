"""What changed since the last report, told by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from auditor.messages.both import Both
from auditor.messages.message import Message, say, say_count
from auditor.messages.titles import Title
from auditor.report.prose import title_of
from auditor.report.schema import v1
from auditor.report.schema.v1since import ChangedViolation, Since
from auditor.report.sentences import Sentences

NAMED: Final = 4


class Named(NamedTuple):
    """One violation by its name; `day` says when it was seen first, if it came back."""

    control: str
    severity: str
    title: Title
    subject: str
    day: str

    @property
    def told(self) -> Message:
        """Return control, title and subject as one text."""
        parts = {"control": self.control, "title": self.title, "subject": self.subject}
        if self.day:
            return say("{control} {title}: {subject} (first seen {day})", day=self.day, **parts)
        return say("{control} {title}: {subject}", **parts)


class Change(NamedTuple):
    """The violations that came or went in one way; the first few by name."""

    kind: str
    heading: Message
    total: int
    named: list[Named]

    @property
    def more(self) -> int:
        """Return how many have no name here."""
        return self.total - len(self.named)


class Changes(NamedTuple):
    """What changed since the report of a day."""

    day: str
    changes: list[Change]
    not_compared: list[Message]

    @property
    def remarks(self) -> list[Message]:
        """Return what is to be said beside the names."""
        said = [] if self.changes else [say("Nothing that can be compared changed.")]
        return [*said, *self.not_compared]


def changes(report: v1.Report, sentences: Sentences) -> Changes | None:
    """Return what changed as people read it; None without anything to compare with."""
    since = report.since
    if since is None:
        return None
    titles = {result.id: title_of(result, "failed") for result in report.results}
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
    return Changes(since.started[:10], told, list(_not_compared(since, sentences)))


def _not_compared(since: Since, sentences: Sentences) -> Iterator[Message]:
    """Yield how many violations cannot be compared, with the reasons that most of them have."""
    named = since.reasons[:NAMED]
    for one in named:
        yield say_count(
            "{count} violation cannot be compared with that report: {reason}.",
            "{count} violations cannot be compared with that report: {reason}.",
            one.count,
            reason=sentences.both(one.reason),
        )
    rest = since.not_comparable - sum(one.count for one in named)
    if rest > 0:
        yield say_count(
            "{count} violation cannot be compared with that report.",
            "{count} violations cannot be compared with that report.",
            rest,
        )


def _named(
    entries: Sequence[ChangedViolation], titles: Mapping[str, Title], sentences: Sentences
) -> list[Named]:
    return [
        Named(
            control=one.control,
            severity=one.severity,
            title=titles.get(one.control, Both(one.title)),
            subject=sentences.named(one.subject),
            day=one.first_seen[:10],
        )
        for one in entries[:NAMED]
    ]

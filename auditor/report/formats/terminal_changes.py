"""What changed since an earlier run, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from auditor.messages.message import joined, say, template
from auditor.messages.titles import Title
from auditor.report.carried_sentences import made_of, with_sentences
from auditor.report.change_summary import NAMED
from auditor.report.compare import Comparison, DriftEntry, ViolationChange
from auditor.report.formats.terminal_style import PLAIN_LOOK, Look
from auditor.report.prose import title_of
from auditor.report.schema import v1
from auditor.report.sentences import Sentences
from auditor.report.terms import said

_TITLES: Final = {
    ViolationChange.NEW: template("New ({count})"),
    ViolationChange.CHANGED: template("Changed ({count})"),
    ViolationChange.NOT_COMPARABLE: template("Not comparable ({count})"),
    ViolationChange.FIXED: template("Fixed ({count})"),
}
_COUNTS: Final = {
    ViolationChange.NEW: template("{count} new"),
    ViolationChange.FIXED: template("{count} fixed"),
    ViolationChange.UNCHANGED: template("{count} unchanged"),
    ViolationChange.CHANGED: template("{count} changed"),
    ViolationChange.NOT_COMPARABLE: template("{count} not comparable"),
}
_NAMED_ABOVE: Final = frozenset({ViolationChange.NEW, ViolationChange.FIXED})
_LIMIT: Final = 300
_MOST: Final = 2_000


def render(
    comparison: Comparison,
    look: Look = PLAIN_LOOK,
    *,
    report: v1.Report,
    earlier: v1.Report | None = None,
    is_told: bool = False,
) -> str:
    """Return the counts, and every violation that is not as it was; no line is longer.

    `report` is the later run, which knows what its sentences are in each language; what only the
    `earlier` one has, only that knows. If its summary
    `is_told` already, which names the first of what came and went, those are not named again.
    """
    reports = [report] if earlier is None else [earlier, report]
    titles = {one.id: title_of(one, "failed") for each in reports for one in each.results}
    told = _NAMED_ABOVE if is_told and _is_same(comparison, report) else frozenset()
    sentences = Sentences(report if earlier is None else _with_earlier(report, earlier, comparison))
    return "\n".join(_lines(comparison, sentences, titles, look, told)) + "\n"


def _with_earlier(report: v1.Report, earlier: v1.Report, comparison: Comparison) -> v1.Report:
    texts = [text for one in comparison.entries for text in (one.subject, one.detail)]
    return with_sentences(report, made_of(earlier), texts)


def _is_same(comparison: Comparison, report: v1.Report) -> bool:
    """Return whether the summary of a report names all that came and went by a comparison."""
    since = report.since
    if since is None or since.run != comparison.earlier_run:
        return False
    new, fixed = len(comparison.of(ViolationChange.NEW)), len(comparison.of(ViolationChange.FIXED))
    return new == len(since.new) <= NAMED and fixed == len(since.fixed) <= NAMED


def counts(comparison: Comparison) -> str:
    """Return how many violations became what."""
    parts = [say(text, count=len(comparison.of(change))) for change, text in _COUNTS.items()]
    return say("Since the earlier run: {counts}", counts=joined("{one}, {other}", parts))


def _lines(
    comparison: Comparison,
    sentences: Sentences,
    titles: Mapping[str, Title],
    look: Look,
    told: frozenset[ViolationChange],
) -> Iterator[str]:
    yield from look.wrap(look.text(counts(comparison), _MOST))
    if comparison.reason:
        reason = say("Not comparable: {reason}", reason=comparison.reason)
        yield from look.wrap(look.text(reason, _MOST))
    for change, title in _TITLES.items():
        entries = comparison.of(change)
        if not entries or change in told:
            continue
        yield ""
        yield look.paint(look.say(title, count=len(entries)), "heading")
        for entry in entries:
            named = titles.get(entry.rule, entry.title)
            yield from look.wrap(_text(entry, named, sentences, look), first="- ", rest="  ")


def _text(entry: DriftEntry, title: str, sentences: Sentences, look: Look) -> str:
    head = say("{control} {severity}", control=entry.rule, severity=said(entry.severity))
    if not entry.open and entry.change is not ViolationChange.FIXED:
        head = say("{head}, not open in the later run", head=head)
    text = say(
        "{head}: {title}: {subject}: {detail}",
        head=head,
        title=title,
        subject=sentences.named(entry.subject),
        detail=sentences.both(entry.detail),
    )
    shown = look.text(text, _LIMIT)
    return look.say("{text} ({note})", text=shown, note=entry.note) if entry.note else shown

"""What came and went since the last report, by name, for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.messages.message import say
from auditor.report.change_summary import changes
from auditor.report.schema import v1
from auditor.report.sentences import Sentences


def since(report: v1.Report, sentences: Sentences) -> Iterator[tuple[str, str]]:
    """Yield texts, each with its label; one label may stand for several texts in a row."""
    found = changes(report, sentences)
    if found is None:
        return
    yield say("Since"), say("the report of {day}", day=found.day)
    for change in found.changes:
        yield from ((change.heading, one.told) for one in change.named)
        if change.more:
            yield change.heading, say("and {count} more", count=change.more)
    yield from ((say("Remark"), remark) for remark in found.remarks)

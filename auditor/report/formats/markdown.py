"""Markdown for a comment on a pull request: short, and inert whatever the objects are called.

GitHub refuses comments above 65,536 characters; bytes are counted here, so that GitLab's limit
and every reader's way to count is kept too. It speaks the language that a reader of the report sees
first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from auditor.messages.message import Message, Parameter, say, say_count, template
from auditor.report.acceptance import scope
from auditor.report.accepted import expiring
from auditor.report.flat_findings import Row, rows_of, undecided
from auditor.report.formats.told_changes import since
from auditor.report.prose import title_of
from auditor.report.schema import v1
from auditor.report.single_language import Telling
from auditor.report.terms import by_urgency, said
from auditor.report.text import visible

LIMIT: Final = 65_000
_SUBJECTS: Final = 3
_DETAIL: Final = 200
_NOTE: Final = 300  # bytes kept free for the line that says what was left out
# A word of which no character means anything to Markdown, a mention or a link.
_PLAIN: Final = re.compile(r"[^\W_](?:[^\W_]|[,;()'%-])*[.:]?|\((?:[^\W_]|[,;)'%-])*[.:]?|%?")
_MARKS: Final = {
    "compliant": "✅",
    "noncompliant": "❌",
    "incomplete": "❔",
    "nothing-audited": "❔",
}


def render(report: v1.Report) -> bytes:
    """Return the comment in UTF-8, below the limit however much was found."""
    comment = _Comment(report)
    kept: list[str] = []
    size = 0
    left_out = 0
    for block in comment.blocks():
        cost = len(block.encode()) + 1
        if left_out or size + cost > LIMIT - _NOTE:
            left_out += 1
            continue
        kept.append(block)
        size += cost
    if left_out:
        more = say_count(
            "{count} more line is left out here: see the full report.",
            "{count} more lines are left out here: see the full report.",
            left_out,
        )
        kept.append(f"\n{comment.text(more)}")
    return ("\n".join(kept) + "\n").encode()


def inert(text: str, limit: int = _DETAIL) -> str:
    """Return foreign text that is shown as it is: no link, mention, image, markup or cell."""
    shown = visible(" ".join(text.split()), limit)
    words = groupby(shown.split(" "), key=lambda word: _PLAIN.fullmatch(word) is not None)
    return " ".join(" ".join(run) if is_plain else _coded(" ".join(run)) for is_plain, run in words)


def _coded(text: str) -> str:
    coded = "".join(c if c.isalnum() or c == " " else f"&#{ord(c)};" for c in text)
    return f"<code>{coded}</code>"


class _Comment:
    """Says one report in the language that its readers see first."""

    def __init__(self, report: v1.Report) -> None:
        self._report = report
        self._telling = Telling(report)

    def text(self, value: str, limit: int = _DETAIL) -> str:
        """Return a text in the reader's language, inert."""
        return inert(self._telling.text(value), limit)

    def blocks(self) -> Iterator[str]:
        """Yield the parts of the comment, of which the last ones may be left out."""
        yield self._head()
        for heading, results, outcomes in _groups(self._report):
            yield from self._table(heading, results, outcomes)
        yield from self._ending()

    def _say(self, template: str, /, **parameters: Parameter) -> str:
        return self.text(say(template, **parameters))

    def _head(self) -> str:
        report, summary = self._report, self._report.summary
        score = say("withheld")
        if summary.score is not None:
            score = say("{score} of 100", score=summary.score)
        about = [report.target.name]
        if report.target.firmware:
            about.append(say("firmware {version}", version=report.target.firmware))
        about.append(say("scope: {name}", name=scope(report.run)))
        code = say("Exit code {code}", code=str(summary.exit_code))
        told = [
            f"{self.text(label)}: {self.text(text)}"
            for label, text in since(report, self._telling.sentences)
        ]
        verdict = inert(self._telling.told(summary.sentence), 600)
        return "\n".join(
            [
                f"### {_MARKS[summary.verdict]} {verdict}",
                "",
                ", ".join(map(self.text, about)),
                "",
                f"{self._say('Score')}: {self.text(score)}. {self.text(code)}.",
                *([""] if told else []),
                *(f"- {text}" for text in told),
            ]
        )

    def _ending(self) -> Iterator[str]:
        """Yield a warning for each waiver that ends soon."""
        found = expiring(self._report)
        lines = [
            f"| {inert(one.waiver.rule)} | {inert(one.waiver.value)} {inert(one.waiver.place)}"
            f" | {inert(one.waiver.owner)} | {self.text(one.text)} |"
            for one in found
        ]
        if lines:
            columns = (say("Control"), say("Waiver"), say("Owner"), say("Warning"))
            title = self._say("Waivers that end soon ({count})", count=len(lines))
            yield f"\n#### ⚠ {title}\n\n{self._columns(columns)}\n{lines[0]}"
            yield from lines[1:]

    def _columns(self, names: tuple[Message, ...]) -> str:
        shown = " | ".join(map(self.text, names))
        return f"| {shown} |\n{'|---' * len(names)}|"

    def _table(self, title: str, results: list[v1.Result], outcomes: set[str]) -> Iterator[str]:
        if not results:
            return
        lines = [self._line(result, outcomes) for result in results]
        heading = self.text(Message(title, {"count": len(results)}))
        columns = self._columns((say("Severity"), say("Control"), say("What was found")))
        yield f"\n#### {heading}\n\n{columns}\n{lines[0]}"
        yield from lines[1:]

    def _line(self, result: v1.Result, outcomes: set[str]) -> str:
        found = [row for row in rows_of(result) if row.outcome in outcomes]
        shown = [self._found(row) for row in found[:_SUBJECTS]]
        if left := len(found) - _SUBJECTS if len(found) > _SUBJECTS else 0:
            shown.append(self._say("and {count} more", count=left))
        title = self.text(title_of(result, found[0].outcome if found else ""))
        severity = self.text(said(result.severity))
        return f"| {severity} | {inert(result.id)} {title} | {'<br>'.join(shown)} |"

    def _found(self, row: Row) -> str:
        """Return what was found about one subject, or why the control looked at none."""
        detail = inert(self._telling.detail(row))
        name = self._telling.label(row.subject)
        return f"{inert(name)}: {detail}" if name else detail


def _groups(report: v1.Report) -> Iterator[tuple[str, list[v1.Result], set[str]]]:
    """Yield what is open, each with a heading and the outcomes of what is shown of it."""
    failed = [result for result in report.results if result.status == "failed"]
    also = [r for r in failed if any(row.outcome == "unknown" for row in rows_of(r))]
    left = undecided(report)
    people = [result for result in left if result.status == "manual"]
    open_ones = [result for result in left if result.status != "manual"]
    waived = [result for result in report.results if result.status == "waived"]
    yield template("Failed ({count})"), sorted(failed, key=by_urgency), {"failed"}
    yield (
        template("Could not be decided ({count})"),
        sorted(open_ones, key=by_urgency),
        {"unknown", "error"},
    )
    yield template("For people ({count})"), sorted(people, key=by_urgency), {"manual"}
    yield template("Accepted ({count})"), waived, {"waived"}
    yield template("Failed, and not seen whole ({count})"), also, {"unknown"}

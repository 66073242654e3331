"""Markdown for a comment on a pull request: short, and inert whatever the objects are called.

GitHub refuses comments above 65,536 characters; bytes are counted here, so that GitLab's limit
and every reader's way to count is kept too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from auditor.report import v1
from auditor.report.accepted import expiring
from auditor.report.flat_findings import rows_of, undecided
from auditor.report.formats.told_changes import since
from auditor.report.prose import title_of
from auditor.report.sentences import Sentences
from auditor.report.text import visible

LIMIT: Final = 65_000
_SUBJECTS: Final = 3
_DETAIL: Final = 200
_NOTE: Final = 300  # bytes kept free for the line that says what was left out
# Text of which no character means anything to Markdown, a mention or a link.
_PLAIN: Final = re.compile(r"(?:[^\W_]|[ ,;()'%-]|[.:](?= |$))*")
_SEVERITIES: Final = ("critical", "high", "medium", "low", "info")
_MARKS: Final = {
    "compliant": "✅",
    "noncompliant": "❌",
    "incomplete": "❔",
    "nothing-audited": "❔",
}


def render(report: v1.Report) -> bytes:
    """Return the comment in UTF-8, below the limit however much was found."""
    blocks = [_head(report), *_tables(report)]
    kept: list[str] = []
    size = 0
    left_out = 0
    for block in blocks:
        cost = len(block.encode()) + 1
        if left_out or size + cost > LIMIT - _NOTE:
            left_out += 1
            continue
        kept.append(block)
        size += cost
    if left_out:
        kept.append(f"\n{left_out} more lines are left out here: see the full report.")
    return ("\n".join(kept) + "\n").encode()


def inert(text: str, limit: int = _DETAIL) -> str:
    """Return foreign text that is shown as it is: no link, mention, image, markup or cell."""
    shown = visible(" ".join(text.split()), limit)
    if _PLAIN.fullmatch(shown):
        return shown
    coded = "".join(c if c.isalnum() or c == " " else f"&#{ord(c)};" for c in shown)
    return f"<code>{coded}</code>"


def _head(report: v1.Report) -> str:
    summary = report.summary
    score = f"{summary.score} of 100" if summary.score is not None else "withheld"
    firmware = f", firmware {inert(report.target.firmware)}" if report.target.firmware else ""
    told = [f"{label}: {inert(text)}" for label, text in since(report, Sentences(report))]
    return "\n".join(
        [
            f"### {_MARKS[summary.verdict]} {inert(summary.sentence, 600)}",
            "",
            f"{inert(report.target.name)}{firmware}, profile {inert(report.run.profile)}",
            "",
            f"Score {score}. Exit code {summary.exit_code}.",
            *([""] if told else []),
            *(f"- {text}" for text in told),
        ]
    )


def _tables(report: v1.Report) -> Iterator[str]:
    table = partial(_table, Sentences(report))
    failed = [result for result in report.results if result.status == "failed"]
    failed.sort(key=lambda result: (_rank(result.severity), result.id))
    yield from table("Failed", failed, {"failed"})
    left = undecided(report)
    people = [result for result in left if result.status == "manual"]
    open_ones = [result for result in left if result.status != "manual"]
    yield from table("Could not be decided", open_ones, {"unknown", "error"})
    yield from table("For people", people, {"manual"})
    waived = [result for result in report.results if result.status == "waived"]
    yield from table("Accepted", waived, {"waived"})
    partly = [result for result in report.results if result.status == "failed"]
    also = [r for r in partly if any(row.outcome == "unknown" for row in rows_of(r))]
    yield from table("Failed, and not seen whole", also, {"unknown"})
    yield from _ending(report)


def _ending(report: v1.Report) -> Iterator[str]:
    """Yield a warning for each waiver that ends soon."""
    found = expiring(report)
    lines = [
        f"| {inert(one.waiver.rule)} | {inert(one.waiver.value)} {inert(one.waiver.place)}"
        f" | {inert(one.waiver.owner)} | {inert(one.text)} |"
        for one in found
    ]
    if lines:
        head = "| Control | Waiver | Owner | Warning |\n|---|---|---|---|"
        yield f"\n#### ⚠ Waivers that end soon ({len(lines)})\n\n{head}\n{lines[0]}"
        yield from lines[1:]


def _table(
    sentences: Sentences, title: str, results: list[v1.Result], outcomes: set[str]
) -> Iterator[str]:
    if not results:
        return
    lines = [_line(result, outcomes, sentences) for result in results]
    head = (
        f"\n#### {title} ({len(results)})\n\n| Severity | Control | What was found |\n|---|---|---|"
    )
    yield f"{head}\n{lines[0]}"
    yield from lines[1:]


def _line(result: v1.Result, outcomes: set[str], sentences: Sentences) -> str:
    found = [row for row in rows_of(result, sentences) if row.outcome in outcomes]
    shown = [
        f"{inert(row.label)}: {inert(row.detail)}" if row.label else inert(row.detail)
        for row in found[:_SUBJECTS]
    ]
    more = [f"and {len(found) - _SUBJECTS} more"] if len(found) > _SUBJECTS else []
    what = "<br>".join([*shown, *more])
    title = inert(title_of(result, found[0].outcome if found else ""))
    return f"| {inert(result.severity)} | {inert(result.id)} {title} | {what} |"


def _rank(severity: str) -> int:
    return _SEVERITIES.index(severity) if severity in _SEVERITIES else len(_SEVERITIES)

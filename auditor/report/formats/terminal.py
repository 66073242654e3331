"""The terminal summary: what a person needs to know before opening a report."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

from auditor.messages.labels import word
from auditor.report.accepted import expiring
from auditor.report.formats.told_changes import since
from auditor.report.prose import score_note, title_of
from auditor.report.sentences import Sentences
from auditor.report.terms import (
    NOT_DECIDED,
    SETTLED,
    by_urgency,
    counted,
)
from auditor.report.text import ascii_only, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from auditor.report import v1
    from auditor.report.v1adjustments import DialectFile

_LEAST_WIDTH = 40
_DETAIL_LIMIT = 320
_LABEL = 10
_LISTED = 5
_WIDE = 60
_COLUMNS = (10, 10, 8)
_HEADINGS = ("STATUS", "SEVERITY", "ID", "TITLE")

_RED, _GREEN, _YELLOW, _BLUE, _MAGENTA, _DIM = "31", "32", "33", "34", "35", "2"
_COLOURS = {
    "failed": _RED,
    "error": _YELLOW,
    "unknown": _MAGENTA,
    "waived": _BLUE,
    "passed": _GREEN,
    "critical": _RED,
    "high": _YELLOW,
    "info": _DIM,
    "compliant": _GREEN,
    "noncompliant": _RED,
    "incomplete": _MAGENTA,
    "nothing-audited": _MAGENTA,
}
_MARKS = {
    "compliant": ("✔", "[ok]"),
    "noncompliant": ("✖", "[X]"),
    "incomplete": ("◐", "[?]"),
    "nothing-audited": ("○", "[-]"),
}


class _Style(NamedTuple):
    width: int
    colour: bool
    unicode: bool

    def text(self, value: str, limit: int = 300) -> str:
        """Return foreign text without control characters, in ASCII if need be."""
        shown = visible(" ".join(value.split()), limit)
        return shown if self.unicode else ascii_only(shown)

    def paint(self, value: str, meaning: str) -> str:
        """Colour a word by what it means; spaces around it are part of the column."""
        code = _COLOURS.get(meaning)
        return f"\x1b[{code}m{value}\x1b[0m" if self.colour and code else value

    def wrap(self, value: str, *, first: str = "", rest: str = "") -> list[str]:
        """Return lines no longer than the width, the first and the others indented apart."""
        return textwrap.wrap(
            value,
            self.width,
            initial_indent=first,
            subsequent_indent=rest,
            break_on_hyphens=False,
        )

    def labelled(self, label: str, value: str, limit: int = 300) -> list[str]:
        """Return a label and its text as a hanging paragraph."""
        shown = self.text(value, limit)
        return self.wrap(shown, first=label.ljust(_LABEL), rest=" " * _LABEL) if shown else []


def render(
    report: v1.Report, *, width: int = 80, colour: bool = False, unicode: bool = True
) -> str:
    """Return the summary as text. No line is longer than `width`, which is 40 at least."""
    style = _Style(max(width, _LEAST_WIDTH), colour, unicode)
    blocks = [
        _target(report, style),
        _verdict(report.summary, style),
        _since(report, style),
        _controls(report.results, style),
        _figures(report, style),
        _waivers(report, style),
        _exit(report.summary, style),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _target(report: v1.Report, style: _Style) -> list[str]:
    target, run = report.target, report.run
    firmware = f", firmware {target.firmware}" if target.firmware else ""
    address = f" ({target.address})" if target.address not in {"", target.name} else ""
    return [
        *style.labelled("Target", f"{target.name}{address}{firmware}"),
        *style.labelled("Profile", f"{run.profile}, fails on {run.fail_on} and worse"),
        *style.labelled("Evidence", f"{word(run.evidence_mode)}, dialect {run.dialect}"),
        *_dialect(run.dialect_file, style),
        *(
            line
            for entry in run.adjustments
            for line in style.labelled(
                "Changed", f"{entry.control} {entry.change}: {entry.reason}", _DETAIL_LIMIT
            )
        ),
    ]


def _dialect(file: DialectFile | None, style: _Style) -> list[str]:
    """Return where the dialect comes from, if it is a file of the site, and what it replaces."""
    if file is None:
        return []
    lines = [
        *style.labelled("Dialect", file.path, _DETAIL_LIMIT),
        *style.labelled("", f"SHA-256 {file.sha256}"),
    ]
    if file.replaced:
        names = f"other entries than the bundled ones: {', '.join(file.replaced)}"
        lines += style.labelled("Replaced", names, _DETAIL_LIMIT)
    return lines


def _verdict(summary: v1.Summary, style: _Style) -> list[str]:
    mark = _MARKS[summary.verdict][0 if style.unicode else 1]
    lines = style.wrap(f"{mark} {style.text(summary.sentence, 600)}", rest=" " * (len(mark) + 1))
    return [style.paint(line, summary.verdict) for line in lines]


def _since(report: v1.Report, style: _Style) -> list[str]:
    lines: list[str] = []
    above = ""
    for label, text in since(report):
        lines += style.labelled("" if label == above else label, text, _DETAIL_LIMIT)
        above = label
    return lines


def _controls(results: Iterable[v1.Result], style: _Style) -> list[str]:
    cells = [cell.ljust(size) for cell, size in zip(_HEADINGS, _COLUMNS, strict=False)]
    heading = [f"{''.join(cells)}{_HEADINGS[-1]}"] if style.width >= _WIDE else []
    rows = [line for result in sorted(results, key=by_urgency) for line in _control(result, style)]
    return [*heading, *rows] if rows else []


def _control(result: v1.Result, style: _Style) -> Iterator[str]:
    cells = _cells(result, style)
    if style.width < _WIDE:
        yield from style.wrap(" ".join(cells))
        indent = "  "
    else:
        plain = "".join(cell.ljust(size) for cell, size in zip(cells, _COLUMNS, strict=False))
        indent = " " * sum(_COLUMNS)
        lines = style.wrap(cells[-1], first=plain, rest=indent) or [plain.rstrip()]
        yield _painted(lines[0], result, cells, style)
        yield from lines[1:]
    if result.status in {"failed", "waived"} or result.status in NOT_DECIDED:
        yield from style.wrap(
            _first_finding(result, style), first=f"{indent}- ", rest=f"{indent}  "
        )


def _cells(result: v1.Result, style: _Style) -> list[str]:
    remarks = " (with remarks)" if result.remarks and result.status == "passed" else ""
    status = "n/a" if result.status == "not-applicable" else result.status
    words = [status, result.severity, result.id]
    # A cell that is too long would push the others out of line.
    cut = [style.text(value)[: size - 2] for value, size in zip(words, _COLUMNS, strict=True)]
    return [*cut, style.text(title_of(result) + remarks)]


def _painted(line: str, result: v1.Result, cells: list[str], style: _Style) -> str:
    first, second = _COLUMNS[0], _COLUMNS[0] + _COLUMNS[1]
    status = style.paint(cells[0], result.status) + line[len(cells[0]) : first]
    severity = style.paint(cells[1], result.severity) + line[first + len(cells[1]) : second]
    return status + severity + line[second:]


def _first_finding(result: v1.Result, style: _Style) -> str:
    wanted = "undetermined" if result.status in NOT_DECIDED else "violated"
    waived = result.status == "waived"
    found = [i for i in result.observations if i.verdict == wanted and i.waived == waived]
    if result.reason or not found:
        return style.text(result.reason, _DETAIL_LIMIT)
    accepted = sum(item.waived for item in result.observations)
    more = [counted(len(found) - 1, "more finding")] if len(found) > 1 else []
    more += [f"{accepted:,} accepted"] if accepted and not waived else []
    note = f" (and {', '.join(more)})" if more else ""
    first = found[0]
    said = f"{first.waiver_note}: {first.detail}" if first.waiver_note else first.detail
    return style.text(f"{first.subject}: {said}", _DETAIL_LIMIT) + note


def _figures(report: v1.Report, style: _Style) -> list[str]:
    summary = report.summary
    note = f" ({score_note(summary, Sentences(report))})" if summary.score_note else ""
    score = f"withheld{note}" if summary.score is None else f"{summary.score} of 100{note}"
    gaps = [f"{word(gap.area)}: {gap.reason}" for gap in report.gaps[:3]]
    return [
        *style.labelled("Score", score),
        *(line for gap in gaps for line in style.labelled("Not read", gap, _DETAIL_LIMIT)),
    ]


def _waivers(report: v1.Report, style: _Style) -> list[str]:
    """Return who accepted what, and the waivers that somebody has to look at."""
    idle = [waiver for waiver in report.run.waivers if waiver.state not in SETTLED]
    accepted = [
        f"{entry.rule} {entry.subject}: {entry.owner} until {entry.expires}: {entry.reason}"
        for entry in report.accepted
    ]
    waivers = [f"{one.rule} {one.value} ({one.place}): {one.detail}" for one in idle]
    ending = [
        f"{one.waiver.rule} {one.waiver.value} ({one.waiver.place}): {one.text}"
        for one in expiring(report)
    ]
    return [
        *_first(accepted, "Accepted", style),
        *_first(waivers, "Waiver", style),
        *_first(ending, "Warning", style),
    ]


def _first(texts: Sequence[str], label: str, style: _Style) -> list[str]:
    """Return the first of some texts, each under its label, and how many follow."""
    rest = len(texts) - _LISTED
    more = [f"and {rest:,} more, all in report.json"] if rest > 0 else []
    shown = [*texts[:_LISTED], *more]
    return [line for text in shown for line in style.labelled(label, text, _DETAIL_LIMIT)]


def _exit(summary: v1.Summary, style: _Style) -> list[str]:
    lines = [f"Exit code {summary.exit_code}"]
    for reason in summary.reasons:
        lines += style.wrap(style.text(reason, 600), first="- ", rest="  ")
    return lines

"""CSV for spreadsheets: the findings, and the objects with what was found about each.

A cell that a spreadsheet would take for a formula gets an apostrophe first (OWASP, *CSV
Injection*), also after a character that some language's spreadsheet takes for a separator.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from auditor.messages.both import Both
from auditor.report.flat_findings import Row, acceptances, rows
from auditor.report.prose import german_of, remedy_of
from auditor.report.schema import v1
from auditor.report.single_language import Telling
from auditor.report.text import visible

_LIMIT: Final = 2_000
# The wide forms count too: spreadsheets in East Asian languages read them as the narrow ones.
_FORMULA: Final = re.compile(r"(^|[;,|\t])([\s\"']*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
_FINDINGS: Final = (
    "control", "title", "area", "severity", "status", "outcome", "subject kind", "subject id",
    "subject", "detail", "remark", "expected", "source", "line", "attribute", "value", "grade",
    "fix", "menu path", "waived until", "waiver owner", "waiver reason", "waiver note",
    "fingerprint",
)  # fmt: skip
_OBJECTS: Final = (
    "subject kind", "subject id", "subject", "worst severity", "failed", "waived", "undecided",
    "passed", "failed controls", "undecided controls",
)  # fmt: skip
_SEVERITIES: Final = ("critical", "high", "medium", "low", "info")


def render_findings(report: v1.Report) -> bytes:
    """Return one line per control and subject."""
    accepted = acceptances(report)
    telling = Telling(report)
    lines = (_finding(row, accepted.get(row.fingerprint), telling) for row in rows(report))
    return _write(_FINDINGS, lines)


def render_objects(report: v1.Report) -> bytes:
    """Return one line per subject that any control looked at."""
    by_subject: dict[tuple[str, str], list[Row]] = {}
    for row in rows(report):
        if row.observation is not None:
            key = (row.observation.subject_kind, row.observation.subject_id)
            by_subject.setdefault(key, []).append(row)
    return _write(_OBJECTS, (_object(*key, found) for key, found in sorted(by_subject.items())))


def inert(text: str) -> str:
    """Return one line of text that no spreadsheet evaluates."""
    return _FORMULA.sub(r"\1'\2", visible(text, _LIMIT))


def written(heading: Sequence[str], lines: Iterable[Sequence[str]], end: str = "\r\n") -> str:
    """Return a heading and lines as CSV, whose cells no spreadsheet evaluates."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator=end)
    writer.writerow(heading)
    writer.writerows([inert(cell) for cell in line] for line in lines)
    return stream.getvalue()


def _write(heading: Sequence[str], lines: Iterable[Sequence[str]]) -> bytes:
    # Without the mark, Excel guesses a code page.
    return written(heading, lines).encode("utf-8-sig")


def _finding(row: Row, accepted: v1.Accepted | None, telling: Telling) -> list[str]:
    result, seen = row.result, row.observation
    first = seen.evidence[0] if seen and seen.evidence else None
    remedy = remedy_of(result)
    return [
        result.id,
        telling.text(row.title),
        result.area,
        result.severity,
        result.status,
        row.outcome,
        seen.subject_kind if seen else "",
        seen.subject_id if seen else "",
        telling.name(row.subject),
        telling.detail(row),
        telling.told(seen.remark) if seen else "",
        telling.text(Both(result.expected, german_of(result).expected)),
        first.source if first else "",
        str(first.line or "") if first else "",
        (first.attribute or "") if first else "",
        (first.value or "") if first else "",
        first.grade if first else "",
        telling.text(remedy.fix),
        telling.text(remedy.menu),
        accepted.expires if accepted else "",
        accepted.owner if accepted else "",
        accepted.reason if accepted else "",
        telling.told(seen.waiver_note) if seen else "",
        row.fingerprint,
    ]


def _object(kind: str, identifier: str, found: Sequence[Row]) -> list[str]:
    failed = list(_controls(found, {"failed"}))
    open_ones = list(_controls(found, {"unknown", "error", "manual"}))
    severities = [row.result.severity for row in found if row.outcome == "failed"]
    worst = min(severities, key=_rank, default="")
    return [
        kind,
        identifier,
        found[0].subject,
        worst,
        str(len(failed)),
        str(len(list(_controls(found, {"waived"})))),
        str(len(open_ones)),
        str(len(list(_controls(found, {"passed"})))),
        " ".join(failed),
        " ".join(open_ones),
    ]


def _controls(found: Iterable[Row], outcomes: set[str]) -> Iterator[str]:
    """Yield the ids of the controls with one of these outcomes, each once."""
    yield from dict.fromkeys(row.result.id for row in found if row.outcome in outcomes)


def _rank(severity: str) -> int:
    return _SEVERITIES.index(severity) if severity in _SEVERITIES else len(_SEVERITIES)

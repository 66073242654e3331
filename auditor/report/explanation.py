"""One finding of a saved report, explained: what was seen where, why it matters, what to do."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from auditor.errors import InputError
from auditor.report import v1
from auditor.report.flat_findings import outcome_of
from auditor.report.prose import title_of

_SHORTEST: Final = 8


def explain_finding(report: v1.Report, fingerprint: str, width: int) -> str:
    """Return the text about the finding whose fingerprint starts like this.

    Raises InputError if the report holds none or several such findings.
    """
    if len(fingerprint) < _SHORTEST:
        raise InputError(
            f"a fingerprint needs at least {_SHORTEST} characters", where="ID", advice="give more"
        )
    found = [
        (result, one)
        for result in report.results
        for one in result.observations
        if one.fingerprint.startswith(fingerprint.lower())
    ]
    if len(found) != 1:
        count = "holds no such finding" if not found else f"holds {len(found)} such findings"
        advice = "copy the fingerprint from report.json or report.html of this very run"
        raise InputError(f"the report {count}", where="--in", advice=advice)
    return "\n".join(_lines(*found[0], width))


def _lines(result: v1.Result, one: v1.Observation, width: int) -> Iterator[str]:
    fix = result.remediation
    title = title_of(result, outcome_of(result, one))
    yield from _wrapped(f"{result.id}: {title} ({result.severity})", width, "")
    blocks = [
        ("Finding", f"{one.subject}: {one.detail} ({one.verdict})"),
        ("Expected", result.expected),
        ("Why", result.rationale),
        ("Remark", one.remark),
        ("What to do", f"{fix.text} Where: {fix.ui_path}"),
        ("Undo", fix.undo),
    ]
    for heading, text in blocks:
        if text:
            yield from ("", heading.upper())
            yield from _wrapped(text, width, "  ")
    yield from ("", "HOW IT WAS READ")
    for entry in one.evidence:
        yield from _wrapped(f"- {_place(entry)}", width, "  ")
    yield from ("", f"Fingerprint {one.fingerprint}")


def _place(entry: v1.Evidence) -> str:
    line = f":{entry.line}" if entry.line else ""
    words = [f"{entry.source}{line}", entry.object, entry.attribute]
    value = "not set" if entry.value is None else f"= {entry.value}"
    via = f"({entry.via})" if entry.via else ""
    parts = [*(word for word in words if word), value, via, f"[{entry.grade}]"]
    return _visible(" ".join(part for part in parts if part))


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        _visible(text), width, initial_indent=indent, subsequent_indent=indent + "  " * bool(indent)
    )


def _visible(text: str) -> str:
    """Return text from a report without anything that a terminal could act upon."""
    return "".join(c if c.isprintable() else "?" for c in text)

"""The HTML report: one file without script, request or trust in any text it shows."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from auditor.report import text, v1, view
from auditor.report.glossary import EXIT_CODES, GLOSSARY, SEVERITY_MEANINGS
from auditor.report.words import SEVERITIES, STATUSES, word
from auditor.resources import templates_directory

_SHORT = 80
_SIZE_LIMIT = 5_000_000
# How many observations to show; the next number is tried where long texts break the size limit.
_ROWS = (6_000, 1_500, 400)


def render(report: v1.Report) -> str:
    """Return the report as one self-contained HTML document that a mail can carry."""
    document = ""
    for rows in _ROWS:
        document = _render(report, rows)
        if len(document.encode()) <= _SIZE_LIMIT:
            break
    return document


def _render(report: v1.Report, rows: int) -> str:
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            page=view.build(report, rows),
            csp=_content_security_policy(_style_sheet()),
            css=Markup(_style_sheet()),  # noqa: S704 - our own file
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates_directory()),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(
        {
            "prose": _prose,
            "short": _short,
            "word": word,
            "date": _date,
            "size": _size,
            "number": "{:,}".format,
            "parameter": _parameter,
        }
    )
    environment.globals.update(
        severities=SEVERITIES,
        statuses=STATUSES,
        evidence_per_row=view.EVIDENCE_PER_ROW,
        rows_per_list=view.ROWS_PER_VERDICT,
        glossary=GLOSSARY,
        severity_meanings=SEVERITY_MEANINGS,
        exit_codes={int(code): meaning for code, meaning in EXIT_CODES.items()},
    )
    return environment


def _shown(value: object) -> object:
    """Make every value that a template puts out visible; Jinja2 escapes what this returns."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return text.visible(value)
    return value


def _prose(value: str) -> Markup:
    """Return long text with its line breaks; the style sheet shows them."""
    return escape(text.prose(value))


def _short(value: str) -> str:
    """Return text for the head of the page, where a long name would hide what matters."""
    return text.visible(value, _SHORT)


def _date(moment: str) -> str:
    """Return an ISO 8601 time as people read it, in UTC; other text stays as it is."""
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    if parsed.tzinfo is None:
        return moment
    return parsed.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _parameter(value: v1.Scalar | list[str]) -> str:
    """Return a parameter as JSON, so that text, numbers and lists look different."""
    return json.dumps(value, ensure_ascii=False)


def _size(octets: int) -> str:
    """Return a size in the largest unit that keeps it above one."""
    for unit, step in (("MB", 1_000_000), ("kB", 1_000)):
        if octets >= step:
            return f"{octets / step:.1f} {unit}"
    return f"{octets} bytes"


@cache
def _style_sheet() -> str:
    return (templates_directory() / "report.css").read_text(encoding="utf-8")


def _content_security_policy(css: str) -> str:
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"

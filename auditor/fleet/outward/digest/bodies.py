"""A digest as plain text, and as HTML that every mail client shows: no script, nothing loaded."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from markupsafe import Markup, escape

from auditor.fleet.outward.digest.written import Section, Written, and_more

_WIDTH: Final = 76
# So many lines of a list are shown; the rest is counted.
_MOST: Final = 100
_BODY: Final = (
    "margin:0;padding:16px;font-family:Segoe UI,Helvetica,Arial,sans-serif;font-size:15px;"
    "line-height:1.45;color:#1a1a1a;background:#ffffff;"
    "overflow-wrap:anywhere;word-break:break-word"
)
_FRAME: Final = "max-width:44em"
_HEADING: Final = "font-size:17px;margin:22px 0 6px 0"
_TITLE: Final = "font-size:20px;margin:0 0 10px 0"
_LIST: Final = "margin:0;padding:0 0 0 20px"
_FOOT: Final = "margin:26px 0 0 0;font-size:13px;color:#555555"
_COLOURS: Final = {"critical": "#8f0d1f", "high": "#8f0d1f", "medium": "#7a4a00"}
# For clients that know of a dark look; all others show what stands with each element.
_DARK: Final = (
    "@media (prefers-color-scheme:dark){"
    "body{color:#ececec!important;background:#1c1c1c!important}"
    "li.critical,li.high{color:#ff9aa2!important}li.medium{color:#f0c070!important}"
    "p.foot{color:#b8b8b8!important}}"
)


def plain_text(told: Written) -> str:
    """Return a digest as plain text."""
    return "\n".join(_lines(told)) + "\n"


def _lines(told: Written) -> Iterator[str]:
    yield from wrap(told.subject, _WIDTH)
    yield ""
    for line in told.lead:
        yield from wrap(line, _WIDTH)
    for section in told.sections:
        yield from ("", section.heading, "-" * len(section.heading))
        for line in _shown(section, told):
            yield from wrap(line, _WIDTH, initial_indent="* ", subsequent_indent="  ")
    yield ""
    for line in told.foot:
        yield from wrap(line, _WIDTH)


def _shown(section: Section, told: Written) -> Iterator[str]:
    yield from (one.text for one in section.lines[:_MOST])
    if more := left(section, _MOST):
        yield and_more(more, told.language)


def left(section: Section, shown: int) -> int:
    """Return how many of a list there are beside those that are shown."""
    return section.more + max(0, len(section.lines) - shown)


def html_of(told: Written) -> str:
    """Return a digest as HTML; the language is said for whoever reads it aloud."""
    parts = [
        "<!DOCTYPE html>",
        Markup('<html lang="{}"><head><meta charset="utf-8">').format(told.language),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        '<meta name="color-scheme" content="light dark">',
        Markup("<style>{}</style>").format(_DARK),
        Markup("<title>{}</title></head>").format(told.subject),
        Markup('<body style="{}"><div style="{}">').format(_BODY, _FRAME),
        Markup('<h1 style="{}">{}</h1>').format(_TITLE, told.subject),
        *(Markup('<p style="margin:0 0 8px 0">{}</p>').format(line) for line in told.lead),
    ]
    for section in told.sections:
        parts += _section(section, told)
    parts += [
        Markup('<p class="foot" style="{}">').format(_FOOT),
        Markup("<br>\n").join(told.foot),
        "</p>",
    ]
    return "\n".join([*parts, "</div></body></html>", ""])


def _section(section: Section, told: Written) -> Iterator[str]:
    yield Markup('<h2 style="{}">{}</h2>').format(_HEADING, section.heading)
    yield Markup('<ul style="{}">').format(_LIST)
    for line in section.lines[:_MOST]:
        colour = _COLOURS.get(line.severity)
        shown = Markup(' class="{}" style="color:{}"').format(line.severity, colour)
        style = shown if colour else Markup()
        yield Markup("<li{}>{}</li>").format(style, escape(line.text))
    if more := left(section, _MOST):
        yield Markup("<li>{}</li>").format(and_more(more, told.language))
    yield "</ul>"

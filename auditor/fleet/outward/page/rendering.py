"""The page as one HTML file, with the look, the policy and the languages of a report."""

from __future__ import annotations

from functools import cache
from typing import Final

from markupsafe import Markup

from auditor.fleet.outward.page import heat_map, sparkline
from auditor.fleet.outward.page.fleet_view_model import ControlColumn, FleetPage
from auditor.messages.languages import LANGUAGES, Language
from auditor.messages.message import say
from auditor.report import text
from auditor.report.html.html_page import (
    asset,
    content_security_policy,
    data_of,
    environment,
)
from auditor.report.html.sheets import rules_of_sheets
from auditor.report.terms import SEVERITIES, said
from auditor.report.translation import plain

_SHORT: Final = 80
# The headings of the columns of numbers, as narrow screens show them before each number.
HEADINGS: Final = (
    say("Failed"), say("New"), say("Fixed"), say("Open"), say("Read"), say("Ends"),
)  # fmt: skip
_FIRST_NUMBER: Final = 3
# How the heat map draws what.
_KEY: Final = (
    ("f1", say("failed, critical")), ("f2", say("failed, high")), ("f3", say("failed, medium")),
    ("f4", say("failed, low")), ("u", say("could not be decided")), ("w", say("accepted")),
    ("p", say("passed")),
)  # fmt: skip


def render(page: FleetPage, language: Language) -> str:
    """Return the page; `language` is the one that a reader sees first."""
    style, script = _style(), asset("fleet.js")
    return (
        environment()
        .get_template("fleet.html.j2")
        .render(
            page=page,
            page_title=plain(
                say("State of {name}", name=text.visible(page.name, _SHORT)), language
            ),
            language=language,
            csp=content_security_policy(style, script),
            css=Markup(style),  # noqa: S704 - our own files
            script=Markup(script),  # noqa: S704 - our own file
            headings=HEADINGS,
            spark=(sparkline.WIDTH, sparkline.HEIGHT),
            cell_height=heat_map.HEIGHT,
            key=_KEY,
            columns=data_of([_column(one) for one in page.columns]),
        )
    )


def _column(column: ControlColumn) -> list[str]:
    """Return what the script of the page knows of a control."""
    titles = [plain(column.title, one) for one in LANGUAGES]
    return [column.control, column.area, *titles]


@cache
def _style() -> str:
    """Return the style of a page: that of a report, and its own."""
    sheets = rules_of_sheets(say("State of PBXs, confidential"), "14mm 12mm 18mm")
    return "".join(
        [asset("report.css"), asset("paper.css"), asset("fleet.css"), *_labels(), sheets]
    )


def _labels() -> list[str]:
    """Return the rules that say what is drawn: the severity that a number is of.

    On a narrow screen, where a table has no head, they name each number too.
    """
    rules = []
    for language in LANGUAGES:
        chosen = f":root:has(#language-{language}:checked)"
        for severity in SEVERITIES:
            told = plain(said(severity), language)
            rules.append(f'{chosen} .of-{severity}::after {{ content: " {told}"; }}\n')
        for number, heading in enumerate(HEADINGS, start=_FIRST_NUMBER):
            told = plain(heading, language)
            rules.append(
                f"@media screen and (max-width: 44rem) {{ {chosen} .pbxs td:nth-child({number})"
                f'::before {{ content: "{told} "; }} }}\n'
            )
    return rules

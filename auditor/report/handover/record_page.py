"""The record of a handover as HTML in one language, for a browser to print."""

from __future__ import annotations

import hashlib
from functools import cache, partial

from jinja2 import Environment
from markupsafe import Markup

from auditor.files import compiled_templates
from auditor.messages.languages import Language
from auditor.messages.message import say
from auditor.report import text, v1
from auditor.report.handover import branding, record
from auditor.report.html import html_page
from auditor.report.html.sheets import rules_of_sheets
from auditor.report.translation import breakable, inside, is_said, plain

_NAME = 80


def render(report: v1.Report, facts: bytes) -> str:
    """Return the record of a report; `facts` is that report as JSON, whose digest is signed."""
    branded = branding.of_report(report.branding) if report.branding else None
    language = report.run.language
    foot = say("Handover record, confidential")
    style = html_page.asset("record.css") + rules_of_sheets(foot, "18mm 17mm 20mm")
    style += branded.style if branded else ""
    name = text.visible(report.target.name, _NAME)
    return (
        environment_in(language)
        .get_template("handover_record.html.j2")
        .render(
            report=report,
            record=record.of_report(report, branded.open_points if branded else {}),
            branding=branded,
            language=language,
            title=plain(say("Handover record of {name}", name=name), language),
            css=Markup(style),  # noqa: S704 - our own file
            csp=html_page.content_security_policy(style),
            digest=hashlib.sha256(facts).hexdigest(),
        )
    )


@cache
def environment_in(language: Language) -> Environment:
    """Return the environment of HTML templates that puts everything out in one language.

    It loads the templates anew: a compiled one knows one environment only.
    """
    return html_page.environment().overlay(
        loader=compiled_templates.find("html", html_page.__file__),
        finalize=partial(_told, language=language),
    )


def _told(value: object, *, language: Language) -> object:
    if is_said(value):
        return breakable(inside(value, language))
    if isinstance(value, str) and not isinstance(value, Markup):
        return text.visible(value)
    return value

"""The record of a handover as HTML in one language, for a browser to print."""

from __future__ import annotations

import hashlib

from markupsafe import Markup

from auditor.messages.message import say
from auditor.report import text, v1
from auditor.report.handover import acceptance, branding, record
from auditor.report.html import html_page
from auditor.report.html.sheets import rules_of_sheets
from auditor.report.translation import plain

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
        html_page.environment_in(language)
        .get_template("handover_record.html.j2")
        .render(
            report=report,
            record=record.of_report(report, branded.open_points if branded else {}),
            nothing_open=acceptance.nothing_open(report),
            branding=branded,
            language=language,
            title=plain(say("Handover record of {name}", name=name), language),
            css=Markup(style),  # noqa: S704 - our own file
            csp=html_page.content_security_policy(style),
            digest=hashlib.sha256(facts).hexdigest(),
        )
    )

"""The record of a handover as HTML in one language, for a browser to print."""

from __future__ import annotations

import hashlib

from markupsafe import Markup

from auditor.messages.message import say
from auditor.report import acceptance, text
from auditor.report.branding.branding_file import LoadedBranding, of_report
from auditor.report.handover.record import Contents, Record
from auditor.report.html import html_page
from auditor.report.html.sheets import rules_of_sheets
from auditor.report.schema import v1
from auditor.report.translation import plain

_NAME = 80


def contents(report: v1.Report) -> Contents:
    """Return what the record of a report could say."""
    branded = _branding(report)
    return Contents(report, branded.open_points if branded else {})


def render(report: v1.Report, facts: bytes, told: Record) -> str:
    """Return the record of a report that says what is `told` of it.

    `facts` is that report as JSON, whose digest is signed.
    """
    branded = _branding(report)
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
            record=told,
            nothing_open=acceptance.nothing_open(report),
            branding=branded,
            language=language,
            title=plain(say("Handover record of {name}", name=name), language),
            css=Markup(style),  # noqa: S704 - our own file
            csp=html_page.content_security_policy(style),
            digest=hashlib.sha256(facts).hexdigest(),
        )
    )


def _branding(report: v1.Report) -> LoadedBranding | None:
    return of_report(report.branding) if report.branding else None

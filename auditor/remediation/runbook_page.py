"""The plan as HTML for the person who clicks it through: a page of its own, or the end of an annex.

It is made of the plan, as the Markdown one is, and in one language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Final

from markupsafe import Markup

from auditor.messages.languages import Language
from auditor.messages.message import Message, say
from auditor.model.rule import RuleDocument
from auditor.remediation import wording
from auditor.remediation.plan import Plan
from auditor.remediation.runbook import contents
from auditor.report.html import html_page
from auditor.report.translation import inside, plain

_CODE: Final = re.compile(r"`([^`]+)`")


def render(plan: Plan, language: Language, rules: Mapping[str, RuleDocument]) -> str:
    """Return the runbook as one self-contained document without any script."""
    style = html_page.page_style()
    return (
        html_page.environment_in(language)
        .get_template("runbook.html.j2")
        .render(
            language=language,
            title=plain(say("Remediation of {name}", name=plan.target_name), language),
            csp=html_page.content_security_policy(style),
            css=Markup(style),  # noqa: S704 - our own file
            runbook=Markup(render_part(plan, language, rules, 1)),  # noqa: S704 - a template's
        )
    )


def render_part(
    plan: Plan, language: Language, rules: Mapping[str, RuleDocument], level: int = 2
) -> str:
    """Return the runbook as a part of a page, its title a heading of some level."""
    template = html_page.environment_in(language).get_template("_runbook.html.j2")
    return template.render(
        contents(plan, language, rules),
        language=language,
        level=level,
        property_of=wording.property_of,
        seen=wording.seen,
        coded=partial(_coded, language=language),
    )


def render_elsewhere(language: Language) -> str:
    """Return what stands in the place of a runbook that a saved report does not have."""
    return (
        html_page.environment_in(language)
        .get_template("_runbook_elsewhere.html.j2")
        .render(language=language, coded=partial(_coded, language=language))
    )


def _coded(told: Message, language: Language) -> Markup:
    """Return a message whose backquotes mark what is typed, which HTML has an element for."""
    escaped = str(inside(told, language))  # of Markup, `sub` escapes what is put in on some Pythons
    return Markup(_CODE.sub(r"<code>\1</code>", escaped))  # noqa: S704

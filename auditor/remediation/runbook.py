"""The plan as Markdown for the person who clicks it through."""

from __future__ import annotations

import re
from itertools import groupby

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from auditor.remediation.plan import Plan
from auditor.resources import templates_directory

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~&-])")
_MAX_CHARACTERS = 300
_MAX_SUBJECTS = 200


def render_runbook(plan: Plan) -> str:
    """Return the runbook; text from the PBX is escaped, so that it stays text."""
    environment = Environment(
        loader=FileSystemLoader(templates_directory()),
        autoescape=False,  # noqa: S701 -- Markdown, escaped by the filter below
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["md"] = escape_markdown
    groups = [list(group) for _, group in groupby(plan.steps, key=lambda step: step.control)]
    template = environment.get_template("runbook.md.j2")
    return template.render(plan=plan, groups=groups, limit=_MAX_SUBJECTS)


def escape_markdown(value: object) -> str:
    """Return text on one line, without control characters, that no Markdown reader interprets."""
    text = "".join(c if c.isprintable() else " " for c in str(value))
    if len(text) > _MAX_CHARACTERS:
        text = text[:_MAX_CHARACTERS] + "…"
    return _MARKDOWN.sub(r"\\\1", text)

"""The plan as Markdown for the person who clicks it through, in German or English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, partial
from itertools import groupby
from typing import Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from auditor.files import compiled_templates
from auditor.messages.labels import word
from auditor.messages.languages import Language, day, number, templates, translated
from auditor.messages.message import Message, say, say_count
from auditor.messages.titles import titled
from auditor.model.rule import RuleDocument, Translation
from auditor.model.vocabulary import Status
from auditor.remediation import wording
from auditor.remediation.plan import Plan, Step
from auditor.values.frozen import frozen

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~&-])")
_MAX_CHARACTERS = 300
_MAX_PROSE = 2_000
_MAX_SUBJECTS = 200
_NO_RULES: Final[Mapping[str, RuleDocument]] = {}
_ENGLISH: Final = Translation()


@frozen
class Chapter:
    """The steps of one control, with what its document says about all of them."""

    steps: list[Step]
    title: str
    ui_path: str
    precondition: str
    change: str
    verification: str
    undo: str


def render_runbook(
    plan: Plan, language: Language = "en", rules: Mapping[str, RuleDocument] = _NO_RULES
) -> str:
    """Return the runbook; text from the PBX is escaped, so that it stays text.

    The plan is in English. What the documents of its controls say in German comes from `rules`,
    by id; what none of them says in German stays in English.
    """
    template = environment(language).get_template("runbook.md.j2")
    return template.render(contents(plan, language, rules))


def contents(
    plan: Plan, language: Language, rules: Mapping[str, RuleDocument]
) -> dict[str, object]:
    """Return what a runbook lays out, whatever it is written in."""
    chapters = [
        _chapter(list(steps), rules.get(control), language)
        for control, steps in groupby(plan.steps, key=lambda step: step.control)
    ]
    opens = [
        (one, _title(rules.get(one.control), one.title, language))
        for one in (plan.prospect.opens if plan.prospect else ())
    ]
    machines = [step.change.machine for step in plan.steps if step.change.machine]
    return {
        "plan": plan,
        "chapters": chapters,
        "opens": opens,
        "limit": _MAX_SUBJECTS,
        "made": len(machines),
        "new_passwords": any(machine.kind == "password" for machine in machines),
    }


def escape_markdown(value: object, limit: int = _MAX_CHARACTERS) -> str:
    """Return text on one line, without control characters, that no Markdown reader interprets."""
    text = "".join(c if c.isprintable() else " " for c in str(value))
    if len(text) > limit:
        text = text[:limit] + "…"
    return _MARKDOWN.sub(r"\\\1", text)


def _chapter(steps: list[Step], rule: RuleDocument | None, language: Language) -> Chapter:
    german = rule.de if rule is not None and language == "de" else _ENGLISH
    first = steps[0]
    return Chapter(
        steps,
        title=_title(rule, first.title, language),
        ui_path=german.ui_path or first.ui_path,
        precondition=german.precondition or first.precondition.text,
        change=german.remediation or first.change.text,
        verification=german.verification or first.verification,
        undo=german.undo or first.undo,
    )


def _title(rule: RuleDocument | None, english: str, language: Language) -> str:
    if rule is None or language == "en":
        return english
    return translated(titled(rule, Status.FAILED, rule.de), language)


@cache
def environment(language: Language) -> Environment:
    """Return the environment of the runbook in one language."""
    environment = Environment(
        loader=compiled_templates.find("md", __file__),
        autoescape=False,  # noqa: S701 -- Markdown, escaped by the filters below
        undefined=StrictUndefined,
        finalize=partial(_markdown, language=language),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters.update(
        {
            "md": partial(_escaped, language=language),
            "prose": partial(escape_markdown, limit=_MAX_PROSE),
            "plain": Markup,
            "word": lambda value: say(word(value)),
            "property": wording.property_of,
            "seen": wording.seen,
            "day": partial(day, language=language),
        }
    )
    environment.globals.update(_=say, _n=say_count)
    return environment


def _markdown(value: object, *, language: Language) -> object:
    """Return a message as Markdown: its fixed words are Markdown, its parameters are text."""
    if not isinstance(value, Message):
        return value
    return value.told(templates(language), partial(_parameter, language=language))


def _parameter(value: int | str, *, language: Language) -> str:
    if isinstance(value, int):
        return number(value, language)
    return str(value) if isinstance(value, Markup) else _escaped(value, language=language)


def _escaped(value: str, *, language: Language) -> str:
    return escape_markdown(translated(value, language))

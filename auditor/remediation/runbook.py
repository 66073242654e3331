"""The plan as Markdown for the person who clicks it through, in German or English."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import groupby
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from auditor.messages.labels import word
from auditor.messages.languages import Language, catalogue, number
from auditor.model.rule import RuleDocument, Translation
from auditor.remediation import wording
from auditor.remediation.plan import Plan, Step
from auditor.resources import templates_directory

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~&-])")
_MAX_CHARACTERS = 300
_MAX_PROSE = 2_000
_MAX_SUBJECTS = 200
_NO_RULES: Final[Mapping[str, RuleDocument]] = {}
_ENGLISH: Final = Translation()


@dataclass(frozen=True, slots=True)
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
    chapters = [
        _chapter(list(steps), rules.get(control), language)
        for control, steps in groupby(plan.steps, key=lambda step: step.control)
    ]
    opens = [
        (one, _title(rules.get(one.control), one.title, language))
        for one in (plan.prospect.opens if plan.prospect else ())
    ]
    template = _environment(language).get_template("runbook.md.j2")
    return template.render(plan=plan, chapters=chapters, opens=opens, limit=_MAX_SUBJECTS)


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
        [_told(step, german.by_hand, rule) for step in steps],
        title=german.title or first.title,
        ui_path=german.ui_path or first.ui_path,
        precondition=german.precondition or first.precondition.text,
        change=german.remediation or first.change.text,
        verification=german.verification or first.verification,
        undo=german.undo or first.undo,
    )


def _told(step: Step, by_hand: str, rule: RuleDocument | None) -> Step:
    """Return a step that says in the language of the document why it is left to people."""
    is_of_rule = rule is not None and step.change.by_hand == rule.remediation.by_hand
    if not by_hand or not is_of_rule:
        return step
    return replace(step, change=replace(step.change, by_hand=by_hand))


def _title(rule: RuleDocument | None, english: str, language: Language) -> str:
    return (rule.de.title if rule is not None and language == "de" else "") or english


@cache
def _environment(language: Language) -> Environment:
    """Return the environment of the runbook in one language."""
    environment = Environment(
        loader=FileSystemLoader(templates_directory()),
        autoescape=False,  # noqa: S701 -- Markdown, escaped by the filters below
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters.update(
        {
            "md": escape_markdown,
            "prose": partial(escape_markdown, limit=_MAX_PROSE),
            "plain": Markup,
            "word": lambda value: catalogue(language).gettext(word(value)),
            "by_hand": partial(wording.by_hand, language=language),
        }
    )
    environment.globals.update(
        _=_messages(language),
        _n=_counted(language),
        wanted=partial(wording.wanted, language=language),
        seen=partial(wording.seen, language=language),
        subject=partial(wording.subject, language=language),
    )
    return environment


def _messages(language: Language) -> Callable[..., str]:
    """Return what says a message: its fixed words are Markdown, its parameters are text."""

    def say(english: str, **parameters: object) -> str:
        return catalogue(language).gettext(english).format_map(_shown(parameters, language))

    return say


def _counted(language: Language) -> Callable[..., str]:
    def say(singular: str, plural: str, count: int) -> str:
        template = catalogue(language).ngettext(singular, plural, count)
        return template.format(count=number(count, language))

    return say


def _shown(parameters: Mapping[str, object], language: Language) -> dict[str, str]:
    return {name: _parameter(value, language) for name, value in parameters.items()}


def _parameter(value: object, language: Language) -> str:
    if isinstance(value, Markup):
        return str(value)
    if isinstance(value, int):
        return number(value, language)
    return escape_markdown(value)

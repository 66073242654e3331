"""Configured values and templates to effective values, with the path they came from.

Documented: only what is empty on the user comes from its template (wiki Reference9, Config
Template), so an own value wins, `false` included. What several parents do to one another is not
documented: if they disagree, or nest deeper than two levels, the value is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from auditor.messages.message import NOTHING, Message, joined, say
from auditor.model.result import Evidence
from auditor.model.snapshot import PbxObject
from auditor.pbx.view import AuditView

MAX_LEVELS: Final = 2
OWN_VALUE: Final = say("own value")


class Effective(NamedTuple):
    """An effective value; None means nothing sets it. A `problem` says why it is open."""

    value: str | None
    evidence: tuple[Evidence, ...]
    problem: Message = NOTHING


class EffectiveFlag(NamedTuple):
    """An effective Boolean; None means it is open, and `problem` says why."""

    value: bool | None
    evidence: tuple[Evidence, ...]
    problem: Message = NOTHING


def effective_value(view: AuditView, subject: PbxObject, attribute: str) -> Effective:
    """Return what applies to an object: its own value, else what its templates give."""
    own = subject.attributes.get(attribute)
    if own:
        return Effective(own, (view.locate(subject, attribute, own, OWN_VALUE),))
    for needed in (attribute, "config"):
        if not subject.shows(needed):
            return _open(
                say(
                    "this source does not show {name} of {object}",
                    name=needed,
                    object=subject.label,
                )
            )
    inherited = _inherited(view, subject.templates, attribute, ())
    if inherited.value is None and not inherited.problem:
        via = say("not set, and no template is assigned")
        if subject.templates:
            via = say(
                "not set, nor by {templates}",
                templates=joined("{one}, {other}", _named(subject.templates)),
            )
        return Effective(None, (view.locate(subject, attribute, None, via),))
    return inherited


def shows_parents(view: AuditView, template: PbxObject) -> bool:
    """Return whether what a template inherits from was read."""
    return template.shows("config") or view.listed_parents(template) is not None


def effective_flag(view: AuditView, subject: PbxObject, attribute: str) -> EffectiveFlag:
    """Return an effective Boolean; what is set nowhere is false, what is neither is open."""
    found = effective_value(view, subject, attribute)
    if found.problem:
        return EffectiveFlag(None, found.evidence, found.problem)
    if found.value in {None, "false"}:
        return EffectiveFlag(value=False, evidence=found.evidence)
    if found.value == "true":
        return EffectiveFlag(value=True, evidence=found.evidence)
    problem = say("{name} is neither true nor false, so its meaning is not known", name=attribute)
    return EffectiveFlag(None, found.evidence, problem)


def _named(templates: Iterable[str]) -> Iterator[Message]:
    return (say("template {name}", name=name) for name in templates)


def _open(problem: Message) -> Effective:
    return Effective(None, (), problem)


def _inherited(
    view: AuditView, templates: tuple[str, ...], attribute: str, path: tuple[str, ...]
) -> Effective:
    """Return what templates give; `path` are the templates that led to them."""
    found: list[Effective] = []
    for name in templates:
        if name in path:
            return _open(say("template {name} inherits from itself", name=name))
        if len(path) >= MAX_LEVELS:
            return _open(
                say(
                    "templates are nested deeper than {count} levels at {name}",
                    count=MAX_LEVELS,
                    name=name,
                )
            )
        candidates = view.templates.get(name, [])
        if len(candidates) != 1:
            absent = say("template {name} does not exist in the evidence", name=name)
            several = say("template {name} exists more than once in the evidence", name=name)
            return _open(several if candidates else absent)
        found.append(_from_template(view, candidates[0], attribute, (*path, name)))
    return _agreed(found, attribute)


def _from_template(
    view: AuditView, template: PbxObject, attribute: str, path: tuple[str, ...]
) -> Effective:
    value = template.attributes.get(attribute)
    if value:
        via = joined("{one} > {other}", _named(path))
        return Effective(value, (view.locate(template, attribute, value, via),))
    shown = {attribute: template.shows(attribute), "config": shows_parents(view, template)}
    for needed, is_shown in shown.items():
        if not is_shown:
            return _open(
                say(
                    "this source does not show {name} of template {template}",
                    name=needed,
                    template=path[-1],
                )
            )
    if not view.is_explained(template):
        part = f"{template.unexplained[0]:.40}"
        return _open(
            say(
                "template {name} has parts that nobody explained ({part})",
                name=path[-1],
                part=part,
            )
        )
    return _inherited(view, view.parents_of(template), attribute, path)


def _agreed(found: list[Effective], attribute: str) -> Effective:
    first = next((entry for entry in found if entry.problem), None)
    if first is not None:
        return first
    given = [entry for entry in found if entry.value is not None]
    if not given:
        return Effective(None, ())
    evidence = tuple(item for entry in given for item in entry.evidence)
    if len({entry.value for entry in given}) > 1:
        problem = say("several templates disagree about {name}", name=attribute)
        return Effective(None, evidence, problem)
    return Effective(given[0].value, evidence)

"""Where evidence came from, in each language.

Reports carry it as text, so what we write ourselves is recognised by its template. Names and values
of the PBX stay as they are.
"""

from __future__ import annotations

from functools import cache, reduce
from typing import Final

from auditor.model.vocabulary import Grade
from auditor.proofs import WAYS as PROOFS
from auditor.report.language import Message, Said, message, recognised
from auditor.report.words import said

SOURCES: Final = ("site file", "site file {key}", "what the device says of itself")
WAYS: Final = (
    "own value",
    "own values and templates",
    "not set, and no template is assigned",
    "no hardware id",
    "as machine",
    "as user",
    "as admin",
    *PROOFS.values(),
)
REVISIONS: Final = (
    "no page revision noted",
    "no commit noted",
    "no revision noted",
    "no edition noted",
    "the page was not available",
    "first published version",
    "third party",
    "edition {year}",
    "public disclosure of {day}",
    "as stored on {day}",
)
CHANGES: Final = ("selected", "left out", "severity {severity}", "parameters {names}")
GRADES: Final = tuple(one.value for one in Grade)
# The parts of what is told of a password; a password itself is in no report.
PASSWORD: Final = (
    "the same password",
    "absent",
    "empty",
    "set",
    "score {score} of 4",
    "about 10^{power} guesses",
    "fewer than 10^{power} guesses",
    "{least} to {most} bytes long",
    "{least} or more bytes long",
    "patterns: {names}",
)
_TEMPLATE: Final = "template "
_NOT_SET: Final = "not set, nor by "


@cache
def source(text: str) -> Said | str:
    """Return the name of a source, in each language unless it is that of a document."""
    return recognised(text, SOURCES) or text


@cache
def way(text: str) -> Said | str:
    """Return the way of an effective value to its object in each language."""
    if text.startswith(_NOT_SET + _TEMPLATE):
        names = text.removeprefix(_NOT_SET + _TEMPLATE).split(f", {_TEMPLATE}")
        return message(
            "not set, nor by {templates}",
            templates=[message("template {name}", name=name) for name in names],
        )
    if text.startswith(_TEMPLATE):
        names = text.removeprefix(_TEMPLATE).split(f" > {_TEMPLATE}")
        return reduce(_inside, (message("template {name}", name=name) for name in names))
    return recognised(text, WAYS) or text


@cache
def grade(text: str) -> Said | str:
    """Return how sure a fact is in each language."""
    return recognised(text, GRADES) or text


@cache
def revision(text: str) -> Said | str:
    """Return the revision of a reference, in each language as far as it is told in our words."""
    parts: list[Said | str] = [recognised(part, REVISIONS) or part for part in text.split(", ")]
    return reduce(lambda one, other: message("{one}, {other}", one=one, other=other), parts)


def _inside(one: Message, other: Message) -> Message:
    return message("{one} > {other}", one=one, other=other)


@cache
def told(text: str) -> Said | str:
    """Return what is told of a password in each language, as far as all of it is ours."""
    return _all(text, "; ", PASSWORD, "{one}; {other}")


@cache
def changed(text: str) -> Said | str:
    """Return what a site changed about a control in each language."""
    if text.startswith("parameters "):
        return recognised(text, CHANGES) or text
    return _all(text, ", ", CHANGES, "{one}, {other}")


def _all(text: str, between: str, templates: tuple[str, ...], both: str) -> Said | str:
    parts: list[Message] = []
    for part in text.split(between):
        found = recognised(part, templates)
        if found is None:
            return text
        known = {name: said(str(value)) for name, value in found.parameters.items()}
        parts.append(Message(found.english, known))
    return reduce(lambda one, other: Message(both, {"one": one, "other": other}), parts)

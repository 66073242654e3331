"""How sure evidence is, what a reference is, and what is told of passwords, in each language.

Reports carry it as text, so what we write ourselves is recognised by its template. Names and values
of the PBX stay as they are.
"""

from __future__ import annotations

from functools import cache, reduce
from typing import Final

from auditor.model.vocabulary import Grade
from auditor.report.terms import said
from auditor.report.translation import Message, Said, message, recognised

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
GRADES: Final = frozenset(one.value for one in Grade)
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


@cache
def grade(text: str) -> Said | str:
    """Return how sure a fact is in each language."""
    return Message(text) if text in GRADES else text


@cache
def revision(text: str) -> Said | str:
    """Return the revision of a reference, in each language as far as it is told in our words."""
    parts: list[Said | str] = [recognised(part, REVISIONS) or part for part in text.split(", ")]
    return reduce(lambda one, other: message("{one}, {other}", one=one, other=other), parts)


@cache
def told(text: str) -> Said | str:
    """Return what is told of a password in each language, as far as all of it is ours."""
    return _all(text, "; ", PASSWORD, "{one}; {other}")


def _all(text: str, between: str, templates: tuple[str, ...], both: str) -> Said | str:
    parts: list[Message] = []
    for part in text.split(between):
        found = recognised(part, templates)
        if found is None:
            return text
        known = {name: said(str(value)) for name, value in found.parameters.items()}
        parts.append(Message(found.english, known))
    return reduce(lambda one, other: Message(both, {"one": one, "other": other}), parts)

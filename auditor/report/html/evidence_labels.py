"""How sure evidence is, what a reference is, and what is told of passwords, in each language.

Reports carry it as text, so what we write ourselves is recognised by its template. Names and values
of the PBX stay as they are.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from auditor.messages.message import Message, joined, together
from auditor.model.vocabulary import Grade
from auditor.sources.snapshot.message_recognition import recognised

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
def grade(text: str) -> str:
    """Return how sure a fact is in each language."""
    return Message(text) if text in GRADES else text


@cache
def revision(text: str) -> str:
    """Return the revision of a reference, in each language as far as it is told in our words."""
    parts = [next(iter(recognised(part, REVISIONS)), part) for part in text.split(", ")]
    return joined("{one}, {other}", parts)


@cache
def told(text: str) -> str:
    """Return what is told of a password in each language, as far as all of it is ours."""
    parts = [recognised(part, PASSWORD) for part in text.split("; ")]
    return together(*(found[0] for found in parts)) if all(parts) else text

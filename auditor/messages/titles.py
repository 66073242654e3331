"""Which title of a control belongs to what came of it: what was asked for, is wrong, or unseen."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol, TypeAlias

from auditor.messages.both import Both
from auditor.messages.message import Message, say

Title: TypeAlias = "Message | Both"

_WRONG: Final = frozenset({"failed", "waived"})
_OPEN: Final = frozenset({"unknown", "error", "manual"})


class Titles(Protocol):
    """The titles of a control in one language; the last two are empty if nobody wrote them."""

    @property
    def title(self) -> str:
        """Return the state asked for."""
        ...

    @property
    def title_failed(self) -> str:
        """Return what is wrong."""
        ...

    @property
    def title_unknown(self) -> str:
        """Return what could not be seen."""
        ...


class _NoTitles(NamedTuple):
    """Titles that nobody wrote."""

    title: str = ""
    title_failed: str = ""
    title_unknown: str = ""


_NO_GERMAN: Final = _NoTitles()


def titled(control: Titles, outcome: str, german: Titles = _NO_GERMAN) -> Title:
    """Return the title that belongs to the outcome of a control, or of one subject of it.

    What somebody accepted is as wrong as before. What is left to a person is what could not be
    seen: the state asked for would read as if it had been found. A control that lacks a title,
    one of a customer or of an earlier report, gets a sentence about the state asked for.
    """
    asked = Both(control.title, german.title)
    if outcome in _WRONG:
        wrong = Both(control.title_failed, german.title_failed)
        return wrong or say("Not fulfilled: {title}", title=asked)
    if outcome in _OPEN:
        unseen = Both(control.title_unknown, german.title_unknown)
        return unseen or say("Could not be decided: {title}", title=asked)
    return asked

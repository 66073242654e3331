"""What can be learned, and what somebody has to say to learn it."""

from __future__ import annotations

from datetime import date
from typing import Final

from auditor.errors import InputError, OptionPlace
from auditor.facts import FactKind, Scope, known_facts
from auditor.learning.entry import Provenance
from auditor.learning.find import FILTER_ROWS
from auditor.learning.question import Question
from auditor.messages.message import say
from auditor.messages.suggestions import did_you_mean

_FILTER_MENU: Final = "PBX/Config/Filter"
_MARKERS: Final = {
    FactKind.NUMBER: say("a number that occurs nowhere else, for example 7351"),
    FactKind.FLAG: say("the state after the change: on or off"),
    FactKind.TEXT: say("a text that occurs nowhere else"),
    FactKind.URL: say("an address that occurs nowhere else, for example https://192.0.2.77/marker"),
    FactKind.SECRET: say("a word that occurs nowhere else, and that is no secret"),
    FactKind.NETWORKS: say("an address that is nobody's, for example 192.0.2.77"),
    FactKind.NAMES: say("a name that occurs nowhere else"),
}


_ON_NO_BOX: Final = frozenset({Scope.PEOPLE, Scope.DEVICES})


def question_of(fact: str, marker: str, before: str | None = None, boolean: str = "") -> Question:
    """Return what is to be learned. Raises InputError for what cannot be, or without a marker."""
    learnable = {
        FILTER_ROWS,
        *(name for name, one in known_facts().items() if one.scope not in _ON_NO_BOX),
    }
    if fact not in learnable:
        raise InputError(
            say("there is no setting {fact} that could be learned", fact=f"{fact!r:.60}"),
            where=OptionPlace("--fact"),
            advice=did_you_mean(
                fact, learnable, all_of_them=say("`pbx-auditor help facts` shows all of them")
            ),
        )
    if not marker.strip():
        kind = FactKind.NUMBER if fact == FILTER_ROWS else known_facts()[fact].kind
        raise InputError(
            say("the marker is empty"),
            where=OptionPlace("--marker"),
            advice=say("give {marker}", marker=_MARKERS[kind]),
        )
    return Question(fact, marker.strip(), before, boolean)


def provenance_of(by: str, day: date) -> Provenance:
    """Return who learns it, and when. Raises InputError if nobody is named."""
    if not by.strip():
        raise InputError(
            say("nobody is named"), where=OptionPlace("--by"), advice=say("say who learns this")
        )
    return Provenance(by.strip(), day)


def menu_of(fact: str) -> str:
    """Return where a person finds a setting."""
    return _FILTER_MENU if fact == FILTER_ROWS else known_facts()[fact].ui_path

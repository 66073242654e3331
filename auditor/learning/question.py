"""What was changed in the menus, and the refusal if two configurations do not show where."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from auditor.dialects import SettingPlace
from auditor.errors import InputError, OptionPlace
from auditor.learning.leaves import AdminLeaf, Leaf, Leaves, OptionLeaf
from auditor.messages.message import Message, joined, say

_MAX_NAMED: Final = 5
_Place = TypeVar("_Place")


class LearnError(InputError):
    """The place of a fact cannot be told from two configurations."""


@dataclass(frozen=True, slots=True)
class Question:
    """What was changed: the fact, the marker that was entered, and what stood there before.

    For a check mark the marker is the state after the change. For a row of a call filter it is the
    number; `boolean` is the Boolean that the row names, with *Not* ticked, if it names one.
    """

    fact: str
    marker: str
    before: str | None = None
    boolean: str = ""


def sorted_leaves(leaves: Leaves) -> list[Leaf]:
    """Return leaves in the order of the file."""
    return sorted(leaves.leaves, key=lambda leaf: (leaf.line, repr(leaf)))


def refuse_known(before: Leaves, matches: Callable[[Leaf], bool]) -> None:
    """Raise LearnError if the marker stood in the configuration before the change already."""
    known = [leaf for leaf in sorted_leaves(before) if matches(leaf)]
    if known:
        raise LearnError(
            say(
                "the marker stood in the configuration before the change already: {places}",
                places=_named(known),
            ),
            where=OptionPlace("--marker"),
            advice=say(
                "choose a value that occurs nowhere, change the setting to it, and try again"
            ),
        )


def only(places: Iterable[_Place], question: Question) -> _Place:
    """Return the only place. Raises LearnError if there is none, or more than one."""
    unique: list[_Place] = []
    for place in places:
        if place not in unique:
            unique.append(place)
    if len(unique) == 1:
        return unique[0]
    if not unique:
        raise LearnError(
            say("no place of the configuration shows the change of {fact}", fact=question.fact),
            where=OptionPlace("--after"),
            advice=say(
                "check that the change was saved before the second file was, and the marker"
            ),
        )
    raise LearnError(
        say(
            "several places changed like {fact}: {places}",
            fact=question.fact,
            places=joined("{one}; {other}", map(_words_of, unique[:_MAX_NAMED])),
        ),
        where=OptionPlace("--after"),
        advice=say(
            "change nothing but this setting between the two files, with a marker of its own"
        ),
    )


def _words_of(place: object) -> str:
    if isinstance(place, OptionLeaf | AdminLeaf):
        return leaf_place(place)
    return place.words if isinstance(place, SettingPlace) else type(place).__name__


def _named(leaves: Iterable[Leaf]) -> str:
    return joined("{one}; {other}", dict.fromkeys(map(leaf_place, leaves)))


def leaf_place(leaf: Leaf) -> Message:
    """Return where a leaf stands, without its value."""
    if isinstance(leaf, OptionLeaf):
        place = f"{leaf.module} /{leaf.option}"
    else:
        place = f"_ADMIN_ <{' '.join(leaf.tags)}> {leaf.attribute}"
    return say("line {line}, {place}", line=leaf.line, place=place)

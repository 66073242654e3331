"""How the rows of call filters are written, from one row that a person made for the purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from auditor.dialects import FilterRowPlace
from auditor.learning.leaves import AdminLeaf, Leaf, Leaves
from auditor.learning.question import LearnError, Question, leaf_place, only, refuse_known
from auditor.messages.message import Message, say
from auditor.model.vocabulary import Grade

_FILTER: Final = "filter"
_ROW_DEPTH: Final = 2
_ENDS: Final = frozenset({"ok", "nok"})
_SET: Final = frozenset({"true", "1"})


def find_filter_rows(before: Leaves, after: Leaves, question: Question) -> FilterRowPlace:
    """Return the element and attributes of a row, from the one that has the marker as its number.

    Raises LearnError.
    """

    def matches(leaf: Leaf) -> bool:
        return (
            isinstance(leaf, AdminLeaf)
            and len(leaf.path) == _ROW_DEPTH
            and leaf.tags[0] == _FILTER
            and leaf.value == question.marker
        )

    refuse_known(before, matches)
    found = [leaf for leaf in after.leaves if isinstance(leaf, AdminLeaf) and matches(leaf)]
    leaf = only(found, question)
    beside = {
        other.attribute: other.value
        for other in after.leaves
        if isinstance(other, AdminLeaf) and other.path == leaf.path
    }
    beside.pop(leaf.attribute)
    following = _column(beside, lambda value: value in _ENDS, say("ok or nok"))
    boolean = negated = ""
    if question.boolean:
        boolean = _column(beside, lambda value: value == question.boolean, say("the Boolean"))
        negated = _column(beside, lambda value: value in _SET, say("the check mark Not"))
    if beside:
        raise LearnError(
            say(
                "the row has parts whose meaning is not clear: {names}",
                names=", ".join(sorted(beside)),
            ),
            where=leaf_place(leaf),
            advice=say("name the row's Boolean with --boolean, tick Not for it, and try again"),
        )
    return FilterRowPlace(
        row=leaf.tags[1],
        number=leaf.attribute,
        next=following,
        boolean=boolean,
        negated=negated,
        grade=Grade.LEARNED,
    )


def _column(beside: dict[str, str], fits: Callable[[str], bool], what: Message) -> str:
    """Return the only attribute whose value fits, and take it out of those that are left."""
    names = [name for name, value in beside.items() if fits(value)]
    if len(names) != 1:
        raise LearnError(
            say(
                "more than one part of the row looks like {what}: {names}",
                what=what,
                names=", ".join(sorted(names)),
            )
            if names
            else say("nothing of the row looks like {what}", what=what),
            advice=say("make the row anew"),
        )
    beside.pop(names[0])
    return names[0]

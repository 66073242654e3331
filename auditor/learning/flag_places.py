"""The place of a check mark: the only one that changed from one state to the other."""

from __future__ import annotations

from typing import Any

from auditor.dialects import SettingPlace
from auditor.errors import OptionPlace
from auditor.facts import FALSE, TRUE, known_facts
from auditor.learning.leaves import Leaf, Leaves, OptionLeaf
from auditor.learning.question import LearnError, Question, leaf_place, only, sorted_leaves
from auditor.messages.message import say
from auditor.model.vocabulary import Grade


def find_flag(before: Leaves, after: Leaves, question: Question) -> SettingPlace:
    """Return the place of a check mark, and what it means that it is not there.

    Raises LearnError.
    """
    fact = known_facts()[question.fact]
    wanted = fact.reduce(question.marker)
    if question.marker.strip() == "" or wanted not in {TRUE, FALSE}:
        raise LearnError(
            say("the marker of a check mark is its state after the change"),
            where=OptionPlace("--marker"),
            advice=say("give on or off"),
        )
    states = {TRUE: FALSE, FALSE: TRUE}
    places = []
    for key, old, new in _changes(before, after):
        was = None if old is None else fact.reduce(old)
        now = None if new is None else fact.reduce(new)
        if now in {wanted, None} and was in {states[wanted], None} and was != now:
            absent = None if was and now else (states[wanted] if was is None else wanted)
            places.append(_flag_place(key, absent))
    return only(places, question)


def _flag_place(key: Leaf, absent: str | None) -> SettingPlace:
    if isinstance(key, OptionLeaf):
        place: dict[str, Any] = {"place": "option", "module": key.module, "option": key.option}
    elif len(key.path) == 1:
        place = {"place": "admin-attribute", "element": key.tags[0], "option": key.attribute}
    else:
        raise LearnError(
            say(
                "the check mark stands deeper than a dialect can name: {place}",
                place=leaf_place(key),
            )
        )
    return SettingPlace(**place, absent=absent, grade=Grade.LEARNED)


def _changes(before: Leaves, after: Leaves) -> list[tuple[Leaf, str | None, str | None]]:
    """Return each place whose value changed, with the value before and after."""
    old, new = _by_place(before), _by_place(after)
    return [
        (leaf, old[key].value if key in old else None, new[key].value if key in new else None)
        for key, leaf in sorted({**old, **new}.items(), key=lambda item: repr(item[0]))
        if (key in old) != (key in new) or old[key].value != new[key].value
    ]


def _by_place(leaves: Leaves) -> dict[tuple[object, ...], Leaf]:
    return {
        (leaf.module, leaf.instance, leaf.option)
        if isinstance(leaf, OptionLeaf)
        else (leaf.path, leaf.attribute): leaf
        for leaf in sorted_leaves(leaves)
    }

"""The place of a fact: the one value that the marker changed, or a refusal that says why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from auditor.dialects import FilterRowPlace, SettingPlace
from auditor.facts import Fact, FactKind, known_facts
from auditor.learning.filter_rows import find_filter_rows
from auditor.learning.flag_places import find_flag
from auditor.learning.leaves import AdminLeaf, Leaf, Leaves, OptionLeaf
from auditor.learning.question import (
    LearnError,
    Question,
    leaf_place,
    only,
    refuse_known,
    sorted_leaves,
)
from auditor.messages.message import say
from auditor.model.vocabulary import Grade
from auditor.values.networks import UnclearNetworkError, parse_network

FILTER_ROWS: Final = "call_filters"
_ROW_DEPTH: Final = 2
_SEPARATORS: Final = (",", ";", " ")


def find_place(before: Leaves, after: Leaves, question: Question) -> SettingPlace | FilterRowPlace:
    """Return the place of a fact, without provenance.

    Raises LearnError if nothing shows the marker, if several places do, or if it was there before.
    """
    if question.fact == FILTER_ROWS:
        return find_filter_rows(before, after, question)
    fact = known_facts()[question.fact]
    if fact.kind is FactKind.FLAG:
        return find_flag(before, after, question)
    matches = _matcher(fact, question.marker)
    refuse_known(before, matches)
    places = [
        _place(leaf, after, fact, question.marker) for leaf in sorted_leaves(after) if matches(leaf)
    ]
    place = only(places, question)
    if place.place == "admin-rows" or _stood_there(place, before):
        return place
    return place.model_copy(update={"absent": question.before})


def _matcher(fact: Fact, marker: str) -> Callable[[Leaf], bool]:
    """Return the test whether a value is the marker."""
    match fact.kind:
        case FactKind.NUMBER:
            return lambda leaf: leaf.value.isdigit() and leaf.value.lstrip("0") == marker
        case FactKind.NETWORKS:
            return lambda leaf: any(_is_network(part, marker) for part in _parts(leaf.value))
        case FactKind.NAMES:
            return lambda leaf: marker in _parts(leaf.value)
        case _:
            return lambda leaf: leaf.value == marker


def _parts(value: str) -> list[str]:
    """Return a value and the entries it has if it is a list."""
    return [value, *(part for s in _SEPARATORS for part in value.split(s) if s in value)]


def _is_network(text: str, marker: str) -> bool:
    try:
        wanted = parse_network(marker).network_address
        return str(parse_network(text).network_address) == str(wanted)
    except UnclearNetworkError:
        return False


def _place(leaf: Leaf, after: Leaves, fact: Fact, marker: str) -> SettingPlace:
    """Return the place of a leaf that holds the marker."""
    if isinstance(leaf, OptionLeaf):
        return SettingPlace(
            place="option",
            module=leaf.module,
            option=leaf.option,
            separator=_separator(leaf.value, fact, marker),
            grade=Grade.LEARNED,
        )
    if len(leaf.path) == _ROW_DEPTH:
        return _rows(leaf, after, fact)
    if len(leaf.path) > _ROW_DEPTH:
        raise LearnError(
            say(
                "the marker stands deeper than a dialect can name: {place}", place=leaf_place(leaf)
            ),
            advice=say("report this place, so that a later version can read it"),
        )
    return SettingPlace(
        place="admin-attribute",
        element=leaf.tags[0],
        option=leaf.attribute,
        separator=_separator(leaf.value, fact, marker),
        grade=Grade.LEARNED,
    )


def _rows(leaf: AdminLeaf, after: Leaves, fact: Fact) -> SettingPlace:
    """Return the place of a list whose rows are elements; a mask stands beside its address."""
    beside = {
        other.attribute: other.value
        for other in after.leaves
        if isinstance(other, AdminLeaf) and other.path == leaf.path
    }
    others = sorted(set(beside) - {leaf.attribute})
    masks = [name for name in others if _is_mask(leaf.value, beside[name])]
    columns = [leaf.attribute]
    if fact.kind is FactKind.NETWORKS and "/" not in leaf.value:
        columns += masks[:1]
    left = sorted(set(others) - set(columns))
    if left or len(masks) > 1:
        raise LearnError(
            say(
                "the row has parts whose meaning is not clear: {names}",
                names=", ".join(left or masks),
            ),
            where=leaf_place(leaf),
            advice=say("enter a row with nothing but the marker, and try again"),
        )
    container, row = leaf.tags
    return SettingPlace(
        place="admin-rows", element=container, row=row, columns=columns, grade=Grade.LEARNED
    )


def _is_mask(address: str, text: str) -> bool:
    try:
        parse_network(f"{address}/{text}")
    except UnclearNetworkError:
        return False
    return True


def _separator(value: str, fact: Fact, marker: str) -> str:
    """Return what stands between the entries of a list in one value; empty if it is one entry."""
    if fact.kind not in {FactKind.NETWORKS, FactKind.NAMES}:
        return ""
    for separator in _SEPARATORS:
        parts = value.split(separator)
        if len(parts) > 1 and any(part == marker or _is_network(part, marker) for part in parts):
            return separator
    return ""


def _stood_there(place: SettingPlace, before: Leaves) -> bool:
    return any(
        (leaf.module, leaf.option) == (place.module, place.option)
        if isinstance(leaf, OptionLeaf)
        else (leaf.tags, leaf.attribute) == ((place.element,), place.option)
        for leaf in before.leaves
    )

"""A class that shares its methods behaves as a dataclass that has its own."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace

import pytest
from pydantic import TypeAdapter
from pydantic_core import to_json

from auditor.values.documents import document


@document
class Ours:
    """With a value of each kind."""

    name: str
    count: int = 0
    more: list[str] = field(default_factory=list)


@document
class Other:
    """With the same values."""

    name: str
    count: int = 0
    more: list[str] = field(default_factory=list)


@document
class Plain:
    """What can be hashed."""

    name: str


@dataclass(frozen=True, slots=True)
class Theirs:
    """The same by the standard library."""

    name: str
    count: int = 0
    more: list[str] = field(default_factory=list)


def test_equal_values_are_equal_and_other_classes_are_not():
    assert Ours("a", 1, ["b"]) == Ours("a", 1, ["b"])
    assert Ours("a", 1) != Ours("a", 2)
    others: list[object] = [Other("a"), "a"]
    assert Ours("a") not in others


def test_what_can_be_hashed_is_by_its_values():
    assert {Plain("a"), Plain("a"), Plain("b")} == {Plain("b"), Plain("a")}
    with pytest.raises(TypeError):
        hash(Ours("a"))


def test_nothing_is_set_afterwards():
    with pytest.raises(FrozenInstanceError):
        setattr(Plain("a"), "name", "b")  # noqa: B010 -- types forbid it, too
    assert not hasattr(Plain("a"), "__dict__")


def test_it_shows_and_carries_what_a_dataclass_does():
    ours, theirs = Ours("a", more=["b"]), Theirs("a", more=["b"])
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert asdict(ours) == asdict(theirs)
    assert [one.name for one in fields(ours)] == [one.name for one in fields(theirs)]
    assert replace(ours, count=3) == Ours("a", 3, ["b"])


def test_pydantic_reads_and_writes_it_as_a_dataclass():
    assert to_json(Ours("a")) == to_json(Theirs("a"))
    assert TypeAdapter(Ours).validate_json(to_json(Ours("a", 2))) == Ours("a", 2)

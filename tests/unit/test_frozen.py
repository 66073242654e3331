"""A class that shares its methods behaves as a dataclass that has its own."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace

import pytest
from pydantic import TypeAdapter
from pydantic_core import to_json

from auditor.values.frozen import frozen, slotted


@frozen
class Ours:
    """With a value of each kind."""

    name: str
    count: int = 0
    more: list[str] = field(default_factory=list)


@frozen
class Other:
    """With the same values."""

    name: str
    count: int = 0
    more: list[str] = field(default_factory=list)


@frozen
class Plain:
    """What can be hashed."""

    name: str


@dataclass(frozen=True, slots=True)
class Theirs:
    """The same by the standard library."""

    name: str
    count: int = 0
    more: list[str] = field(default_factory=list)


@frozen
class Longer(Ours):
    """With what the other has, and more; some of it is not shown, some is not compared."""

    secret: str = field(default="", repr=False)
    seen: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class TheirLonger(Theirs):
    """The same by the standard library."""

    secret: str = field(default="", repr=False)
    seen: float = field(default=0.0, compare=False)


@slotted
class Filled:
    """What is filled in bit by bit."""

    name: str
    more: list[str] = field(default_factory=list)
    secret: str | None = field(default=None, repr=False)


@frozen
class Empty:
    """Without a value."""


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (("a",), {}),
        (("a", 1, ["b"]), {}),
        (("a", 1), {"more": ["b"]}),
        ((), {"more": ["b"], "name": "a"}),
        (("a", 1, ["b"], "s", 2.0), {}),
        (("a",), {"seen": 3.0, "secret": "s"}),
        ((), {}),
        ((), {"count": 1}),
        (("a",), {"name": "b"}),
        (("a",), {"other": 1}),
        (("a", 1, [], "", 0.0, 1), {}),
        (("a", 1, [], "", 0.0), {"name": "a"}),
    ],
)
def test_values_are_given_as_to_a_dataclass(given, named):
    try:
        theirs = TheirLonger(*given, **named)
    except TypeError:
        with pytest.raises(TypeError, match="Longer"):
            Longer(*given, **named)
    else:
        assert asdict(Longer(*given, **named)) == asdict(theirs)


def test_what_is_made_for_one_is_not_shared_with_others():
    Ours("a").more.append("b")
    assert Ours("a").more == []


def test_what_is_left_out_is_neither_shown_nor_compared():
    ours = Longer("a", secret="hunter2", seen=1.0)
    assert repr(ours) == repr(TheirLonger("a", seen=1.0)).replace("TheirLonger", "Longer")
    assert "hunter2" not in repr(ours)
    assert ours == Longer("a", secret="hunter2", seen=2.0)
    assert ours != Longer("a", secret="hunter3", seen=1.0)


def test_without_values_all_are_equal():
    assert {Empty(), Empty()} == {Empty()}
    assert repr(Empty()) == "Empty()"


@pytest.mark.parametrize("one", [Ours("a", 2, ["b"]), Longer("a", secret="s"), Empty()])
def test_it_is_copied_and_sent_to_another_process(one):
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 -- ours
    assert copy.copy(one) == copy.deepcopy(one) == one


def test_equal_values_are_equal_and_other_classes_are_not():
    assert Ours("a", 1, ["b"]) == Ours("a", 1, ["b"])
    assert Ours("a", 1) != Ours("a", 2)
    others: list[object] = [Other("a"), "a"]
    assert all(Ours("a") != one for one in others)


def test_what_can_be_hashed_is_by_its_values():
    assert {Plain("a"), Plain("a"), Plain("b")} == {Plain("b"), Plain("a")}
    with pytest.raises(TypeError):
        hash(Ours("a"))


def test_nothing_is_set_afterwards():
    with pytest.raises(FrozenInstanceError):
        Plain("a").name = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del Plain("a").name
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


def test_what_is_filled_in_is_a_dataclass_with_slots_that_changes():
    one = Filled("a", secret="hunter2")
    one.name = "b"
    one.more.append("c")
    assert one == Filled("b", ["c"], "hunter2")
    assert one != Filled("b", ["c"])
    assert repr(one) == "Filled(name='b', more=['c'])"
    assert Filled("a").more == []
    assert copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == one  # noqa: S301 -- ours
    with pytest.raises(TypeError):
        hash(one)
    with pytest.raises(AttributeError):
        one.other = 1  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="name"):
        Filled()  # type: ignore[call-arg]

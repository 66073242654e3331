"""What is made once of an object is of that object alone, and of few of them at a time."""

from __future__ import annotations

import gc
import weakref

import pytest

from auditor.values.kept_by_identity import kept_by_identity


class Thing:
    """An object that is equal to any other, and that nothing can hash."""

    def __eq__(self, other):
        return isinstance(other, Thing)

    def __hash__(self):
        raise TypeError


def test_it_is_made_once_of_each_object():
    made = []

    def make(thing):
        made.append(id(thing))
        return len(made)

    kept = kept_by_identity(8)(make)
    one, other = Thing(), Thing()
    assert [kept(one), kept(other), kept(one), kept(other)] == [1, 2, 1, 2]
    assert made == [id(one), id(other)]


def test_an_object_in_the_place_of_one_that_is_gone_is_another():
    """An id is given again: what is kept keeps its object, so that none can take its place."""
    kept = kept_by_identity(1000)(lambda thing: [id(thing)])
    found = [kept(Thing()) for _ in range(100)]
    assert len({one[0] for one in found}) == len(found)


@pytest.mark.parametrize("most", [1, 3])
def test_only_so_many_are_kept(most):
    kept = kept_by_identity(most)(id)
    known = []
    for _ in range(10):
        thing = Thing()
        kept(thing)
        known.append(weakref.ref(thing))
        del thing
        gc.collect()
        assert sum(one() is not None for one in known) <= most


def test_functions_keep_apart_what_they_made():
    thing = Thing()
    assert kept_by_identity(2)(lambda _: "one")(thing) == "one"
    assert kept_by_identity(2)(lambda _: "other")(thing) == "other"


def test_what_cannot_be_made_is_tried_again():
    def fail(_):
        raise LookupError

    kept = kept_by_identity(2)(fail)
    for _ in range(2):
        with pytest.raises(LookupError):
            kept(Thing())

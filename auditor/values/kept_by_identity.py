"""Values made once of each of few objects, known by their identity: for what many audits share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

_Of = TypeVar("_Of")
_Made = TypeVar("_Made")


def kept_by_identity(most: int) -> Callable[[Callable[[_Of], _Made]], Callable[[_Of], _Made]]:
    """Return a decorator that keeps what a function makes of each object, of `most` of them.

    It is for objects that cannot be hashed, or only slowly. An id stays what it is while its entry
    holds the object; when there are too many, all of them go.
    """

    def decorator(make: Callable[[_Of], _Made]) -> Callable[[_Of], _Made]:
        known: dict[int, tuple[_Of, _Made]] = {}

        @wraps(make)
        def kept(of: _Of) -> _Made:
            entry = known.get(id(of))
            if entry is None:
                if len(known) >= most:
                    known.clear()
                entry = known[id(of)] = (of, make(of))
            return entry[1]

        return kept

    return decorator

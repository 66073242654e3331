"""Frozen dataclasses, of which a start makes very many, and others with slots.

`dataclass` writes the source of six methods for every class and compiles it, which was a fifth of
what an audit of a small system took. A class made here has methods that need no compiling. They do
what those of a frozen dataclass with slots do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from itertools import takewhile
from operator import attrgetter
from typing import Any, Final, NoReturn, TypeAlias, TypeVar, dataclass_transform

_Class = TypeVar("_Class", bound=type[Any])
_Methods: TypeAlias = "tuple[tuple[str, Callable[..., object] | None], ...]"


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(made: _Class) -> _Class:
    """Make a class what `dataclass(frozen=True, slots=True)` makes of it.

    It needs a docstring and a field. Fields may have a `default` or a `default_factory`, and may be
    left out by `repr` and `compare`.
    """
    return _with_methods(made, _FROZEN)


@dataclass_transform(field_specifiers=(field,))
def slotted(made: _Class) -> _Class:
    """Make a class what `dataclass(slots=True)` makes of it, for what is filled in bit by bit."""
    return _with_methods(made, _CHANGING)


def _with_methods(made: _Class, shared: _Methods) -> _Class:
    found: Any = dataclass(init=False, repr=False, eq=False, slots=True)(made)
    for name, method in (*_own(found), *shared):
        setattr(found, name, method)
    return found  # type: ignore[no-any-return]


def _own(made: Any) -> _Methods:  # noqa: ANN401 -- of any class
    """Return the methods that are quick because they know the fields of one class."""
    known = fields(made)
    slots = [getattr(made, one.name).__set__ for one in known]
    compared = [one.name for one in known if one.compare]
    values = attrgetter(*compared) if compared else _nothing
    names = {one.name: None for one in known}
    count = len(slots)
    defaults = [one.default for one in known]
    # With so many values, what is left has defaults that are the same for all.
    least = count - sum(1 for _ in takewhile(lambda one: one is not MISSING, reversed(defaults)))

    def begin(self: object, /, *given: object, **named: object) -> None:
        if named or len(given) != count:
            if not given and named.keys() == names.keys():
                given = tuple(map(named.__getitem__, names))
            elif not named and least <= len(given) < count:
                given = (*given, *defaults[len(given) :])
            else:
                given = _completed(type(self), known, given, named)
        for fill, value in zip(slots, given):  # noqa: B905 -- as many, and `strict` takes longer
            fill(self, value)

    def equal(self: object, other: object) -> bool:
        return values(self) == values(other) if type(self) is type(other) else NotImplemented

    def hashed(self: object) -> int:
        return hash(values(self))

    return ("__init__", begin), ("__eq__", equal), ("__hash__", hashed)


def _completed(
    made: type, known: Sequence[Field[Any]], given: Sequence[object], named: dict[str, object]
) -> tuple[object, ...]:
    """Return the values of all fields, in their order. Raises TypeError."""
    found = [*given]
    for one in known[len(given) :]:
        if one.name in named:
            found.append(named.pop(one.name))
        elif one.default is not MISSING:
            found.append(one.default)
        elif one.default_factory is not MISSING:
            found.append(one.default_factory())
        else:
            raise TypeError(f"{made.__qualname__} needs a value of {one.name!r}")
    if named or len(found) > len(known):
        wrong = ", ".join(map(repr, named)) or f"value number {len(found)}"
        raise TypeError(f"{made.__qualname__} has no field, or a value already, for {wrong}")
    return tuple(found)


def _nothing(_one: object) -> tuple[()]:
    return ()


def _shown(self: Any) -> str:  # noqa: ANN401 -- of any such class
    told = [f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr]
    return f"{type(self).__qualname__}({', '.join(told)})"


def _unchanged(self: object, name: str, value: object = None) -> NoReturn:  # noqa: ARG001 -- as declared
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _reduced(self: Any) -> tuple[type, tuple[object, ...]]:  # noqa: ANN401 -- of any such class
    return type(self), tuple([getattr(self, name) for name in self.__match_args__])


_FROZEN: Final[_Methods] = (
    ("__repr__", _shown),
    ("__setattr__", _unchanged),
    ("__delattr__", _unchanged),
    ("__reduce__", _reduced),
)
_CHANGING: Final[_Methods] = (("__repr__", _shown), ("__hash__", None))

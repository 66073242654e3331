"""Frozen dataclasses for what is written as JSON, of which a start makes very many.

`dataclass` compiles a method of each kind for every class, which is most of what making one takes.
Here a class gets a constructor of its own, and shares what compares, hashes and shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform

_Class = TypeVar("_Class", bound=type[Any])


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def document(made: _Class) -> _Class:
    """Make a class a frozen dataclass with slots, as `dataclass` does, in half of the time."""
    found: Any = dataclass(frozen=True, slots=True, repr=False, eq=False)(made)
    found.__eq__, found.__hash__, found.__repr__ = _equal, _hashed, _shown
    return found  # type: ignore[no-any-return]


def _values(one: Any) -> tuple[object, ...]:  # noqa: ANN401 -- of any such class
    return tuple([getattr(one, name) for name in one.__match_args__])


def _equal(self: object, other: object) -> bool:
    return _values(self) == _values(other) if type(self) is type(other) else NotImplemented


def _hashed(self: object) -> int:
    return hash(_values(self))


def _shown(self: Any) -> str:  # noqa: ANN401 -- of any such class
    told = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
    return f"{type(self).__qualname__}({told})"

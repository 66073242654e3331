"""Makes a frozen value of a document, once it was validated."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

_Value = TypeVar("_Value")


def validated(kind: type[_Value], content: object) -> _Value:
    """Return the document of a kind that a content is. Raises pydantic's ValidationError."""
    made: _Value = _adapter(cast("Any", kind)).validate_python(content)
    return made


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)

"""Writes values as TOML; the standard library only reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final, TypeAlias

Value: TypeAlias = "str | bool | int | date | list[str] | Mapping[str, Value]"

_SHORT: Final = {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_BASIC_PLANE: Final = 0xFFFF


def quoted(text: str) -> str:
    """Return a TOML string of one line; what cannot be seen is spelt out."""
    return f'"{"".join(map(_spelt, text))}"'


def _spelt(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if character.isprintable():
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number <= _BASIC_PLANE else f"\\U{number:08x}"


def assignments(values: Mapping[str, Value]) -> Iterator[str]:
    """Yield a line for each key that TOML may write without quotes."""
    for key, value in values.items():
        yield f"{key} = {_written(value)}"


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(quoted, value))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(assignments(value))} }}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) else quoted(value)

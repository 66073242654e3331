"""Writes values as TOML; the standard library only reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date

Value = str | bool | int | date | list[str]


def quoted(text: str) -> str:
    """Return a TOML string; JSON's is one, but for the character DEL."""
    return json.dumps(text).replace("\x7f", "\\u007f")


def assignments(values: Mapping[str, Value]) -> Iterator[str]:
    """Yield a line for each key that TOML may write without quotes."""
    for key, value in values.items():
        yield f"{key} = {_written(value)}"


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(quoted, value))}]"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) else quoted(value)

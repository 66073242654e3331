"""How values are written into columns: as text that orders as the values do, in both databases."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from auditor.files.json_reading import parse_json
from auditor.fleet.history_model import Cause
from auditor.messages.message import Message, content_of, loaded

_Value = TypeVar("_Value")


def canonical(content: object) -> str:
    """Return the one way to write a content as JSON."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


class _AsText(TypeDecorator[_Value], Generic[_Value]):
    """A value that is written as text."""

    impl = Text
    cache_ok = True
    written: Callable[[Any], str]
    read: Callable[[str], Any]

    def process_bind_param(self, value: _Value | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return the text of a value."""
        return None if value is None else type(self).written(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> _Value | None:  # noqa: ARG002
        """Return the value of a text."""
        return None if value is None else type(self).read(value)


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")


class Moment(_AsText[datetime]):
    """A time in UTC, always as long, so that its text orders as it does."""

    cache_ok = True
    written = staticmethod(_moment)
    read = staticmethod(datetime.fromisoformat)


class Day(_AsText[date]):
    """A calendar day."""

    cache_ok = True
    written = staticmethod(date.isoformat)
    read = staticmethod(date.fromisoformat)


def _message(value: Message) -> str:
    return canonical(content_of(value))


def _read_message(value: str) -> Message:
    return loaded(parse_json(value))


class Said(_AsText[Message]):
    """A message, by its template and parameters."""

    cache_ok = True
    written = staticmethod(_message)
    read = staticmethod(_read_message)


def _messages(value: Iterable[Message]) -> str:
    return canonical([content_of(one) for one in value])


def _read_messages(value: str) -> tuple[Message, ...]:
    return tuple(loaded(one) for one in parse_json(value))


class SaidAll(_AsText[tuple[Message, ...]]):
    """Several messages."""

    cache_ok = True
    written = staticmethod(_messages)
    read = staticmethod(_read_messages)


_BETWEEN: Final = " "


def _read_causes(value: str) -> tuple[Cause, ...]:
    return tuple(Cause(one) for one in value.split())


class Causes(_AsText[tuple[Cause, ...]]):
    """Several causes, in their order."""

    cache_ok = True
    written = staticmethod(_BETWEEN.join)
    read = staticmethod(_read_causes)

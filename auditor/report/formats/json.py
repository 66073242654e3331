"""`report.json` and its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from io import BytesIO
from operator import attrgetter, is_
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter
from pydantic_core import to_json

from auditor.report.schema import v1

SCHEMA_FILE: Final = Path(__file__).parents[1] / "schema" / "schema-v1.json"


class _Fields:
    """Fields of a type by their names: as a dictionary they are encoded in a third of the time."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self.values: attrgetter[tuple[object, ...]] = attrgetter(*names)

    def of(self, told: object) -> dict[str, Any]:
        """Return the fields of an object, in their order."""
        return dict(zip(self._names, self.values(told), strict=False))


def _names(kind: type) -> list[str]:
    return [field.name for field in fields(kind)]


def _apart(names: Sequence[str], name: str) -> tuple[_Fields, Sequence[str]]:
    """Return the fields before one, and the names of it and those after."""
    at = names.index(name)
    return _Fields(names[:at]), names[at:]


_BEFORE, (_, *_more) = _apart(_names(v1.Report), "results")
_AFTER: Final = _Fields(_more)
_BEGUN, (_, *_more) = _apart(_names(v1.Result), "observations")
# What a result says from the remediation on is its rule's, whatever came of it.
_SEEN, _of_rule = _apart(_more, "remediation")
_RULE: Final = _Fields(_of_rule)
# A large system has tens of thousands, so they are never encoded as one text.
_AT_ONCE: Final = 500


class _Told(NamedTuple):
    """What a rule says in each report, and that as JSON."""

    values: tuple[object, ...]
    encoded: bytes


# By the id of the remediation, which stays what it is while the entry holds it. It is encoded once
# for many reports: it is half of each.
_KNOWN: Final[dict[int, _Told]] = {}
_MOST_KNOWN: Final = 1024


def render(report: v1.Report) -> bytes:
    """Return the report as JSON in UTF-8; the same report gives the same bytes."""
    encoded = BytesIO()
    encoded.writelines(pieces_of(report))
    return encoded.getvalue()  # without a copy


def pieces_of(report: v1.Report) -> Iterator[bytes]:
    """Yield the same piece by piece, since that of a large system need not be held as a whole."""
    if not report.results:
        yield to_json(report, indent=1) + b"\n"
        return
    yield _opened(_encoded(_BEFORE.of(report)))
    between = b',\n "results": ['
    for result in report.results:
        yield between
        yield _deeper(b"\n" + _opened(_encoded(_BEGUN.of(result))))
        yield from _observed(result.observations)
        yield _deeper(_opened(_continued(_encoded(_SEEN.of(result)))))
        yield b","
        yield _of_its_rule(result)
        between = b","
    yield b"\n ],"
    yield _continued(_encoded(_AFTER.of(report)))
    yield b"\n"


def _observed(observations: Sequence[v1.Observation]) -> Iterator[bytes]:
    """Yield that a result goes on with what was observed, some at a time."""
    between = b',\n   "observations": ['
    for at in range(0, len(observations), _AT_ONCE):
        yield between
        some = to_json(observations[at : at + _AT_ONCE], indent=1)
        yield _deeper(some.removeprefix(b"[").removesuffix(b"\n]"), 3)
        between = b","
    yield b"\n   ]," if observations else between + b"],"


def _of_its_rule(result: v1.Result) -> bytes:
    """Return what a result says of its rule as JSON, with the end of the result."""
    values = _RULE.values(result)
    known = _KNOWN.get(id(result.remediation))
    if known is None or not all(map(is_, known.values, values)):
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        encoded = _deeper(_continued(_encoded(_RULE.of(result))))
        known = _KNOWN[id(result.remediation)] = _Told(values, encoded)
    return known.encoded


def _encoded(told: dict[str, Any]) -> bytes:
    return to_json(told, indent=1)


def _opened(encoded: bytes) -> bytes:
    """Return an object without its end, so that it can be continued."""
    return encoded.removesuffix(b"\n}")


def _continued(encoded: bytes) -> bytes:
    """Return an object without its beginning, so that it continues another."""
    return encoded.removeprefix(b"{")


def _deeper(encoded: bytes, levels: int = 2) -> bytes:
    """Return JSON so many levels deeper; no text in it has a line break of its own."""
    return encoded.replace(b"\n", b"\n" + b" " * levels)


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the report, made from its types."""
    generated = TypeAdapter(v1.Report).json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:pbx-auditor:report:1.0",
        **generated,
    }


def schema_text() -> str:
    """Return the schema as it is committed and printed."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"

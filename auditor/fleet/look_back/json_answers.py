"""Answers as JSON, and the schema of it: texts for people in a language, all else as it is."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter

from auditor.fleet.look_back.answer_schema import DOCUMENTS, Document
from auditor.messages.both import Both
from auditor.messages.languages import Language, translated
from auditor.messages.message import Message

Told = TypeVar("Told", bound=Document)


def _adapter(kind: type[object]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def json_of(document: Document, language: Language = "en") -> str:
    """Return a document as JSON, its texts for people in a language."""
    told = in_language(document, language)
    return _adapter(type(document)).dump_json(told, indent=2).decode()


def in_language(document: Told, language: Language) -> Told:
    """Return a document whose texts for people are in a language."""
    told: Told = _told(document, language)
    return told


def _told(value: Any, language: Language) -> Any:  # noqa: ANN401 -- whatever a document holds
    if isinstance(value, str):
        return translated(value, language) if isinstance(value, Message | Both) else value
    if isinstance(value, list):
        return [_told(one, language) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        told = {one.name: _told(getattr(value, one.name), language) for one in fields(value)}
        return replace(value, **told)
    return value


def look_back_schema() -> str:
    """Return the JSON Schema of all documents: `document` says which one it is."""
    inputs: list[tuple[str, Literal["serialization"], TypeAdapter[Any]]] = [
        (kind.__name__, "serialization", _adapter(kind)) for kind in DOCUMENTS
    ]
    places, definitions = TypeAdapter.json_schemas(inputs)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:pbx-auditor:look-back:1.0",
        "title": "What is answered about the history of a fleet",
        "oneOf": [places[kind.__name__, "serialization"] for kind in DOCUMENTS],
        **definitions,
    }
    return json.dumps(schema, indent=2) + "\n"

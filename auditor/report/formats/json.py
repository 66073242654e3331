"""`report.json` and its schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic_core import to_json

from auditor.report import v1

SCHEMA_FILE: Final = Path(__file__).parents[1] / "schema-v1.json"


def render(report: v1.Report) -> bytes:
    """Return the report as JSON in UTF-8; the same report gives the same bytes."""
    return to_json(report, indent=1) + b"\n"


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

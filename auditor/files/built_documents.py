"""TOML documents of the package, validated when it was built, by the digest of their bytes.

To do so takes longer than anything else of a start. A document that was changed since has another
digest, so it is parsed and validated anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from auditor.files.inputs import MIB, read_bytes
from auditor.files.json_reading import JsonError, parse_json
from auditor.files.toml_reading import parse_toml
from auditor.resources import built_directory

EXAMPLES: Final = "examples"
_FILE: Final = "documents.json"
_LIMIT: Final = 16 * MIB
_ENCODING: Final = "utf-8-sig"


def parsed(document: bytes) -> Mapping[str, Any]:
    """Return what a document holds. Raises TomlError and UnicodeDecodeError."""
    known = validated(document)
    return parse_toml(document.decode(_ENCODING)) if known is None else known


def validated(document: bytes) -> Mapping[str, Any] | None:
    """Return what a document holds, None if it is not as it was built."""
    return stored().get(_digest(document))


def without_examples(document: bytes) -> Mapping[str, Any] | None:
    """Return what a rule document holds beside its examples, None if it is not as it was built."""
    return stored().get(_digest(document, EXAMPLES))


def store(built: Path, rules: Iterable[bytes], others: Iterable[bytes]) -> None:
    """Write parsed documents, those of rules without their examples. Raises TomlError."""
    found: dict[str, object] = {}
    for document in rules:
        content = parse_toml(document.decode(_ENCODING))
        content.pop(EXAMPLES)
        found[_digest(document, EXAMPLES)] = content
    for document in others:
        found[_digest(document)] = parse_toml(document.decode(_ENCODING))
    # A date becomes a text, which is validated to the same date.
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"), default=str)
    (built / _FILE).write_text(text, encoding="utf-8")


@cache
def stored() -> Mapping[str, Mapping[str, Any]]:
    """Return what was stored, nothing if it cannot be read."""
    try:
        found: Mapping[str, Mapping[str, Any]] = parse_json(
            read_bytes(built_directory() / _FILE, _LIMIT)
        )
    except (OSError, JsonError):
        return {}
    return found


def _digest(document: bytes, left_out: str = "") -> str:
    return hashlib.sha256(document).hexdigest() + left_out

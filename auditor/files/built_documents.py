"""TOML documents of the package, validated when it was built, by the digest of their bytes.

To do so takes longer than anything else of a start. A document that was changed since has another
digest, so it is parsed and validated anew. Nothing else is: so the file begins with a digest of all
that it says, and one that was damaged, or put together of others, counts as none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from auditor.files.inputs import MIB, read_bytes
from auditor.files.json_reading import parse_json
from auditor.files.toml_reading import parse_toml
from auditor.resources import built_directory

EXAMPLES: Final = "examples"
_FILE: Final = "documents.txt"
_LIMIT: Final = 16 * MIB
_ENCODING: Final = "utf-8-sig"
_NAMELESS: Final = "-"


class StoredDocument(NamedTuple):
    """What a document holds, as JSON, and the id of the rule that it is, if it is one."""

    name: str
    content: str

    def parsed(self) -> Mapping[str, Any]:
        """Return what the document holds."""
        found: Mapping[str, Any] = parse_json(self.content)
        return found


def parsed(document: bytes) -> Mapping[str, Any]:
    """Return what a document holds. Raises TomlError and UnicodeDecodeError."""
    known = validated(document)
    return parse_toml(document.decode(_ENCODING)) if known is None else known


def validated(document: bytes) -> Mapping[str, Any] | None:
    """Return what a document holds, None if it is not as it was built."""
    known = stored().get(_digest(document))
    return None if known is None else known.parsed()


def without_examples(document: bytes) -> StoredDocument | None:
    """Return what a rule document holds beside its examples, None if it is not as it was built."""
    return stored().get(_digest(document, EXAMPLES))


def store(built: Path, rules: Iterable[bytes], others: Iterable[bytes]) -> None:
    """Write parsed documents, those of rules without their examples. Raises TomlError."""
    lines = []
    for document in rules:
        content = parse_toml(document.decode(_ENCODING))
        content.pop(EXAMPLES)
        lines.append((_digest(document, EXAMPLES), content["id"], content))
    lines += [(_digest(one), _NAMELESS, parse_toml(one.decode(_ENCODING))) for one in others]
    text = "".join(f"{digest} {name} {_as_json(content)}\n" for digest, name, content in lines)
    whole = text.encode()
    (built / _FILE).write_bytes(f"{_digest(whole)}\n".encode() + whole)


@cache
def stored() -> Mapping[str, StoredDocument]:
    """Return what was stored by its digest, nothing if it is not what was written.

    Each is a line by itself, so that only what is used is parsed.
    """
    try:
        digest, _, whole = read_bytes(built_directory() / _FILE, _LIMIT).partition(b"\n")
    except OSError:
        return {}
    if digest != _digest(whole).encode():
        return {}
    lines = (line.split(" ", 2) for line in whole.decode().split("\n")[:-1])
    return {document: StoredDocument(*rest) for document, *rest in lines}


def _as_json(content: object) -> str:
    # A date becomes a text; whoever makes a value of it takes it for the same date.
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=str)


def _digest(document: bytes, left_out: str = "") -> str:
    return hashlib.sha256(document).hexdigest() + left_out

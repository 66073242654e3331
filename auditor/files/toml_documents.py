"""Documents that are TOML and validated by a model: rules, profiles, dialects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from auditor.errors import LinePlace, RuleDocumentError, first_of
from auditor.files import built_documents
from auditor.files.inputs import MOST_TOML, read_bytes
from auditor.files.os_reasons import why
from auditor.files.toml_reading import TomlError
from auditor.files.validating import validated
from auditor.messages.message import NOTHING, Message, say

_Model = TypeVar("_Model")


def bytes_of_document(path: Path, what: Message, advice: Message = NOTHING) -> bytes:
    """Return the bytes of a file; `what` it is stands in the error. Raises RuleDocumentError."""
    try:
        return read_bytes(path, MOST_TOML)
    except OSError as error:
        reason = say("{what} cannot be read ({why})", what=what, why=why(error))
        raise RuleDocumentError(reason, where=str(path), advice=advice) from None


def parsed(
    content: bytes,
    path: Path,
    model: type[_Model],
    advice: Message = NOTHING,
    *,
    trusted: Callable[[Mapping[str, Any]], _Model] | None = None,
) -> _Model:
    """Return the document that bytes are; `path` names it in errors. Raises RuleDocumentError.

    `trusted` makes a document of what was validated when the package was built.
    """
    built = built_documents.validated(content) if trusted else None
    if trusted and built is not None:
        return trusted(built)
    try:
        return validated(model, _read(content))
    except UnicodeDecodeError:
        raise RuleDocumentError(
            say("not valid TOML: it is not UTF-8"), where=str(path), advice=advice
        ) from None
    except TomlError as error:
        where = LinePlace(path, error.line) if error.line else str(path)
        raise RuleDocumentError(error.reason, where=where, advice=advice) from None
    except ValidationError as error:
        from auditor.files.toml_lines import Lines  # noqa: PLC0415 -- most documents are right
        from auditor.files.wrong_values import all_problems  # noqa: PLC0415

        lines = Lines(content.decode("utf-8-sig"))
        raise first_of(
            [
                RuleDocumentError(
                    one.told(), where=LinePlace(path, lines.of(one.keys)), advice=advice
                )
                for one in all_problems(error, model, _read(content))
            ]
        ) from None


@lru_cache(maxsize=256)
def _read(content: bytes) -> Mapping[str, object]:
    """Return what TOML says; a model makes its own of it, so that nobody changes what is kept.

    Whoever runs many audits in one process reads the same documents each time, and it is slow.
    """
    return built_documents.parsed(content)

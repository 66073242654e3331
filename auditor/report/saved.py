"""Reads a `report.json` or a baseline back, validated on the way in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from auditor.errors import InputError
from auditor.report import v1
from auditor.report.compare import BASELINE_VERSION, Baseline

_ADVICE: Final = "give a report.json that this version of pbx-auditor wrote"
_LARGEST: Final = 512 * 1024 * 1024
_Document = TypeVar("_Document")


def load_report(path: Path) -> v1.Report:
    """Return a saved report. Raises InputError if the file is none, or cannot be read.

    Reports of earlier programs with this schema version lack what was added since; they are read
    with its defaults. Other versions are refused.
    """
    return _load(path, v1.Report, "report", ("schema_version", v1.SCHEMA_VERSION))


def load_baseline(path: Path) -> Baseline:
    """Return a saved baseline. Raises InputError if the file is none, or cannot be read."""
    return _load(path, Baseline, "baseline", ("baseline_version", BASELINE_VERSION))


def _load(path: Path, kind: type[_Document], noun: str, version: tuple[str, str]) -> _Document:
    document = _read(path, noun)
    key, known = version
    found = document.get(key)
    if not isinstance(found, str):
        raise InputError(f"this is no {noun}, see {key}", where=str(path), advice=_ADVICE)
    if found != known:
        raise InputError(
            f"the {noun} has version {found!r:.20}, and this program reads {known!r} only",
            where=str(path),
            advice="make it anew, or use the program that wrote it",
        )
    try:
        return TypeAdapter(kind).validate_python(document)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        reason = f"this is no {noun}, see {place}"
        raise InputError(reason, where=str(path), advice=_ADVICE) from None


def _read(path: Path, noun: str) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"this is too large for a {noun}", where=str(path), advice=_ADVICE)
        document = json.loads(path.read_bytes())
    except OSError as error:
        reason = f"the {noun} cannot be read ({error.strerror})"
        raise InputError(reason, where=str(path), advice="check the path") from None
    except json.JSONDecodeError as error:
        place = f"{path}:{error.lineno}:{error.colno}"
        raise InputError(f"this is no {noun}: no JSON", where=place, advice=_ADVICE) from None
    except (ValueError, RecursionError):  # no UTF-8, numbers or nesting without end
        raise InputError(f"this is no {noun}: no JSON", where=str(path), advice=_ADVICE) from None
    if not isinstance(document, dict):
        raise InputError(f"this is no {noun}", where=str(path), advice=_ADVICE)
    return document

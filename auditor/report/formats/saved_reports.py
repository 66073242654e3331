"""Reads a `report.json`, the one inside a `report.html`, or a baseline; validated on the way in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from pydantic import TypeAdapter, ValidationError

from auditor.errors import InputError
from auditor.files.inputs import MIB, read_bytes
from auditor.files.json_reading import JsonError, parse_json
from auditor.files.kinds import other_kind, similar_file
from auditor.report import v1
from auditor.report.compare import BASELINE_VERSION, Baseline
from auditor.report.embedded import NoReportError, is_page, unpack
from auditor.report.handover.branding import of_report

_ADVICE: Final = "give a report.json or report.html that this version of pbx-auditor wrote"
_LARGEST: Final = 512 * MIB
_Document = TypeVar("_Document")


class SavedKind(NamedTuple):
    """What a file has to be, and the option that named it."""

    noun: str
    version_key: str
    version: str
    option: str


def load_report(path: Path, option: str = "--in") -> v1.Report:
    """Return a saved report, which `option` named.

    Raises InputError if the file is none, cannot be read, or has a branding that is refused.
    Reports of earlier programs with this schema version lack what was added since; they are read
    with its defaults. Other versions are refused.
    """
    report = _load(
        path, _reports(), SavedKind("report", "schema_version", v1.SCHEMA_VERSION, option)
    )
    if report.branding:
        of_report(report.branding, str(path))
    return report


def load_baseline(path: Path) -> Baseline:
    """Return a saved baseline. Raises InputError if the file is none, or cannot be read."""
    return _load(
        path,
        _baselines(),
        SavedKind("baseline", "baseline_version", BASELINE_VERSION, "--baseline"),
    )


@cache
def _reports() -> TypeAdapter[v1.Report]:
    return TypeAdapter(v1.Report)


@cache
def _baselines() -> TypeAdapter[Baseline]:
    return TypeAdapter(Baseline)


def _load(path: Path, adapter: TypeAdapter[_Document], kind: SavedKind) -> _Document:
    document = _read(path, kind)
    found = document.get(kind.version_key)
    if not isinstance(found, str):
        reason = f"this is no {kind.noun}, see {kind.version_key}"
        raise InputError(reason, where=str(path), advice=other_kind(path) or _ADVICE)
    if found != kind.version:
        raise InputError(
            f"the {kind.noun} has version {found!r:.20}, and this program reads {kind.version!r}",
            where=str(path),
            advice="make it anew, or use the program that wrote it",
        )
    try:
        return adapter.validate_python(document)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        reason = f"this is no {kind.noun}, see {place}"
        advice = other_kind(path) or _ADVICE
        raise InputError(reason, where=str(path), advice=advice) from None


def _read(path: Path, kind: SavedKind) -> dict[str, Any]:
    noun = kind.noun
    try:
        content = read_bytes(path, _LARGEST)
        document = parse_json(unpack(content) if is_page(content) else content)
    except OSError as error:
        reason = f"the {noun} cannot be read ({error.strerror})"
        similar = "" if path.exists() else similar_file(path)
        advice = f"did you mean {similar}? Else check {kind.option}" if similar else ""
        raise InputError(reason, where=str(path), advice=advice or f"check {kind.option}") from None
    except NoReportError as error:
        raise InputError(f"{error}", where=str(path), advice=_ADVICE) from None
    except JsonError as error:
        place = f"{path}:{error.line}:{error.column}" if error.line else str(path)
        advice = other_kind(path) or _ADVICE
        raise InputError(f"this is no {noun}: {error}", where=place, advice=advice) from None
    if not isinstance(document, dict):
        raise InputError(f"this is no {noun}", where=str(path), advice=_ADVICE)
    return document

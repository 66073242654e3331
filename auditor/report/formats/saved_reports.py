"""Reads a `report.json`, the one inside a `report.html`, or a baseline; validated on the way in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from pydantic import TypeAdapter, ValidationError

from auditor.errors import InputError, OptionPlace
from auditor.files.inputs import MIB, read_bytes
from auditor.files.json_reading import JsonError, parse_json
from auditor.files.kinds import other_kind
from auditor.files.os_reasons import cannot_read
from auditor.messages.message import Message, say
from auditor.report.branding.branding_file import of_report
from auditor.report.compare import BASELINE_VERSION, Baseline
from auditor.report.embedded import NoReportError, is_page, report_in_page
from auditor.report.schema import v1

_ADVICE: Final = say("give a report.json or report.html that this version of pbx-auditor wrote")
_LARGEST: Final = 512 * MIB
_OPTION: Final = OptionPlace("--in")
_Document = TypeVar("_Document")


class SavedKind(NamedTuple):
    """What a file has to be, what is said of one that is not, and the option that named it."""

    name: Message
    refusal: Message
    version_key: str
    version: str
    option: str


def load_report(path: Path, option: str = _OPTION) -> v1.Report:
    """Return a saved report, which `option` named.

    Raises InputError if the file is none, cannot be read, or has a branding that is refused.
    Reports of earlier programs with this schema version lack what was added since; they are read
    with its defaults. Other versions are refused.
    """
    report = _load(
        path,
        _reports(),
        SavedKind(
            say("the report"),
            say("this is no report"),
            "schema_version",
            v1.SCHEMA_VERSION,
            option,
        ),
    )
    if report.branding:
        of_report(report.branding, str(path))
    return report


def load_baseline(path: Path) -> Baseline:
    """Return a saved baseline. Raises InputError if the file is none, or cannot be read."""
    return _load(
        path,
        _baselines(),
        SavedKind(
            say("the baseline"),
            say("this is no baseline"),
            "baseline_version",
            BASELINE_VERSION,
            OptionPlace("--baseline"),
        ),
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
        reason = say("{reason}, see {place}", reason=kind.refusal, place=kind.version_key)
        raise InputError(reason, where=str(path), advice=other_kind(path) or _ADVICE)
    if found != kind.version:
        raise InputError(
            say(
                "{what} has version {found}, and this program reads {version}",
                what=kind.name,
                found=f"{found!r:.20}",
                version=f"{kind.version!r}",
            ),
            where=str(path),
            advice=say("make it anew, or use the program that wrote it"),
        )
    try:
        return adapter.validate_python(document)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        reason = say("{reason}, see {place}", reason=kind.refusal, place=place)
        advice = other_kind(path) or _ADVICE
        raise InputError(reason, where=str(path), advice=advice) from None


def _read(path: Path, kind: SavedKind) -> dict[str, Any]:
    try:
        content = read_bytes(path, _LARGEST)
        document = parse_json(report_in_page(content) if is_page(content) else content)
    except OSError as error:
        raise cannot_read(kind.name, path, error, kind.option, InputError) from None
    except NoReportError as error:
        raise InputError(error.reason, where=str(path), advice=_ADVICE) from None
    except JsonError as error:
        place = f"{path}:{error.line}:{error.column}" if error.line else str(path)
        advice = other_kind(path) or _ADVICE
        raise InputError(
            say("{refusal}: {reason}", refusal=kind.refusal, reason=error.reason),
            where=place,
            advice=advice,
        ) from None
    if not isinstance(document, dict):
        raise InputError(kind.refusal, where=str(path), advice=_ADVICE)
    return document

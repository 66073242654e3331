"""Reads a `report.json`, or the one inside a `report.html`, validated on the way in."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from auditor.errors import InputError
from auditor.report import v1
from auditor.report.embedded import NoReportError, is_page, unpack

_ADVICE = "give a report.json or report.html that this version of pbx-auditor wrote"


def load_report(path: Path, option: str = "--in") -> v1.Report:
    """Return a saved report, which `option` named.

    Raises InputError if the file is none, or cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = f"the report cannot be read ({error.strerror})"
        raise InputError(reason, where=str(path), advice=f"check {option}") from None
    try:
        content = unpack(content) if is_page(content) else content
    except NoReportError as error:
        raise InputError(f"{error}", where=str(path), advice=_ADVICE) from None
    try:
        return TypeAdapter(v1.Report).validate_json(content)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        reason = f"this is no report, see {place}" if place else "this is no report"
        raise InputError(reason, where=str(path), advice=_ADVICE) from None

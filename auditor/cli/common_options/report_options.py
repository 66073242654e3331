"""The options that several commands have about reports, and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.errors import InputError, OptionPlace
from auditor.messages.message import say
from auditor.messages.suggestions import did_you_mean
from auditor.report.acceptance import Details
from auditor.run.outputs import FORMATS

if TYPE_CHECKING:
    from auditor.report.compare import Baseline

DetailsOption = Annotated[
    Details | None,
    typer.Option(
        help="Details on paper and in the PDF: of all controls, or of open ones only. "
        "A handover has a short record and an annex; `all` makes one file of both."
    ),
]


class JunitPer(StrEnum):
    """What one JUnit test case is about."""

    RULE = "rule"
    OBJECT = "object"


def chosen(text: str, known: Sequence[str] = FORMATS) -> tuple[str, ...]:
    """Return the formats of a comma-separated list, each once. Raises InputError."""
    wanted = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [part for part in wanted if part not in known]
    if unknown or not wanted:
        raise InputError(
            say("there is no format {name} here", name=f"{unknown[0]!r:.40}")
            if unknown
            else say("no format is named"),
            where=OptionPlace("--format"),
            advice=did_you_mean(unknown[0] if unknown else "", known),
        )
    if "pdf" in wanted:
        from auditor.report.formats import pdf  # noqa: PLC0415

        pdf.find_browser()
    return wanted


def chosen_baseline(path: Path | None, *, fail_on_new: bool) -> Baseline | None:
    """Return the baseline of the command line, if any. Raises InputError."""
    if path is not None:
        from auditor.report.formats.saved_reports import load_baseline  # noqa: PLC0415

        return load_baseline(path)
    if fail_on_new:
        raise InputError(
            say("there is nothing to compare with"),
            where=OptionPlace("--fail-on-new"),
            advice=say("give --baseline FILE, made by `pbx-auditor baseline create`"),
        )
    return None

"""A report as flat rows: what every gate format lists, one entry per subject and control."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from auditor.messages.titles import Title
from auditor.report.prose import title_of
from auditor.report.schema import v1
from auditor.report.text import visible

_UNDECIDED: Final = frozenset({"unknown", "error", "manual"})


class Row(NamedTuple):
    """One control on one subject; `observation` is None if the control looked at nothing.

    `outcome` is never better than the control's: an undecided control has an undecided row.
    """

    result: v1.Result
    observation: v1.Observation | None
    outcome: v1.StatusWord

    @property
    def fingerprint(self) -> str:
        """Return what identifies the row in every run."""
        return (
            self.observation.fingerprint
            if self.observation
            else f"control:{visible(self.result.id)}"
        )

    @property
    def subject(self) -> str:
        """Return the name of the subject, empty for the control as a whole."""
        return self.observation.subject if self.observation else ""

    @property
    def title(self) -> Title:
        """Return the title of the control that belongs to the outcome."""
        return title_of(self.result, self.outcome)

    @property
    def detail(self) -> str:
        """Return what was found, or why nothing was."""
        return self.observation.detail if self.observation else self.result.reason


def rows(report: v1.Report) -> Iterator[Row]:
    """Yield every row in the order of the report."""
    for result in report.results:
        yield from rows_of(result)


def rows_of(result: v1.Result) -> Iterator[Row]:
    """Yield the rows of one control."""
    found = [Row(result, seen, outcome_of_row(result, seen)) for seen in result.observations]
    hidden = result.status in _UNDECIDED and all(row.outcome not in _UNDECIDED for row in found)
    if hidden or not found:
        yield Row(result, None, result.status)
    yield from found


def acceptances(report: v1.Report) -> dict[str, v1.Accepted]:
    """Return the accepted violations by fingerprint."""
    return {entry.fingerprint: entry for entry in report.accepted}


def undecided(report: v1.Report) -> list[v1.Result]:
    """Return the controls that nobody can say are fine."""
    return [result for result in report.results if result.status in _UNDECIDED]


def outcome_of_row(result: v1.Result, seen: v1.Observation) -> v1.StatusWord:
    """Return what came of a control for one subject."""
    match seen.verdict:
        case "violated":
            return "waived" if seen.waived else "failed"
        case "undetermined":
            return result.status if result.status in _UNDECIDED else "unknown"
        case "compliant":
            return "passed"

"""The verdict: a word for programs, and one sentence for people who read nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.model.vocabulary import Status
from auditor.report import v1


def verdict(by_status: Mapping[str, int]) -> v1.VerdictWord:
    """Return the word, given the number of controls by status."""
    if by_status[Status.FAILED]:
        return "noncompliant"
    if by_status[Status.UNKNOWN] or by_status[Status.ERROR]:
        return "incomplete"
    decided = by_status[Status.PASSED] + by_status[Status.WAIVED]
    return "compliant" if decided else "nothing-audited"


def sentence(by_status: Mapping[str, int], by_severity: Mapping[str, int]) -> str:
    """Return the sentence, given the number of controls by status and of failed by severity."""
    failed, waived = by_status[Status.FAILED], by_status[Status.WAIVED]
    undecided = by_status[Status.UNKNOWN] + by_status[Status.ERROR]
    open_part = f"{_controls(undecided)} could not be decided" if undecided else ""
    waived_part = f"{_controls(waived)} violated, but waived" if waived else ""
    if failed:
        worst = ", ".join(f"{count} {name}" for name, count in by_severity.items() if count)
        first = f"Not compliant: {_controls(failed)} failed ({worst})"
        return "; ".join(part for part in (first, open_part, waived_part) if part) + "."
    if open_part:
        first = f"Not proven: {open_part}, and none of the others failed"
        return "; ".join(part for part in (first, waived_part) if part) + "."
    return _settled(by_status[Status.PASSED], waived)


def _settled(passed: int, waived: int) -> str:
    """Return the sentence about a system of which nothing failed and nothing is open."""
    if waived:
        return (
            f"{WITH_ACCEPTED}: {_controls(passed)} passed, and somebody accepted "
            f"the violations of {_controls(waived)}."
        )
    if passed:
        return f"Compliant: {_controls(passed)} passed, none failed and none was left open."
    return "Nothing was audited: no control applied."


WITH_ACCEPTED = "Compliant but for accepted risks"


def _controls(count: int) -> str:
    return f"{count} control" if count == 1 else f"{count} controls"

"""The score: a published formula that is withheld rather than flattering.

Formula 1: 100 x (weight of passed controls) / (weight of passed, failed and waived controls), with
the weights below; at most 49 while a critical control is failed or waived. A risk that somebody
accepted is as large as before, so waived counts as failed. Controls that are manual or not
applicable do not count. Withheld while any control is unknown or in error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from auditor.model.result import ControlResult
from auditor.model.vocabulary import Severity, Status

FORMULA: Final = 1
CRITICAL_CAP: Final = 49
WEIGHTS: Final = {
    Severity.CRITICAL: 10,
    Severity.HIGH: 6,
    Severity.MEDIUM: 3,
    Severity.LOW: 1,
    Severity.INFO: 0,
}


def score(results: Sequence[ControlResult]) -> tuple[int | None, str]:
    """Return the score 0 to 100 and how it came about, or None and why it is withheld."""
    open_ones = [r for r in results if r.status in {Status.UNKNOWN, Status.ERROR}]
    if open_ones:
        count = "1 control" if len(open_ones) == 1 else f"{len(open_ones)} controls"
        return None, f"withheld: {count} could not be decided"
    passed = sum(WEIGHTS[r.severity] for r in results if r.status is Status.PASSED)
    bad = [r for r in results if r.status in {Status.FAILED, Status.WAIVED}]
    failed = sum(WEIGHTS[r.severity] for r in bad)
    if not passed + failed:
        return None, "withheld: no control was assessed"
    value = 100 * passed // (passed + failed)
    waived = any(r.status is Status.WAIVED for r in bad)
    note = f"formula {FORMULA}{', waived controls count as failed' if waived else ''}"
    if value > CRITICAL_CAP and any(r.severity is Severity.CRITICAL for r in bad):
        return CRITICAL_CAP, f"{note}, capped because a critical control fails"
    return value, note

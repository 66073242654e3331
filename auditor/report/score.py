"""The score: a published formula that is withheld rather than flattering.

Formula 1: 100 x (weight of passed controls) / (weight of passed and failed controls), with the
weights below; at most 49 while a critical control fails. Controls that are waived, manual or not
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
    failed = sum(WEIGHTS[r.severity] for r in results if r.status is Status.FAILED)
    if not passed + failed:
        return None, "withheld: no control was assessed"
    value = 100 * passed // (passed + failed)
    critical = any(r.status is Status.FAILED and r.severity is Severity.CRITICAL for r in results)
    if critical and value > CRITICAL_CAP:
        return CRITICAL_CAP, f"formula {FORMULA}, capped because a critical control fails"
    return value, f"formula {FORMULA}"

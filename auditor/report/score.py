"""The score: a published formula that is withheld rather than flattering.

Formula 2: 100 x (weight of passed controls) / (weight of passed, failed and waived controls), with
the weights below; at most 49 while a critical control is failed or waived. A risk that somebody
accepted is as large as before, so waived counts as failed. Controls that are manual, unknown, in
error or not applicable do not count. Withheld while fewer of the applicable controls were decided
than the profile asks for; manual, unknown and error are not decided. Withheld, too, while one of
several open controls has failed for certain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from auditor.messages.message import Message, joined, say, template
from auditor.model.result import ControlResult, certain_failures
from auditor.model.vocabulary import Severity, Status
from auditor.report.counts import open_counts

FORMULA: Final = 2
CRITICAL_CAP: Final = 49
_ALL: Final = 100
_DECIDED: Final = frozenset({Status.PASSED, Status.FAILED, Status.WAIVED})
WEIGHTS: Final = {
    Severity.CRITICAL: 10,
    Severity.HIGH: 6,
    Severity.MEDIUM: 3,
    Severity.LOW: 1,
    Severity.INFO: 0,
}


class Decided(NamedTuple):
    """How many of the controls that apply were decided by the audit."""

    controls: int
    applicable: int

    @property
    def percent(self) -> float:
        """Return the share in percent, 0 if no control applies."""
        return round(100 * self.controls / self.applicable, 1) if self.applicable else 0.0


def decided(results: Sequence[ControlResult]) -> Decided:
    """Return how many controls apply, and how many of them were decided."""
    applicable = sum(r.status is not Status.NOT_APPLICABLE for r in results)
    return Decided(sum(r.status in _DECIDED for r in results), applicable)


def _is_bad(result: ControlResult) -> bool:
    """Return whether a control is violated, accepted or not, whatever else is open about it."""
    return result.status in {Status.FAILED, Status.WAIVED} or any(
        finding.accepted for finding in result.findings
    )


def score(results: Sequence[ControlResult], minimum_coverage: int) -> tuple[int | None, Message]:
    """Return the score 0 to 100 and how it came about, or None and why it is withheld.

    `minimum_coverage` is the percentage of applicable controls that must be decided.
    """
    found = decided(results)
    if 100 * found.controls < minimum_coverage * found.applicable:
        return None, _withheld(_too_few(results, minimum_coverage))
    pairs = [(subject, result.rule.id) for result in results for subject in result.either_or]
    if certain_failures(pairs):
        reason = say("one of several controls failed for certain, which one is open")
        return None, _withheld(reason)
    passed = sum(WEIGHTS[r.severity] for r in results if r.status is Status.PASSED)
    bad = [r for r in results if _is_bad(r)]
    failed = sum(WEIGHTS[r.severity] for r in bad)
    if not passed + failed:
        return None, _withheld(say("no control was assessed"))
    value = 100 * passed // (passed + failed)
    is_capped = value > CRITICAL_CAP and any(r.severity is Severity.CRITICAL for r in bad)
    waived = any(r.status is Status.WAIVED for r in bad)
    return CRITICAL_CAP if is_capped else value, say(_NOTES[waived, is_capped], version=FORMULA)


def _withheld(reason: str) -> Message:
    return say("withheld: {reason}", reason=reason)


def _too_few(results: Sequence[ControlResult], needed: int) -> str:
    """Return what is open, and how many per cent must be decided."""
    left = open_counts(Counter(result.status.value for result in results))
    told = joined("{one}, {other}", [one.told for one in left])
    if needed == _ALL:
        return told
    return say("{left}; {percent}% of the controls must be decided", left=told, percent=needed)


# How a score came about: whether waived controls count in it, and whether it is capped.
_NOTES: Final = {
    (False, False): template("formula {version}"),
    (False, True): template("formula {version}, capped because a critical control fails"),
    (True, False): template("formula {version}, accepted controls count as failed"),
    (True, True): template(
        "formula {version}, accepted controls count as failed, capped because a critical control "
        "fails"
    ),
}

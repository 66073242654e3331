"""Results and thresholds to an exit code, with every reason. The table is in the README."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from auditor.errors import ExitCode
from auditor.model.result import ControlResult, certain_failures
from auditor.model.vocabulary import Severity, Status, Verdict

_PRECEDENCE: Final = (
    ExitCode.INTERRUPTED,
    ExitCode.TERMINATED,
    ExitCode.INTERNAL,
    ExitCode.USAGE,
    ExitCode.FINDINGS,
    ExitCode.OUTPUT,
    ExitCode.UNREACHABLE,
    ExitCode.INCOMPLETE,
    ExitCode.NOTHING_TO_DO,
    ExitCode.OK,
)


class Incomplete(StrEnum):
    """What an incomplete audit does to the exit code."""

    FAIL = "fail"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What the caller tolerates."""

    fail_on: Severity = Severity.HIGH
    incomplete: Incomplete = Incomplete.FAIL


@dataclass(frozen=True, slots=True)
class Decision:
    """The exit code and every reason that spoke for one, strongest first."""

    code: ExitCode
    reasons: tuple[str, ...]


def decide(
    results: Sequence[ControlResult], thresholds: Thresholds, known: frozenset[str] = frozenset()
) -> Decision:
    """Return the decision about one audited target; `known` violations do not count as findings.

    They are named by fingerprint. A control counts as soon as one violation of it is not known.
    """
    reasons: list[tuple[ExitCode, str]] = []
    failed = [
        result
        for result in results
        if result.status is Status.FAILED and result.severity.rank <= thresholds.fail_on.rank
    ]
    fresh = [result for result in failed if not _is_known(result, known)]
    if fresh:
        names = ", ".join(result.rule.id for result in fresh)
        reasons.append(
            (ExitCode.FINDINGS, f"failed at or above {thresholds.fail_on.value}: {names}")
        )
    reasons += _certain(results, thresholds)
    tolerated = [result.rule.id for result in failed if _is_known(result, known)]
    if tolerated:
        names = ", ".join(tolerated)
        reasons.append((ExitCode.OK, f"failed, but known from the baseline: {names}"))
    open_ones = [r for r in results if r.status in {Status.UNKNOWN, Status.ERROR}]
    if open_ones:
        names = ", ".join(result.rule.id for result in open_ones)
        accept = thresholds.incomplete is Incomplete.WARN
        code = ExitCode.OK if accept else ExitCode.INCOMPLETE
        note = " (tolerated)" if accept else ""
        reasons.append((code, f"could not be decided{note}: {names}"))
    accepted = [result.rule.id for result in results if result.status is Status.WAIVED]
    if accepted:
        reasons.append((ExitCode.OK, f"accepted by waivers: {', '.join(accepted)}"))
    if not any(r.status is not Status.NOT_APPLICABLE for r in results):
        reasons.append((ExitCode.NOTHING_TO_DO, "no control applied"))
    code = strongest(code for code, _ in reasons)
    return Decision(code, tuple(f"{code.value}: {text}" for code, text in reasons))


def _certain(
    results: Sequence[ControlResult], thresholds: Thresholds
) -> Iterator[tuple[ExitCode, str]]:
    """Yield that one of several controls has failed although each of them by itself is open."""
    by_name = {result.rule.id: result for result in results}
    pairs = [(subject, result.rule.id) for result in results for subject in result.either_or]
    for names in certain_failures(pairs):
        mildest = max(by_name[name].severity.rank for name in names)
        counts = mildest <= thresholds.fail_on.rank
        code = ExitCode.FINDINGS if counts else ExitCode.INCOMPLETE
        yield code, f"one of these failed for certain, which one is open: {', '.join(names)}"


def _is_known(result: ControlResult, known: frozenset[str]) -> bool:
    violations = [
        finding.fingerprint
        for finding in result.findings
        if finding.observation.verdict is Verdict.VIOLATED and finding.accepted is None
    ]
    return bool(violations) and known.issuperset(violations)


def strongest(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the code that wins by precedence 70 > 2 > 1 > 6 > 3 > 4 > 5 > 0."""
    return min(codes, key=_PRECEDENCE.index, default=ExitCode.OK)

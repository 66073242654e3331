"""Results and thresholds to an exit code, with every reason. The table is in the README."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from auditor.errors import ExitCode
from auditor.model.result import ControlResult
from auditor.model.vocabulary import Severity, Status

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


def decide(results: Sequence[ControlResult], thresholds: Thresholds) -> Decision:
    """Return the decision about one audited target."""
    reasons: list[tuple[ExitCode, str]] = []
    failed = [
        result
        for result in results
        if result.status is Status.FAILED and result.severity.rank <= thresholds.fail_on.rank
    ]
    if failed:
        names = ", ".join(result.rule.id for result in failed)
        reasons.append(
            (ExitCode.FINDINGS, f"failed at or above {thresholds.fail_on.value}: {names}")
        )
    open_ones = [r for r in results if r.status in {Status.UNKNOWN, Status.ERROR}]
    if open_ones:
        names = ", ".join(result.rule.id for result in open_ones)
        tolerated = thresholds.incomplete is Incomplete.WARN
        code = ExitCode.OK if tolerated else ExitCode.INCOMPLETE
        note = " (tolerated)" if tolerated else ""
        reasons.append((code, f"could not be decided{note}: {names}"))
    accepted = [result.rule.id for result in results if result.status is Status.WAIVED]
    if accepted:
        reasons.append((ExitCode.OK, f"accepted by waivers: {', '.join(accepted)}"))
    if not any(r.status is not Status.NOT_APPLICABLE for r in results):
        reasons.append((ExitCode.NOTHING_TO_DO, "no control applied"))
    code = strongest(code for code, _ in reasons)
    return Decision(code, tuple(f"{code.value}: {text}" for code, text in reasons))


def strongest(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the code that wins by precedence 70 > 2 > 1 > 6 > 3 > 4 > 5 > 0."""
    return min(codes, key=_PRECEDENCE.index, default=ExitCode.OK)

"""Decides the exit code from results and thresholds, with every reason; see the README."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from auditor.errors import ExitCode
from auditor.messages.message import Message, say, template
from auditor.model.decision import Decision, Incomplete, Thresholds
from auditor.model.result import ControlResult, certain_failures
from auditor.model.vocabulary import Status, Verdict

_PRECEDENCE: Final = (
    ExitCode.INTERRUPTED,
    ExitCode.TERMINATED,
    ExitCode.INTERNAL,
    ExitCode.USAGE,
    ExitCode.BUSY,
    ExitCode.FINDINGS,
    ExitCode.OUTPUT,
    ExitCode.UNREACHABLE,
    ExitCode.INCOMPLETE,
    ExitCode.NOTHING_TO_DO,
    ExitCode.OK,
)


_KNOWN: Final = template("{code}: failed, but known from the baseline: {names}")
_TOLERATED: Final = template("{code}: could not be decided (tolerated): {names}")
_ACCEPTED: Final = template("{code}: accepted by waivers: {names}")


def decide(
    results: Sequence[ControlResult], thresholds: Thresholds, known: frozenset[str] = frozenset()
) -> Decision:
    """Return the decision about one audited target; `known` violations do not count as findings.

    They are named by fingerprint. A control counts as soon as one violation of it is not known.
    """
    reasons: list[tuple[ExitCode, Message]] = []
    failed = [
        result
        for result in results
        if result.status is Status.FAILED and result.severity.rank <= thresholds.fail_on.rank
    ]
    fresh = [result for result in failed if not _is_known(result, known)]
    if fresh:
        code = ExitCode.FINDINGS
        reason = say(
            "{code}: failed at or above {severity}: {names}",
            code=code.value,
            severity=say(thresholds.fail_on.value),
            names=_names(fresh),
        )
        reasons.append((code, reason))
    reasons += _certain(results, thresholds)
    tolerated = [result for result in failed if _is_known(result, known)]
    if tolerated:
        reasons.append(_fine(_KNOWN, tolerated))
    open_ones = [r for r in results if r.status in {Status.UNKNOWN, Status.ERROR}]
    if open_ones:
        reasons.append(_open(open_ones, thresholds.incomplete))
    accepted = [result for result in results if result.status is Status.WAIVED]
    if accepted:
        reasons.append(_fine(_ACCEPTED, accepted))
    if not any(r.status is not Status.NOT_APPLICABLE for r in results):
        code = ExitCode.NOTHING_TO_DO
        reasons.append((code, say("{code}: no control applied", code=code.value)))
    return Decision(strongest(code for code, _ in reasons), tuple(text for _, text in reasons))


def _open(open_ones: Sequence[ControlResult], incomplete: Incomplete) -> tuple[ExitCode, Message]:
    """Return what controls that could not be decided come to."""
    if incomplete is Incomplete.WARN:
        return _fine(_TOLERATED, open_ones)
    code = ExitCode.INCOMPLETE
    text = say("{code}: could not be decided: {names}", code=code.value, names=_names(open_ones))
    return code, text


def _fine(text: str, results: Iterable[ControlResult]) -> tuple[ExitCode, Message]:
    return ExitCode.OK, say(text, code=ExitCode.OK.value, names=_names(results))


def _names(results: Iterable[ControlResult]) -> str:
    return ", ".join(result.rule.id for result in results)


def _certain(
    results: Sequence[ControlResult], thresholds: Thresholds
) -> Iterator[tuple[ExitCode, Message]]:
    """Yield that one of several controls has failed although each of them by itself is open."""
    by_name = {result.rule.id: result for result in results}
    pairs = [(subject, result.rule.id) for result in results for subject in result.either_or]
    for names in certain_failures(pairs):
        mildest = max(by_name[name].severity.rank for name in names)
        counts = mildest <= thresholds.fail_on.rank
        code = ExitCode.FINDINGS if counts else ExitCode.INCOMPLETE
        yield (
            code,
            say(
                "{code}: one of these failed for certain, which one is open: {names}",
                code=code.value,
                names=", ".join(names),
            ),
        )


def _is_known(result: ControlResult, known: frozenset[str]) -> bool:
    violations = [
        finding.fingerprint
        for finding in result.findings
        if finding.observation.verdict is Verdict.VIOLATED and finding.accepted is None
    ]
    return bool(violations) and known.issuperset(violations)


def strongest(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the code that wins by precedence 70 > 2 > 75 > 1 > 6 > 3 > 4 > 5 > 0."""
    return min(codes, key=_PRECEDENCE.index, default=ExitCode.OK)

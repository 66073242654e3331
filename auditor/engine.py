"""Runs every control, keeps crashes apart, and folds observations into outcomes."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from auditor.checks import CHECKS, Check
from auditor.checks.parameters import Parameters
from auditor.model.result import ControlResult, Finding, Observation, Subject
from auditor.model.rule import ParameterValue, RuleDocument
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Area, Automation, Coverage, Status, Verdict
from auditor.view import AuditView

_REASONS: Final = 3
_VERDICT_ORDER: Final = (Verdict.VIOLATED, Verdict.UNDETERMINED, Verdict.COMPLIANT)


def run_controls(
    view: AuditView,
    rules: Iterable[RuleDocument],
    overrides: Mapping[str, Mapping[str, ParameterValue]],
    checks: Mapping[str, Check] = CHECKS,
) -> list[ControlResult]:
    """Return one result per control, in the order given."""
    return [_run(view, rule, overrides.get(rule.id, {}), checks[rule.id]) for rule in rules]


def _run(
    view: AuditView, rule: RuleDocument, override: Mapping[str, ParameterValue], check: Check
) -> ControlResult:
    changed = {name: value for name, value in override.items() if name != "reason"}
    values = {**rule.params, **changed}
    reason = str(override.get("reason", "")) if changed else ""
    try:
        seen = list(check(view, Parameters(values)))
    except Exception as error:  # noqa: BLE001 -- a crash is an outcome, shown as such
        return ControlResult(
            rule,
            Status.ERROR,
            rule.severity,
            reason=_crash(error),
            overridden=reason,
            parameters=dict(values),
        )
    observations = [*seen, *_unread(view.snapshot, rule)]
    status = fold(observations)
    if status is Status.UNKNOWN and rule.automation is Automation.ATTESTED:
        status = Status.MANUAL
    return ControlResult(
        rule,
        status,
        rule.severity,
        _findings(view.snapshot.target, rule.id, observations),
        rule.nothing_seen if status is Status.NOT_APPLICABLE else "",
        reason,
        dict(values),
    )


def fold(observations: Iterable[Observation]) -> Status:
    """Return failed, unknown or passed by the worst verdict; not-applicable if there is none."""
    verdicts = {observation.verdict for observation in observations}
    if Verdict.VIOLATED in verdicts:
        return Status.FAILED
    if Verdict.UNDETERMINED in verdicts:
        return Status.UNKNOWN
    return Status.PASSED if verdicts else Status.NOT_APPLICABLE


def _unread(snapshot: Snapshot, rule: RuleDocument) -> Iterator[Observation]:
    """Yield what the control needed and could not read; so no check can pass without it."""
    for area in dict.fromkeys([*rule.facts, *rule.complete]):
        coverage = snapshot.coverage(area)
        if coverage is Coverage.COMPLETE:
            continue
        if coverage is Coverage.PARTIAL and area not in rule.complete:
            continue
        yield Observation(
            Subject("area", area.value, area.value.replace("_", " ")),
            Verdict.UNDETERMINED,
            _reason(snapshot, area, coverage),
            "coverage",
        )


def _reason(snapshot: Snapshot, area: Area, coverage: Coverage) -> str:
    gaps = snapshot.gaps_in(area)
    if not gaps:
        return f"the area was read {'in part' if coverage is Coverage.PARTIAL else 'not at all'}"
    advice = f" What to do: {gaps[0].advice}." if gaps[0].advice else ""
    return f"{'; '.join(gap.reason for gap in gaps[:_REASONS])}.{advice}"


def _findings(
    target: str, rule_id: str, observations: Iterable[Observation]
) -> tuple[Finding, ...]:
    """Return observations, worst first, with fingerprints that are unique within the run."""
    ordered = sorted(
        observations,
        key=lambda o: (
            _VERDICT_ORDER.index(o.verdict),
            o.subject.kind,
            o.subject.name,
            o.subject.id,
            o.property,
        ),
    )
    used: dict[str, int] = {}
    findings = []
    for observation in ordered:
        key = f"{rule_id}\0{target}\0{observation.subject.id}\0{observation.property}"
        used[key] = used.get(key, 0) + 1
        if used[key] > 1:
            key = f"{key}\0{used[key]}"
        findings.append(Finding(observation, hashlib.sha256(key.encode()).hexdigest()))
    return tuple(findings)


def _crash(error: Exception) -> str:
    """Return where a check crashed, without its message, which could quote what was read."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"the check crashed: {type(error).__name__} in {Path(last.filename).name}:{last.lineno}"

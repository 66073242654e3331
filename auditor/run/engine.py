"""Runs every control, keeps crashes apart, and folds observations into outcomes."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from auditor.checks import CHECKS, Check
from auditor.checks.support.parameters import Parameters
from auditor.messages.message import NOTHING, Message, joined, say
from auditor.model.account import ProofKind
from auditor.model.result import EITHER, ControlResult, Finding, Observation
from auditor.model.rule import ParameterValue, RuleDocument
from auditor.model.site_choices import ControlChoice
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Automation, Coverage, Grade, Status, Verdict
from auditor.pbx.view import AuditView
from auditor.run.missing_evidence import MissingEvidence
from auditor.run.proofs import refused_proof, with_proof

_VERDICT_ORDER: Final = (Verdict.VIOLATED, Verdict.UNDETERMINED, Verdict.COMPLIANT)


# Source, line and name of what evidence shows.
_Place: TypeAlias = tuple[str, int | None, str]


class AssessmentTerms(NamedTuple):
    """How results are weighed: other severities by control, grades and proofs not good enough."""

    choices: Mapping[str, ControlChoice] = {}
    refused_grades: Collection[Grade] = ()
    refused_proofs: Collection[ProofKind] = ()


AS_WRITTEN: Final = AssessmentTerms()


def run_controls(
    view: AuditView,
    rules: Iterable[RuleDocument],
    overrides: Mapping[str, Mapping[str, ParameterValue]],
    checks: Mapping[str, Check] = CHECKS,
    terms: AssessmentTerms = AS_WRITTEN,
) -> list[ControlResult]:
    """Return one result per control, in the order given."""
    engine = _Engine(view, checks, terms, _partial(view.snapshot), MissingEvidence(view.snapshot))
    return [_weighed(_run(engine, rule, overrides.get(rule.id, {})), terms) for rule in rules]


def _weighed(result: ControlResult, terms: AssessmentTerms) -> ControlResult:
    """Return a result with the severity that the site gives its control."""
    choice = terms.choices.get(result.rule.id)
    if choice is None or choice.severity is None:
        return result
    weighed = say(
        "severity {severity} instead of {before}: {reason}",
        severity=say(choice.severity.value),
        before=say(result.severity.value),
        reason=choice.reason,
    )
    said = [one for one in (result.overridden, weighed) if one]
    return result._replace(severity=choice.severity, overridden=joined("{one}; {other}", said))


class _Engine(NamedTuple):
    """What all controls run with. `partial` are facts of which a part was read, by their place.

    `missing` says of areas and facts why they were not read.
    """

    view: AuditView
    checks: Mapping[str, Check]
    terms: AssessmentTerms
    partial: Mapping[_Place, str]
    missing: MissingEvidence


def _run(
    engine: _Engine, rule: RuleDocument, override: Mapping[str, ParameterValue]
) -> ControlResult:
    view, terms, check = engine.view, engine.terms, engine.checks[rule.check]
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
    judged = [_graded(one, terms.refused_grades) for one in seen] if terms.refused_grades else seen
    proven = with_proof(judged, view.snapshot, rule)
    observations = [
        *proven,
        *engine.missing.by(rule, _read_in_part(engine.partial, seen), judged),
        *refused_proof(view.snapshot, rule, terms.refused_proofs),
    ]
    status = fold(observations)
    is_either = any(one.subject.kind == EITHER for one in observations)
    if status is Status.UNKNOWN and rule.automation is Automation.ATTESTED and not is_either:
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


def _graded(observation: Observation, refused: Collection[Grade]) -> Observation:
    """Return an observation that passes only on evidence that is good enough."""
    weak = [entry for entry in observation.evidence if entry.grade in refused]
    if observation.verdict is not Verdict.COMPLIANT or not weak:
        return observation
    said = say(
        "{detail}; but that this is where it stands is only {grade}, which is not enough",
        detail=observation.detail,
        grade=say(weak[0].grade.value),
    )
    return observation._replace(verdict=Verdict.UNDETERMINED, detail=said, remark=NOTHING)


def fold(observations: Iterable[Observation]) -> Status:
    """Return failed, unknown or passed by the worst verdict; not-applicable if there is none."""
    verdicts = {observation.verdict for observation in observations}
    if Verdict.VIOLATED in verdicts:
        return Status.FAILED
    if Verdict.UNDETERMINED in verdicts:
        return Status.UNKNOWN
    return Status.PASSED if verdicts else Status.NOT_APPLICABLE


def _partial(snapshot: Snapshot) -> dict[_Place, str]:
    """Return facts of which a part was read, by where evidence says that they were."""
    return {
        (setting.source, setting.line or None, setting.place): fact
        for fact, setting in snapshot.settings.items()
        if snapshot.coverage(fact) is Coverage.PARTIAL
    }


def _read_in_part(partial: Mapping[_Place, str], observations: Iterable[Observation]) -> list[str]:
    """Return facts of which a part was read, and on which a compliant observation rests."""
    if not partial:
        return []
    shown = (
        partial.get((evidence.source, evidence.line, evidence.attribute or ""))
        for observation in observations
        if observation.verdict is Verdict.COMPLIANT
        for evidence in observation.evidence
    )
    return sorted({fact for fact in shown if fact is not None})


def _findings(
    target: str, rule_id: str, observations: Sequence[Observation]
) -> tuple[Finding, ...]:
    """Return observations, worst first, with fingerprints that are unique within the run."""
    ordered = sorted(observations, key=_place) if len(observations) > 1 else observations
    used: dict[str, int] = {}
    findings = []
    for observation in ordered:
        key = f"{rule_id}\0{target}\0{observation.subject.id}\0{observation.property}"
        used[key] = used.get(key, 0) + 1
        if used[key] > 1:
            key = f"{key}\0{used[key]}"
        findings.append(Finding(observation, hashlib.sha256(key.encode()).hexdigest()))
    return tuple(findings)


def _place(observation: Observation) -> tuple[int, str, str, str, str]:
    subject = observation.subject
    at = _VERDICT_ORDER.index(observation.verdict)
    return at, subject.kind, subject.name, subject.id, observation.property


def _crash(error: Exception) -> Message:
    """Return where a check crashed, without its message, which could quote what was read."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return say(
        "the check crashed: {error} in {file}:{line}",
        error=type(error).__name__,
        file=Path(last.filename).name,
        line=last.lineno or 0,
    )

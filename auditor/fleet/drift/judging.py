"""What one snapshot comes to, as a fleet's history keeps it.

A finding is known by its control, subject and property, never by its target: a new address, and a
box that was swapped, change nothing about who is configured how.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from auditor.fleet.history_model import ControlSeen, FindingSeen, Judgement, Standing, SubjectSeen
from auditor.model.account import ProofKind
from auditor.model.result import ControlResult, Finding, Subject
from auditor.model.rule import RuleDocument
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Area, Coverage, Verdict
from auditor.report.score import score
from auditor.run.audit import Outcome

# The kind of a subject that an area or fact is, of which a control says that it was not whole.
_AREA: Final = "area"
# What is open about these is a question, and no subject: the status of the control tells it.
_QUESTIONS: Final = frozenset({_AREA, "list", "role"})
# What the remediation of a rule does if it is the subject's being there that is wrong.
_REMOVES: Final = "remove-object"
# Of several findings about one thing, the first of these counts.
_WORST_FIRST: Final = (Standing.FAILED, Standing.UNDECIDED, Standing.WAIVED)


def judgement_of(outcome: Outcome, minimum_coverage: int) -> Judgement:
    """Return what the outcome of an audit comes to.

    `minimum_coverage` is the profile's: the percentage of controls that a score asks for.
    """
    snapshot = outcome.snapshot
    owners = {one.key for one in snapshot.objects}
    controls = tuple(_control(result, owners) for result in outcome.results)
    return Judgement(
        controls,
        outcome.decision.code,
        score(outcome.results, minimum_coverage)[0],
        _coverage(snapshot, controls, outcome.results),
        frozenset((one.kind, one.key) for one in snapshot.objects),
        has_all_objects(snapshot),
    )


def has_all_objects(snapshot: Snapshot) -> bool:
    """Return whether an object that is not in the snapshot does not exist."""
    proof = snapshot.proofs.get(Area.OBJECTS)
    is_proven = proof is not None and proof.kind is not ProofKind.NONE
    return is_proven and snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE


def finding_key(control: str, subject: Subject | SubjectSeen, prop: str) -> str:
    """Return what a finding is known by; case tells no names of a PBX apart."""
    parts = (control, subject.kind, subject.id.casefold(), prop)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def needs_of(rule: RuleDocument) -> tuple[str, ...]:
    """Return the areas and facts that a control judges by."""
    return tuple(dict.fromkeys([*rule.facts, *rule.complete, *rule.conditional]))


def _control(result: ControlResult, owners: Collection[str]) -> ControlSeen:
    rule = result.rule
    findings: dict[str, FindingSeen] = {}
    cleared: set[str] = set()
    for finding in result.findings:
        seen = finding.observation
        if seen.verdict is Verdict.UNDETERMINED and seen.subject.kind in _QUESTIONS:
            continue
        key = finding_key(rule.id, seen.subject, seen.property)
        if seen.verdict is Verdict.COMPLIANT:
            cleared.add(key)
            continue
        subject = _subject(seen.subject, owners)
        one = FindingSeen(key, rule.id, subject, seen.property, _standing(finding))
        known = findings.get(key)
        if known is None or _rank(one) < _rank(known):
            findings[key] = one
    return ControlSeen(
        rule.id,
        rule.version,
        result.status,
        result.severity,
        tuple(findings.values()),
        frozenset(cleared - findings.keys()),
        needs_of(rule),
        rule.remediation.action == _REMOVES,
        _doubted(result.findings, owners),
    )


def _doubted(findings: Iterable[Finding], owners: Collection[str]) -> frozenset[str] | None:
    """Return the folded keys of objects about which something is open, None if it could be any."""
    doubted: set[str] = set()
    for finding in findings:
        seen = finding.observation
        if seen.verdict is not Verdict.UNDETERMINED:
            continue
        owner = _subject(seen.subject, owners).owner
        if not owner and not seen.members:
            return None
        doubted.update([owner] if owner else seen.members)
    return frozenset(map(str.casefold, doubted))


def _rank(finding: FindingSeen) -> int:
    return _WORST_FIRST.index(finding.standing)


def _standing(finding: Finding) -> Standing:
    if finding.observation.verdict is Verdict.UNDETERMINED:
        return Standing.UNDECIDED
    return Standing.FAILED if finding.accepted is None else Standing.WAIVED


def _subject(subject: Subject, owners: Collection[str]) -> SubjectSeen:
    """Return a subject; an object is its own owner, which tells it from settings and lists."""
    owner = subject.owner if subject.owner in owners else ""
    return SubjectSeen(subject.kind, subject.id, str(subject.name), owner)


def _coverage(
    snapshot: Snapshot, controls: Iterable[ControlSeen], results: Iterable[ControlResult]
) -> Mapping[str, Coverage]:
    """Return how much was read of what controls need; what one says is not whole is in part."""
    needed = dict.fromkeys(name for control in controls for name in control.needs)
    coverage = {name: snapshot.coverage(name) for name in needed}
    for result in results:
        for finding in result.findings:
            subject, verdict = finding.observation.subject, finding.observation.verdict
            is_doubt = subject.kind == _AREA and verdict is Verdict.UNDETERMINED
            if is_doubt and coverage.get(subject.id) is Coverage.COMPLETE:
                coverage[subject.id] = Coverage.PARTIAL
    return coverage

"""What shows that a list of objects is whole, in the evidence of the controls that rest on it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from auditor.messages.message import Message, say, together
from auditor.model.account import Proof, ProofKind
from auditor.model.result import Evidence, Observation, Subject
from auditor.model.rule import RuleDocument
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Area, Grade, Verdict

_LIST: Final = "list"
_PROPERTY: Final = "completeness"
# How each kind of proof shows it.
_WAYS: Final[Mapping[ProofKind, Message]] = {
    ProofKind.COUNTED: say("whole, since two sources name the same objects"),
    ProofKind.STATED: say("whole, since somebody counted them"),
    ProofKind.STRUCTURAL: say("whole by its own ends"),
}
_ALONE: Final = say("one source alone shows that no object is missing")
_NOT_ENOUGH: Final = say(
    "one source alone shows that no object is missing, and the profile asks for two, or for the "
    "number in the site file, [target] objects"
)


def with_proof(
    observations: Sequence[Observation], snapshot: Snapshot, rule: RuleDocument
) -> Sequence[Observation]:
    """Return observations; those that conclude from the list of objects say why it is whole.

    Where a control has no observation about a list, its first compliant one says it.
    """
    proof = _proof(snapshot, rule)
    if proof is None:
        return observations
    compliant = [i for i, one in enumerate(observations) if one.verdict is Verdict.COMPLIANT]
    about_lists = [i for i in compliant if observations[i].subject.kind == _LIST]
    chosen = set(about_lists or compliant[:1])
    return [_proven(one, proof) if i in chosen else one for i, one in enumerate(observations)]


def _proof(snapshot: Snapshot, rule: RuleDocument) -> Proof | None:
    proof = snapshot.proofs.get(Area.OBJECTS)
    needed = Area.OBJECTS in rule.complete
    return proof if needed and proof is not None and proof.kind in _WAYS else None


def _proven(observation: Observation, proof: Proof) -> Observation:
    value = proof.note or str(proof.count)
    shown = Evidence(
        proof.source, None, None, Area.OBJECTS.value, value, _WAYS[proof.kind], Grade.DERIVED
    )
    remarks = [observation.remark] if observation.remark else []
    if proof.kind is ProofKind.STRUCTURAL:
        remarks.append(_ALONE)
    remark = together(*remarks)
    return observation._replace(evidence=(*observation.evidence, shown), remark=remark)


def refused_proof(
    snapshot: Snapshot, rule: RuleDocument, refused: Collection[ProofKind]
) -> Iterator[Observation]:
    """Yield that the list of objects is not proven well enough, if a control rests on it."""
    proof = _proof(snapshot, rule)
    if proof is not None and proof.kind in refused:
        subject = Subject("area", Area.OBJECTS.value, say(Area.OBJECTS.value))
        yield Observation(subject, Verdict.UNDETERMINED, _NOT_ENOUGH, _PROPERTY)

"""Findings to an ordered plan: per finding a precondition, a change, a verification and an undo.

A plan holds no secret: a step that needs a new password says so and leaves it to whoever applies.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal, Self

from pydantic import TypeAdapter
from pydantic_core import to_json, to_jsonable_python

from auditor.messages.languages import translated
from auditor.messages.message import say, template
from auditor.messages.titles import titled
from auditor.model.change import AttributeChange, Machine
from auditor.model.result import ControlResult, Fix, Observation, Subject
from auditor.model.vocabulary import ActionClass, Status, Verdict
from auditor.pbx.view import AuditView
from auditor.remediation.change_planner import ChangePlanner
from auditor.values.frozen import frozen

SCHEMA_VERSION: Final = "2.2"
_ANOTHER: Final = template("step {number} gives it another value: audit again after that")


@frozen
class StepSubject:
    """What a step changes; `name_de` is empty where the name is the same in German."""

    kind: str
    id: str
    name: str
    name_de: str = ""

    @classmethod
    def of(cls, subject: Subject) -> Self:
        """Return what a finding is about."""
        return cls(subject.kind, subject.id, subject.name, _german(subject.name))


@frozen
class Precondition:
    """What must still be so before the change: the property still has the value that was seen."""

    text: str
    property: str
    value: str | None


@frozen
class StepChange:
    """What to do. `wanted` describes the value; it is never a secret.

    `machine` is what the script changes; without it, `by_hand` says why people have to. The German
    texts are empty where they are the same.
    """

    action: str
    property: str
    wanted: str
    text: str
    machine: Machine | None = None
    by_hand: str = ""
    wanted_de: str = ""
    by_hand_de: str = ""

    def left_to_people(self, reason: str) -> Self:
        """Return the change without what a script does, and why."""
        return replace(self, machine=None, by_hand=reason, by_hand_de=_german(reason))


@frozen
class Step:
    """One step of the plan."""

    number: int
    control: str
    title: str
    severity: str
    fingerprints: list[str]
    box: str
    subject: StepSubject
    precondition: Precondition
    change: StepChange
    ui_path: str
    verification: str
    undo: str
    action_class: str
    disruption: str


@frozen
class LeftOut:
    """A violation without a step, because somebody accepted it."""

    control: str
    fingerprint: str
    subject: StepSubject
    reason: str
    owner: str
    expires: str


@frozen
class Opening:
    """A control that would be violated anew: `details` are the first of `count` violations.

    `caused_by` names the controls whose steps do that. Who approves a plan reads this, so the hash
    covers it in both languages.
    """

    control: str
    title: str
    severity: str
    details: list[str]
    count: int
    caused_by: list[str]
    title_de: str
    details_de: list[str]


@frozen
class Impact:
    """What an audit after all steps of the script would find. A score is None if it is withheld.

    `dangerous` says that a step opens something at least as severe as what it closes.
    """

    closes: list[str]
    opens: list[Opening]
    score_before: int | None
    score_after: int | None
    dangerous: bool


@frozen
class Plan:
    """All steps in the order in which they are to be taken.

    `hash` covers what is done and to which box: `box`, `steps` and `prospect`. `prospect` is None
    while nobody looked ahead.
    """

    schema_version: Literal["2.2"]
    target: str
    target_name: str
    box: str
    report_run: str
    hash: str
    steps: list[Step]
    left_out: list[LeftOut]
    prospect: Impact | None = None


def draft_plan(
    view: AuditView, results: Sequence[ControlResult], *, target_name: str, run_id: str
) -> Plan:
    """Return a plan without its hash, for whoever still adds to it."""
    snapshot = view.snapshot
    box = snapshot.boxes[0].serial if snapshot.boxes else ""
    planner = ChangePlanner(view)
    steps = [
        step
        for result in in_order([r for r in results if r.status is Status.FAILED])
        for step in _steps(result, box or snapshot.target, planner)
    ]
    numbered = _each_once([replace(step, number=number) for number, step in enumerate(steps, 1)])
    left_out = list(_left_out(results))
    return Plan(SCHEMA_VERSION, snapshot.target, target_name, box, run_id, "", numbered, left_out)


def with_hash(plan: Plan) -> Plan:
    """Return the plan with the hash of what is in it."""
    return replace(plan, hash=hash_of(plan))


def _each_once(steps: Sequence[Step]) -> list[Step]:
    """Return steps so that each value is changed once; that step has the findings of all.

    A later step that wants another value is left: an audit after the first decides about it anew.
    """
    first: dict[tuple[object, ...], int] = {}
    done = list(steps)
    for at, step in enumerate(steps):
        if step.change.machine is None:
            continue
        place = step.change.machine.place
        if place not in first:
            first[place] = at
            continue
        other = done[first[place]]
        if other.change.machine == step.change.machine:
            prints = [*other.fingerprints, *step.fingerprints]
            done[first[place]] = replace(other, fingerprints=prints)
            by_hand = say("step {number} changes this value", number=other.number)
        else:
            by_hand = say(_ANOTHER, number=other.number)
        done[at] = replace(step, change=step.change.left_to_people(by_hand))
    return done


def hash_of(plan: Plan) -> str:
    """Return what the script computes anew: SHA-256 of a part of the plan as compact JSON."""
    covered = {"box": plan.box, "steps": plan.steps, "prospect": plan.prospect}
    text = json.dumps(
        to_jsonable_python(covered), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def render_plan(plan: Plan) -> bytes:
    """Return the plan as JSON."""
    return to_json(plan, indent=1) + b"\n"


def plan_schema() -> str:
    """Return the JSON Schema (draft 2020-12) of a plan, made from its types."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:pbx-auditor:plan:2.2",
        **TypeAdapter(Plan).json_schema(mode="serialization"),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def in_order(results: Iterable[ControlResult]) -> list[ControlResult]:
    """Return results so that each comes after those it depends on.

    Else those come first that risk least, and of these the worst.
    """
    risks = list(ActionClass)
    pending = sorted(
        results,
        key=lambda r: (
            risks.index(r.rule.remediation.action_class),
            r.severity.rank,
            r.rule.id,
        ),
    )
    waiting: Mapping[str, set[str]] = {r.rule.id: set(r.rule.remediation.after) for r in pending}
    ordered: list[ControlResult] = []
    while pending:
        open_ids = {result.rule.id for result in pending}
        ready = next((r for r in pending if not waiting[r.rule.id] & open_ids), pending[0])
        ordered.append(ready)
        pending.remove(ready)
    return ordered


def _steps(result: ControlResult, box: str, planner: ChangePlanner) -> Iterable[Step]:
    fix = result.rule.remediation
    for finding in result.findings:
        seen = finding.observation
        if seen.verdict is not Verdict.VIOLATED or seen.fix is None or finding.accepted:
            continue
        answer = planner.change(result.rule, finding)
        wanted = _wanted(seen.fix, answer.machine)
        yield Step(
            number=0,
            control=result.rule.id,
            title=str(titled(result.rule, Status.FAILED)),
            severity=result.severity.value,
            fingerprints=[finding.fingerprint],
            box=box,
            subject=StepSubject.of(seen.subject),
            precondition=_precondition(fix.precondition, seen, seen.fix),
            change=StepChange(
                fix.action,
                seen.fix.property,
                wanted,
                fix.text,
                answer.machine,
                answer.by_hand,
                _german(wanted),
                _german(answer.by_hand),
            ),
            ui_path=fix.ui_path,
            verification=fix.verification,
            undo=fix.undo,
            action_class=fix.action_class.value,
            disruption=fix.disruption.value,
        )


def _wanted(fix: Fix, machine: Machine | None) -> str:
    """Return the value that a script sets, where it chose one; else what a check asks for."""
    chosen = machine.after if isinstance(machine, AttributeChange) else None
    return chosen or fix.wanted


def _german(text: str) -> str:
    """Return a text in German, nothing if it is the same."""
    told = translated(text, "de")
    return told if told != text else ""


def _left_out(results: Iterable[ControlResult]) -> Iterable[LeftOut]:
    for result in results:
        for finding in result.findings:
            if finding.accepted is None:
                continue
            about, waiver = finding.observation.subject, finding.accepted.waiver
            yield LeftOut(
                control=result.rule.id,
                fingerprint=finding.fingerprint,
                subject=StepSubject.of(about),
                reason=waiver.reason,
                owner=waiver.owner,
                expires=waiver.expires.isoformat(),
            )


def _precondition(text: str, seen: Observation, fix: Fix) -> Precondition:
    return Precondition(text, fix.property or seen.property, fix.current)

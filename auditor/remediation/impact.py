"""What a plan would do to an audit: the changes of the script, made to a snapshot and audited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from auditor.messages.languages import translated
from auditor.messages.message import Message, say
from auditor.messages.titles import titled
from auditor.model.change import OptionChange
from auditor.model.result import ControlResult, Finding, Observation
from auditor.model.snapshot import PbxObject, Setting, Snapshot
from auditor.model.vocabulary import ActionClass, Severity, Status, Verdict
from auditor.remediation.plan import Impact, Opening, Plan, Step, with_hash
from auditor.remediation.setting_places import option_of
from auditor.report.terms import said
from auditor.values.frozen import frozen

_SHOWN: Final = 20

Judge = Callable[[Snapshot], Sequence[ControlResult]]
Scorer = Callable[[Sequence[ControlResult]], int | None]


@frozen
class Difference:
    """What one control came to before and after, if that differs."""

    control: str
    title: str
    severity: Severity
    before: str
    after: str


def foreseen(
    plan: Plan, snapshot: Snapshot, before: Sequence[ControlResult], judge: Judge, scorer: Scorer
) -> tuple[Plan, list[Difference]]:
    """Return the plan with what it would close and open, and what becomes of each control.

    Steps that open a violation at least as severe as what they close are marked as dangerous.
    `judge` audits a snapshot, `scorer` gives the score of its results.
    """
    made = [step for step in plan.steps if step.change.machine]
    if not made:
        score = scorer(before)
        nothing = Impact([], [], score, score, dangerous=False)
        return with_hash(replace(plan, prospect=nothing)), []
    after = judge(applied(snapshot, made))
    new = opened(before, after)
    known = frozenset(_violations(before))
    causes = _causes({one.rule.id: _fresh(one, known) for one in new}, made, snapshot, judge)
    steps = [_marked(step, new, causes) for step in plan.steps]
    prospect = Impact(
        [result.rule.id for result in before if _closes(result, after)],
        [_opening(result, known, causes[result.rule.id]) for result in new],
        scorer(before),
        scorer(after),
        is_dangerous(steps, new, causes),
    )
    looked = with_hash(replace(plan, steps=steps, prospect=prospect))
    return looked, differences(before, after)


def applied(snapshot: Snapshot, steps: Iterable[Step]) -> Snapshot:
    """Return the snapshot as it would be after every step that a script makes."""
    objects = {one.guid: one for one in snapshot.objects}
    settings = dict(snapshot.settings)
    for step in steps:
        change = step.change.machine
        if isinstance(change, OptionChange):
            settings.update(_option(snapshot, change))
        elif change is not None:
            objects[change.guid] = change.on(objects[change.guid])
    changed = [objects.get(one.guid, one) for one in snapshot.objects]
    return replace(snapshot, objects=tuple(_shared_anew(changed)), settings=settings)


def _shared_anew(objects: Sequence[PbxObject]) -> Iterable[PbxObject]:
    """Yield objects with the number of others that still have the same password."""
    groups = Counter(one.password.group for one in objects)
    for one in objects:
        group = one.password.group
        shared = one.password.shared_with if group is None else groups[group] - 1
        if shared == one.password.shared_with:
            yield one
        else:
            yield one._replace(password=replace(one.password, shared_with=shared))


def differences(
    before: Iterable[ControlResult], after: Iterable[ControlResult]
) -> list[Difference]:
    """Return the controls whose outcome differs, worst first."""
    was = {result.rule.id: result for result in before}
    found = [
        Difference(
            result.rule.id,
            str(titled(result.rule, result.status)),
            result.severity,
            _outcome(was[result.rule.id]),
            _outcome(result),
        )
        for result in after
        if _outcome(result) != _outcome(was[result.rule.id])
    ]
    return sorted(found, key=lambda one: (one.severity.rank, one.control))


def opened(before: Sequence[ControlResult], after: Sequence[ControlResult]) -> list[ControlResult]:
    """Return the controls that have a violation which they did not have before, worst first."""
    known = set(_violations(before))
    found = [result for result in after if _fresh(result, known)]
    return sorted(found, key=lambda result: (result.severity.rank, result.rule.id))


def is_dangerous(
    steps: Iterable[Step], opening: Iterable[ControlResult], causes: Mapping[str, Sequence[str]]
) -> bool:
    """Return whether a step opens something at least as bad as what it closes."""
    return any(_opens_as_bad(step, result, causes) for step in steps for result in opening)


def _causes(
    fresh: Mapping[str, Sequence[Finding]], made: Sequence[Step], snapshot: Snapshot, judge: Judge
) -> dict[str, list[str]]:
    """Return for what opens the controls whose steps do that: without them, it stays closed.

    `fresh` has by control the violations that open.
    """
    if not fresh:
        return {}
    controls = list(dict.fromkeys(step.control for step in made))
    found: dict[str, list[str]] = {name: [] for name in fresh}
    for control in controls:
        others = [step for step in made if step.control != control]
        left = set(_violations(judge(applied(snapshot, others))))
        for name, findings in fresh.items():
            if any(finding.fingerprint not in left for finding in findings):
                found[name].append(control)
    return {name: causing or controls for name, causing in found.items()}


def _opens_as_bad(step: Step, result: ControlResult, causes: Mapping[str, Sequence[str]]) -> bool:
    is_cause = step.change.machine is not None and step.control in causes[result.rule.id]
    return is_cause and result.severity.rank <= Severity(step.severity).rank


def _marked(
    step: Step, opening: Iterable[ControlResult], causes: Mapping[str, Sequence[str]]
) -> Step:
    if not any(_opens_as_bad(step, result, causes) for result in opening):
        return step
    return replace(step, action_class=ActionClass.DANGEROUS.value)


def _opening(result: ControlResult, known: Collection[str], causes: Sequence[str]) -> Opening:
    fresh = _fresh(result, known)
    title = titled(result.rule, Status.FAILED, result.rule.de)
    details = [_detail(finding.observation) for finding in fresh[:_SHOWN]]
    return Opening(
        result.rule.id,
        str(title),
        result.severity.value,
        list(map(str, details)),
        len(fresh),
        list(causes),
        title_de=translated(title, "de"),
        details_de=[translated(one, "de") for one in details],
    )


def _detail(seen: Observation) -> Message:
    return say("{name}: {detail}", name=seen.subject.name, detail=seen.detail)


def _fresh(result: ControlResult, known: Collection[str]) -> list[Finding]:
    """Return the violations of a control that are not known by their fingerprint."""
    return [
        finding
        for finding in result.findings
        if finding.observation.verdict is Verdict.VIOLATED and finding.fingerprint not in known
    ]


def _closes(result: ControlResult, after: Iterable[ControlResult]) -> bool:
    now = [one for one in after if one.rule.id == result.rule.id]
    return bool(list(_violations([result]))) and not list(_violations(now))


def _violations(results: Iterable[ControlResult]) -> Iterable[str]:
    for result in results:
        for finding in result.findings:
            if finding.observation.verdict is Verdict.VIOLATED:
                yield finding.fingerprint


def _outcome(result: ControlResult) -> str:
    count = len(list(_violations([result])))
    status = said(result.status.value)
    return say("{word} ({count})", word=status, count=count) if count else status


def _option(snapshot: Snapshot, change: OptionChange) -> Mapping[str, Setting]:
    """Return the settings that the changed option is the place of."""
    return {
        fact: replace(setting, values=(change.after,))
        for fact, setting in snapshot.settings.items()
        if option_of(snapshot, fact) == (change.head, change.option)
    }

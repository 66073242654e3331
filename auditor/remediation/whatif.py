"""What a plan would do to an audit: the changes of the script, made to a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from auditor.dialects import load_dialect
from auditor.model.result import ControlResult
from auditor.model.snapshot import Device, PasswordEvidence, PbxObject, Setting, Snapshot
from auditor.model.vocabulary import PasswordState, Severity, Verdict
from auditor.remediation.machine import PASSWORD_CHARACTERS, Machine
from auditor.remediation.plan import Plan

_STRONG: Final = PasswordEvidence(
    PasswordState.SET,
    score=4,
    guesses_log10=30.0,
    length_from=PASSWORD_CHARACTERS,
    length_to=PASSWORD_CHARACTERS,
    shared_with=0,
    equals_pbx_password=False,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """What one control came to before and after, if that differs."""

    control: str
    title: str
    severity: Severity
    before: str
    after: str


def applied(snapshot: Snapshot, plan: Plan) -> Snapshot:
    """Return the snapshot as it would be after every step that a script makes."""
    changes = [step.change.machine for step in plan.steps if step.change.machine]
    objects = {one.guid: one for one in snapshot.objects}
    settings = dict(snapshot.settings)
    for change in changes:
        if change["kind"] == "option":
            settings.update(_option(snapshot, change))
        else:
            guid = str(change["guid"])
            objects[guid] = _CHANGES[str(change["kind"])](objects[guid], change)
    return replace(
        snapshot,
        objects=tuple(objects.get(one.guid, one) for one in snapshot.objects),
        settings=settings,
    )


def differences(
    before: Iterable[ControlResult], after: Iterable[ControlResult]
) -> list[Difference]:
    """Return the controls whose outcome differs, worst first."""
    was = {result.rule.id: result for result in before}
    found = [
        Difference(
            result.rule.id,
            result.rule.title,
            result.severity,
            _outcome(was[result.rule.id]),
            _outcome(result),
        )
        for result in after
        if _outcome(result) != _outcome(was[result.rule.id])
    ]
    return sorted(found, key=lambda one: (one.severity.rank, one.control))


def opened(before: Sequence[ControlResult], after: Sequence[ControlResult]) -> list[ControlResult]:
    """Return the controls that have a violation which they did not have before."""
    known = set(_violations(before))
    return [result for result in after if not set(_violations([result])) <= known]


def is_dangerous(plan: Plan, opening: Iterable[ControlResult]) -> bool:
    """Return whether the plan opens something at least as bad as the worst that it closes."""
    made = [Severity(step.severity).rank for step in plan.steps if step.change.machine]
    return any(result.severity.rank <= min(made, default=-1) for result in opening)


def _violations(results: Iterable[ControlResult]) -> Iterable[str]:
    for result in results:
        for finding in result.findings:
            if finding.observation.verdict is Verdict.VIOLATED:
                yield finding.fingerprint


def _outcome(result: ControlResult) -> str:
    count = len(list(_violations([result])))
    return f"{result.status.value} ({count})" if count else result.status.value


def _attribute(one: PbxObject, change: Machine) -> PbxObject:
    name, value = str(change["attribute"]), change["after"]
    kept = {key: text for key, text in one.attributes.items() if key != name}
    attributes = kept if value is None else {**kept, name: str(value)}
    templates = one.templates
    if name == "config":
        templates = tuple(t for t in templates if t != change["before"])
    return one._replace(attributes=attributes, templates=templates)


def _device(one: PbxObject, change: Machine) -> PbxObject:
    def flagged(device: Device) -> Device:
        if device.hw != change["hw"]:
            return device
        flags: Mapping[str, str] = {**device.flags, str(change["attribute"]): str(change["after"])}
        return device._replace(flags=flags)

    return one._replace(devices=tuple(map(flagged, one.devices)))


def _new_device(one: PbxObject, change: Machine) -> PbxObject:
    return one._replace(devices=(*one.devices, Device(str(change["hw"]), "", {})))


def _part(one: PbxObject, change: Machine) -> PbxObject:
    leads = (change["e164"], change["h323"])
    if change["tag"] == "fork":
        return one._replace(forks=tuple(f for f in one.forks if (f.e164, f.h323) != leads))
    kept = tuple(d for d in one.diversions if (d.kind, d.e164, d.h323) != (change["type"], *leads))
    return one._replace(diversions=kept)


def _password(one: PbxObject, _change: Machine) -> PbxObject:
    return one._replace(password=_STRONG)


def _option(snapshot: Snapshot, change: Machine) -> Mapping[str, Setting]:
    """Return the settings that the changed option is the place of."""
    places = load_dialect(snapshot.dialect).settings
    return {
        fact: replace(snapshot.settings[fact], values=(str(change["after"]),))
        for fact, place in places.items()
        if fact in snapshot.settings
        and (place.module, f"/{place.option.lstrip('/')}") == (change["head"], change["option"])
    }


_CHANGES: Final[Mapping[str, Callable[[PbxObject, Machine], PbxObject]]] = {
    "attribute": _attribute,
    "device": _device,
    "new-device": _new_device,
    "part": _part,
    "password": _password,
}

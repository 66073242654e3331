"""Hardware ids as names of phones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from auditor.checks.device_flags import HIDDEN
from auditor.checks.support.observe import (
    about,
    about_list,
    compliant,
    doubts,
    undetermined,
    violated,
)
from auditor.checks.support.parameters import Parameters
from auditor.messages.message import NOTHING, Message, say, say_count
from auditor.model.change import NewDevice
from auditor.model.result import Fix, Observation, Subject
from auditor.model.snapshot import USER_KINDS, PbxObject, hex_digits
from auditor.model.vocabulary import Area
from auditor.pbx.grades import DEVICE
from auditor.pbx.hot_desk_roles import is_mac_address
from auditor.pbx.view import AuditView
from auditor.values.names import folded

_NO_MARKS = str.maketrans("", "", "-:. ")
# How an id is named that is nothing but blanks: it is one, an empty one is none.
_BLANK: Final = '" "'
_EQUAL = say("a hardware id equals the user's name")


def hardware_ids_match_names(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that every hot-desk user has a hardware id equal to the user's name."""
    yield from doubts(view.hot_desk_users, say("hot-desk user"), "device")
    for member in view.hot_desk_users.members:
        yield _judge_name(view, member)


def _judge_name(view: AuditView, member: PbxObject) -> Observation:
    subject = about(member)
    ids = [device.hw for device in member.devices]
    evidence = [view.locate(member, "hw", ", ".join(ids) or None, element=DEVICE)]
    if not view.was_read(Area.DEVICES) or not member.shows("devices"):
        return undetermined(subject, "device", HIDDEN, evidence)
    if member.h323 in ids:
        return compliant(subject, "device", _EQUAL, evidence)
    if member.h323.casefold() in {hw.casefold() for hw in ids}:
        remark = say("only upper and lower case differ")
        return compliant(subject, "device", _EQUAL, evidence, remark)
    detail = say("no hardware id equals the user's name")
    fix = Fix(
        "device",
        ", ".join(ids) or None,
        member.h323,
        NewDevice(member.guid, member.cn, member.h323),
    )
    return violated(subject, "device", detail, evidence, fix)


def hardware_ids_are_unique(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that no hardware id occurs on two objects or is the name of another user."""
    owners: dict[str, PbxObject] = {}
    shared: dict[str, list[PbxObject]] = {}
    others = {hw for hw, _ in _other_ids(view.with_other_ids)}
    for member in view.snapshot.objects:
        for device in member.devices:
            hw = device.hw
            spelled = _spelled(hw) if hw in others else hw.lower()
            spelled = hw if spelled == hw else spelled  # one text instead of two equal ones
            if spelled in owners:
                shared.setdefault(spelled, [owners[spelled]]).append(member)
            elif spelled:
                owners[spelled] = member
    found = list(_clashes(view, owners, shared))
    yield from found
    hidden = view.hiding("devices")
    size = say_count(
        "the list of {count} hardware id", "the list of {count} hardware ids", count=len(owners)
    )
    subject = about_list(Area.DEVICES.value, size)
    if hidden:
        detail = say_count(
            "{count} object does not show its hardware ids",
            "{count} objects do not show their hardware ids",
            count=hidden,
        )
        yield undetermined(subject, "device", detail)
    elif not found:
        detail = say("every hardware id is unique")
        yield compliant(subject, "device", detail, (), _odd_ones(_unexplained(view)))


def _other_ids(members: Iterable[PbxObject]) -> Iterator[tuple[str, PbxObject]]:
    """Yield hardware ids that are not a device's own, each with its object."""
    for member in members:
        for device in member.devices:
            if not is_mac_address(device.hw):
                yield device.hw, member


def _unexplained(view: AuditView) -> list[str]:
    """Return hardware ids of users that look like neither a device nor its user."""
    return [
        hw
        for hw, member in _other_ids(view.with_other_ids)
        if member.kind in USER_KINDS and hw.casefold() != member.h323.casefold()
    ]


def _spelled(hardware_id: str) -> str:
    """Return a hardware id in one spelling: digits of a MAC address stand with or without marks."""
    if hardware_id.isspace():
        return _BLANK
    digits = hex_digits(hardware_id)
    marks = hardware_id.strip().translate(_NO_MARKS)
    return digits if is_mac_address(digits) and marks.lower() == digits else folded(hardware_id)


def _odd_ones(unexplained: Sequence[str]) -> Message:
    """Return a remark about hardware ids that look like neither a device nor its user."""
    if not unexplained:
        return NOTHING
    return say_count(
        "{count} id is neither a MAC address nor the user's name: {example}",
        "{count} ids are neither a MAC address nor the user's name, for example {example}",
        count=len(unexplained),
        example=next(filter(str.strip, unexplained), _BLANK),
    )


def _clashes(
    view: AuditView, owners: Mapping[str, PbxObject], shared: Mapping[str, list[PbxObject]]
) -> Iterator[Observation]:
    suspected = shared.keys() | (owners.keys() & view.by_name.keys())  # hardly any
    for name, owner in owners.items() if suspected else ():
        if name not in suspected:
            continue
        if name in shared:
            members = shared[name]
            names = ", ".join(member.label for member in members)
            detail = say("it occurs {count} times: {names}", count=len(members), names=names)
            yield _clash(view, name, members, (detail, say("one object")))
            continue
        others = [other for other in view.named(name) if other is not owner]
        if others:
            detail = say(
                "it belongs to {owner}, but is the name of {other}",
                owner=owner.label,
                other=others[0].label,
            )
            yield _clash(view, name, [owner], (detail, others[0].label))


def _clash(
    view: AuditView, name: str, members: list[PbxObject], finding: tuple[Message, str]
) -> Observation:
    detail, wanted = finding
    subject = Subject("hardware id", name, name)
    evidence = [view.locate(member, "hw", name, element=DEVICE) for member in members]
    names = ", ".join(member.label for member in members)
    return violated(subject, "device", detail, evidence, Fix("device", names, wanted))

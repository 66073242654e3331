"""Hardware ids as names of phones: HD-07 and PBX-17."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auditor.checks.device_flags import HIDDEN
from auditor.checks.observe import (
    about,
    about_list,
    compliant,
    doubts,
    undetermined,
    violated,
)
from auditor.checks.parameters import Parameters
from auditor.model.result import Fix, Observation, Subject
from auditor.model.snapshot import USER_KINDS, PbxObject
from auditor.model.vocabulary import Area
from auditor.roles import is_mac_address
from auditor.view import AuditView


def hardware_ids_match_names(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """HD-07: every hot-desk user has a hardware id equal to the user's name."""
    yield from doubts(view.hot_desk_users, "hot-desk user", "device")
    for member in view.hot_desk_users.members:
        yield _judge_name(view, member)


def _judge_name(view: AuditView, member: PbxObject) -> Observation:
    subject = about(member)
    ids = [device.hw for device in member.devices]
    evidence = [view.locate(member, "device hw", ", ".join(ids) or None)]
    if not view.was_read(Area.DEVICES) or not member.shows("devices"):
        return undetermined(subject, "device", HIDDEN, evidence)
    if member.h323 in ids:
        return compliant(subject, "device", "a hardware id equals the user's name", evidence)
    if member.h323.casefold() in {hw.casefold() for hw in ids}:
        detail, remark = "a hardware id equals the user's name", "only upper and lower case differ"
        return compliant(subject, "device", detail, evidence, remark)
    detail = "no hardware id equals the user's name"
    fix = Fix("device", ", ".join(ids) or None, member.h323)
    return violated(subject, "device", detail, evidence, fix)


def hardware_ids_are_unique(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """PBX-17: no hardware id occurs on two objects or is the name of another user."""
    owners: dict[str, list[PbxObject]] = {}
    unexplained: list[str] = []
    for candidate in view.snapshot.objects:
        for device in candidate.devices:
            if device.hw:
                owners.setdefault(device.hw.casefold(), []).append(candidate)
            if (
                candidate.kind in USER_KINDS
                and not is_mac_address(device.hw)
                and device.hw.casefold() != candidate.h323.casefold()
            ):
                unexplained.append(device.hw)
    found = list(_clashes(view, owners))
    yield from found
    hidden = sum(not candidate.shows("devices") for candidate in view.snapshot.objects)
    subject = about_list(Area.DEVICES.value, f"the list of {len(owners)} hardware ids")
    if hidden:
        yield undetermined(subject, "device", f"{hidden} objects do not show their hardware ids")
    elif not found:
        remark = ""
        if unexplained:
            remark = (
                f"{len(unexplained)} ids are neither a MAC address nor the user's name, "
                f"for example {unexplained[0]}"
            )
        yield compliant(subject, "device", "every hardware id is unique", (), remark)


def _clashes(view: AuditView, owners: Mapping[str, list[PbxObject]]) -> Iterator[Observation]:
    for folded, members in owners.items():
        namesakes = view.by_name.get(folded, ())
        if len(members) > 1:
            names = ", ".join(member.label for member in members)
            detail = f"it occurs {len(members)} times: {names}"
            yield _clash(view, folded, members, (detail, "one object"))
            continue
        others = [other for other in namesakes if other is not members[0]]
        if others:
            detail = f"it belongs to {members[0].label}, but is the name of {others[0].label}"
            yield _clash(view, folded, members, (detail, others[0].label))


def _clash(
    view: AuditView, folded: str, members: list[PbxObject], finding: tuple[str, str]
) -> Observation:
    detail, wanted = finding
    subject = Subject("hardware id", folded, folded)
    evidence = [view.locate(member, "device hw", folded) for member in members]
    names = ", ".join(member.label for member in members)
    return violated(subject, "device", detail, evidence, Fix("device", names, wanted))

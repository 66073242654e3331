"""Hardware ids and their flags: HD-07, HD-15, HD-16 and PBX-17."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

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
from auditor.model.snapshot import USER_KINDS, Device, PbxObject
from auditor.model.vocabulary import Area
from auditor.roles import is_mac_address
from auditor.view import AuditView

_HIDDEN = "this source does not show hardware ids"


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
        return undetermined(subject, "device", _HIDDEN, evidence)
    if member.h323 in ids:
        return compliant(subject, "device", "a hardware id equals the user's name", evidence)
    if member.h323.casefold() in {hw.casefold() for hw in ids}:
        detail, remark = "a hardware id equals the user's name", "only upper and lower case differ"
        return compliant(subject, "device", detail, evidence, remark)
    detail = "no hardware id equals the user's name"
    fix = Fix("device", ", ".join(ids) or None, member.h323)
    return violated(subject, "device", detail, evidence, fix)


def ip_filter_is_not_bypassed(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """HD-15: no hot-desk hardware id is exempt from the IP filter."""
    yield from _judge_flags(view, _Flag("no-filter", "none is exempt from the IP filter"), _exempt)


def reverse_proxy_flag_is_safe(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """HD-16: a hardware id is trusted through a reverse proxy only together with TLS."""
    flag = _Flag("trusted", "none is trusted behind a reverse proxy")
    yield from _judge_flags(view, flag, _trusted)


@dataclass(frozen=True, slots=True)
class _Flag:
    """A flag of hardware ids, and what is said of a user on none of whose ids it is set."""

    name: str
    unset: str


@dataclass(frozen=True, slots=True)
class _Flagged:
    """One hardware id on which a flag is set, whatever its value."""

    member: PbxObject
    device: Device
    subject: Subject


_JudgeFlagged = Callable[[AuditView, _Flagged], Observation]


def _judge_flags(view: AuditView, flag: _Flag, judge: _JudgeFlagged) -> Iterator[Observation]:
    """Yield one observation per set flag, and one per user on whose ids it is not set."""
    yield from doubts(view.base_users, "base user", flag.name)
    yield from doubts(view.hot_desk_users, "hot-desk user", flag.name)
    for member in _members(view):
        if not member.shows("devices"):
            yield undetermined(about(member), flag.name, _HIDDEN)
            continue
        flagged = list(_flagged_devices(member, flag.name))
        for entry in flagged:
            yield judge(view, entry)
        if not flagged:
            ids = ", ".join([device.hw for device in member.devices])
            evidence = [view.locate(member, f"device {flag.name}", None, ids or "no hardware id")]
            yield compliant(about(member), flag.name, flag.unset, evidence)


def _members(view: AuditView) -> list[PbxObject]:
    both = (*view.base_users.members, *view.hot_desk_users.members)
    return list({id(member): member for member in both}.values())


def _flagged_devices(member: PbxObject, flag: str) -> Iterator[_Flagged]:
    seen: dict[str, int] = {}
    for device in member.devices:
        if device.flags.get(flag) in {None, "", "false"}:
            continue
        seen[device.hw] = seen.get(device.hw, 0) + 1
        again = f"#{seen[device.hw]}" if seen[device.hw] > 1 else ""
        subject = Subject(
            "device", f"{member.key}:{device.hw}{again}", f"{device.hw} of {member.label}"
        )
        yield _Flagged(member, device, subject)


def _exempt(view: AuditView, flagged: _Flagged) -> Observation:
    value = flagged.device.flags["no-filter"]
    evidence = [view.locate(flagged.member, "device no-filter", value)]
    if value != "true":
        detail = "the flag is neither true nor false"
        return undetermined(flagged.subject, "no-filter", detail, evidence)
    detail = "it may register from outside the IP filter"
    return violated(
        flagged.subject, "no-filter", detail, evidence, Fix("no-filter", value, "false")
    )


def _trusted(view: AuditView, flagged: _Flagged) -> Observation:
    flags, subject = flagged.device.flags, flagged.subject
    trusted, tls = flags["trusted"], flags.get("tls")
    evidence = [
        view.locate(flagged.member, "device trusted", trusted),
        view.locate(flagged.member, "device tls", tls),
    ]
    if trusted != "true" or tls not in {None, "", "false", "true"}:
        detail = "a flag is neither true nor false"
        return undetermined(subject, "trusted", detail, evidence)
    if tls != "true":
        detail = "it is trusted behind a reverse proxy without a verified certificate (TLS only)"
        return violated(subject, "trusted", detail, evidence, Fix("trusted", trusted, "false"))
    listed = {name.casefold() for name in view.site.lists.reverse_proxy_devices}
    names = {flagged.device.hw.casefold(), flagged.member.h323.casefold()}
    remark = "" if listed & names else "it is not listed in [lists] reverse_proxy_devices"
    detail = "it is trusted behind a reverse proxy, with a verified certificate"
    return compliant(subject, "trusted", detail, evidence, remark)


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

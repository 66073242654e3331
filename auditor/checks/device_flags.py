"""Flags of hardware ids, some of hot-desk phones alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from auditor.checks.support.observe import (
    about,
    about_list,
    compliant,
    doubts,
    not_on_the_pbx,
    undetermined,
    violated,
)
from auditor.checks.support.parameters import Parameters
from auditor.checks.support.registered_now import IsOne, marked_elsewhere, unmarked_at_proxy
from auditor.messages.message import NOTHING, Message, say, say_count, together
from auditor.model.change import HARDWARE_TWICE, changed_flag
from auditor.model.result import Evidence, Fix, Observation, Subject
from auditor.model.snapshot import Device, PbxObject
from auditor.model.vocabulary import Area, Verdict
from auditor.pbx.grades import DEVICE
from auditor.pbx.view import UNSET, AuditView

HIDDEN = say("this source does not show hardware ids")
_NEITHER = say("the flag is neither true nor false")
_ONE_IS_NEITHER = say("a flag is neither true nor false")
_CLEAR = frozenset({*UNSET, "true"})


class _Flag(NamedTuple):
    """A flag of hardware ids, and what is said where it is set on none of them."""

    name: str
    unset: Message


class _Flagged(NamedTuple):
    """One hardware id that a control looks at more closely."""

    member: PbxObject
    device: Device
    subject: Subject

    def fix(self, flag: str, wanted: str) -> Fix:
        """Return what would give a flag the value that it should have."""
        repair = changed_flag(self.member, self.device.hw, flag, wanted)
        by_hand = NOTHING if repair else HARDWARE_TWICE
        return Fix(flag, self.device.flags.get(flag), wanted, repair, by_hand)

    def is_listed(self, names: Iterable[str]) -> bool:
        """Return whether a list of the site file names the hardware id or its user."""
        return _is_listed(self.member, self.device, {name.casefold() for name in names})


_JudgeFlagged = Callable[[AuditView, _Flagged], Observation]


class _Meant(NamedTuple):
    """Which hardware ids are meant, and the objects that may have one of them, in their order."""

    members: Iterable[PbxObject]
    is_meant: IsOne


def ip_filter_is_not_bypassed(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that no hot-desk hardware id is exempt from the IP filter."""
    yield from _hot_desk(
        view, _Flag("no-filter", say("none is exempt from the IP filter")), _exempt
    )


def reverse_proxy_flag_is_safe(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that a hardware id is trusted through a reverse proxy only together with TLS."""
    yield from _hot_desk(
        view, _Flag("trusted", say("none is trusted behind a reverse proxy")), _trusted
    )


def ip_filter_exceptions_are_listed(
    view: AuditView, _parameters: Parameters
) -> Iterator[Observation]:
    """Check that every hardware id that is exempt from the IP filter is listed in the site file."""
    flag = _Flag("no-filter", say("none that is not listed is exempt from the IP filter"))
    listed = view.site.lists.no_ip_filter_devices

    def judge(view: AuditView, flagged: _Flagged) -> Observation:
        found = _exempt(view, flagged)
        if found.fix is None or not flagged.is_listed(listed):
            return found
        detail = say(
            "it may register from outside the IP filter, as [lists] no_ip_filter_devices says"
        )
        return compliant(flagged.subject, flag.name, detail, found.evidence)

    yield from _everywhere(view, flag, judge, listed)


def proxied_devices_use_tls(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that a hardware id that comes through a reverse proxy is TLS only."""
    flag = _Flag("tls", say("none comes through a reverse proxy without a verified certificate"))
    listed = view.site.lists.reverse_proxy_devices
    folded = {name.casefold() for name in listed}

    def is_meant(member: PbxObject, device: Device) -> bool:
        return device.flags.get("trusted") not in UNSET or _is_listed(member, device, folded)

    members = view.snapshot.objects if folded else view.flagged("trusted")
    proxied = unmarked_at_proxy(view, is_meant)
    for found in _everywhere(view, flag, _encrypted, listed, _Meant(members, is_meant)):
        is_list = found.subject.id == Area.DEVICES.value and found.verdict is Verdict.COMPLIANT
        yield found._replace(remark=together(found.remark, proxied)) if is_list else found


def reverse_proxy_flags_are_few(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that no hardware id of any object is trusted behind a reverse proxy without TLS."""
    flag = _Flag("trusted", say("none is trusted behind a reverse proxy without a certificate"))
    listed = view.site.lists.reverse_proxy_devices
    folded = {name.casefold() for name in listed}
    inside = marked_elsewhere(view, lambda member, device: _is_listed(member, device, folded))
    for found in _everywhere(view, flag, _trusted, listed):
        is_list = found.subject.id == Area.DEVICES.value and found.verdict is Verdict.COMPLIANT
        yield found._replace(remark=together(found.remark, inside)) if is_list else found


def pbx_password_devices_are_listed(
    view: AuditView, _parameters: Parameters
) -> Iterator[Observation]:
    """Check that every hardware id that registers with the PBX password is listed."""
    flag = _Flag("admin", say("none that is not listed registers with the PBX password"))
    listed = view.site.lists.pbx_password_devices

    def judge(view: AuditView, flagged: _Flagged) -> Observation:
        value = flagged.device.flags["admin"]
        evidence = [view.locate(flagged.member, "admin", value, element=DEVICE)]
        if value not in _CLEAR:
            return undetermined(flagged.subject, flag.name, _NEITHER, evidence)
        if flagged.is_listed(listed):
            detail = say("it registers with the PBX password, as [lists] pbx_password_devices says")
            return compliant(flagged.subject, flag.name, detail, evidence)
        detail = say("it registers with the PBX password, which therefore lies on the device")
        fix = flagged.fix(flag.name, "false")
        return violated(flagged.subject, flag.name, detail, evidence, fix)

    yield from _everywhere(view, flag, judge, listed)


def _hot_desk(view: AuditView, flag: _Flag, judge: _JudgeFlagged) -> Iterator[Observation]:
    """Yield one observation per set flag, and one per user on whose ids it is not set."""
    yield from doubts(view.base_users, say("base user"), flag.name)
    yield from doubts(view.hot_desk_users, say("hot-desk user"), flag.name)
    flagged = set(map(id, view.flagged(flag.name)))
    for member in _members(view):
        if not member.shows("devices"):
            yield undetermined(about(member), flag.name, HIDDEN)
        elif id(member) in flagged:
            for entry in _flagged(member, _set(flag)):
                yield judge(view, entry)
        else:
            ids = ", ".join([device.hw for device in member.devices])
            evidence = [
                view.locate(member, flag.name, None, ids or say("no hardware id"), element=DEVICE)
            ]
            yield compliant(about(member), flag.name, flag.unset, evidence)


def _everywhere(
    view: AuditView,
    flag: _Flag,
    judge: _JudgeFlagged,
    listed: Sequence[str],
    meant: _Meant | None = None,
) -> Iterator[Observation]:
    """Yield one observation per hardware id that is meant, and one about the list of all.

    If nobody says which, those are meant on which the flag is set, whatever its value.
    """
    total, hidden = view.hardware_ids, view.hiding("devices")
    if meant is None:
        meant = _Meant(view.flagged(flag.name), _set(flag))
    others = False
    for member in meant.members:
        for entry in _flagged(member, meant.is_meant):
            found = judge(view, entry)
            others = others or found.verdict is not Verdict.COMPLIANT
            yield found
    if not total and not hidden:
        return
    size = say_count(
        "the list of {count} hardware id", "the list of {count} hardware ids", count=total
    )
    subject = about_list(Area.DEVICES.value, size)
    if hidden:
        detail = say_count(
            "{count} object without hardware ids in this source",
            "{count} objects without hardware ids in this source",
            count=hidden,
        )
        yield undetermined(subject, flag.name, detail)
        return
    known = _names_of_devices(view) if listed else frozenset()
    missing = [name for name in listed if name.casefold() not in known]
    rest = say("every other hardware id is as it should be") if others else flag.unset
    yield compliant(subject, flag.name, rest, (), not_on_the_pbx(missing))


def _names_of_devices(view: AuditView) -> AbstractSet[str]:
    """Return what a list may name: hardware ids, and the objects that have them, without case."""
    objects = view.snapshot.objects
    known = {one.h323.casefold() for one in objects}
    return known.union([device.hw.casefold() for one in objects for device in one.devices])


def _members(view: AuditView) -> list[PbxObject]:
    both = (*view.base_users.members, *view.hot_desk_users.members)
    return list({id(member): member for member in both}.values())


def _is_listed(member: PbxObject, device: Device, folded: set[str]) -> bool:
    return bool(folded) and not folded.isdisjoint({device.hw.casefold(), member.h323.casefold()})


def _set(flag: _Flag) -> IsOne:
    """Return what tells whether a flag is set, whatever its value."""
    return lambda _, device: device.flags.get(flag.name) not in UNSET


def _flagged(member: PbxObject, is_meant: IsOne) -> Iterator[_Flagged]:
    """Yield the hardware ids of an object that are meant."""
    seen: dict[str, int] = {}
    for device in member.devices:
        if not is_meant(member, device):
            continue
        seen[device.hw] = seen.get(device.hw, 0) + 1
        again = f"#{seen[device.hw]}" if seen[device.hw] > 1 else ""
        name = say("hardware ID {id} of {name}", id=device.hw, name=member.label)
        subject = Subject("device", f"{member.key}:{device.hw}{again}", name, member.key)
        yield _Flagged(member, device, subject)


def _exempt(view: AuditView, flagged: _Flagged) -> Observation:
    value = flagged.device.flags["no-filter"]
    evidence = [view.locate(flagged.member, "no-filter", value, element=DEVICE)]
    if value != "true":
        return undetermined(flagged.subject, "no-filter", _NEITHER, evidence)
    detail = say("it may register from outside the IP filter")
    return violated(
        flagged.subject, "no-filter", detail, evidence, flagged.fix("no-filter", "false")
    )


def _both(view: AuditView, flagged: _Flagged) -> list[Evidence]:
    flags = flagged.device.flags
    return [
        view.locate(flagged.member, "trusted", flags.get("trusted"), element=DEVICE),
        view.locate(flagged.member, "tls", flags.get("tls"), element=DEVICE),
    ]


def _are_clear(flagged: _Flagged) -> bool:
    return {flagged.device.flags.get("trusted"), flagged.device.flags.get("tls")} <= _CLEAR


def _encrypted(view: AuditView, flagged: _Flagged) -> Observation:
    subject, evidence = flagged.subject, _both(view, flagged)
    if not _are_clear(flagged):
        return undetermined(subject, "tls", _ONE_IS_NEITHER, evidence)
    tls = flagged.device.flags.get("tls")
    if tls == "true":
        detail = say("it comes through a reverse proxy, with a verified certificate")
        return compliant(subject, "tls", detail, evidence)
    detail = say(
        "it comes through a reverse proxy, and no verified certificate is asked for (TLS only)"
    )
    return violated(subject, "tls", detail, evidence, flagged.fix("tls", "true"))


def _trusted(view: AuditView, flagged: _Flagged) -> Observation:
    subject, evidence = flagged.subject, _both(view, flagged)
    if not _are_clear(flagged):
        return undetermined(subject, "trusted", _ONE_IS_NEITHER, evidence)
    if flagged.device.flags.get("tls") != "true":
        detail = say(
            "it is trusted behind a reverse proxy without a verified certificate (TLS only)"
        )
        return violated(subject, "trusted", detail, evidence, flagged.fix("trusted", "false"))
    listed = flagged.is_listed(view.site.lists.reverse_proxy_devices)
    remark = NOTHING if listed else say("it is not listed in [lists] reverse_proxy_devices")
    detail = say("it is trusted behind a reverse proxy, with a verified certificate")
    return compliant(subject, "trusted", detail, evidence, remark)

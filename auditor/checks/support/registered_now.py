"""Where a PBX sees devices now: at the address of a reverse proxy, or elsewhere.

That is inferred, and of one moment, so it decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from auditor.facts import DIRECT_REGISTRATIONS, PROXIED_REGISTRATIONS
from auditor.messages.message import NOTHING, Message, say
from auditor.model.snapshot import Device, PbxObject
from auditor.pbx.view import AuditView

# Says of a hardware id of an object whether it is one of those that are meant.
IsOne: TypeAlias = Callable[[PbxObject, Device], bool]


def unmarked_at_proxy(view: AuditView, is_meant: IsOne) -> Message:
    """Return a remark about devices that come through a reverse proxy now, and are not marked so.

    It is inferred, and of one moment, so it decides nothing. One that is TLS only is as it should
    be either way.
    """
    setting = view.snapshot.settings.get(PROXIED_REGISTRATIONS)
    seen = {name.casefold() for name in setting.values} if setting else set()
    found = {
        device.hw
        for member in (view.snapshot.objects if seen else ())
        for device in member.devices
        if device.hw.casefold() in seen
        and not is_meant(member, device)
        and device.flags.get("tls") != "true"
    }
    if not found:
        return NOTHING
    return say(
        "seen at the address of a reverse proxy now, and neither marked nor listed: {names}",
        names=", ".join(sorted(found)),
    )


def marked_elsewhere(view: AuditView, is_listed: IsOne) -> Message:
    """Return a remark about devices that are marked, not listed, and come from inside now."""
    setting = view.snapshot.settings.get(DIRECT_REGISTRATIONS)
    seen = {name.casefold() for name in setting.values} if setting else set()
    found = {
        device.hw
        for member in (view.flagged("trusted") if seen else ())
        for device in member.devices
        if device.flags.get("trusted") == "true"
        and device.hw.casefold() in seen
        and not is_listed(member, device)
    }
    if not found:
        return NOTHING
    return say(
        "registered without a reverse proxy now, so whether they need the mark is worth a look: "
        "{names}",
        names=", ".join(sorted(found)),
    )

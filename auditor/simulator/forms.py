"""The forms of the object page: `cmd=submit-object` and `cmd=submit-groups`.

What they do to fields that are not sent is not documented: here those of an object stay.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from auditor.simulator.element import Element
from auditor.simulator.object_changes import WriteError, encrypted, existing, store
from auditor.simulator.responses import MASK
from auditor.simulator.simulated_pbx import SimulatedObject, SimulatedPbx

Form = Sequence[tuple[str, str]]

_NAMES: Final = ("cn", "h323", "e164", "node", "loc")
_ATTRIBUTES: Final = ("dn", "text", "email", "h323-email", "fake", "config")
_DEVICE: Final = re.compile(r"dev(\d+)\.([a-z-]+)")
_GUID: Final = re.compile(r"[0-9a-fA-F]*")
_DEFAULTS: Final = {"node": "root", "loc": "master"}


def submit_object(pbx: SimulatedPbx, form: Form) -> SimulatedPbx:
    """Return the PBX with an object created or changed.

    `guid` names an existing object, `guid=*` the one with that `cn`. Raises WriteError.
    """
    fields = dict(form)
    old = _addressed(pbx, fields)
    names = dict(old.names) | {name: fields[name] for name in _NAMES if fields.get(name)}
    sent = {name: fields[name] for name in _ATTRIBUTES if name in fields}
    attributes = {name: text for name, text in (dict(old.attributes) | sent).items() if text}
    devices = _devices(fields)
    kept = tuple(c for c in old.children if not devices or c.tag != "device")
    password = old.password
    if fields.get("pwd", MASK) != MASK:
        if fields.get("pwd1", fields["pwd"]) != fields["pwd"]:
            raise WriteError("the passwords differ")
        password = encrypted(pbx, fields["pwd"])
    return store(pbx, SimulatedObject(old.guid, names, attributes, (*kept, *devices), password))


def submit_groups(pbx: SimulatedPbx, form: Form) -> SimulatedPbx:
    """Return the PBX with the groups of an object set: those left out are removed.

    Each `grp-name` begins a group. What follows the digits of `guid` is ignored: an importer
    sends `guid=<hex>loc=` (wire-facts 12). Raises WriteError.
    """
    fields = dict(form)
    found = _GUID.match(fields.get("guid", ""))
    one = existing(pbx, {"guid": found[0] if found else ""})
    groups: list[dict[str, str]] = []
    for name, text in form:
        if name == "grp-name" and text:
            groups.append({"name": text})
        elif name == "grp-active" and text and groups:
            groups[-1]["mode"] = "active"
        elif name == "grp-dyn" and text and groups:
            groups[-1]["dyn"] = text
    others = tuple(child for child in one.children if child.tag != "grp")
    return store(pbx, replace(one, children=(*others, *(Element("grp", g) for g in groups))))


def _addressed(pbx: SimulatedPbx, fields: dict[str, str]) -> SimulatedObject:
    guid = fields.get("guid", "")
    if not guid:
        return SimulatedObject(secrets.token_hex(16), _DEFAULTS, {})
    one = existing(pbx, {"cn": fields.get("cn", "")} if guid == "*" else {"guid": guid})
    if one is pbx.admin:
        raise WriteError("this object is not changed here")
    return one


def _devices(fields: dict[str, str]) -> tuple[Element, ...]:
    devices: dict[int, dict[str, str]] = {}
    for name, text in fields.items():
        if (found := _DEVICE.fullmatch(name)) and text:
            devices.setdefault(int(found[1]), {})[found[2]] = text
    return tuple(Element("device", devices[number]) for number in sorted(devices))

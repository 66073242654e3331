"""Changes of PBX objects: each takes a PBX and returns the PBX that results."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from auditor.pbx import crypt
from auditor.simulator.element import Element
from auditor.simulator.responses import MASK
from auditor.simulator.simulated_pbx import SimulatedObject, SimulatedPbx
from auditor.simulator.tolerant import Received

_NAMES: Final = ("cn", "h323", "e164", "node", "loc")
_UNIQUE: Final = ("cn", "h323")
_NO_ATTRIBUTE: Final = frozenset({*_NAMES, "guid", "pwd", "pwdx", "key"})
_DEFAULTS: Final = {"node": "root", "loc": "master"}


class WriteError(Exception):
    """The PBX refuses a change; the message says why. Its words are made up."""


def object_named(pbx: SimulatedPbx, names: Mapping[str, str]) -> SimulatedObject | None:
    """Return the object that attributes name: by guid, else cn, else h323."""
    for name in ("guid", "cn", "h323"):
        if names.get(name):
            return pbx.index.get((name, names[name]))
    return None


def existing(pbx: SimulatedPbx, names: Mapping[str, str]) -> SimulatedObject:
    """Return the object that attributes name. Raises WriteError if there is none."""
    found = object_named(pbx, names)
    if found is None:
        raise WriteError("no such object")
    return found


def add(pbx: SimulatedPbx, user: Received) -> SimulatedPbx:
    """Return the PBX with a new object. Raises WriteError for a name that is taken."""
    if "guid" in user.attributes:
        raise WriteError("a new object has no guid")
    blank = SimulatedObject(secrets.token_hex(16), {}, {})
    return _with_new(pbx, _replaced(pbx, blank, user))


def modify(pbx: SimulatedPbx, user: Received) -> SimulatedPbx:
    """Return the PBX with an object replaced as a whole. Raises WriteError."""
    old = existing(pbx, user.attributes)
    return _with(pbx, _replaced(pbx, old, user))


def add_parts(pbx: SimulatedPbx, user: Received) -> SimulatedPbx:
    """Return the PBX with elements added to an object; there is no check for doubles."""
    old = existing(pbx, user.attributes)
    return _with(pbx, replace(old, children=(*old.children, *map(_element, user.children))))


def remove_parts(pbx: SimulatedPbx, user: Received) -> SimulatedPbx:
    """Return the PBX with elements removed from an object, if it has them."""
    old = existing(pbx, user.attributes)
    removed = [_element(child) for child in user.children]
    kept = tuple(child for child in old.children if child not in removed)
    return _with(pbx, replace(old, children=kept))


def store(pbx: SimulatedPbx, one: SimulatedObject) -> SimulatedPbx:
    """Return the PBX with the object, new or instead of the one with its guid.

    Raises WriteError for a name that is taken.
    """
    return _with(pbx, one) if ("guid", one.guid) in pbx.index else _with_new(pbx, one)


def encrypted(pbx: SimulatedPbx, clear: str) -> bytes | None:
    """Return a password as the PBX stores it; None for an empty one."""
    return crypt.encrypt(pbx.key, clear) if clear else None


def _with_new(pbx: SimulatedPbx, one: SimulatedObject) -> SimulatedPbx:
    if not one.names.get("cn"):
        raise WriteError("an object needs a cn")
    _check_names(pbx, one)
    return replace(pbx, objects=(*pbx.objects, one))


def _with(pbx: SimulatedPbx, one: SimulatedObject) -> SimulatedPbx:
    _check_names(pbx, one)
    if one.guid == pbx.admin.guid:
        return replace(pbx, admin=one)
    objects = tuple(one if old.guid == one.guid else old for old in pbx.objects)
    return replace(pbx, objects=objects)


def _check_names(pbx: SimulatedPbx, one: SimulatedObject) -> None:
    for name in _UNIQUE:
        other = pbx.index.get((name, one.names.get(name, "")))
        if other is not None and other.guid != one.guid:
            raise WriteError(f"{name} is in use")


def _replaced(pbx: SimulatedPbx, old: SimulatedObject, user: Received) -> SimulatedObject:
    attributes = user.attributes
    is_admin = old.guid == pbx.admin.guid
    given = {name: attributes[name] for name in _NAMES if attributes.get(name)}
    known = given if is_admin else _DEFAULTS | given
    names = {str(name): known[name] for name in _NAMES if name in known}
    return SimulatedObject(
        old.guid,
        names,
        {name: text for name, text in attributes.items() if name not in _NO_ATTRIBUTE},
        tuple(_element(child) for child in user.children),
        _admin_password(pbx, attributes) if is_admin else _password(pbx, old, attributes),
    )


def _password(
    pbx: SimulatedPbx, old: SimulatedObject, attributes: Mapping[str, str]
) -> bytes | None:
    """Return the password that `pwd` and `pwdx` ask for (soapphp5); the mask keeps the old one."""
    clear = attributes.get("pwd", "")
    if clear != MASK:
        return encrypted(pbx, clear)
    if "pwdx" not in attributes:
        return old.password
    try:
        return bytes.fromhex(attributes["pwdx"])
    except ValueError:
        raise WriteError("pwdx is not hexadecimal") from None


def _admin_password(pbx: SimulatedPbx, attributes: Mapping[str, str]) -> bytes | None:
    """Return the PBX password; a new one, which would encrypt all others anew, is refused."""
    own = pbx.admin.password or b""
    if attributes.get("pwd", MASK) not in {MASK, own.hex()}:
        raise WriteError("the PBX password is not changed here")
    return own


def _element(node: Received) -> Element:
    children = tuple(_element(child) for child in node.children)
    return Element(node.name, node.attributes, children, node.text.strip())

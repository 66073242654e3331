"""PBX objects as the sockets tell them: JSON from 13r3 on, before that XML in strings.

Which form a flag has where the vendor's text leaves it blank is inferred: true, false or absent. So
is that lists in XML stand one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from auditor.simulator.element import Element
from auditor.simulator.responses import effective
from auditor.simulator.simulated_pbx import SimulatedObject, SimulatedPbx
from auditor.simulator.sockets.json_messages import Message
from auditor.simulator.sockets.object_fields import TABLES, fields_of
from auditor.simulator.sockets.trains import is_since

_FLAGS: Final = {"true": True, "false": False}
_SIMULATED: Final = "sim-"
# A row of a diversion lists its ends and sources, of which only the first counts.
_LISTED: Final = {"cd": ("ep", "src"), "src": ("ep",)}


def get_object(pbx: SimulatedPbx, one: SimulatedObject, *, templates: bool) -> Message:
    """Return an object with every field that it has and the firmware knows."""
    attributes = effective(pbx, one) if templates else one.attributes
    as_json = is_since(pbx, "13r3")
    found: Message = {"guid": one.guid, **one.names}
    found |= {name: flag_or_text(text) for name, text in attributes.items()}
    for name, tag in TABLES.items():
        if rows := row_elements(one, tag):
            found[name] = [row_as_json(row) for row in rows] if as_json else _as_xml(rows)
    if one.pseudo is not None:
        found["pseudo"] = _pseudo_as_json(one.pseudo) if as_json else pseudo_as_xml(one.pseudo)
    if one.password is not None:
        found["pwd"] = one.password.hex()
    known = fields_of(pbx)
    return {name: value for name, value in found.items() if name in known}


def row_elements(one: SimulatedObject, tag: str) -> list[Element]:
    """Return the elements of an object that are rows of a table."""
    return [child for child in one.children if child.tag == tag]


def flag_or_text(text: str) -> bool | str:
    """Return what a value is in JSON."""
    return _FLAGS.get(text, text)


def row_as_json(row: Element) -> Message:
    """Return a row of a table, the lists in it included."""
    found: Message = _attributes(row.attributes)
    for name in _LISTED.get(row.tag, ()):
        if inner := [row_as_json(child) for child in row.children if child.tag == name]:
            found[name] = inner
    return found


def pseudo_as_xml(pseudo: Element) -> str:
    """Return what kind of object it is as XML text."""
    return _published(pseudo).to_text()


def app_rights(one: SimulatedObject) -> Mapping[str, str]:
    """Return the check marks and the address of an App object; empty for any other object."""
    children = () if one.pseudo is None or one.kind != "app" else one.pseudo.children
    return next((child.attributes for child in children if child.tag == "app"), {})


def _as_xml(rows: Iterable[Element]) -> str:
    return "".join(_published(row).to_text() for row in rows)


def _pseudo_as_json(pseudo: Element) -> Message:
    """Return the element and those in it; names that repeat are a list."""
    found: dict[str, Any] = _attributes(pseudo.attributes)
    for child in _published(pseudo).children:
        inner = _pseudo_as_json(child)
        if child.tag not in found:
            found[child.tag] = inner
        elif isinstance(found[child.tag], list):
            found[child.tag].append(inner)
        else:
            found[child.tag] = [found[child.tag], inner]
    return found


def _attributes(attributes: Mapping[str, str]) -> Message:
    return {name: flag_or_text(text) for name, text in attributes.items()}


def _published(element: Element) -> Element:
    """Return an element without what the simulator made up."""
    kept = (child for child in element.children if not child.tag.startswith(_SIMULATED))
    return Element(element.tag, element.attributes, tuple(map(_published, kept)))

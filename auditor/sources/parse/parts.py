"""The parts of a PBX object: its kind, templates, hardware ids, diversions, forks and rights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from sys import intern
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element

from auditor.dialects import ParentPlace
from auditor.model.snapshot import (
    APP_KIND,
    NODE_KIND,
    PBX_KIND,
    TEMPLATE_KIND,
    Allowance,
    Device,
    Diversion,
    Fork,
    Lead,
)
from auditor.sources.parse.leads import leads_of_pseudo, parts_of_node

DEVICE_FLAGS: Final = frozenset({"admin", "no-filter", "no-mob", "tls", "trusted"})
# Check marks of an app object (SDK, app object); its url may hold a login and is left out.
RIGHTS: Final = frozenset(
    {
        "admin",
        "epsignal",
        "impersonation",
        "messages",
        "pbx",
        "pbxsignal",
        "rcc",
        "services",
        "tableusers",
        "websocket",
    }
)
_ALLOWANCES: Final = frozenset({"allow", "t-allow"})
_ALLOWANCE_FLAGS: Final = frozenset(
    {"dialog", "ids", "note", "online", "otf", "presence", "visible"}
)
_KNOWN_CHILDREN: Final = frozenset(
    {"grp", "gw", "phone", "presence", "profile", "sessions", "wakeup"}
)
_PSEUDO_ATTRIBUTES: Final = frozenset({"config", "type"})
_CONFIG_ATTRIBUTES: Final = frozenset({"config", "discard-phone-config", "phone-config"})
_NODE_KINDS: Final = frozenset({NODE_KIND, PBX_KIND})
_ENDS: Final = frozenset({"e164", "h323"})
NOTHING: Final[Mapping[str, str]] = {}


class Parts(NamedTuple):
    """What the children of an object come to."""

    kind: str
    templates: tuple[str, ...]
    unexplained: tuple[str, ...]
    rights: Mapping[str, str]
    devices: tuple[Device, ...]
    forks: tuple[Fork, ...]
    diversions: tuple[Diversion, ...]
    allowances: tuple[Allowance, ...]
    leads: tuple[Lead, ...]


def read_parts(
    attributes: Mapping[str, str], children: Iterable[Element], place: ParentPlace | None
) -> Parts:
    """Return what attributes and children of an object come to."""
    kind = ""
    config = attributes.get("config")
    templates: tuple[str, ...] = (config,) if config else ()
    unexplained: tuple[str, ...] = ()
    rights = NOTHING
    leads: tuple[Lead, ...] = ()
    devices = []
    others: list[Element] = []
    for child in children:
        if child.tag == "device":
            devices.append(_device(child.attrib))
        elif child.tag == "pseudo":
            kind = child.get("type", "")
            if kind == TEMPLATE_KIND:
                templates, unexplained = _parents(child, templates, place)
            elif kind == APP_KIND:
                rights, unexplained = _rights(child)
            elif kind in _NODE_KINDS:
                unexplained = parts_of_node(child)
            leads += leads_of_pseudo(child)
        else:
            others.append(child)
    found = _Others(others)
    if kind == TEMPLATE_KIND:
        unexplained += tuple(found.unknown)
        unexplained += tuple(name for name in attributes if _may_name_templates(name))
    return Parts(
        kind,
        templates,
        unexplained,
        rights,
        tuple(devices),
        tuple(found.forks),
        tuple(found.diversions),
        tuple(found.allowances),
        leads,
    )


def _parents(
    pseudo: Element, templates: tuple[str, ...], place: ParentPlace | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the parents that a template names, and the parts that nothing explains."""
    parents = list(templates)
    unexplained = [name for name in pseudo.attrib if name not in _PSEUDO_ATTRIBUTES]
    if config := pseudo.get("config"):
        parents.append(config)
    for child in pseudo:
        if place and child.tag == place.element:
            parents.append(child.get(place.attribute, "(unnamed)"))
        elif child.tag == "config":
            parents.append(child.get("cn", "(unnamed)"))
        else:
            unexplained.append(child.tag)
    return tuple(dict.fromkeys(parents)), tuple(unexplained)


class _Others:
    """The less frequent children of an object; most objects have none, so nothing is made then."""

    def __init__(self, children: list[Element]) -> None:
        self.forks: list[Fork] = []
        self.diversions: list[Diversion] = []
        self.allowances: list[Allowance] = []
        self.unknown: list[str] = []
        for child in children:
            self._add(child)

    def _add(self, child: Element) -> None:
        tag = child.tag
        if tag == "cd":
            self.diversions.extend(_diversions(child))
        elif tag == "fork":
            self.forks.extend(_forks(child))
        elif tag in _ALLOWANCES:
            flags = {k: v for k, v in child.attrib.items() if k in _ALLOWANCE_FLAGS}
            self.allowances.append(Allowance(child.get("name", ""), flags))
        elif tag not in _KNOWN_CHILDREN:
            self.unknown.append(tag)


def _diversions(node: Element) -> Iterable[Diversion]:
    """Yield where a diversion leads. One whose type and ends are all empty is none."""
    kind, boolean = node.get("type", ""), node.get("bool", "")
    ends = _ends(node)
    if node.get("type") == "" and _are_emptied(ends):
        return
    for end in ends:
        yield Diversion(kind, end.get("e164", ""), end.get("h323", ""), boolean, _is_off(node))


def _forks(node: Element) -> Iterable[Fork]:
    """Yield the phones that ring along."""
    for end in _ends(node):
        mobility = node.get("mobility", "")
        yield Fork(end.get("e164", ""), end.get("h323", ""), mobility, _is_off(node))


def _ends(node: Element) -> list[Element]:
    """Return what names where calls go: each `<ep>` in XML, the element itself in JSON."""
    ends = node.findall("ep")
    own = any(map(node.get, _ENDS))
    return [node, *ends] if own or not ends else ends


def _are_emptied(ends: Iterable[Element]) -> bool:
    """Return whether every end is there and says that there is no destination."""
    return all(not _ENDS.isdisjoint(e.attrib) and not any(map(e.get, _ENDS)) for e in ends)


def _is_off(node: Element) -> bool | None:
    """Return whether a diversion or fork is switched off; None if its value says neither."""
    stored = node.get("off")
    return {None: False, "false": False, "true": True}.get(stored)


def _rights(pseudo: Element) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return the check marks of an app: attributes of the element `app` inside its pseudo.

    Without that element nothing says which of them are set: then `app` is unexplained.
    """
    inner = pseudo.find(APP_KIND)
    if inner is None:
        return NOTHING, (APP_KIND,)
    return {name: value for name, value in inner.attrib.items() if name in RIGHTS}, ()


def _device(attributes: Mapping[str, str]) -> Device:
    flags = _shared(tuple((k, v) for k, v in attributes.items() if k in DEVICE_FLAGS))
    return Device(attributes.get("hw", ""), intern(attributes.get("text", "")), flags)


@lru_cache(maxsize=256)
def _shared(flags: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Return one mapping for all devices with the same flags: there are thousands of them."""
    return dict(flags) or NOTHING


def _may_name_templates(attribute: str) -> bool:
    """Return whether an attribute nobody documented could be a reference to templates."""
    related = "config" in attribute or "template" in attribute
    return related and attribute not in _CONFIG_ATTRIBUTES

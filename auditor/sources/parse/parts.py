"""The parts of a PBX object: its kind, templates, hardware ids, diversions, forks and rights.

A part that is not understood is never one that is not there: what an object does not show for
certain is named, so that nothing is concluded from its absence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from sys import intern
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element

from auditor.dialects import Dialect, ParentPlace
from auditor.model.snapshot import (
    APP_KIND,
    CONTENT,
    NODE_KIND,
    PBX_KIND,
    TEMPLATE_KIND,
    Allowance,
    Device,
    Diversion,
    Fork,
    Lead,
)
from auditor.sources.parse import known
from auditor.sources.parse.diversion_parts import (
    diversions_of,
    forks_of,
    is_clear_diversion,
    is_clear_fork,
)
from auditor.sources.parse.leads import leads_of_pseudo, parts_of_node
from auditor.values.names import is_near_miss

_PSEUDO_ATTRIBUTES: Final = frozenset({"config", "type"})
_CONFIG_ATTRIBUTES: Final = frozenset({"config", "discard-phone-config", "phone-config"})
_NODE_KINDS: Final = frozenset({NODE_KIND, PBX_KIND})
NOTHING: Final[Mapping[str, str]] = {}
_NO_PARTS: Final[frozenset[str]] = frozenset()
_DEVICES: Final = frozenset({"devices"})
_KIND: Final = frozenset({"pseudo", CONTENT})
_PART_OF: Final = {"allow": "allows", "cd": "cds", "fork": "forks", "t-allow": "t-allows"}
PARTS_BY_TAG: Final[Mapping[str, frozenset[str]]] = {
    "device": _DEVICES,
    "pseudo": _KIND,
    **{tag: frozenset({part}) for tag, part in _PART_OF.items()},
}
_USED: Final = _PART_OF.keys() | {"device", "pseudo"}


class Parts(NamedTuple):
    """What the children of an object come to.

    `hidden` names the parts that are not known to be all, `children` counts all of them,
    `strange` those that are not understood, `others` those that are irrelevant,
    `members` the attributes of all of them. `is_kind_open` says that the object may be
    of another kind than it seems.
    """

    kind: str
    templates: tuple[str, ...]
    devices: tuple[Device, ...]
    hidden: frozenset[str]
    children: int
    strange: int
    others: int
    members: int
    unexplained: tuple[str, ...] = ()
    rights: Mapping[str, str] = NOTHING
    forks: tuple[Fork, ...] = ()
    diversions: tuple[Diversion, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    leads: tuple[Lead, ...] = ()
    is_kind_open: bool = False


class PartReader:
    """Reads attributes and children of objects, by the names that a dialect explains."""

    def __init__(self, dialect: Dialect) -> None:
        self._place = dialect.template_parents
        self._kinds = known.KINDS | dialect.irrelevant.kinds.keys()
        # What is used stays so, whatever a dialect says of it.
        self._other_children = (known.OTHER_CHILDREN | dialect.irrelevant.parts.keys()) - _USED

    def read(self, attributes: Mapping[str, str], children: Iterable[Element]) -> Parts:
        """Return what attributes and children of an object come to."""
        devices: list[Device] = []
        pseudos: list[Element] = []
        others: list[Element] = []
        hidden = _NO_PARTS
        count = unclear = irrelevant = members = 0
        for child in children:
            tag, own = child.tag, child.attrib
            count += 1
            members += len(own)
            if len(child):
                members += sum(len(inner.attrib) for inner in child)
                misplaced = _misplaced(child)
                hidden |= misplaced
            else:
                misplaced = _NO_PARTS
            if tag == "device":
                devices.append(_device(own))
                if len(child) or not known.DEVICE_ATTRIBUTES.issuperset(own):
                    hidden |= _DEVICES
                    unclear += 1
            elif tag in self._other_children:
                irrelevant += not misplaced
                unclear += bool(misplaced)
            else:
                (pseudos if tag == "pseudo" else others).append(child)
        config = attributes.get("config")
        templates = _alone(config) if config else ()
        plain = Parts("", templates, tuple(devices), hidden, count, unclear, irrelevant, members)
        return self._with(plain, attributes, pseudos, others) if pseudos or others else plain

    def _with(
        self,
        plain: Parts,
        attributes: Mapping[str, str],
        pseudos: list[Element],
        others: list[Element],
    ) -> Parts:
        """Return the parts of an object with those that most objects do not have."""
        kind = _Kind(pseudos, plain.templates, self._place, self._kinds)
        found = _Others(others)
        unexplained = kind.unexplained
        if kind.name == TEMPLATE_KIND:
            unexplained += tuple(found.unknown)
            unexplained += tuple(name for name in attributes if may_name_templates(name))
        unknown = len(found.unknown)
        hidden = plain.hidden | kind.hidden | found.hidden
        return plain._replace(
            kind=kind.name,
            templates=kind.templates,
            hidden=hidden | known.CHILD_PARTS if unknown else hidden,
            strange=plain.strange + unknown + found.unclear + len(pseudos) * kind.is_open,
            unexplained=unexplained,
            rights=kind.rights,
            forks=tuple(found.forks),
            diversions=tuple(found.diversions),
            allowances=tuple(found.allowances),
            leads=kind.leads,
            is_kind_open=kind.is_open or (unknown > 0 and not pseudos),
        )


class _Kind:
    """What the pseudo element says: the kind of the object, and what belongs to that kind."""

    def __init__(
        self,
        pseudos: list[Element],
        templates: tuple[str, ...],
        place: ParentPlace | None,
        kinds: frozenset[str],
    ) -> None:
        self.name = ""
        self.templates = templates
        self.unexplained: tuple[str, ...] = ()
        self.rights = NOTHING
        self.leads: tuple[Lead, ...] = ()
        self.hidden = _NO_PARTS
        self.is_open = len(pseudos) > 1
        for pseudo in pseudos:
            self.name = pseudo.get("type", "")
            self.is_open = self.is_open or self.name not in kinds
            if self.name == TEMPLATE_KIND:
                self.templates, self.unexplained = _parents(pseudo, templates, place)
            elif self.name == APP_KIND:
                self.rights, self.unexplained = _rights(pseudo)
            elif self.name in _NODE_KINDS:
                self.unexplained = parts_of_node(pseudo)
            self.leads += leads_of_pseudo(pseudo)
        if self.is_open:
            self.hidden = _KIND


def _misplaced(child: Element) -> frozenset[str]:
    """Return the parts that a child has inside of it, where nobody looks for them."""
    inside = {inner.tag for inner in child.iter() if inner is not child}
    return frozenset(
        part
        for tag, parts in PARTS_BY_TAG.items()
        if tag in inside or any(is_near_miss(one, tag) for one in inside)
        for part in parts
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
    """The less frequent children of an object."""

    def __init__(self, children: list[Element]) -> None:
        self.forks: list[Fork] = []
        self.diversions: list[Diversion] = []
        self.allowances: list[Allowance] = []
        self.unknown: list[str] = []
        self.hidden: frozenset[str] = _NO_PARTS
        self.unclear = 0
        for child in children:
            if child.tag in _PART_OF:
                self._add(child)
            else:
                self.unknown.append(child.tag)

    def _add(self, child: Element) -> None:
        tag = child.tag
        if tag == "cd":
            self.diversions.extend(diversions_of(child))
            is_clear = is_clear_diversion(child)
        elif tag == "fork":
            self.forks.extend(forks_of(child))
            is_clear = is_clear_fork(child)
        else:
            flags = {k: v for k, v in child.attrib.items() if k in known.ALLOWANCE_FLAGS}
            self.allowances.append(Allowance(child.get("name", ""), flags))
            is_clear = _is_clear_allowance(child)
        if not is_clear:
            self.hidden |= {_PART_OF[tag]}
            self.unclear += 1


def _is_clear_allowance(node: Element) -> bool:
    named = bool(node.get("name"))
    return named and not len(node) and known.ALLOWANCE_ATTRIBUTES.issuperset(node.attrib)


def _rights(pseudo: Element) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return the check marks of an app: attributes of the element `app` inside its pseudo.

    Without that element, or with a mark that nobody knows, not all of them are known: then `app`
    is unexplained.
    """
    inner = pseudo.findall(APP_KIND)
    marks = {k: v for one in inner for k, v in one.attrib.items() if k in known.RIGHTS}
    is_clear = len(inner) == len(pseudo) == 1 and known.APP_ATTRIBUTES.issuperset(inner[0].attrib)
    return marks or NOTHING, () if is_clear else (APP_KIND,)


def _device(attributes: Mapping[str, str]) -> Device:
    flags = _shared(tuple([item for item in attributes.items() if item[0] in known.DEVICE_FLAGS]))
    return Device(attributes.get("hw", ""), intern(attributes.get("text", "")), flags)


@lru_cache(maxsize=256)
def _shared(flags: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Return one mapping for all devices with the same flags: there are thousands of them."""
    return dict(flags) or NOTHING


@lru_cache(maxsize=256)
def _alone(template: str) -> tuple[str, ...]:
    """Return the one tuple for all objects that take values from one template."""
    return (template,)


def may_name_templates(attribute: str) -> bool:
    """Return whether an attribute nobody documented could be a reference to templates."""
    related = "config" in attribute or "template" in attribute
    return related and attribute not in _CONFIG_ATTRIBUTES

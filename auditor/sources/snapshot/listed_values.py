"""What the object list says of an object beside the document that shows it whole.

Which values a list page shows, configured ones or those with templates applied, is not documented.
So a value agrees with either. What an item leaves out says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Final

from auditor.model.snapshot import (
    APP_KIND,
    BUILT_IN_PLACES,
    CONTENT,
    TEMPLATE_KIND,
    PbxObject,
)
from auditor.sources.parse.object_differences import differing_parts

LIST: Final = "object-list"
_OFF: Final = frozenset({"", "false"})
_PLACES: Final = frozenset({"loc", "node"})


class ListedValues:
    """Compares items of a list with the objects that other documents show."""

    def __init__(self, objects: Sequence[PbxObject]) -> None:
        self._templates: dict[str, list[PbxObject]] = {}
        for one in objects:
            if one.kind == TEMPLATE_KIND:
                self._templates.setdefault(one.cn, []).append(one)

    def contradicted(self, shown: PbxObject, item: PbxObject) -> set[str]:
        """Return the attributes and parts of an object that an item of the list contradicts."""
        found = differing_parts(shown, item)
        if "pseudo" not in found and _says_more(shown, item):
            found.add("pseudo")
        return {name for name in found if not self._may_be(name, shown, item)}

    def _may_be(self, name: str, shown: PbxObject, item: PbxObject) -> bool:
        """Return whether both can be true, because the list shows what applies to the object."""
        part = _PARTS.get(name)
        if part is None:
            return name in item.attributes and self._may_apply(name, shown, item)
        given = [entry for one in self._given(shown) for entry in part(one)]
        return _is_with(part(shown), part(item), given if name != _DEVICES else ())

    def _may_apply(self, name: str, shown: PbxObject, item: PbxObject) -> bool:
        own, value = shown.attributes.get(name, ""), item.attributes[name]
        if name in _PLACES:
            return _is_same_place(name, own, value)
        if name == "config":
            return False
        given = {own} if own else {one.attributes.get(name, "") for one in self._given(shown)}
        if value in _OFF:
            return given <= _OFF
        return value in given or (name == "dn" and not own and value == shown.cn)

    def _given(self, subject: PbxObject) -> list[PbxObject]:
        """Return the templates that may give an object a value: all where it is not said which."""
        found: dict[str, list[PbxObject]] = {}
        waiting = [subject]
        while waiting:
            one = waiting.pop()
            if not one.shows("config") or (one.kind == TEMPLATE_KIND and one.unexplained):
                return [other for several in self._templates.values() for other in several]
            fresh = [name for name in one.templates if name not in found]
            for name in fresh:
                found[name] = self._templates.get(name, [])
                waiting += found[name]
        return [one for several in found.values() for one in several]


def _says_more(shown: PbxObject, item: PbxObject) -> bool:
    """Return whether attributes of a pseudo element say what the object does not show.

    Without a child nothing of an App is said, nor where a map leads.
    """
    if item.shows(CONTENT) or not shown.shows(CONTENT):
        return False
    leads = {one for one in item.leads if one.e164 or one.h323}
    parts = {*item.unexplained} - {APP_KIND}
    return not (leads <= {*shown.leads} and parts <= {*shown.unexplained})


def _is_with(own: Sequence[object], listed: Sequence[object], given: Sequence[object]) -> bool:
    """Return whether a list shows the entries of an object itself, and else those of templates."""
    left = [*listed]
    for one in own:
        if one not in left:
            return False
        left.remove(one)
    return all(one in given for one in left)


def _is_same_place(name: str, own: str, listed: str) -> bool:
    """Return whether places may be one: what none means, and what the PBX calls itself, is open."""
    if {own.casefold(), listed.casefold()} <= BUILT_IN_PLACES:
        return True
    return name == "loc" and own.casefold() in BUILT_IN_PLACES


def _set_of(flags: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in flags.items() if value not in _OFF}


def _devices_of(one: PbxObject) -> Sequence[object]:
    return [(entry.hw, entry.text, _set_of(entry.flags)) for entry in one.devices]


def _allowances_of(one: PbxObject) -> Sequence[object]:
    return [(entry.name, _set_of(entry.flags)) for entry in one.allowances]


# What gives the entries of a part of an object, with those flags that are on.
_DEVICES: Final = "devices"
_PARTS: Final[Mapping[str, Callable[[PbxObject], Sequence[object]]]] = {
    _DEVICES: _devices_of,
    "allows": _allowances_of,
    "cds": attrgetter("diversions"),
    "forks": attrgetter("forks"),
}

"""Diversions and forks of an object: where they lead, and whether all of that is understood."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element

from auditor.model.snapshot import Diversion, Fork
from auditor.sources.parse import known

_END: Final = "ep"
_SOURCE: Final = "src"


def diversions_of(node: Element) -> Iterable[Diversion]:
    """Yield where a diversion leads. One whose type and ends are all empty is none."""
    kind, boolean = node.get("type", ""), node.get("bool", "")
    ends = _ends(node)
    if node.get("type") == "" and _are_emptied(ends):
        return
    for end in ends:
        yield Diversion(kind, end.get("e164", ""), end.get("h323", ""), boolean, _is_off(node))


def forks_of(node: Element) -> Iterable[Fork]:
    """Yield the phones that ring along."""
    for end in _ends(node):
        mobility = node.get("mobility", "")
        yield Fork(end.get("e164", ""), end.get("h323", ""), mobility, _is_off(node))


def _ends(node: Element) -> list[Element]:
    """Return what names where calls go: each `<ep>` in XML, the element itself in JSON."""
    ends = node.findall(_END)
    own = any(map(node.get, known.ENDS))
    return [node, *ends] if own or not ends else ends


def _are_emptied(ends: Iterable[Element]) -> bool:
    """Return whether every end is there and says that there is no destination."""
    return all(
        not known.ENDS.isdisjoint(e.attrib) and not any(map(e.get, known.ENDS)) for e in ends
    )


def _is_off(node: Element) -> bool | None:
    """Return whether a diversion or fork is switched off; None if its value says neither."""
    stored = node.get("off")
    return {None: False, "false": False, "true": True}.get(stored)


def is_clear_diversion(node: Element) -> bool:
    """Return whether the type of a diversion and where it leads are understood.

    One that states an empty type and an empty end is no diversion, and clear as that.
    """
    is_none = node.get("type") == "" and _are_emptied(_ends(node))
    has_type = node.get("type") in known.DIVERSION_KINDS
    is_clear = _has_clear_end(node, known.DIVERSION_ATTRIBUTES, known.ENDS)
    return is_clear and (has_type or is_none)


def _has_clear_end(node: Element, attributes: frozenset[str], ends: frozenset[str]) -> bool:
    """Return whether a diversion or fork says where it leads, an empty end included."""
    stated = node.findall(_END)
    children_known = all(child.tag in {_END, _SOURCE} for child in node)
    stated_known = all(not ends.isdisjoint(end.attrib) and not len(end) for end in stated)
    leads = bool(stated) or not ends.isdisjoint(node.attrib)
    return children_known and stated_known and leads and attributes.issuperset(node.attrib)


def is_clear_fork(node: Element) -> bool:
    """Return whether where a further phone rings is understood."""
    return _has_clear_end(node, known.FORK_ATTRIBUTES, known.FORK_ENDS)

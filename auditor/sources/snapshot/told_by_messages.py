"""What a PBX said over WebSocket beside what its documents show: parents of templates, own values.

A contradiction is never resolved by order: neither the list nor the template is believed then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from auditor.messages.message import say, say_count
from auditor.model.snapshot import TEMPLATE_KIND, CallFilter, Gap, PbxObject, Setting
from auditor.model.vocabulary import Area, Grade
from auditor.sources.parse.known import KEPT_ATTRIBUTES
from auditor.sources.parse.objects import without_parts
from auditor.sources.parse.reading import Reading
from auditor.sources.snapshot.merge import TOGETHER

PARENT_PLACE: Final = "GetConfigObjects config"
_ANSWERS, _ROWS = "app-socket", "table-users"
_DEVICES: Final = "devices"
_CONFIRMED: Final = {_ANSWERS: (*sorted(KEPT_ATTRIBUTES), _DEVICES), _ROWS: (_DEVICES,)}


def confirmed_by_messages(
    readings: Iterable[Reading], objects: Iterable[PbxObject]
) -> dict[str, tuple[str, ...]]:
    """Return by key of an object which attributes the PBX also shows by their documented names.

    `devices` among them are the hardware ids with their flags; of rows of the table of users only
    these count. What two documents show differently, the object no longer shows at all.
    """
    answers = [reading for reading in readings if reading.kind in _CONFIRMED]
    known = {one.guid.lower(): one for one in objects if one.guid} if answers else {}
    found: dict[str, tuple[str, ...]] = {}
    for reading in answers:
        names = _CONFIRMED[reading.kind]
        for shown in reading.objects:
            one = known.get(shown.guid.lower())
            if one is None or (reading.kind == _ROWS and not one.devices):
                continue
            both = tuple(name for name in names if one.shows(name) and shown.shows(name))
            found[one.key] = tuple(sorted({*found.get(one.key, ()), *both}))
    return found


def merge_parents(
    readings: Iterable[Reading], objects: list[PbxObject], *, is_read: bool, gaps: list[Gap]
) -> dict[str, Setting]:
    """Return what templates inherit from, by name, as far as the PBX lists it.

    A template that shows other parents itself is believed as little as the list, and shows none
    from then on; one that names none is contradicted only if `is_read`: the place of parents is
    known. That the list names a template which is not there, or lacks one, is a gap too.
    """
    found: dict[str, Setting] = {}
    for reading in readings:
        places = {one.cn: at for at, one in enumerate(objects) if one.kind == TEMPLATE_KIND}
        listed = reading.parents
        if listed and objects:
            odd = [
                *(listed.keys() - places),
                *(places.keys() - listed if reading.lists_templates else ()),
            ]
            gaps.extend(_unlisted(odd, reading.source))
        for name, parents in listed.items():
            if parents is None:
                continue
            place = places.get(name)
            if place is not None and _names_others(objects[place], parents, is_read=is_read):
                objects[place] = without_parts(objects[place], {"config"})
                gaps.append(_other_parents(objects[place], reading.source))
                continue
            found[name] = Setting(parents, Grade.DOCUMENTED, reading.source, place=PARENT_PLACE)
    return found


def other_filters(readings: Iterable[Reading], filters: Collection[CallFilter]) -> Iterable[Gap]:
    """Yield that the PBX lists other call filters than those that were read, if any were."""
    readings = list(readings)
    if not any(one.admin_seen for one in readings):
        return
    known = {one.name for one in filters}
    for reading in readings:
        odd = known ^ reading.filter_names if reading.filter_names is not None else set()
        if odd:
            reason = say_count(
                "{count} call filter is only in one of two lists: {name}",
                "{count} call filters are only in one of two lists, the first is {name}",
                count=len(odd),
                name=f"{min(odd):.80}",
            )
            yield Gap(Area.CALL_FILTERS, reason, reading.source, advice=TOGETHER)


def _names_others(template: PbxObject, parents: Collection[str], *, is_read: bool) -> bool:
    """Return whether a template shows parents, or that it has none, and the list others."""
    if not template.shows("config") or (not template.templates and not is_read):
        return False
    return set(template.templates) != set(parents)


def _unlisted(names: Collection[str], source: str) -> Iterable[Gap]:
    if names:
        reason = say_count(
            "{count} template is only in one of two lists: {name}",
            "{count} templates are only in one of two lists, the first is {name}",
            count=len(names),
            name=f"{min(names):.80}",
        )
        yield Gap(Area.OBJECTS, reason, source, advice=TOGETHER)


def _other_parents(template: PbxObject, source: str) -> Gap:
    reason = say(
        "template {name} shows other parents than the PBX lists for it", name=f"{template.cn:.80}"
    )
    return Gap(Area.OBJECTS, reason, source, advice=TOGETHER, doubtful=True)

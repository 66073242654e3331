"""What a PBX said over WebSocket beside what its documents show: parents of templates, own values.

A contradiction is never resolved by order: neither the list nor the template is believed then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from auditor.messages.message import say, say_count
from auditor.model.site import Site
from auditor.model.snapshot import TEMPLATE_KIND, CallFilter, Gap, PbxObject, Setting
from auditor.model.vocabulary import Area, Grade
from auditor.sources.parse.known import KEPT_ATTRIBUTES
from auditor.sources.parse.objects import without_parts
from auditor.sources.parse.reading import Reading
from auditor.sources.snapshot.merge import TOGETHER

if TYPE_CHECKING:
    from auditor.model.attestation import AttestedNames

PARENT_PLACE: Final = "GetConfigObjects config"
_ANSWERS, _ROWS = "app-socket", "table-users"
_DEVICES: Final = "devices"
_ONE_LIST: Final = say("it is only in one of two lists")
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
    readings: Iterable[Reading],
    objects: list[PbxObject],
    *,
    is_read: bool,
    gaps: list[Gap],
    site: Site,
) -> dict[str, Setting]:
    """Return what templates inherit from, by name, as far as the PBX says it.

    It lists all parents of a template, up to four; an answer or a row about the template itself has
    one name, which has to be among them (SDK, PbxAdminApi and PbxTableUsers). A document shows all
    of them, or says that there are none only if `is_read`: the place of parents is known. Where two
    of these contradict, or a template is on one of two lists only, none is believed: it shows no
    parents from then on, and that is a gap.
    """
    stated = site.facts.template_parents if site.facts is not None else {}
    readings = list(readings)
    templates = {one.cn: at for at, one in enumerate(objects) if one.kind == TEMPLATE_KIND}
    known = [objects[at] for at in templates.values()]
    said = _Said(readings, known, is_read=is_read)
    found: dict[str, Setting] = {}
    for reading in readings:
        odd = _on_one_list(reading, templates) if objects else set()
        gaps.extend(_unlisted(odd, reading.source))
        if doubtful := reading.disputed_templates & templates.keys():
            gaps.append(_other_parents(min(doubtful), reading.source))
        said.disputed |= odd | doubtful
        for name, parents in reading.parents.items():
            if parents is not None:
                place = PARENT_PLACE
                found[name] = Setting(parents, Grade.DOCUMENTED, reading.source, place=place)
        said.add_part(reading, stated)
    for name, at in templates.items():
        clash = said.contradicts(name, found.get(name))
        if clash or name in said.disputed:
            found.pop(name, None)
            objects[at] = without_parts(objects[at], {"config"})
            gaps += [_other_parents(name, clash)] if clash else []
        elif name not in found and not objects[at].templates and (alone := said.alone(name)):
            found[name] = alone
    return {name: one for name, one in found.items() if name not in said.disputed}


class _Said:
    """What all sources say of the parents of templates, by name.

    `disputed` are templates of which it is known otherwise that nothing is to be believed.
    """

    def __init__(
        self, readings: Iterable[Reading], templates: Iterable[PbxObject], *, is_read: bool
    ) -> None:
        self.disputed: set[str] = set()
        self._whole: dict[str, list[frozenset[str]]] = {}
        self._one: dict[str, dict[str, str]] = {}
        self._in_part: dict[str, list[tuple[frozenset[str], str]]] = {}
        # What counts where nothing else does: a template all of which is explained, or a person.
        self._in_all: dict[str, frozenset[str]] = {}
        templates = list(templates)
        names = {one.guid.lower(): one.cn for one in templates if one.guid}
        known = frozenset(one.cn for one in templates)
        for reading in readings:
            for name, parent in reading.own_parents.items():
                self._one.setdefault(name, {})[parent] = reading.source
            for shown in reading.objects:
                name = names.get(shown.guid.lower(), shown.cn)
                if name in known and shown.shows("config") and _may_be_template(shown):
                    self._add(name, shown, reading, is_read=is_read)

    def _add(self, name: str, shown: PbxObject, reading: Reading, *, is_read: bool) -> None:
        if reading.kind in _CONFIRMED:
            for parent in shown.templates:
                self._one.setdefault(name, {})[parent] = reading.source
        elif shown.templates or is_read:
            self._whole.setdefault(name, []).append(frozenset(shown.templates))
        elif not shown.unexplained:
            self._in_all[name] = frozenset()

    def add_part(self, reading: Reading, stated: Mapping[str, AttestedNames]) -> None:
        """Add what a list without an end names, and what a person states of the same."""
        for name, parents in reading.parents_in_part.items():
            if parents is not None:
                self._in_part.setdefault(name, []).append((frozenset(parents), reading.source))
                if name in stated:
                    self._in_all.setdefault(name, frozenset(stated[name].value))

    def contradicts(self, name: str, listed: Setting | None) -> str:
        """Return the source of something that contradicts another one, empty if nothing does."""
        ones, whole = self._one.get(name, {}), self._whole.get(name, [])
        others = [*whole, *([frozenset(listed.values)] if listed is not None else ())]
        if not others and name in self._in_all:
            others = [self._in_all[name]]
        for parents, source in self._in_part.get(name, ()):
            if any(parents != one for one in others) or ones.keys() - parents:
                return source
        if listed is not None:
            parents = frozenset(listed.values)
            if any(parents != one for one in whole):
                return listed.source
            whole = [parents]
        if whole:
            return next((at for one, at in ones.items() if one not in whole[0]), "")
        return [*ones.values()][-1] if len(ones) > 1 else ""

    def alone(self, name: str) -> Setting | None:
        """Return the only parent that anything names, None if nothing does."""
        for parent, source in self._one.get(name, {}).items():
            return Setting((parent,), Grade.DOCUMENTED, source, place="config")
        return None


def _may_be_template(shown: PbxObject) -> bool:
    """Return whether an object is a template, or does not show what it is."""
    return shown.kind == TEMPLATE_KIND or not shown.shows("pseudo")


def _on_one_list(reading: Reading, templates: Collection[str]) -> set[str]:
    """Return templates that are missing in one of the lists that name all there are.

    A list that goes round, and names none that is known, is one of nothing; one of ever new names
    has others that are none.
    """
    odd = {*reading.parents} - {*templates}
    is_endless = "parents_in_part" in reading.damaged_lists
    if not (is_endless or reading.parents_in_part.keys().isdisjoint(templates)):
        odd |= reading.parents_in_part.keys() - {*templates}
    if reading.lists_templates:  # none at all, too
        odd |= {*templates} - reading.parents.keys()
    if reading.template_names is not None:
        odd |= reading.template_names - {*templates}
        if "template_names" not in reading.damaged_lists:
            odd |= {*templates} - reading.template_names
    return odd


def compared_filters(
    readings: Iterable[Reading],
    filters: Iterable[CallFilter],
    attested: Collection[str],
    gaps: list[Gap],
) -> tuple[CallFilter, ...]:
    """Return call filters; one that only one of two sources names has no rows, and is a gap.

    A PBX lists its own (SDK, PbxAdminApi), so those of a further one are left alone. Where it lists
    them and no source has their rows, what was `attested` is compared with its list.
    """
    found = {one.name: one for one in filters}
    own = [one for one in readings if not one.further]
    is_read = any(one.admin_seen for one in own)
    known = {entry.name for one in own for entry in one.filters}
    for reading in own:
        names = reading.filter_names
        odd = set(reading.disputed_filters)
        if names is not None:
            odd |= names - known if is_read else set()
            if "filter_names" not in reading.damaged_lists:
                odd |= (known if is_read else {*attested}) - names
        for name in odd:
            one = found.get(name) or CallFilter(name, None, Grade.DOCUMENTED, reading.source)
            found[name] = replace(one, rows=None, note=_ONE_LIST, doubtful=True)
        if odd:
            reason = say_count(
                "{count} call filter is only in one of two lists: {name}",
                "{count} call filters are only in one of two lists, the first is {name}",
                count=len(odd),
                name=f"{min(odd):.80}",
            )
            topic = Area.CALL_FILTERS
            gaps.append(Gap(topic, reason, reading.source, advice=TOGETHER, doubtful=True))
    return tuple(found.values())


def _unlisted(names: Collection[str], source: str) -> Iterable[Gap]:
    if names:
        reason = say_count(
            "{count} template is only in one of two lists: {name}",
            "{count} templates are only in one of two lists, the first is {name}",
            count=len(names),
            name=f"{min(names):.80}",
        )
        yield Gap(Area.OBJECTS, reason, source, advice=TOGETHER, doubtful=True)


def _other_parents(name: str, source: str) -> Gap:
    reason = say("sources name different parents of template {name}", name=f"{name:.80}")
    return Gap(Area.OBJECTS, reason, source, advice=TOGETHER, doubtful=True)

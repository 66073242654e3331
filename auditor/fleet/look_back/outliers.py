"""PBXs that lack what nearly all of their tenant, or of a tag, have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

from auditor.fleet.inventory.inventory_model import Inventory, Pbx
from auditor.fleet.look_back import answer_schema as v1
from auditor.fleet.look_back.fleet_labels import STANDINGS, fleet_word
from auditor.fleet.look_back.text_table import TextColumn, TextTable, lines
from auditor.fleet.store.queries.result_rows import ControlNow
from auditor.messages.message import say, say_count, template
from auditor.model.vocabulary import Severity, Status
from auditor.report.formats import csv
from auditor.report.formats.terminal_style import Look

# Of fewer nobody can say what is usual.
_LEAST: Final = 3
# All but one are nearly all, and so is this part of many.
_NEARLY: Final = 0.9
_HAS: Final = frozenset({Status.PASSED})
_LACKS: Final = frozenset({Status.FAILED, Status.WAIVED})
_SEVERITIES: Final = [severity.value for severity in Severity]
_LEAST_NAME: Final = 8
_OF_TENANT: Final = template("{has} of {total} of tenant {name} pass")
_OF_TAG: Final = template("{has} of {total} with tag {name} pass")
_CSV: Final = ("pbx", "tenant", "control", "severity", "status", "group", "name", "has", "of")

Group = tuple[Literal["tenant", "tag"], str]


def outliers_of(
    inventory: Inventory, controls: Iterable[ControlNow], tenant: str | None = None
) -> v1.Outliers:
    """Return PBXs that fail what nearly all others of a group pass, the worst first.

    Only what was decided counts; a PBX of which nothing was, or which is in no group where enough
    others were decided, is named as one that was not compared. A group is looked at within a
    tenant, if one is named, so that nothing of another is said.
    """
    pbxs = {one.id: one for one in inventory.pbxs if tenant in {None, one.tenant}}
    by_control: dict[str, dict[str, ControlNow]] = defaultdict(dict)
    for one in controls:
        if one.pbx in pbxs and pbxs[one.pbx].tenant == one.tenant:
            by_control[one.control][one.pbx] = one
    found: dict[tuple[str, str], v1.Outlier] = {}
    compared: set[str] = set()
    for group, members in _groups(pbxs.values()).items():
        for known in by_control.values():
            decided = _decided(known[name] for name in members if name in known)
            compared.update(one.pbx for one in decided)
            for outlier in _of(group, decided):
                found.setdefault((outlier.pbx, outlier.control), outlier)
    ordered = sorted(
        found.values(),
        key=lambda one: (_SEVERITIES.index(one.severity), one.tenant, one.pbx, one.control),
    )
    return v1.Outliers(inventory.fleet.name, ordered, len(compared), sorted(pbxs.keys() - compared))


def _groups(pbxs: Collection[Pbx]) -> Mapping[Group, Sequence[str]]:
    """Return tenants first: what stands out in both is said of the tenant."""
    groups: dict[Group, list[str]] = defaultdict(list)
    for pbx in pbxs:
        groups["tenant", pbx.tenant].append(pbx.id)
    for pbx in pbxs:
        for tag in pbx.tags:
            groups["tag", tag].append(pbx.id)
    return groups


def _decided(known: Iterable[ControlNow]) -> Sequence[ControlNow]:
    """Return those of which a control was decided; nothing if too few are left to compare."""
    decided = [one for one in known if one.status in _HAS | _LACKS]
    return decided if len(decided) >= _LEAST else ()


def _of(group: Group, decided: Sequence[ControlNow]) -> Iterator[v1.Outlier]:
    lacks = [one for one in decided if one.status in _LACKS]
    total = len(decided)
    has = total - len(lacks)
    if len(lacks) != 1 and has < _NEARLY * total:
        return
    kind, name = group
    for one in lacks:
        yield v1.Outlier(
            one.pbx,
            one.tenant,
            one.control,
            one.status.value,
            one.severity.value,
            kind,
            name,
            has,
            total,
        )


def render(found: v1.Outliers, look: Look) -> str:
    """Return a line for each control that a PBX lacks."""
    told = []
    if found.outliers:
        told = [*lines(_table(found.outliers), look), ""]
    told.append(
        look.text(
            say(
                "{outliers} among {pbxs}",
                outliers=say_count("{count} outlier", "{count} outliers", len(found.outliers)),
                pbxs=say_count("{count} PBX", "{count} PBXs", found.compared),
            )
        )
    )
    if found.not_compared:
        names = ", ".join(found.not_compared)
        told.append(
            look.text(say("not compared, for too little was decided: {names}", names=names))
        )
    return "\n".join(told) + "\n"


def render_csv(found: v1.Outliers) -> str:
    """Return a line for each control that a PBX lacks."""
    return csv.written(_CSV, map(_cells, found.outliers), end="\n")


def _table(found: Sequence[v1.Outlier]) -> TextTable:
    columns = [
        TextColumn(say("PBX"), _LEAST_NAME),
        TextColumn(say("Control")),
        TextColumn(say("State")),
        TextColumn(say("Others"), _LEAST_NAME),
    ]
    return TextTable(columns, [_row(one) for one in found])


def _row(one: v1.Outlier) -> tuple[str, ...]:
    text = _OF_TAG if one.group == "tag" else _OF_TENANT
    others = say(text, has=one.has, total=one.of, name=one.name)
    return one.pbx, one.control, fleet_word(STANDINGS, one.status), others


def _cells(one: v1.Outlier) -> list[str]:
    return [
        one.pbx,
        one.tenant,
        one.control,
        one.severity,
        one.status,
        one.group,
        one.name,
        str(one.has),
        str(one.of),
    ]

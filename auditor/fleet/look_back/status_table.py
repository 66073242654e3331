"""How every PBX stands, on a terminal and as CSV: one line for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from auditor.fleet.history_model import State
from auditor.fleet.look_back import answer_schema as v1
from auditor.fleet.look_back.fleet_labels import COLOURS, STATES, age, fleet_word
from auditor.fleet.look_back.fleet_status import FleetStatus
from auditor.fleet.look_back.text_table import MOST_REMARKS, TextColumn, TextTable, lines
from auditor.messages.message import joined, say, say_count, template
from auditor.model.vocabulary import Severity
from auditor.report.formats import csv
from auditor.report.formats.terminal_style import Look

_NONE: Final = "-"
_LEAST_NAME: Final = 12
_LEAST_TENANT: Final = 8
COUNTED: Final = {
    State.CONFLICT: template("{count} with another box"),
    State.NEVER: template("{count} never audited"),
    State.STALE: template("{count} out of date"),
    State.UNREACHABLE: template("{count} not reached"),
    State.FAILED: template("{count} failed"),
    State.INCOMPLETE: template("{count} incomplete"),
    State.COMPLIANT: template("{count} compliant"),
}
_CSV: Final = (
    "pbx", "name", "tenant", "state", "reason", "last run", "last success", "age seconds",
    "score", "critical", "high", "medium", "low", "info", "waived", "undecided", "passed", "new",
    "reopened", "fixed", "gone", "expiring", "next expiry", "objects", "objects before", "remarks",
)  # fmt: skip


def render(seen: FleetStatus, look: Look) -> str:
    """Return a line for each PBX, the worst first, and after them what is to be said."""
    return "\n".join(_lines(seen, look)) + "\n"


def _lines(seen: FleetStatus, look: Look) -> Iterator[str]:
    pbxs = seen.document.pbxs
    if pbxs:
        yield from lines(_table(pbxs), look)
        yield ""
    yield from look.wrap(look.text(_summary(pbxs)))
    for remark in seen.remarks:
        yield from look.wrap(look.text(remark, 2_000), rest="  ")
    yield from _of_pbxs(seen, look)


def _of_pbxs(seen: FleetStatus, look: Look) -> Iterator[str]:
    """Yield why PBXs were not audited and what is remarkable, the first ones of many."""
    told = [
        say("{pbx}: {text}", pbx=row.status.pbx, text=text)
        for row in seen.rows
        for text in (*((row.reason,) if row.reason else ()), *row.remarks)
    ]
    for text in told[:MOST_REMARKS]:
        yield from look.wrap(look.text(text), rest="  ")
    left = len(told) - MOST_REMARKS
    if left > 0:
        yield look.say("and {count} more: --format json has all of them", count=left)


def _summary(pbxs: Sequence[v1.PbxStatus]) -> str:
    parts: list[str] = [
        say(text, count=number)
        for state, text in COUNTED.items()
        if (number := sum(one.state == state.value for one in pbxs))
    ]
    all_of_them = say_count("{count} PBX", "{count} PBXs", len(pbxs))
    if not parts:
        return all_of_them
    return say("{pbxs}: {states}", pbxs=all_of_them, states=joined("{one}, {other}", parts))


def _table(pbxs: Sequence[v1.PbxStatus]) -> TextTable:
    """Return the columns that say something: one tenant alone needs no name."""
    columns = [
        (TextColumn(say("PBX"), _LEAST_NAME), [one.pbx for one in pbxs]),
        (TextColumn(say("Tenant"), _LEAST_TENANT), [one.tenant for one in pbxs]),
        (
            TextColumn(say("State"), meaning=lambda row: COLOURS[pbxs[row].state]),
            [fleet_word(STATES, one.state) for one in pbxs],
        ),
        (TextColumn(say("Age"), right=True), [_age(one.age_seconds) for one in pbxs]),
        (TextColumn(say("Score"), right=True), [_number(one.score) for one in pbxs]),
        (TextColumn(say("Failed"), right=True), [_failed(one) for one in pbxs]),
        (TextColumn(say("New"), right=True), [_count(one, one.new) for one in pbxs]),
        (TextColumn(say("Fixed"), right=True), [_count(one, one.fixed + one.gone) for one in pbxs]),
        (TextColumn(say("Open"), right=True), [_count(one, one.undecided) for one in pbxs]),
        (TextColumn(say("Ends"), right=True), [_count(one, len(one.expiring)) for one in pbxs]),
    ]
    if len({one.tenant for one in pbxs}) == 1:
        del columns[1]
    cells = [cells for _, cells in columns]
    return TextTable([column for column, _ in columns], list(zip(*cells, strict=True)))


def _age(seconds: int | None) -> str:
    return age(seconds) if seconds is not None else _NONE


def _number(value: int | None) -> str:
    return str(value) if value is not None else _NONE


def _count(pbx: v1.PbxStatus, number: int) -> str:
    return str(number) if pbx.success is not None else _NONE


def _failed(pbx: v1.PbxStatus) -> str:
    return _count(pbx, sum(pbx.failed.values()))


def render_csv(status: v1.Status) -> str:
    """Return a line for each PBX for spreadsheets and programs."""
    return csv.written(_CSV, map(_cells, status.pbxs), end="\n")


def _cells(pbx: v1.PbxStatus) -> list[str]:
    return [
        pbx.pbx,
        pbx.name,
        pbx.tenant,
        pbx.state,
        pbx.reason,
        pbx.last.day.isoformat() if pbx.last else "",
        pbx.success.day.isoformat() if pbx.success else "",
        *map(_cell, (pbx.age_seconds, pbx.score)),
        *_by_severity(pbx.failed, is_known=pbx.success is not None),
        *(
            str(number) if pbx.success else ""
            for number in (
                *(pbx.waived, pbx.undecided, pbx.passed),
                *(pbx.new, pbx.reopened, pbx.fixed, pbx.gone),
                len(pbx.expiring),
            )
        ),
        pbx.expiring[0].ends.isoformat() if pbx.expiring else "",
        *map(_cell, (pbx.objects, pbx.objects_before)),
        "; ".join(pbx.remarks),
    ]


def _cell(value: int | None) -> str:
    return str(value) if value is not None else ""


def _by_severity(failed: Mapping[str, int], *, is_known: bool) -> list[str]:
    return [str(failed.get(one.value, 0)) if is_known else "" for one in Severity]

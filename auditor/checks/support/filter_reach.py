"""What a call filter lets through, as far as the evidence shows it; for every check that asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from auditor.facts import BOOLEANS_ON
from auditor.messages.message import NOTHING, Message, say, together
from auditor.model.result import Evidence
from auditor.model.snapshot import CallFilter, FilterRow, PbxObject
from auditor.model.vocabulary import Area, Coverage
from auditor.pbx.call_filters import (
    ALLOWED,
    BLOCKED,
    Reachability,
    Rows,
    UnreadableFilterError,
    can_reach,
    reachable_filters,
)
from auditor.pbx.number_classes import NumberSpace, TooComplexError
from auditor.pbx.view import AuditView
from auditor.pbx.ways_out import WaysOut

NO_PREFIX: Final = say(
    "no trunk prefix is known: name it in the site file, [dialling] trunk_prefixes"
)
INTERNAL_FILTER: Final = say("a filter that lets nothing through behind a trunk prefix")


def permitted_numbers(view: AuditView) -> tuple[str, ...]:
    """Return the public numbers that everybody may dial: emergency calls, and those of the site."""
    return (*view.emergency_numbers[0], *view.site.dialling.permitted_external)


class OutsideReach(NamedTuple):
    """Whether a filter lets numbers out, for example one; None with a doubt if that is open."""

    out: bool | None
    example: str = ""
    doubt: Message = NOTHING


class Wanted(NamedTuple):
    """Which numbers outside count: those that begin so, without the exceptions."""

    start: str = ""
    exceptions: tuple[str, ...] = ()

    def behind(self, prefixes: Iterable[str]) -> NumberSpace:
        """Return these numbers as dialled behind any of some prefixes."""
        return NumberSpace(tuple(prefix + self.start for prefix in prefixes), self.exceptions)

    def has(self, public: str) -> bool:
        """Return whether a call to a number outside, or on from there, may be one of these."""
        if self.exceptions and public.startswith(self.exceptions):
            return False
        return public.startswith(self.start) or self.start.startswith(public)


def gets_out(
    view: AuditView, name: str, callers: Sequence[PbxObject], wanted: Wanted
) -> OutsideReach:
    """Return whether any of the callers gets a wanted number through a filter to the outside.

    A number counts if some state of the Booleans lets it through. What leads outside in one
    admissible reading only is a doubt, and so is what nobody says where it leads.
    """
    ways = view.ways_out(callers)
    if not ways.every:
        return OutsideReach(None, doubt=NO_PREFIX)
    doubt = NOTHING
    if ways.certain:
        reach = passes(view, name, wanted.behind(ways.certain))
        if isinstance(reach, Message):
            return OutsideReach(None, doubt=reach)
        if reach.certain:
            return OutsideReach(out=True, example=reach.example)
        doubt = open_question(name, reach)
    doubt = doubt or _may_lead_out(view, name, ways, wanted)
    return OutsideReach(None, doubt=doubt) if doubt else OutsideReach(out=False)


def passes(view: AuditView, name: str, space: NumberSpace) -> Reachability | Message:
    """Return whether any number of a space gets through a filter, or why that cannot be said."""
    return decide_filter(view, name, lambda rows: can_reach(rows, name, space))


def may_pass(view: AuditView, name: str, space: NumberSpace) -> str | None:
    """Return a number that a filter may let through, None if it surely lets none of them."""
    reach = passes(view, name, space)
    if isinstance(reach, Message):
        return ""
    return None if reach.certain is False else reach.example


def _may_lead_out(view: AuditView, name: str, ways: WaysOut, wanted: Wanted) -> Message:
    """Return a doubt about spellings that lead outside in one admissible reading, or nothing."""
    if ways.possible:
        example = may_pass(view, name, wanted.behind(ways.possible))
        if example is not None:
            return possible_way(ways, example)
    if ways.doubts and may_pass(view, name, NumberSpace(("",))) is not None:
        return say("filter {name} may let calls out: {reason}", name=name, reason=ways.doubts[0])
    return NOTHING


def possible_way(ways: WaysOut, number: str) -> Message:
    """Return that a number may lead outside by a trunk in another node, which is not documented."""
    found = [trunk for start, trunk in ways.possible.items() if number.startswith(start)]
    trunk = found[0] if found else next(iter(ways.possible.values()))
    return say(
        "{number} may lead outside by {name} in node {node}, and whether it is dialled so is not "
        "documented",
        number=number,
        name=trunk.label,
        node=trunk.attributes.get("node") or "root",
    )


def decide_filter(
    view: AuditView, name: str, ask: Callable[[Rows], Reachability]
) -> Reachability | Message:
    """Return what is found out about a filter, or why that cannot be said."""
    obstacle = _obstacle(view, name)
    if obstacle:
        return obstacle
    try:
        return ask(view.filter_rows)
    except UnreadableFilterError as error:
        entry = view.filters[str(error)]
        if entry.doubtful:
            return say("what filter {name} does is open: {note}", name=entry.name, note=entry.note)
        return say(
            "the rows of filter {name} could not be read ({note}): attest them in the "
            "site file, [facts.call_filters], as PBX/Config/Filter shows them",
            name=entry.name,
            note=entry.note,
        )
    except TooComplexError as error:
        return say(
            "filter {name} is too complex to decide exactly: {reason}",
            name=name,
            reason=error.reason,
        )


def _obstacle(view: AuditView, name: str) -> Message:
    """Return why a filter cannot be evaluated, or nothing."""
    if name in {ALLOWED, BLOCKED}:
        return say(
            "{name} is a reserved word, so what it does as the name of a filter is not known",
            name=name,
        )
    if view.snapshot.coverage(Area.CALL_FILTERS) is Coverage.COMPLETE:
        return NOTHING
    rows = view.filter_rows
    named = {name}
    for part in reachable_filters(rows, name):
        named.update(row.next for row in rows[part] or () if row.next not in {ALLOWED, BLOCKED})
    missing = sorted(named - set(rows))
    return say("filter {name} was not read", name=missing[0]) if missing else NOTHING


def open_question(name: str, reach: Reachability) -> Message:
    """Return the open questions that decide about a filter, or nothing if none does."""
    if reach.certain is not None:
        return NOTHING
    return say(
        "what filter {name} does is not documented: {questions} (see {example})",
        name=name,
        questions=together(*(say(one.value) for one in reach.questions)),
        example=reach.example,
    )


def unexplained_gateway(view: AuditView, name: str, callers: Sequence[PbxObject]) -> Message:
    """Return a doubt about a gateway that the filter reaches and nobody says where it leads."""
    unexplained = view.ways_out(callers).unexplained
    for number, gateway in unexplained.items():
        if may_pass(view, name, NumberSpace((number,))) is not None:
            return not_explained(gateway, number)
    return NOTHING


def not_explained(gateway: PbxObject, number: str) -> Message:
    """Return that nobody says where a gateway leads, or what an object is."""
    if not gateway.kind:
        return say(
            "{name} ({number}) can be dialled, and the source does not show whether it is a trunk",
            name=gateway.label,
            number=number,
        )
    return say(
        "gateway {name} ({number}) can be dialled, and the site file says "
        "neither that it leads outside ([dialling] trunk_prefixes) nor inside ([lists] "
        "internal_gateways)",
        name=gateway.label,
        number=number,
    )


def no_filter(attribute: str, what: str) -> Message:
    """Return that no filter applies, to calls or to diversions."""
    return say("it has no {name}, so {what} to every number are allowed", name=attribute, what=what)


def costly_numbers(view: AuditView) -> list[tuple[str, str]]:
    """Return the expensive numbers that the site file names, each with its kind."""
    dialling = view.site.dialling
    international, premium = say("international"), say("premium")
    return [
        *((international, number) for number in dialling.international_prefixes),
        *((premium, number) for number in dialling.premium_numbers),
    ]


def filter_remarks(view: AuditView, name: str) -> Message:
    """Return what was noted about the filter and every filter it calls."""
    notes = [
        say("filter {name}: {note}", name=part, note=view.filters[part].note)
        for part in reachable_filters(view.filter_rows, name)
        if view.filters[part].note
    ]
    return together(*notes)


def filter_evidence(view: AuditView, name: str) -> Sequence[Evidence]:
    """Return where the filter and every filter it calls were read, and what was noted of them.

    Which Booleans are on of those that rows depend on is shown beside it, where the PBX says so.
    It decides nothing: a filter has to hold in every state.
    """
    parts = [view.filters[part] for part in reachable_filters(view.filter_rows, name)]
    return [*(_evidence_of(entry) for entry in parts), *_on_now(view, parts)]


def _evidence_of(entry: CallFilter) -> Evidence:
    return Evidence(
        entry.source,
        entry.line or None,
        "_ADMIN_",
        f"filter {entry.name}",
        rows_in_words(entry.rows),
        entry.note or None,
        entry.grade,
    )


def _on_now(view: AuditView, parts: Iterable[CallFilter]) -> Iterator[Evidence]:
    setting = view.snapshot.settings.get(BOOLEANS_ON)
    named = {row.boolean for entry in parts for row in entry.rows or () if row.boolean}
    on = {value.casefold() for value in setting.values} if setting is not None else set()
    for name in sorted(named):
        names = {name.casefold(), *(one.cn.casefold() for one in view.named(name.casefold()))}
        if setting is not None and not on.isdisjoint(names):
            yield Evidence(setting.source, None, None, setting.place, name, grade=setting.grade)


def rows_in_words(rows: Sequence[FilterRow] | None) -> str | None:
    """Return the rows of a filter on one line; None if they were not read."""
    if rows is None:
        return None
    return ", ".join(map(_row_in_words, rows)) or say("no rows")


def _row_in_words(row: FilterRow) -> str:
    condition = ""
    if row.boolean:
        condition = f" unless {row.boolean}" if row.negated else f" if {row.boolean}"
    return f"{row.number or 'any'} -> {row.next}{condition}"

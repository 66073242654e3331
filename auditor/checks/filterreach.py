"""What a call filter lets through, as far as the evidence shows it; for every check that asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from auditor.callfilters import (
    ALLOWED,
    BLOCKED,
    Reach,
    Rows,
    UnreadableFilterError,
    can_reach,
    is_always_allowed,
    reachable_filters,
)
from auditor.heard import noted
from auditor.model.message import joined, say
from auditor.model.result import Evidence
from auditor.model.snapshot import FilterRow
from auditor.model.vocabulary import Area, Coverage
from auditor.numbers import NumberSpace, TooComplexError
from auditor.view import AuditView

NO_PREFIX: Final = say(
    "no trunk prefix is known: name it in the site file, [dialling] trunk_prefixes"
)
INTERNAL_FILTER: Final = "a filter that lets nothing through behind a trunk prefix"


def permitted_numbers(view: AuditView) -> tuple[str, ...]:
    """Return the public numbers that everybody may dial: emergency calls, and those of the site."""
    return (*view.emergency_numbers[0], *view.site.dialling.permitted_external)


def evaluate(view: AuditView, name: str, wanted: NumberSpace | list[str]) -> Reach | str:
    """Return whether numbers get out, or why that cannot be said.

    Of a space any number counts, in any state of the Booleans; of listed numbers one that gets
    through in every state.
    """
    if not view.trunk_prefixes.prefixes:
        return NO_PREFIX
    if isinstance(wanted, NumberSpace):
        return decide(view, name, lambda rows: can_reach(rows, name, wanted))
    return decide(view, name, lambda rows: is_always_allowed(rows, name, wanted))


def decide(view: AuditView, name: str, ask: Callable[[Rows], Reach]) -> Reach | str:
    """Return what is found out about a filter, or why that cannot be said."""
    obstacle = _obstacle(view, name)
    if obstacle:
        return obstacle
    try:
        return ask(view.filter_rows)
    except UnreadableFilterError as error:
        entry = view.filters[str(error)]
        return say(
            "the rows of filter {name} could not be read ({note}): attest them in the "
            "site file, [facts.call_filters], as PBX/Config/Filter shows them",
            name=entry.name,
            note=noted(entry.note),
        )
    except TooComplexError as error:
        return say(
            "filter {name} is too complex to decide exactly: {reason}",
            name=name,
            reason=error.reason,
        )


def _obstacle(view: AuditView, name: str) -> str:
    """Return why a filter cannot be evaluated, or nothing."""
    if name in {ALLOWED, BLOCKED}:
        return say(
            "{name} is a reserved word, so what it does as the name of a filter is not known",
            name=name,
        )
    if view.snapshot.coverage(Area.CALL_FILTERS) is Coverage.COMPLETE:
        return ""
    rows = view.filter_rows
    named = {name}
    for part in reachable_filters(rows, name):
        named.update(row.next for row in rows[part] or () if row.next not in {ALLOWED, BLOCKED})
    missing = sorted(named - set(rows))
    return say("filter {name} was not read", name=missing[0]) if missing else ""


def open_question(name: str, reach: Reach) -> str:
    """Return the open questions that decide about a filter, or nothing if none does."""
    if reach.certain is not None:
        return ""
    return say(
        "what filter {name} does is not documented: {questions} (see {example})",
        name=name,
        questions=joined("{one}; {other}", [say(one.value) for one in reach.questions]),
        example=reach.example,
    )


def unexplained_gateway(view: AuditView, name: str) -> str:
    """Return a doubt about a gateway that the filter reaches and nobody says where it leads."""
    for gateway in view.trunk_prefixes.unexplained:
        reach = evaluate(view, name, NumberSpace((gateway.e164,)))
        if isinstance(reach, str) or reach.certain is not False:
            return say(
                "gateway {name} ({number}) can be dialled, and the site file says "
                "neither that it leads outside (trunk_prefixes) nor inside (internal_gateways)",
                name=gateway.label,
                number=gateway.e164,
            )
    return ""


def no_filter(attribute: str, what: str) -> str:
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


def filter_remarks(view: AuditView, name: str) -> str:
    """Return what was noted about the filter and every filter it calls."""
    notes = [
        say("filter {name}: {note}", name=part, note=noted(view.filters[part].note))
        for part in reachable_filters(view.filter_rows, name)
        if view.filters[part].note
    ]
    return joined("{one}; {other}", notes)


def filter_evidence(view: AuditView, name: str) -> Sequence[Evidence]:
    """Return where the filter and every filter it calls were read."""
    return [
        Evidence(
            entry.source,
            entry.line or None,
            "_ADMIN_",
            f"filter {entry.name}",
            rows_in_words(entry.rows),
            grade=entry.grade,
        )
        for entry in (view.filters[part] for part in reachable_filters(view.filter_rows, name))
    ]


def rows_in_words(rows: Sequence[FilterRow] | None) -> str | None:
    """Return the rows of a filter on one line; None if they were not read."""
    if rows is None:
        return None
    return ", ".join(map(_row_in_words, rows)) or "no rows"


def _row_in_words(row: FilterRow) -> str:
    condition = ""
    if row.boolean:
        condition = f" unless {row.boolean}" if row.negated else f" if {row.boolean}"
    return f"{row.number or 'any'} -> {row.next}{condition}"

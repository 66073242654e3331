"""What the base user can dial and divert to: HD-05, HD-06 and HD-09."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.callfilters import (
    ALLOWED,
    BLOCKED,
    Reach,
    UnreadableFilterError,
    can_reach,
    is_always_allowed,
    reachable_filters,
)
from auditor.checks.observe import about, compliant, doubts, undetermined, violated
from auditor.checks.parameters import Parameters
from auditor.effective import Effective, effective_value
from auditor.model.result import Evidence, Fix, Observation, Subject
from auditor.model.snapshot import FilterRow, PbxObject
from auditor.model.vocabulary import Area, Coverage, Grade
from auditor.numbers import NumberSpace, TooComplexError
from auditor.view import AuditView

_NO_PREFIX = "no trunk prefix is known: name it in the site file, [dialling] trunk_prefixes"
_INTERNAL_FILTER = "a filter that lets nothing through behind a trunk prefix"


@dataclass(frozen=True, slots=True)
class _Path:
    """One attribute that holds a filter, and what goes through it."""

    attribute: str
    what: str


def base_user_dials_internally(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """HD-05: the call filter of a base user lets no call out, except emergency calls."""
    yield from _stays_inside(view, _Path("filter", "calls"))


def base_user_diverts_internally(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """HD-06: the call-forward filter of a base user lets no diversion out."""
    yield from _stays_inside(view, _Path("cd-filter", "diversions"))


def emergency_numbers_are_reachable(
    view: AuditView, _parameters: Parameters
) -> Iterator[Observation]:
    """HD-09: every emergency number can be dialled from the base user's phones."""
    yield from doubts(view.base_users, "base user", "filter")
    numbers, stated = view.emergency_numbers
    for member in view.base_users.members:
        found = effective_value(view, member, "filter")
        for number in numbers:
            yield _judge_emergency(view, member, found, number, stated)


def _stays_inside(view: AuditView, path: _Path) -> Iterator[Observation]:
    yield from doubts(view.base_users, "base user", path.attribute)
    for member in view.base_users.members:
        yield _judge_member(view, member, path)


def _judge_member(view: AuditView, member: PbxObject, path: _Path) -> Observation:
    subject, attribute = about(member), path.attribute
    found = effective_value(view, member, attribute)
    if found.problem:
        return undetermined(subject, attribute, found.problem, found.evidence)
    if found.value is None:
        detail = f"it has no {attribute}, so {path.what} to every number are allowed"
        fix = Fix(attribute, None, _INTERNAL_FILTER)
        return violated(subject, attribute, detail, found.evidence, fix)
    return _judge_filter(view, subject, path, found, found.value)


def _judge_filter(
    view: AuditView, subject: Subject, path: _Path, found: Effective, name: str
) -> Observation:
    attribute, trunks = path.attribute, view.trunk_prefixes
    evidence = [*found.evidence, *filter_evidence(view, name), *trunks.evidence]
    reach = _evaluate(view, name, NumberSpace(trunks.prefixes, _exceptions(view)))
    if isinstance(reach, str):
        return undetermined(subject, attribute, reach, evidence)
    if reach.certain:
        public = _public_reach(view, name)
        detail = f"filter {name} lets {path.what} out, for example to {reach.example}{public}"
        fix = Fix(attribute, name, _INTERNAL_FILTER)
        return violated(subject, attribute, detail, evidence, fix)
    doubt = _open(name, reach) or _unexplained_gateway(view, name)
    if doubt:
        return undetermined(subject, attribute, doubt, evidence)
    detail = f"filter {name} lets no {path.what} out behind {', '.join(trunks.prefixes)}"
    return compliant(subject, attribute, detail, evidence, _remarks(view, name))


def _exceptions(view: AuditView) -> tuple[str, ...]:
    return (*view.emergency_numbers[0], *view.site.dialling.permitted_external)


def _public_reach(view: AuditView, name: str) -> str:
    """Return which expensive numbers of the site can be reached, behind any trunk prefix."""
    dialling = view.site.dialling
    kinds = {"international": dialling.international_prefixes, "premium": dialling.premium_numbers}
    reached = []
    for kind, numbers in kinds.items():
        for number in numbers:
            starts = tuple(prefix + number for prefix in view.trunk_prefixes.prefixes)
            reach = _evaluate(view, name, NumberSpace(starts))
            if not isinstance(reach, str) and reach.certain:
                reached.append(f"{kind} {number}")
    return f"; reachable are {', '.join(reached)}" if reached else ""


def _judge_emergency(
    view: AuditView, member: PbxObject, found: Effective, number: str, stated: Evidence
) -> Observation:
    subject, prop = about(member), f"filter:{number}"
    trunks = view.trunk_prefixes
    evidence = [*found.evidence, stated, *trunks.evidence]
    if found.problem or not trunks.prefixes:
        return undetermined(subject, prop, found.problem or _NO_PREFIX, evidence)
    if found.value is None:
        detail = f"{number} can be dialled: there is no filter"
        return compliant(subject, prop, detail, evidence)
    evidence += filter_evidence(view, found.value)
    reach = _evaluate(view, found.value, [prefix + number for prefix in trunks.prefixes])
    if isinstance(reach, str) or reach.certain is None:
        doubt = reach if isinstance(reach, str) else _open(found.value, reach)
        return undetermined(subject, prop, doubt, evidence)
    empty = [
        part
        for part in reachable_filters(view.filter_rows, found.value)
        if not view.filter_rows[part] and view.filters[part].grade is not Grade.ATTESTED
    ]
    if reach.certain and empty:
        detail = f"filter {empty[0]} shows no row: it allows everything, or its rows were not read"
        return undetermined(subject, prop, detail, evidence)
    if reach.certain:
        detail = f"{number} can be dialled as {reach.example}"
        return compliant(subject, prop, detail, evidence, _remarks(view, found.value))
    detail = f"{number} cannot be dialled behind any trunk prefix ({', '.join(trunks.prefixes)})"
    rows = "; ".join(f"a row {prefix}{number} -> ok" for prefix in trunks.prefixes)
    shown = _rows_in_words(view.filter_rows.get(found.value))
    return violated(subject, prop, detail, evidence, Fix(f"filter {found.value}", shown, rows))


def _evaluate(view: AuditView, name: str, wanted: NumberSpace | list[str]) -> Reach | str:
    """Return what the filter does, or why that cannot be said."""
    obstacle = _obstacle(view, name)
    if obstacle:
        return obstacle
    try:
        if isinstance(wanted, NumberSpace):
            return can_reach(view.filter_rows, name, wanted)
        return is_always_allowed(view.filter_rows, name, wanted)
    except UnreadableFilterError as error:
        entry = view.filters[str(error)]
        return (
            f"the rows of filter {entry.name} could not be read ({entry.note}): attest them in the "
            f"site file, [facts.call_filters], as PBX/Config/Filter shows them"
        )
    except TooComplexError as error:
        return f"filter {name} is too complex to decide exactly: {error}"


def _obstacle(view: AuditView, name: str) -> str:
    """Return why a filter cannot be evaluated, or nothing."""
    if not view.trunk_prefixes.prefixes:
        return _NO_PREFIX
    if name in {ALLOWED, BLOCKED}:
        return f"{name} is a reserved word, so what it does as the name of a filter is not known"
    if view.snapshot.coverage(Area.CALL_FILTERS) is Coverage.COMPLETE:
        return ""
    rows = view.filter_rows
    named = {name}
    for part in reachable_filters(rows, name):
        named.update(row.next for row in rows[part] or () if row.next not in {ALLOWED, BLOCKED})
    missing = sorted(named - set(rows))
    return f"filter {missing[0]} was not read" if missing else ""


def _open(name: str, reach: Reach) -> str:
    """Return the open questions that decide about a filter, or nothing if none does."""
    if reach.certain is not None:
        return ""
    questions = "; ".join(question.value for question in reach.questions)
    return f"what filter {name} does is not documented: {questions} (see {reach.example})"


def _unexplained_gateway(view: AuditView, name: str) -> str:
    """Return a doubt about a gateway that the filter reaches and nobody says where it leads."""
    for gateway in view.trunk_prefixes.unexplained:
        reach = _evaluate(view, name, NumberSpace((gateway.e164,)))
        if isinstance(reach, str) or reach.certain is not False:
            return (
                f"gateway {gateway.label} ({gateway.e164}) can be dialled, and the site file says "
                "neither that it leads outside (trunk_prefixes) nor inside (internal_gateways)"
            )
    return ""


def _remarks(view: AuditView, name: str) -> str:
    notes = [
        f"filter {part}: {view.filters[part].note}"
        for part in reachable_filters(view.filter_rows, name)
        if view.filters[part].note
    ]
    return "; ".join(notes)


def filter_evidence(view: AuditView, name: str) -> Sequence[Evidence]:
    """Return where the filter and every filter it calls were read."""
    return [
        Evidence(
            entry.source,
            entry.line or None,
            "_ADMIN_",
            f"filter {entry.name}",
            _rows_in_words(entry.rows),
            grade=entry.grade,
        )
        for entry in (view.filters[part] for part in reachable_filters(view.filter_rows, name))
    ]


def _rows_in_words(rows: Sequence[FilterRow] | None) -> str | None:
    if rows is None:
        return None
    return ", ".join(map(_row_in_words, rows)) or "no rows"


def _row_in_words(row: FilterRow) -> str:
    condition = ""
    if row.boolean:
        condition = f" unless {row.boolean}" if row.negated else f" if {row.boolean}"
    return f"{row.number or 'any'} -> {row.next}{condition}"

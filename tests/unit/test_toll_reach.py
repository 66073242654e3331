"""The reach of users, diversions and forks agrees with enumerating every number."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.checks.diversions import diversions_stay_inside, forks_stay_inside
from auditor.checks.outgoing import expensive_numbers_are_blocked
from auditor.model.site import Site
from auditor.model.snapshot import (
    NO_PASSWORD,
    CallFilter,
    Diversion,
    Fork,
    PbxObject,
    Snapshot,
)
from auditor.model.vocabulary import Area, Coverage, Grade, Verdict
from auditor.view import AuditView
from tests.unit.enumeration import (
    ALPHABET,
    READINGS,
    Enumeration,
    numbers_behind,
    prefixes_dialled,
    some_filters,
)

EMERGENCY = ("11",)
OUT, OPEN, IN = Verdict.VIOLATED, Verdict.UNDETERMINED, Verdict.COMPLIANT
thorough = settings(max_examples=100, deadline=None, derandomize=True, database=None)
filter_names = st.sampled_from([None, "a", "a", "b", "c", "gone"])
destinations = st.text(ALPHABET, min_size=1, max_size=4)
hidden_filters = st.sampled_from(["", "", "", "b"])


def made(cn, attributes, templates=(), kind="", **parts):
    empty = {"devices": (), "forks": (), "diversions": (), "allowances": ()}
    return PbxObject(
        guid=cn,
        cn=cn,
        h323=cn,
        e164="",
        kind=kind,
        attributes={name: value for name, value in attributes.items() if value},
        templates=templates,
        rights={},
        visible=None,
        unexplained=(),
        password=NO_PASSWORD,
        source="cfg.txt",
        line=1,
        **(empty | parts),
    )


def seen(rows, prefixes, own, inherited, **parts):
    """Return a view of one user, whose template says what it does not say itself."""
    objects = (made("T", inherited, kind="config"), made("U", own, ("T",), **parts))
    filters = tuple(
        CallFilter(name, content, Grade.DOCUMENTED, "cfg.txt") for name, content in rows.items()
    )
    areas = {Area.OBJECTS: Coverage.COMPLETE, Area.CALL_FILTERS: Coverage.COMPLETE}
    site = {
        "trunk_prefixes": prefixes,
        "emergency_numbers": EMERGENCY,
        "international_prefixes": ["1"],
        "premium_numbers": ["*"],
    }
    snapshot = Snapshot("t", objects=objects, filters=filters, areas=areas)
    return AuditView(snapshot, Site.model_validate({"dialling": site}))


def hide(rows, name):
    return {key: None if key == name else content for key, content in rows.items()}


def is_hidden(rows, name, hidden):
    """Return whether a filter that could not be read takes part."""
    pending, met = [name], set()
    while pending:
        current = pending.pop()
        if current not in met:
            met.add(current)
            if current != hidden:
                pending += [row.next for row in rows.get(current, ())]
    return hidden in met and hidden in rows


def per_reading(rows, name, numbers):
    """Return for each reading whether some number gets through in some state."""
    plain, found = Enumeration(rows, name), [False] * len(READINGS)
    for number in numbers:
        for index, outcomes in enumerate(plain.allowed(number)):
            found[index] |= any(outcomes)
    return found


def verdict(answers):
    return {(True,): OUT, (False,): IN}.get(tuple(set(answers)), OPEN)


def through(rows, name, numbers, hidden):
    if name is None:
        return OUT
    return OPEN if is_hidden(rows, name, hidden) else verdict(per_reading(rows, name, numbers))


def leads_outside(number, prefixes):
    """Return whether it is outside and not permitted, behind any prefix it may begin with."""
    publics = [number[len(p) :] for p in prefixes if number.startswith(p)]
    return any(not public.startswith(EMERGENCY) for public in publics)


def expensive_behind(prefixes, start):
    return [
        number
        for prefix in prefixes
        for number in numbers_behind([prefix + start], [])
        if not number[len(prefix) :].startswith(EMERGENCY)
    ]


def verdicts(observations, name):
    return {o.verdict for o in observations if o.subject.id == name}


@thorough
@given(some_filters, hidden_filters, prefixes_dialled, filter_names, filter_names)
def test_what_users_reach_agrees_with_enumeration(rows, hidden, prefixes, own, inherited):
    view = seen(hide(rows, hidden), prefixes, {"filter": own}, {"filter": inherited})
    name = own or inherited
    expected = {
        through(rows, name, expensive_behind(prefixes, start), hidden) for start in ("1", "*")
    }
    worst = next(v for v in (OUT, OPEN, IN) if v in expected)
    found = verdicts(expensive_numbers_are_blocked(view, {}), name or "")
    assert found == {worst}


@thorough
@given(some_filters, hidden_filters, prefixes_dialled, filter_names, filter_names, destinations)
def test_where_diversions_lead_agrees_with_enumeration(  # noqa: PLR0913, PLR0917 -- drawn
    rows, hidden, prefixes, own, inherited, number
):
    view = seen(
        hide(rows, hidden),
        prefixes,
        {"cd-filter": own, "filter": "gone"},
        {"cd-filter": inherited},
        diversions=(Diversion("cfu", number, "", ""),),
    )
    expected = IN
    if leads_outside(number, prefixes):
        expected = through(rows, own or inherited, [number], hidden)
    assert verdicts(diversions_stay_inside(view, {}), "U") == {expected}


@thorough
@given(some_filters, hidden_filters, prefixes_dialled, filter_names, filter_names, destinations)
def test_where_forks_lead_agrees_with_enumeration(  # noqa: PLR0913, PLR0917 -- drawn
    rows, hidden, prefixes, calls, diversions, number
):
    view = seen(
        hide(rows, hidden),
        prefixes,
        {"filter": calls},
        {"cd-filter": diversions},
        forks=(Fork(number, "", ""),),
    )
    expected = IN
    if leads_outside(number, prefixes):
        both = {through(rows, name, [number], hidden) for name in (calls, diversions)}
        expected = OUT if both == {OUT} else OPEN  # which of the two holds is not documented
    assert verdicts(forks_stay_inside(view, {}), "U") == {expected}


@pytest.mark.parametrize("prefixes", [["0", "00"], ["00", "0"]])
def test_overlapping_prefixes_hide_no_call_abroad(prefixes):
    number = "0011"  # behind 00 an emergency call, behind 0 another number
    view = seen({}, prefixes, {}, {}, diversions=(Diversion("cfu", number, "", ""),))
    assert verdicts(diversions_stay_inside(view, {}), "U") == {OUT}

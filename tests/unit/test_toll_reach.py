"""The reach of users, diversions and forks agrees with enumerating every number."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.checks.calls.dialling import base_user_dials_internally
from auditor.checks.calls.diversions import diversions_stay_inside, forks_stay_inside
from auditor.checks.calls.outgoing import expensive_numbers_are_blocked
from auditor.checks.support.parameters import Parameters
from auditor.model.site import Site
from auditor.model.snapshot import (
    NO_PASSWORD,
    CallFilter,
    Diversion,
    Fork,
    Lead,
    PbxObject,
    Snapshot,
)
from auditor.model.vocabulary import Area, Coverage, Grade, Verdict
from auditor.pbx.view import AuditView
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
# These try tens of thousands of numbers in each example.
some = settings(thorough, max_examples=30)
many = settings(thorough, max_examples=400)
filter_names = st.sampled_from([None, "a", "a", "b", "c", "gone"])
destinations = st.text(ALPHABET, min_size=1, max_size=4)
hidden_filters = st.sampled_from(["", "", "", "b"])


def made(cn, attributes, templates=(), kind="", e164="", **parts):
    empty = {"devices": (), "forks": (), "diversions": (), "allowances": ()}
    return PbxObject(
        guid=cn,
        cn=cn,
        h323=cn,
        e164=e164,
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
    return view_of(objects, rows, prefixes)


def view_of(objects, rows, prefixes):
    filters = tuple(
        CallFilter(name, content, Grade.DOCUMENTED, "cfg.txt") for name, content in rows.items()
    )
    areas: dict[str, Coverage] = {
        Area.OBJECTS: Coverage.COMPLETE,
        Area.CALL_FILTERS: Coverage.COMPLETE,
    }
    site = {
        "trunk_prefixes": prefixes,
        "emergency_numbers": EMERGENCY,
        "international_prefixes": ["1"],
        "premium_numbers": ["*"],
    }
    snapshot = Snapshot("t", objects=objects, filters=filters, areas=areas)
    hot_desk = {"base_users": ["U"]}
    return AuditView(snapshot, Site.model_validate({"dialling": site, "hot_desk": hot_desk}))


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


@pytest.mark.slow
@some
@given(some_filters, hidden_filters, prefixes_dialled, filter_names, filter_names)
def test_what_users_reach_agrees_with_enumeration(rows, hidden, prefixes, own, inherited):
    assert_what_users_reach_agrees(rows, hidden, prefixes, own, inherited)


@pytest.mark.soak
@many
@given(some_filters, hidden_filters, prefixes_dialled, filter_names, filter_names)
def test_what_users_reach_agrees_with_enumeration_of_many(rows, hidden, prefixes, own, inherited):
    assert_what_users_reach_agrees(rows, hidden, prefixes, own, inherited)


def assert_what_users_reach_agrees(rows, hidden, prefixes, own, inherited):
    view = seen(hide(rows, hidden), prefixes, {"filter": own}, {"filter": inherited})
    name = own or inherited
    expected = {
        through(rows, name, expensive_behind(prefixes, start), hidden) for start in ("1", "*")
    }
    worst = next(v for v in (OUT, OPEN, IN) if v in expected)
    found = verdicts(expensive_numbers_are_blocked(view, Parameters({})), name or "")
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
    assert verdicts(diversions_stay_inside(view, Parameters({})), "U") == {expected}


@pytest.mark.slow
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
    assert verdicts(forks_stay_inside(view, Parameters({})), "U") == {expected}


@pytest.mark.parametrize("prefixes", [["0", "00"], ["00", "0"]])
def test_overlapping_prefixes_hide_no_call_abroad(prefixes):
    number = "0011"  # behind 00 an emergency call, behind 0 another number
    view = seen({}, prefixes, {}, {}, diversions=(Diversion("cfu", number, "", ""),))
    assert verdicts(diversions_stay_inside(view, Parameters({})), "U") == {OUT}


# --- nodes and maps: numbers are led through the tree, prefix by prefix

PARENTS = st.sampled_from([{"a": "root", "b": "root"}, {"a": "root", "b": "a"}])
NODES = st.sampled_from(["root", "a", "b"])
# All prefixes that are dialled together are four characters at most, as enumerated numbers are.
PREFIXES = st.sampled_from([("1", "2"), ("1", "0"), ("10", "2"), ("1", "#1"), ("*", "0")])
# Every number up to four characters, of those that rows and prefixes name and one more digit.
EVERY_NUMBER = [n for n in numbers_behind([""], []) if set(n) <= set("01235*#")]


class Tree:
    """Numbering nodes without escape digits, and one trunk in them."""

    def __init__(self, parents, prefixes, trunk_node, trunk):
        self.parents = parents
        self.prefixes = dict(zip("ab", prefixes, strict=True))
        self.trunk_node = trunk_node
        self.trunk = trunk

    def objects(self):
        yield made("Trunk", {"node": self.trunk_node}, kind="trunk", e164=self.trunk)
        for name, parent in self.parents.items():
            yield made(name, {"node": parent}, kind="node", e164=self.prefixes[name])

    def upwards(self, node):
        while node != "root":
            yield node
            node = self.parents[node]
        yield "root"

    def rests(self, start, number):
        """Yield what is left of a number, dialled in a node, when it has reached the trunk."""
        if start == self.trunk_node and number.startswith(self.trunk):
            yield number[len(self.trunk) :]
        for name, prefix in self.prefixes.items():
            if self.parents[name] == start and number.startswith(prefix):
                yield from self.rests(name, number[len(prefix) :])

    def leads_out(self, starts, number):
        """Return whether a number reaches the trunk from a node, and is not permitted there."""
        return any(not r.startswith(EMERGENCY) for s in starts for r in self.rests(s, number))

    def certain(self, caller):
        above = [*self.upwards(self.trunk_node)]
        return [next(node for node in self.upwards(caller) if node in above)]

    def possible(self):
        return [*self.upwards(self.trunk_node)]

    def numbers(self, starts):
        return [number for number in EVERY_NUMBER if self.leads_out(starts, number)]


trees = st.builds(Tree, PARENTS, PREFIXES, NODES, st.sampled_from(["0", "1"]))


@pytest.mark.slow
@some
@given(some_filters, hidden_filters, trees, NODES)
def test_trunks_below_nodes_agree_with_enumeration(rows, hidden, tree, caller):
    assert_trunks_below_nodes_agree(rows, hidden, tree, caller)


@pytest.mark.soak
@many
@given(some_filters, hidden_filters, trees, NODES)
def test_trunks_below_nodes_agree_with_enumeration_of_many(rows, hidden, tree, caller):
    assert_trunks_below_nodes_agree(rows, hidden, tree, caller)


def assert_trunks_below_nodes_agree(rows, hidden, tree, caller):
    objects = (made("U", {"filter": "a", "node": caller}), *tree.objects())
    view = view_of(objects, hide(rows, hidden), None)
    expected = through(rows, "a", tree.numbers(tree.certain(caller)), hidden)
    if expected is IN:
        expected = perhaps(rows, tree.numbers(tree.possible()), hidden)
    assert verdicts(base_user_dials_internally(view, Parameters({})), "U") == {expected}


@thorough
@given(trees, NODES, destinations)
def test_diversions_below_nodes_agree_with_enumeration(tree, owner, number):
    parts = {"diversions": (Diversion("cfu", number, "", ""),)}
    view = view_of((made("U", {"node": owner}, **parts), *tree.objects()), {}, None)
    expected = OPEN if tree.leads_out(tree.possible(), number) else IN
    if tree.leads_out(tree.certain(owner), number):
        expected = OUT
    assert verdicts(diversions_stay_inside(view, Parameters({})), "U") == {expected}


@pytest.mark.slow
@some
@given(some_filters, hidden_filters, trees, destinations, st.sampled_from(["3", "0", "*1"]))
def test_number_maps_agree_with_enumeration(rows, hidden, tree, number, mapped):
    assert_number_maps_agree(rows, hidden, tree, number, mapped)


@pytest.mark.soak
@many
@given(some_filters, hidden_filters, trees, destinations, st.sampled_from(["3", "0", "*1"]))
def test_number_maps_agree_with_enumeration_of_many(rows, hidden, tree, number, mapped):
    assert_number_maps_agree(rows, hidden, tree, number, mapped)


def assert_number_maps_agree(rows, hidden, tree, number, mapped):
    short = made("M", {"node": "root"}, kind="map", e164=mapped, leads=(Lead(number, ""),))
    objects = (made("U", {"filter": "a", "node": "root"}), short, *tree.objects())
    view = view_of(objects, hide(rows, hidden), None)
    expected = through(rows, "a", tree.numbers(tree.certain("root")), hidden)
    numbers = tree.numbers(tree.possible())
    if tree.leads_out(tree.possible(), number):
        numbers += numbers_behind([mapped], [])
    if expected is IN:
        expected = perhaps(rows, numbers, hidden)
    assert verdicts(base_user_dials_internally(view, Parameters({})), "U") == {expected}


def perhaps(rows, numbers, hidden):
    """Return that it is open whether numbers get out, unless the filter surely holds them back."""
    return IN if through(rows, "a", numbers, hidden) is IN else OPEN

"""Effective values: own value, else the templates; open wherever the vendor leaves it open."""

from __future__ import annotations

import pytest

from auditor.model.site import Site
from auditor.model.snapshot import NO_PASSWORD, PbxObject, Setting, Snapshot
from auditor.model.vocabulary import Grade
from auditor.pbx.effective_values import effective_flag, effective_value
from auditor.pbx.view import AuditView
from tests.fixtures.sentences import says


def made(cn, *templates, kind="config", visible=None, unexplained=(), **attributes):
    names = {name.replace("_", "-"): value for name, value in attributes.items()}
    return PbxObject(
        guid=f"guid-{cn}",
        cn=cn,
        h323=cn.lower(),
        e164="",
        kind=kind,
        attributes=names,
        templates=templates,
        devices=(),
        forks=(),
        diversions=(),
        allowances=(),
        rights={},
        visible=visible,
        unexplained=unexplained,
        password=NO_PASSWORD,
        source="cfg.txt",
        line=1,
    )


def value(user, *templates, attribute="filter", attested=None):
    parents = {
        name: Setting(tuple(values), Grade.ATTESTED, "site file")
        for name, values in (attested or {}).items()
    }
    view = AuditView(Snapshot("t", objects=(user, *templates), template_parents=parents), Site())
    return effective_value(view, user, attribute)


def user(*templates, **given):
    return made("U", *templates, kind="", **given)


def assert_open(found, reason):
    assert found.value is None
    assert says(reason, found.problem)


class TestOrder:
    @pytest.mark.parametrize("own", ["a", "false", "0"])
    def test_the_own_value_wins(self, own):
        found = value(user("T", filter=own), made("T", filter="b"))
        assert (found.value, found.problem) == (own, "")
        assert found.evidence[0].via == "own value"

    def test_even_if_its_template_is_missing_or_unclear(self):
        assert value(user("gone", filter="a")).value == "a"
        assert value(user("T", filter="a"), made("T", unexplained=("x",))).value == "a"

    def test_an_empty_own_value_is_no_value(self):
        assert value(user("T", filter=""), made("T", filter="b")).value == "b"

    def test_the_template_gives_what_the_user_has_not(self):
        found = value(user("T"), made("T", filter="b"))
        assert (found.value, found.problem) == ("b", "")
        assert found.evidence[0].via == "template T"
        assert found.evidence[0].object == "t (T)"

    def test_two_levels_and_the_nearest_wins(self):
        far = made("P", filter="far")
        assert value(user("T"), made("T", "P", filter="near"), far).value == "near"
        found = value(user("T"), made("T", "P"), far)
        assert found.value == "far"
        assert found.evidence[0].via == "template T > template P"

    def test_nothing_anywhere_is_said_with_where_it_was_looked_for(self):
        found = value(user("T"), made("T"))
        assert (found.value, found.problem) == (None, "")
        assert "T" in found.evidence[0].via
        assert value(user()).evidence[0].via == "not set, and no template is assigned"


class TestOpen:
    def test_deeper_than_two_levels(self):
        deep = value(user("A"), made("A", "B"), made("B", "C"), made("C", filter="x"))
        assert_open(deep, "deeper")

    def test_a_template_that_is_missing(self):
        assert_open(value(user("T")), "does not exist")

    def test_an_object_of_another_kind_is_no_template(self):
        assert_open(value(user("T"), made("T", kind="", filter="x")), "does not exist")

    def test_names_of_templates_are_exact(self):
        assert_open(value(user("T"), made("t", filter="x")), "does not exist")

    def test_a_template_that_exists_twice(self):
        both = made("T", filter="x"), made("T", filter="x")
        assert_open(value(user("T"), *both), "more than once")

    def test_a_template_whose_parents_are_not_shown(self):
        template = made("T", visible=frozenset({"filter"}))
        found = value(user("T"), template)
        assert_open(found, "does not show of a template")
        assert dict(found.problem.parameters) == {"name": "config", "template": "T"}

    def test_a_template_that_inherits_from_itself(self):
        assert_open(value(user("T"), made("T", "T")), "itself")

    def test_templates_in_a_circle(self):
        assert_open(value(user("A"), made("A", "B"), made("B", "A")), "itself")

    def test_parents_that_disagree(self):
        parents = made("A", filter="x"), made("B", filter="y")
        found = value(user("A", "B"), *parents)
        assert_open(found, "disagree")
        assert len(found.evidence) == 2
        assert_open(value(user("T"), made("T", "A", "B"), *parents), "disagree")

    def test_parents_that_agree_or_of_which_one_says_nothing(self):
        assert value(user("A", "B"), made("A", filter="x"), made("B", filter="x")).value == "x"
        assert value(user("A", "B"), made("A", filter="x"), made("B")).value == "x"

    def test_one_parent_that_is_missing_leaves_it_open(self):
        assert_open(value(user("A", "B"), made("A", filter="x")), "does not exist")

    def test_a_template_with_parts_that_nobody_explained(self):
        unclear = made("T", unexplained=("mystery",))
        found = value(user("T"), unclear)
        assert_open(found, "nobody explained")
        assert "mystery" in found.problem
        assert value(user("T"), unclear, attested={"T": []}).problem == ""

    def test_a_value_on_such_a_template_counts(self):
        assert value(user("T"), made("T", filter="x", unexplained=("mystery",))).value == "x"

    def test_what_the_source_does_not_show(self):
        hidden = frozenset({"cn"})
        assert_open(value(user(visible=hidden)), "does not show of an object")
        found = value(user("T"), made("T", visible=hidden))
        assert_open(found, "does not show of a template")
        assert dict(found.problem.parameters) == {"name": "filter", "template": "T"}


def test_attested_parents_are_followed_where_none_were_read():
    far = made("P", filter="far")
    assert value(user("T"), made("T"), far, attested={"T": ["P"]}).value == "far"
    read = value(user("T"), made("T", "Q"), made("Q", filter="q"), far, attested={"T": ["P"]})
    assert read.value == "q"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, False),
        ({"hide": "true"}, True),
        ({"hide": "false"}, False),
        ({"hide": ""}, False),
        ({"hide": "TRUE"}, None),
        ({"hide": "1"}, None),
        ({"hide": "yes"}, None),
        ({"hide": " true"}, None),
    ],
)
def test_flags(attributes, expected):
    subject = user(**attributes)
    found = effective_flag(AuditView(Snapshot("t", objects=(subject,)), Site()), subject, "hide")
    assert found.value is expected
    assert bool(found.problem) is (expected is None)


def test_a_flag_that_is_open_stays_open():
    subject = user("gone")
    found = effective_flag(AuditView(Snapshot("t", objects=(subject,)), Site()), subject, "hide")
    assert (found.value, says("does not exist", found.problem)) == (None, True)


def test_an_own_false_beats_a_template():
    subject = user("T", hide="false")
    view = AuditView(Snapshot("t", objects=(subject, made("T", hide="true"))), Site())
    assert effective_flag(view, subject, "hide").value is False

"""Parameters of a control: each has a type, and true is no number."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.checks.settings import Mark
from auditor.checks.support.parameters import ParameterError, Parameters
from auditor.model.site import Site
from auditor.model.snapshot import Setting, Snapshot
from auditor.model.vocabulary import Grade
from auditor.pbx.view import AuditView
from tests.fixtures.sentences import sentence

VALUES: dict[str, Any] = {
    "whole": 3,
    "broken": 2.5,
    "flag": False,
    "text": "a",
    "names": ["a", "b"],
}
FITTING = {
    "integer": {"whole"},
    "number": {"whole", "broken"},
    "flag": {"flag"},
    "text": {"text"},
    "names": {"names"},
}


@pytest.mark.parametrize("reader", FITTING)
@pytest.mark.parametrize("name", [*VALUES, "missing"])
def test_a_parameter_is_read_only_as_what_it_is(reader, name):
    read = getattr(Parameters(VALUES), reader)
    if name not in FITTING[reader]:
        with pytest.raises(ParameterError, match=name):
            read(name)
        return
    value = read(name)
    assert value == (tuple(VALUES[name]) if reader == "names" else VALUES[name])
    if reader == "number":
        assert isinstance(value, float)


class TestMarks:
    VIEW = AuditView(Snapshot("t"), Site())

    @pytest.mark.parametrize("text", ["odd = false", "snmp_v1 = maybe", "snmp_v1", "", "= true"])
    def test_what_names_no_fact_and_value_is_refused(self, text):
        with pytest.raises(ParameterError, match=sentence("fact and value")):
            Mark.of(self.VIEW, text)

    @pytest.mark.parametrize("value", ["true", "false"])
    def test_a_fact_and_the_value_with_which_all_is_well(self, value):
        mark = Mark.of(self.VIEW, f" snmp_v1 = {value} ")
        assert (mark.fact.name, mark.wanted, mark.setting, mark.holds) == (
            "snmp_v1",
            value,
            None,
            None,
        )
        for stored, holds in (("true", True), ("false", False), ("unclear", None)):
            setting = Setting((stored,), Grade.DOCUMENTED, "cfg.txt")
            view = AuditView(Snapshot("t", settings={"snmp_v1": setting}), Site())
            wanted = holds if holds is None or value == "true" else not holds
            assert Mark.of(view, f"snmp_v1={value}").holds is wanted

"""Parameters of a control: each has a type, and true is no number."""

from __future__ import annotations

import pytest

from auditor.checks.parameters import ParameterError, Parameters

VALUES = {
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

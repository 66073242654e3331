"""The whole of it, by `make soak`: many mutations of each system, in each form and view."""

from __future__ import annotations

import pytest

from tests.conservation.mutations import BATCH, SAMPLE
from tests.conservation.reproduction import failures
from tests.conservation.systems import names_of_systems

_ROUNDS = 9


@pytest.mark.soak
@pytest.mark.parametrize("turn", range(_ROUNDS))
@pytest.mark.parametrize("name", names_of_systems())
def test_no_damage_lets_a_control_pass(name, turn):
    numbers = range(max(SAMPLE, turn * BATCH), (turn + 1) * BATCH)
    assert [failure.text for failure in failures(name, numbers)] == []

"""A few mutations of PBXs that are healthy, insecure or in disorder."""

from __future__ import annotations

import pytest

from tests.conservation.mutations import SAMPLE
from tests.conservation.reproduction import failures
from tests.conservation.systems import names_of_systems

SYSTEMS = [n for n in names_of_systems() if n.startswith(("hardened", "insecure", "mess"))]


@pytest.mark.parametrize("name", SYSTEMS)
def test_no_damage_lets_a_control_pass(name):
    assert [failure.text for failure in failures(name, range(SAMPLE))] == []

"""A few mutations of each PBX with a defect of its settings."""

from __future__ import annotations

import pytest

from tests.conservation.mutations import SAMPLE
from tests.conservation.reproduction import failures
from tests.conservation.systems import names_of_systems

SYSTEMS = [
    n for n in names_of_systems() if n.startswith(("ADM", "BAK", "FW", "LOG", "RPX", "SVC", "TLS"))
]


@pytest.mark.parametrize("name", SYSTEMS)
def test_no_damage_lets_a_control_pass(name):
    assert [failure.text for failure in failures(name, range(SAMPLE))] == []

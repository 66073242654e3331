from __future__ import annotations

import pytest

from auditor.simulator.server import SimulatorServer
from tests.fixtures.pbx import configuration_of, simulated, write
from tests.fixtures.program import Console


@pytest.fixture
def console(capsys, monkeypatch, tmp_path):
    return Console(capsys, monkeypatch, tmp_path)


@pytest.fixture
def evidence(tmp_path):
    """The configurations of both simulated PBXs as `hardened.txt` and `insecure.txt`."""
    names = ("hardened", "insecure")
    return write(tmp_path, {f"{name}.txt": configuration_of(name) for name in names})


@pytest.fixture
def server():
    with SimulatorServer(simulated()) as running:
        yield running

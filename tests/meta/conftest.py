from __future__ import annotations

import pytest

from tests.fixtures.program import Console


@pytest.fixture
def console(capsys, monkeypatch, tmp_path):
    return Console(capsys, monkeypatch, tmp_path)

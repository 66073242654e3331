"""An empty reading of the App socket of a PBX, and the ledger that keeps account of it."""

from __future__ import annotations

import pytest

from auditor.messages.message import Message
from auditor.sources.parse.ledger import Ledger
from auditor.sources.parse.reading import Reading


@pytest.fixture
def reading():
    return Reading("/PBX0/APPS/websocket", "app-socket")


@pytest.fixture
def ledger(reading):
    return Ledger(reading.source, Message("again"))

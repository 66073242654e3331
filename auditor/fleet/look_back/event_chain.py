"""Whether the events of a history are as they were written."""

from __future__ import annotations

from auditor.errors import HistoryError
from auditor.fleet.store.history_records import Chain
from auditor.messages.message import say


def check_whole(chain: Chain, where: str) -> None:
    """Raise HistoryError if an event was changed or taken away since it was written."""
    if chain.broken is not None:
        raise HistoryError(
            say("event {number} is not as it was written", number=chain.broken),
            where=where,
            advice=say("compare with a backup: somebody changed the history"),
        )

"""What is said, and what is recorded, where PBXs wait and no worker takes them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from auditor.errors import HistoryError
from auditor.fleet.history_model import AuditEnding
from auditor.fleet.runner.jobs import Failure
from auditor.fleet.scale.queue import OF_ALL
from auditor.fleet.scale.queued import Present
from auditor.messages.message import say

_NOBODY: Final = HistoryError(
    say("PBXs wait, and no worker that may audit them is at work"),
    advice=say("start `pbx-auditor fleet worker`"),
)


def useless(present: Iterable[Present]) -> Iterator[HistoryError]:
    """Yield of each worker that lives and takes nothing, why."""
    for one in present:
        if one.hangs and one.name:
            yield _hanging(one.name)
        elif one.refuses:
            yield HistoryError(
                one.refuses, advice=say("put that right: it takes PBXs of this run again then")
            )


def nobody(name: str) -> HistoryError:
    """Return that nobody does what waits in a queue."""
    if name == OF_ALL:
        return _NOBODY
    return HistoryError(
        say("PBXs wait, and no worker {name} that may audit them is at work", name=name),
        advice=say("start `pbx-auditor fleet worker --collector {name}`", name=name),
    )


def nobody_came(queue: str, tenant: str, present: Collection[Present], seconds: float) -> Failure:
    """Return what a PBX comes to for which no worker was there for so long.

    If one was there that refused, it is refused, and by whom.
    """
    for one in present:
        if one.refuses and one.is_for(queue, tenant):
            return Failure(AuditEnding.REFUSED, one.refuses)
    minutes = int(seconds / 60)
    if queue == OF_ALL:
        reason = say("no worker that may audit it was there for {minutes} minutes", minutes=minutes)
    else:
        reason = say(
            "no worker {name} that may audit it was there for {minutes} minutes",
            name=queue,
            minutes=minutes,
        )
    return Failure(AuditEnding.UNREACHABLE, reason)


def _hanging(name: str) -> HistoryError:
    return HistoryError(
        say(
            "worker {name} lives and ends nothing of what it took; it is no longer waited for",
            name=name,
        ),
        advice=say("start it again"),
    )

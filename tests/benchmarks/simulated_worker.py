"""A worker that audits nothing: each PBX takes as long as its name says, and is not reached.

What is left is the queue: taking jobs, handing results in, recording them.
"""

from __future__ import annotations

import random
import sys
import threading
from typing import TYPE_CHECKING, Final

from auditor.__main__ import main
from auditor.fleet.history_model import AuditEnding
from auditor.fleet.runner.jobs import Failure
from auditor.fleet.scale import worker
from auditor.messages.message import say

if TYPE_CHECKING:
    from auditor.fleet.runner.jobs import Job
    from auditor.fleet.scale.executor import Died, Done

SHORTEST: Final = 0.1
LONGEST: Final = 6.0


def seconds_of(pbx: str) -> float:
    """Return how long a PBX takes, the same wherever it is asked."""
    return random.Random(pbx).uniform(SHORTEST, LONGEST)  # noqa: S311 -- no secret


class _Bench:
    """Stands where threads and processes would audit."""

    def __init__(self, slots: int, workers: int) -> None:
        """Need nothing of that."""

    def start(self, died: Died) -> None:
        """Begin."""

    def stop(self) -> None:
        """End."""

    def submit(self, job: Job, done: Done) -> None:
        """Be done with a PBX in its time."""
        failure = Failure(AuditEnding.UNREACHABLE, say("simulated"))
        timer = threading.Timer(seconds_of(job.pbx.id), done, [failure])
        timer.daemon = True
        timer.start()


if __name__ == "__main__":
    vars(worker)["Executor"] = _Bench
    sys.argv[0] = "pbx-auditor"
    main()

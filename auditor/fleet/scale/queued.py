"""What stands in the queue beside what a run wants: which jobs stay, go back, or go away.

Pure: nothing here asks a database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from auditor.messages.message import NOTHING, Message

# A job of which workers died, or whose result they could not hand in, so often is given up.
_TRIES: Final = 3
# Whatever is written in a job, it was not tried more often.
_MOST_TRIES: Final = 1000
# A worker gives a PBX up itself at its deadline. It needs longer for what is beside that: the job
# waits for a process that judges, the report is written, the result handed in, which is tried again
# for 90 seconds where connections are lost. Who is not done then has forgotten the job.
GRACE: Final = 120.0
# Of moments that went through a database.
_ALIKE: Final = 1.0


class Order(NamedTuple):
    """A PBX to be audited: in which queue, beside which others not, and not before when.

    `deadline` is for how many seconds it may be read and judged.
    """

    pbx: str
    queue: str
    deadline: float
    lock: str | None = None
    begins: datetime | None = None


class Queued(NamedTuple):
    """A job as it stands in the queue.

    `is_plain` says that it has the arguments that a run gives, `is_held` that a worker that is
    alive has it. `begins` is a moment that is still to come, in seconds since 1970. `lasts` is for
    how many seconds it is being done, below 0 if the clock of the server was set back meanwhile;
    None if it is not, or nobody knows. `worker` is the number of who has it.
    """

    id: int
    status: str
    attempts: int
    pbx: str
    queue: str
    lock: str | None
    is_plain: bool
    begins: float | None
    is_held: bool
    lasts: float | None = None
    worker: int | None = None

    @property
    def is_at_work(self) -> bool:
        """Return whether it is being done."""
        return self.status == "doing" and self.is_held

    @property
    def tried(self) -> int:
        """Return how often it was tried, with the time that a worker died of."""
        known = min(max(self.attempts, 0), _MOST_TRIES)
        return known + (self.status == "doing" and not self.is_held)

    def fits(self, order: Order | None) -> bool:
        """Return whether it is what a run wants."""
        if order is None or not self.is_plain:
            return False
        if (self.queue, self.lock) != (order.queue, order.lock):
            return False
        if self.begins is None:
            return True
        wanted = order.begins
        return wanted is not None and abs(self.begins - wanted.timestamp()) < _ALIKE


class Present(NamedTuple):
    """What a worker that is alive may take: of a queue, and of tenants; None is all.

    So many of its `slots` are `hung`: what it had in them it did not end, and it was taken away.
    One that does not say how many it has is never thought to hang. `refuses` is why it takes
    nothing of the run that there is; nothing if it does.
    """

    queue: str | None
    tenants: Collection[str] | None
    name: str | None = None
    slots: int | None = None
    hung: int = 0
    refuses: Message = NOTHING

    @property
    def hangs(self) -> bool:
        """Return whether no slot is left in which it could do something."""
        return self.slots is not None and self.hung >= self.slots

    def may_take(self, queue: str, tenant: str) -> bool:
        """Return whether it takes a job of a tenant in a queue, and has a slot for one."""
        return self.is_for(queue, tenant) and not self.hangs and not self.refuses

    def is_for(self, queue: str, tenant: str) -> bool:
        """Return whether it is for jobs of a tenant in a queue, if it takes any."""
        return self.queue in {None, queue} and (self.tenants is None or tenant in self.tenants)


class Settling(NamedTuple):
    """What is to be done with jobs: queued again, removed, or removed and given up.

    `missing` are the orders that no job is for. `hung` are the jobs that a live worker did not end.
    """

    back: tuple[Queued, ...]
    removed: tuple[Queued, ...]
    given_up: tuple[Queued, ...]
    missing: tuple[Order, ...]
    hung: frozenset[int] = frozenset()


def settling(jobs: Iterable[Queued], orders: Mapping[str, Order]) -> Settling:
    """Return what is to be done so that there is one job for each order, and no other."""
    kept: dict[str, Queued] = {}
    removed: list[Queued] = []
    most = longest_order(orders)
    jobs = list(jobs)
    hung = {one.id for one in jobs if one.is_at_work and not _is_in_time(one, orders, most)}
    jobs = [one._replace(is_held=one.is_held and one.id not in hung) for one in jobs]
    # Who is at it first, then who waits: of two that are for one PBX one stays.
    for job in sorted(jobs, key=lambda one: (not one.is_at_work, one.status != "todo", one.id)):
        if job.is_at_work or (job.pbx not in kept and _can_stay(job, orders)):
            kept[job.pbx] = job
        else:
            removed.append(job)
    lost = [one for one in kept.values() if not one.is_at_work and one.status != "todo"]
    return Settling(
        tuple(one for one in lost if one.tried < _TRIES),
        tuple(removed),
        tuple(one for one in lost if one.tried >= _TRIES),
        tuple(order for name, order in orders.items() if name not in kept),
        frozenset(hung),
    )


def longest_order(orders: Mapping[str, Order]) -> float:
    """Return for how many seconds a job may be done that nobody waits for any more.

    Its lock would hold up others that somebody waits for.
    """
    return max((one.deadline for one in orders.values()), default=0.0) + GRACE


def _is_in_time(job: Queued, orders: Mapping[str, Order], most: float) -> bool:
    """Return whether it is to be believed that a worker is at a job, which it says itself."""
    order = orders.get(job.pbx)
    limit = order.deadline + GRACE if order is not None else most
    return job.lasts is not None and abs(job.lasts) <= limit


def _can_stay(job: Queued, orders: Mapping[str, Order]) -> bool:
    return job.status in {"todo", "doing", "failed"} and job.fits(orders.get(job.pbx))

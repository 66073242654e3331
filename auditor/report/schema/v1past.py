"""What a fleet's history knows of a PBX: the part of `report.json`, version 1, for what was."""

from __future__ import annotations

from auditor.values.frozen import frozen


@frozen
class PastChange:
    """A change of a control, or of what it found about one subject, with its cause.

    `before` is empty for what was not known. `run` is the number of the run, which orders
    everything. `also` are further causes.
    """

    run: int
    day: str
    control: str
    severity: str
    subject: str
    before: str
    after: str
    cause: str
    also: list[str]


@frozen
class Repaired:
    """A violation that is not there any more; `days` is how long it was.

    They count from its first day on, or from the day on which it came back, `reopened`, empty if it
    did not. `is_gone` says that its subject is proven absent.
    """

    control: str
    severity: str
    subject: str
    first_seen: str
    reopened: str
    fixed: str
    days: int
    is_gone: bool


@frozen
class Past:
    """How a PBX came to stand as it does, up to the audit of this report; oldest changes first.

    `first` is the day of its first audit, `audits` how many could look and are kept. What the
    first audit found is no change. `median_days` is how long a violation was there until it was
    fixed, null if none was.
    """

    first: str
    audits: int
    changes: list[PastChange]
    repaired: list[Repaired]
    median_days: int | None

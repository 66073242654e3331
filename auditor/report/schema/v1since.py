"""What earlier reports say beside this one: the part of `report.json`, version 1, for changes."""

from __future__ import annotations

from dataclasses import field

from auditor.values.frozen import frozen


@frozen
class Earlier:
    """One earlier report on the same system: when it was made, and what it came to."""

    started: str
    profile: str
    score: int | None
    counts: dict[str, int]


@frozen
class ChangedViolation:
    """One violation that came or went; `first_seen` is empty unless it came back."""

    control: str
    title: str
    severity: str
    subject: str
    fingerprint: str
    first_seen: str = ""


@frozen
class NotCompared:
    """Why some violations cannot be compared, and how many."""

    reason: str
    count: int


@frozen
class Since:
    """What changed since the last report, `started` then.

    `new` was never seen before, and `returned` was seen before that report; nobody accepted either.
    `fixed` was looked at again. Of `not_comparable` violations nobody can say what became of them;
    `reasons` are why, empty in reports of earlier programs.
    """

    run: str
    started: str
    new: list[ChangedViolation]
    returned: list[ChangedViolation]
    fixed: list[ChangedViolation]
    not_comparable: int
    reasons: list[NotCompared] = field(default_factory=list)

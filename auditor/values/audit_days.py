"""Days that an audit can be of, and that days are counted from."""

from __future__ import annotations

from datetime import date
from typing import Final

from auditor.errors import InputError
from auditor.messages.message import say

# Nobody audited anything before, and from after it no day is counted on.
_FIRST: Final = date(1990, 1, 1)
_LAST: Final = date(2999, 12, 31)


def check_day(day: date, where: str) -> None:
    """Raise InputError for a day so far away that no days can be counted from it."""
    if not _FIRST <= day <= _LAST:
        raise InputError(
            say("{day} is no day of an audit", day=day.isoformat()),
            where=where,
            advice=say(
                "give one from {first} to {last}", first=_FIRST.isoformat(), last=_LAST.isoformat()
            ),
        )

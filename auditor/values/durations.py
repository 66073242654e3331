"""How long something takes or counts, as people write it: 300, 90s, 15m, 24h, 3d, 2w."""

from __future__ import annotations

import re
from typing import Final

from auditor.messages.message import say

_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
# A number that no unit makes longer than a human life.
PATTERN: Final = r"^\s*[0-9]{1,9}\s*[smhdw]?\s*$"
_DURATION: Final = re.compile(r"\s*([0-9]{1,9})\s*([smhdw]?)\s*")
_LONGEST: Final = 100 * 366 * _SECONDS["d"]


def seconds(written: object) -> int:
    """Return the seconds of a number, or of a text with a unit. Raises ValueError."""
    if isinstance(written, bool) or not isinstance(written, int | str):
        raise ValueError(_asked())  # noqa: TRY004 -- pydantic wants a ValueError
    if isinstance(written, int):
        return _bounded(written)
    found = _DURATION.fullmatch(written)
    if found is None:
        raise ValueError(_asked())
    return _bounded(int(found[1]) * _SECONDS[found[2]])


def _bounded(number: int) -> int:
    if not 0 < number <= _LONGEST:
        raise ValueError(say("a duration is longer than nothing, and shorter than 100 years"))
    return number


def _asked() -> str:
    return say('write seconds, or a text like "90s", "15m", "24h" or "3d"')

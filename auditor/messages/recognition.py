"""Which message a text may have been made from: for documents that hold the text alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from auditor.messages.message import Message

_LONGEST: Final = 16_000
_FIELD: Final = re.compile(r"\{(\w+)\}")
# A field that is short, so that a reason behind it may hold colons.
_LINE: Final = "line"


def recognised(text: str, templates: Iterable[str]) -> list[Message]:
    """Return the messages that a text may be, first the one that leaves least to parameters."""
    if len(text) > _LONGEST:  # trying takes the square of it, and nothing that is said is longer
        return []
    found = [
        Message(one, match.groupdict())
        for one in templates
        if (match := _pattern(one).fullmatch(text))
    ]
    return sorted(found, key=lambda one: -len(_FIELD.sub("", one.template)))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = _FIELD.split(template)
    pieces = [
        f"(?P<{one}>{'.+?' if one == _LINE else '.+'})" if at % 2 else re.escape(one)
        for at, one in enumerate(parts)
    ]
    return re.compile("".join(pieces), re.DOTALL)

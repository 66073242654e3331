"""What ids, texts, paths and times of an inventory may be; nothing but the reading uses this."""

from __future__ import annotations

import re
import zoneinfo
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from auditor.messages.message import say
from auditor.messages.suggestions import nearest
from auditor.values.durations import PATTERN, seconds
from auditor.values.file_names import is_device

_LONGEST_ID: Final = 64
_PLAIN: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
_VARIABLE: Final = r"^[A-Za-z_][A-Za-z0-9_]*$"


def check_id(name: str) -> str:
    """Return an id that can name a folder on every system. Raises ValueError."""
    if not re.fullmatch(_PLAIN, name):
        raise ValueError(say("an id has letters, digits, - and _ only, and begins with no - or _"))
    if len(name) > _LONGEST_ID:
        raise ValueError(say("an id has at most {count} characters", count=_LONGEST_ID))
    if is_device(name):
        raise ValueError(say("Windows takes this name for a device; choose another id"))
    return name


def _visible(text: str) -> str:
    if not text.isprintable():
        raise ValueError(say("the text has characters that cannot be seen"))
    return text


def _known_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        meant = nearest(name, zoneinfo.available_timezones())
        if meant:
            raise ValueError(
                say("there is no such time zone; did you mean {name}?", name=meant)
            ) from None
        raise ValueError(say("there is no such time zone; one is Europe/Vienna")) from None
    return name


Id = Annotated[str, AfterValidator(check_id), WithJsonSchema({"type": "string", "pattern": _PLAIN})]
Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(_visible),
]
Path = Annotated[str, StringConstraints(min_length=1, max_length=4096), AfterValidator(_visible)]
Variable = Annotated[str, StringConstraints(pattern=_VARIABLE)]
Duration = Annotated[
    int,
    BeforeValidator(seconds),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": PATTERN}]}
    ),
]
Count: TypeAlias = Annotated[int, Field(ge=1, le=100_000, strict=True)]
Zone = Annotated[str, AfterValidator(_known_zone)]

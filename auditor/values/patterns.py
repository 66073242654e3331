"""Regular expressions that people write: quick to try, whatever they are and are tried on.

They are tried by the engine that pydantic comes with. Its time grows with the length of a name and
no faster, for it never goes back; and what it makes of a pattern is bounded in size. Patterns for
names are also anchored and narrow.
"""

from __future__ import annotations

import re
import string
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from pydantic_core import SchemaError, SchemaValidator, core_schema

from auditor.messages.message import say

MAX_NAME: Final = 300
_MAX_LENGTH: Final = 200
_MAX_REPEATS: Final = 2
_MAX_OPTIONAL: Final = 6
_MAX_GROUPS: Final = 4

# An escape or a character class is one atom, whatever is written inside it.
_ATOM: Final = r"(?s)\\.|\[\^?\]?(?:\\.|[^\]\\])*\]"
_REPEATED_GROUP: Final = r"\)[*+{]"
_INLINE_FLAGS: Final = r"\(\?[a-zA-Z-]+[):]"
# Python takes the second sign for "and never less", the engine for a second repetition.
_POSSESSIVE: Final = r"[*+?}]\+"
_AMBIGUOUS: Final = say(
    "not a regular expression that means the same everywhere and is quick to try: it has neither "
    "conditions on what is around nor references to what was found, and few repetitions"
)
_REPEAT: Final = r"[*+]|\{[0-9]*,[0-9]*\}"
_OPTIONAL: Final = r"(?<![(*+}])\?"

# Names of one shape that have nothing in common. Whoever means some object cannot mean both.
_ALIKE: Final = (
    ("q", "x"),
    ("857", "296"),
    ("8361", "2749"),
    ("qxzvkwj", "mwyxbqp"),
    ("q.xzvkwj", "m.wyxbqp"),
    ("qx-8365", "vz-2749"),
    ("Qxzvkw Mwyx", "Vbxq Zwkj"),
    ("qxz (Vkw, Qx)", "mwy (Bqp, Xz)"),
    ("f2c7d19e04ab", "93be50d7a1f6"),
)
_CHARACTERS: Final = string.ascii_lowercase + string.digits + "._-#*+@ "


class Pattern(NamedTuple):
    """A pattern that was checked, as the engine knows it."""

    engine: SchemaValidator

    def fits(self, text: str) -> bool:
        """Return whether the pattern fits a text."""
        return self.engine.isinstance_python(text)


def compile_pattern(pattern: str) -> Pattern:
    """Return a pattern for whole names, to be tried with `matches`. Raises ValueError."""
    return _compiled(pattern, r"(?i)\A(?:", r")\z")


def matches(pattern: Pattern, name: str) -> bool:
    """Return whether the pattern matches the whole name; never one that is endless."""
    return len(name) <= MAX_NAME and pattern.fits(name)


def check_search(pattern: str) -> str:
    """Return a pattern for a part of a text. Raise ValueError if it is none."""
    _compiled(pattern)
    return pattern


def found_in(pattern: str, text: str) -> bool | None:
    """Return whether a pattern fits a part of a text; None for a text that is endless."""
    return _compiled(pattern).fits(text) if len(text) <= MAX_NAME else None


def check_pattern(pattern: str) -> str:
    """Return the pattern. Raise ValueError if it is none, could take ages, or is too wide."""
    compiled = compile_pattern(pattern)
    _check_simple(re.sub(_ATOM, "x", pattern))
    if any(all(matches(compiled, name) for name in names) for names in _probes()):
        raise ValueError(say("the pattern is too wide: it fits names that have nothing in common"))
    return pattern


@lru_cache(maxsize=256)
def _compiled(pattern: str, before: str = "", after: str = "") -> Pattern:
    """Return a pattern that Python and the engine understand in the same way. Raises ValueError."""
    if len(pattern) > _MAX_LENGTH:
        raise ValueError(say("the pattern is longer than {count} characters", count=_MAX_LENGTH))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
    except re.error as error:
        if error.pos is None:
            raise ValueError(say("not a regular expression")) from None
        place = error.pos + 1
        reason = say("not a regular expression, see its character {place}", place=place)
        raise ValueError(reason) from None
    except (FutureWarning, DeprecationWarning, OverflowError, RecursionError):
        raise ValueError(_AMBIGUOUS) from None
    plain = re.sub(_ATOM, "x", pattern)
    if re.search(_INLINE_FLAGS, plain):
        raise ValueError(say("a pattern has no flags, and waivers take upper and lower case alike"))
    if re.search(_POSSESSIVE, plain):
        raise ValueError(_AMBIGUOUS)
    known = core_schema.str_schema(pattern=f"{before}{pattern}{after}", regex_engine="rust-regex")
    try:
        return Pattern(SchemaValidator(known))
    except SchemaError:  # its words quote the pattern
        raise ValueError(_AMBIGUOUS) from None


def _check_simple(plain: str) -> None:
    """Raise ValueError for what nobody can read who has to approve it."""
    too_much = (
        re.search(_REPEATED_GROUP, plain)
        or len(re.findall(_REPEAT, plain)) > _MAX_REPEATS
        or len(re.findall(_OPTIONAL, plain)) > _MAX_OPTIONAL
        or plain.count("(") > _MAX_GROUPS
    )
    if too_much:
        raise ValueError(
            say(
                "the pattern is too complicated: at most {repeats} repetitions, none of a group, "
                "{optional} optional characters and {groups} groups",
                repeats=_MAX_REPEATS,
                optional=_MAX_OPTIONAL,
                groups=_MAX_GROUPS,
            )
        )


def _probes() -> Iterator[tuple[str, ...]]:
    """Yield names that only a pattern which means nobody in particular matches all of."""
    yield ("",)
    yield from _ALIKE
    for one in _CHARACTERS:
        yield (f"{one}qxzvkwj", f"{one}83650492")
        yield (f"{one}83650492", f"{one}27491")
        yield (f"qxzvkwj{one}", f"83650492{one}")
        yield (f"qxz{one}vkwj", f"8365{one}0492")

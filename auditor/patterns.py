"""Patterns for names: regular expressions that are anchored, narrow and quick to try."""

from __future__ import annotations

import re
import string
import warnings
from collections.abc import Iterator
from typing import Final

MAX_NAME: Final = 300
_MAX_LENGTH: Final = 200
_MAX_REPEATS: Final = 2
_MAX_OPTIONAL: Final = 6
_MAX_GROUPS: Final = 4

# An escape or a character class is one atom, whatever is written inside it.
_ATOM: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_REPEATED_GROUP: Final = re.compile(r"\)[*+{]")
_INLINE_FLAGS: Final = re.compile(r"\(\?[a-zA-Z-]+[):]")
_REPEAT: Final = re.compile(r"[*+]|\{[0-9]*,[0-9]*\}")
_OPTIONAL: Final = re.compile(r"(?<![(*+}])\?")

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


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Return a checked pattern, to be tried with `matches`."""
    return re.compile(pattern, re.IGNORECASE)


def matches(pattern: re.Pattern[str], name: str) -> bool:
    """Return whether the pattern matches the whole name; never one that is endless."""
    return len(name) <= MAX_NAME and pattern.fullmatch(name) is not None


def check_pattern(pattern: str) -> str:
    """Return the pattern. Raise ValueError if it is none, could take ages, or is too wide."""
    if len(pattern) > _MAX_LENGTH:
        raise ValueError(f"the pattern is longer than {_MAX_LENGTH} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = compile_pattern(pattern)
    except re.error as error:
        place = "" if error.pos is None else f", see its character {error.pos + 1}"
        raise ValueError(f"not a regular expression{place}") from None
    except (FutureWarning, DeprecationWarning, OverflowError, RecursionError):
        raise ValueError("not a regular expression that means the same everywhere") from None
    _check_quick(_ATOM.sub("x", pattern))
    if any(all(matches(compiled, name) for name in names) for names in _probes()):
        raise ValueError("the pattern is too wide: it fits names that have nothing in common")
    return pattern


def _check_quick(plain: str) -> None:
    """Raise ValueError for what a long name could keep busy for ages."""
    if _INLINE_FLAGS.search(plain):
        raise ValueError("a pattern has no flags; upper and lower case do not matter")
    too_much = (
        _REPEATED_GROUP.search(plain)
        or len(_REPEAT.findall(plain)) > _MAX_REPEATS
        or len(_OPTIONAL.findall(plain)) > _MAX_OPTIONAL
        or plain.count("(") > _MAX_GROUPS
    )
    if too_much:
        raise ValueError(
            f"the pattern is too complicated: at most {_MAX_REPEATS} repetitions, none of a group, "
            f"{_MAX_OPTIONAL} optional characters and {_MAX_GROUPS} groups"
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

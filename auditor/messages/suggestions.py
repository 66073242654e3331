"""What somebody may have meant by a word that is not known."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from auditor.messages.message import NOTHING, Message, say

_ALIKE: Final = 0.6
_BETWEEN: Final = re.compile(r"[-_ ]+")
_ZEROS: Final = re.compile(r"(?<!\d)0+(?=\d)")
# Of two letters, one is not enough to tell.
_SHORTEST: Final = 3
# Longer words are no typing errors, and comparing them takes the square of their length.
_LONGEST: Final = 80
# A list that nobody would read to its end.
_MANY: Final = 30
# Where all controls can be seen.
ALL_CONTROLS: Final = say("`pbx-auditor rules list` shows all of them")


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that is most like a word, in whatever case; empty if none is."""
    if not _SHORTEST <= len(word) <= _LONGEST:
        return ""
    by_folded: dict[str, str] = {}
    for one in known:
        by_folded.setdefault(_folded(one), one)
    found = get_close_matches(_folded(word), by_folded, n=1, cutoff=_ALIKE)
    return by_folded[found[0]] if found else ""


def meant(reason: Message, given: str, known: Iterable[str]) -> Message:
    """Return a reason with the known word that may have been meant; what was given is not said."""
    name = nearest(given, known)
    return say("{reason}; did you mean {name}?", reason=reason, name=name) if name else reason


def meant_or_known(reason: Message, given: str, known: Iterable[str]) -> Message:
    """Return a reason with the word that may have been meant, or else with all that there are."""
    words = list(known)
    if not words or nearest(given, words):
        return meant(reason, given, words)
    return say("{reason}; known are: {names}", reason=reason, names=", ".join(words))


def did_you_mean(word: str, known: Iterable[str], *, all_of_them: Message = NOTHING) -> Message:
    """Return advice about an unknown word: what was meant, and which words there are.

    `all_of_them` says where long lists can be seen.
    """
    words = sorted(set(known))
    near = nearest(word, words)
    listed = say("known are: {names}", names=", ".join(words) or say("none"))
    if len(words) > _MANY and all_of_them:
        listed = all_of_them
    return say("did you mean {name}? {listed}", name=near, listed=listed) if near else listed


def _folded(word: str) -> str:
    """Return a word as it is compared: case, separators and zeros in front are nobody's point."""
    return _ZEROS.sub("", _BETWEEN.sub("", word.casefold()))

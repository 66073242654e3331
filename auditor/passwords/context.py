"""Words around a password that make it easy to guess, and whether it is made of them.

zxcvbn takes such words as its `user_inputs`. Some hold for every object of a system (its company,
the vendor's words), others only for one (its name, number and phones). A text in which no word of
its own object occurs scores as it does without those, so `occurs` saves scoring it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

_MAX_SINGLES: Final = 100
_MAX_INPUTS: Final = 400
_MAX_JOINED: Final = 8
_MIN_OWN_CHARACTERS: Final = 6
_MIN_TELLING_CHARACTERS: Final = 3
_SEPARATORS: Final = ("", "-", ".", "_", " ")
CONSTANT_WORDS: Final = (
    *("innovaphone", "myapps", "mypbx", "hotdesk", "hot", "desk", "base", "temp", "telefon"),
    *("phone", "pbx", "ip", "voip", "ipapps", "iplinux", "ldap-guest", "admin", "standard"),
    *("passwort", "password", "start", "willkommen"),
)
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_WORD: Final = re.compile(r"[^0-9a-zäöüß]+")
_AROUND: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")
# One character for all that zxcvbn takes for one another when it looks for "leet" spellings, so
# that whatever it would find in a text is also found in the folded text.
_FOLDED: Final = str.maketrans(
    "4@8([{<369!|17+tl0$5%2\N{GREEK SMALL LETTER FINAL SIGMA}",
    "aabcccceggiiiiiiiossxz\N{GREEK SMALL LETTER SIGMA}",
)


def singles(words: Iterable[str]) -> tuple[str, ...]:
    """Return words and their parts, in lower case, with umlauts and with them spelled out."""
    parts: dict[str, None] = {}
    for word in words:
        spaced = _CAMEL.sub(" ", word).lower()
        for part in (word.lower(), *_NO_WORD.split(spaced)):
            if len(part) > 1:
                parts[part] = None
                parts[part.translate(_UMLAUTS)] = None
    return tuple(parts)[:_MAX_SINGLES]


def inputs(parts: Sequence[str]) -> tuple[str, ...]:
    """Return words as people use them in passwords: as they are, reversed, and joined."""
    first = parts[:_MAX_JOINED]
    joined = [a + mark + b for a in first for b in first if a != b for mark in _SEPARATORS]
    reverses = [part[::-1] for part in parts]
    return tuple(dict.fromkeys([*parts, *reverses, *joined]))[:_MAX_INPUTS]


def longest_first(words: Iterable[str]) -> tuple[str, ...]:
    """Return words in the order in which they are removed; short ones occur in random text."""
    telling = (word for word in words if len(word) >= _MIN_TELLING_CHARACTERS)
    return tuple(sorted(telling, key=len, reverse=True))


def without(text: str, words: Sequence[str]) -> str:
    """Return what is left of a text without these words, which come longest first."""
    rest = text.lower()
    for word in words:
        rest = rest.replace(word, "")
    return rest


def is_made_of(text: str, own: Sequence[str], shared: Sequence[str]) -> bool:
    """Return whether little remains of a text without context words and the digits around them.

    zxcvbn rates two or three joined context words as strong. Both orders of removal count, for one
    word may be a part of another. Words come longest first.
    """
    return any(
        rest != text.lower() and len(_AROUND.sub("", rest)) < _MIN_OWN_CHARACTERS
        for rest in (without(without(text, own), shared), without(without(text, shared), own))
    )


def haystack(text: str, shared: Sequence[str]) -> str:
    """Return where to look for words of the object: the text, what is left of it, both reversed."""
    rest = without(text, shared)
    lowered = text.lower()
    forms = (lowered, lowered[::-1], text[::-1].lower(), rest, rest[::-1])
    return "\n".join(dict.fromkeys(form.translate(_FOLDED) for form in forms))


def occurs(parts: Iterable[str], folded: str) -> bool:
    """Return whether one of these words may occur in a folded text; rather once too often."""
    return any(part.translate(_FOLDED) in folded for part in parts)

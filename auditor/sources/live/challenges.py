"""What a server offers to log in by: the field `WWW-Authenticate` as RFC 9110, 11 describes it.

A challenge is a scheme with parameters, or with one value in the form of a token (`token68`). One
field may hold several of them, and several fields count as one list. A comma separates both
parameters and challenges, so only what follows it tells which of the two comes next.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

DIGEST: Final = "digest"
BASIC: Final = "basic"
_WORD: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_SCHEME: Final = re.compile(rf"({_WORD})(?=[ \t,]|$)")
_TOKEN68: Final = re.compile(r"([A-Za-z0-9\-._~+/]+=*)[ \t]*(?=,|$)")
_PARAMETER: Final = re.compile(
    rf'({_WORD})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|({_WORD}))[ \t]*(?=,|$)', re.DOTALL
)
_BETWEEN: Final = re.compile(r"[ \t,]*")
_BLANKS: Final = re.compile(r"[ \t]*")
_NEXT_COMMA: Final = re.compile(r"[^,]*")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


@dataclass(slots=True)
class Challenge:
    """One way to log in; `scheme` and the names of parameters are in lower case.

    `damaged` marks one of which a part could not be read, or says something twice.
    """

    scheme: str
    token: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    damaged: bool = False

    def add(self, name: str, value: str) -> None:
        """Take a parameter, which may be there only once."""
        self.damaged = self.damaged or name in self.parameters
        self.parameters.setdefault(name, value)


def read_challenges(fields: Iterable[str]) -> list[Challenge]:
    """Return the challenges of all fields of that name, in their order."""
    return [one for one in _Reader(", ".join(fields)).challenges() if one.scheme]


class _Reader:
    """Reads a list of challenges from the left to the right."""

    def __init__(self, text: str) -> None:
        self._text = text.rstrip(" \t,")
        self._at = 0

    def challenges(self) -> Iterator[Challenge]:
        """Yield each challenge; what cannot be read marks the one that it belongs to.

        The first one, without a scheme, takes what stands before any.
        """
        current = Challenge("")
        while self._at < len(self._text):
            self._take(_BETWEEN)
            if (parameter := self._take(_PARAMETER)) is not None:
                current.add(parameter[1].lower(), _value(parameter))
            elif (scheme := self._take(_SCHEME)) is not None:
                yield current
                current = Challenge(scheme[1].lower(), self._token())
            else:
                self._take(_NEXT_COMMA)
                current.damaged = True
        yield current

    def _token(self) -> str:
        """Return the value in the form of a token that follows a scheme, empty if none does."""
        before = self._at
        self._take(_BLANKS)
        if self._at > before and (found := self._take(_TOKEN68)) is not None:
            return found[1]
        return ""

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        return found


def _value(parameter: re.Match[str]) -> str:
    return parameter[3] if parameter[3] is not None else _ESCAPED.sub(r"\1", parameter[2])


def plain_challenge(scheme: str, parameters: Mapping[str, str]) -> str:
    """Return a challenge in its plainest form: one space, every value in quotes."""
    given = (f"{name}={quoted_string(value)}" for name, value in parameters.items())
    return f"{scheme} {', '.join(given)}"


def quoted_string(value: str) -> str:
    """Return a value as a quoted string."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

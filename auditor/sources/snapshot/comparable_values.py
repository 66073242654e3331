"""Whether values of one fact that two sources show are the same, in whichever spelling.

Sources mean the same by a MAC address with or without separators, a host in small or large letters,
no server as nothing or as a word, and a published default, which is a password that is set, too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from auditor.facts import SecretState
from auditor.sources.parse.device_configs import ALARMS, TIME, TURN, TURN_PASSWORD
from auditor.values.named_hosts import host_of

_SEPARATORS: Final = str.maketrans("", "", "-:. ")
_PROXIES: Final = "reverse_proxies"
_TURN_USER: Final = "turn_username"
_NOTHING: Final = "none"


def comparable(fact: str) -> Callable[[str], str]:
    """Return what brings values of a fact into one spelling."""
    return _REDUCED.get(fact, str.casefold)


def say_the_same(fact: str, ours: Collection[str], theirs: Collection[str]) -> bool:
    """Return whether two lists of values say the same of a fact."""
    if set(ours) == set(theirs):
        return True
    reduced = _REDUCED.get(fact, str)
    return set(map(reduced, ours)) == set(map(reduced, theirs))


def closest(fact: str, ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    """Return which of two lists that say the same says more: of a password, that it is a default.

    Otherwise the first.
    """
    says_more = fact == TURN_PASSWORD and SecretState.DEFAULT in theirs
    return theirs if says_more else ours


def _address(value: str) -> str:
    return "" if _is_nothing(value) else host_of(value) or value.casefold()


def _name(value: str) -> str:
    return "" if _is_nothing(value) else value


def _is_nothing(value: str) -> bool:
    return value.strip().casefold() in {"", _NOTHING}


def _mac(value: str) -> str:
    return value.casefold().translate(_SEPARATORS)


def _state(value: str) -> str:
    """Return whether a secret is set; a published default is set, too."""
    return SecretState.SET if value == SecretState.DEFAULT else value


_REDUCED: Final[Mapping[str, Callable[[str], str]]] = {
    ALARMS: _address,
    _PROXIES: _mac,
    TIME: _address,
    TURN: _address,
    TURN_PASSWORD: _state,
    _TURN_USER: _name,
}

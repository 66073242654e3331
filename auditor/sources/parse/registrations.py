"""Registrations that an expert script gives to phones, in each of their spellings.

`config add PHONE SIG /h323 NAME /gk-pwd PASSWORD` (innovaphone wiki, Howto13r3: Step-by-Step Hot
Desking) and the command of the phone's own page, `mod cmd PHONE/USER-UI reg-edit-reg /h323 NAME
/gk-pwd VALUE` (Howto:Effect arbitrary Configuration Changes), whose values are percent-encoded.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_plus

from auditor.sources.parse.commands import Command
from auditor.sources.parse.reading import ScriptedPassword
from auditor.values.names import is_near_miss

_MODULE: Final = "PHONE SIG"
_PHONE: Final = "phone"
_NAME: Final = "h323"
_SECRET: Final = "gk-pwd"  # noqa: S105 -- the name of an option
_REPEATED: Final = f"{_SECRET}*"
_SOME_SECRET: Final = re.compile(r"pw|passw|secret|(?:^|[^a-z])(?:pass|key|pin)(?:[^a-z]|$)")


def may_hold_password(line: str) -> bool:
    """Return whether a line that is not understood may register a phone with a password."""
    return _SECRET in unquote_plus(line).casefold()


def unclear(number: int) -> ScriptedPassword:
    """Return that a line registers somebody with a password, and neither is known."""
    return ScriptedPassword("", number, is_unclear=True)


def registration_of(
    command: Command, number: int, *, is_encoded: bool, is_whole: bool
) -> ScriptedPassword | None:
    """Return the registration that a command gives a phone; None if it gives none.

    The phone's own page encodes the password, a script has it as it is. A line that may have been
    longer shows neither its name nor its password for certain.
    """
    stated = set(command.values(_NAME))
    names = {name for name in stated if name.strip() and name.isprintable()}
    secrets = dict.fromkeys((command.texts if is_encoded else command.literals)(_SECRET))
    strange = any(_may_be_secret(option, words) for option, words in command.options)
    strange = strange or (not secrets and bool(command.literals(_REPEATED)))
    if not names and not secrets and not strange:
        return None
    if len(names) != 1 or names != stated or len(secrets) > 1 or strange or not is_whole:
        return ScriptedPassword(min(names, default=""), number, is_unclear=True)
    (name,) = names
    return ScriptedPassword(name, number, next(iter(secrets), None))


def _may_be_secret(option: str, words: tuple[str, ...]) -> bool:
    """Return whether an option could hold a password by another name than the documented one."""
    if option in {_SECRET, _REPEATED}:
        return False
    name = unquote_plus(option).casefold()
    named = _SOME_SECRET.search(name) is not None or is_near_miss(option, _SECRET)
    return named or may_hold_password(" ".join(words))


def is_module(module: str) -> bool:
    """Return whether a module is that of a phone's registrations."""
    return module == _MODULE


def is_like_module(module: str) -> bool:
    """Return whether a module could be that of a phone's registrations, written otherwise."""
    return module.split(maxsplit=1)[0].casefold().startswith(_PHONE)

"""The command processor of `/!…`: `config change|add|rem|write|activate`, as far as it is public.

That `change` replaces all arguments of a line and `add` and `rem` single ones is inferred from the
names; that an unsaved change is lost by a reset, which modules need one, and the reply `ok` too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

_NEED_RESET: Final = frozenset({"ETH0", "ETH1", "IP0", "PBX0"})


class CommandError(Exception):
    """The command is not one that is simulated, or names a module that the box does not have."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The lines of the device's configuration.

    `pending` is what was entered and `cfg.txt` shows, `saved` what survives a reset, `active` what
    the box works by.
    """

    pending: tuple[str, ...]
    saved: tuple[str, ...]
    active: tuple[str, ...]
    reset_required: bool = False

    @classmethod
    def of(cls, lines: tuple[str, ...]) -> Settings:
        """Return settings that were saved and activated."""
        return cls(lines, lines, lines)

    def after_reset(self) -> Settings:
        """Return the settings after a reset: what was not saved is lost."""
        return Settings.of(self.saved)

    def after(self, command: str) -> Settings:
        """Return the settings after a command without its first word `config`.

        Raises CommandError.
        """
        verb, _, rest = command.strip().partition(" ")
        if verb == "write" and not rest:
            return replace(self, saved=self.pending)
        if verb == "activate" and not rest:
            return self._activated()
        edit = _EDITS.get(verb)
        if edit is None:
            raise CommandError
        return replace(self, pending=_edited(self.pending, rest, edit))

    def _activated(self) -> Settings:
        changed = set(self.pending) ^ set(self.active)
        needs = self.reset_required or any(line.split()[0] in _NEED_RESET for line in changed)
        return replace(self, active=self.pending, reset_required=needs)


_Options = dict[str, str]
_Edit = Callable[[_Options, _Options], _Options]


def _add(present: _Options, given: _Options) -> _Options:
    return present | given


def _remove(present: _Options, given: _Options) -> _Options:
    return {name: text for name, text in present.items() if name not in given}


def _change(_present: _Options, given: _Options) -> _Options:
    return given


_EDITS: Final[dict[str, _Edit]] = {"add": _add, "change": _change, "rem": _remove}


def _edited(lines: tuple[str, ...], text: str, edit: _Edit) -> tuple[str, ...]:
    head, given = _parsed(text)
    modules = {line.split()[0] for line in lines}
    if not head or head.split()[0] not in modules:
        raise CommandError
    parsed = [_parsed(line) for line in lines]
    for at, (name, present) in enumerate(parsed):
        if name == head:
            return (*lines[:at], _written(head, edit(present, given)), *lines[at + 1 :])
    return (*lines, _written(head, edit({}, given)))


def _parsed(line: str) -> tuple[str, _Options]:
    """Return the module with its submodule, and the options; a flag has an empty value."""
    words: Sequence[str] = line.split()
    first = next((at for at, word in enumerate(words) if word.startswith("/")), len(words))
    options: _Options = {}
    name = ""
    for word in words[first:]:
        if word.startswith("/"):
            name = word
            options[name] = ""
        else:
            options[name] = f"{options[name]} {word}".strip()
    return " ".join(words[:first]), options


def _written(head: str, options: _Options) -> str:
    return " ".join([head, *(f"{name} {text}".strip() for name, text in options.items())])

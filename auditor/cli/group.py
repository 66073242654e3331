"""The commands of a group, each imported when it is asked for: a start needs one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

Command = Callable[..., None]


class CommandGroup(Mapping[str, Command]):
    """Commands by their words. `places` names of each its module and function, `module:name`."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places

    def __getitem__(self, words: str) -> Command:
        """Import a command. Raises KeyError if there is none of these words."""
        module, _, name = self._places[words].partition(":")
        found: Any = getattr(import_module(module), name)
        return found  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[str]:
        """Yield the words of each command, and import none."""
        return iter(self._places)

    def __len__(self) -> int:
        """Return how many commands there are."""
        return len(self._places)


def meant_of(group: Mapping[str, Command], arguments: Sequence[str]) -> Sequence[str]:
    """Return which commands of a group a command line may be about: all, if it names none."""
    found = [words for words in group if words.split()[:1] == [*arguments[:1]]]
    return found or list(group)

"""Command lines of a configuration or expert script: `config change MODULE /name value …`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote_plus


class Command(NamedTuple):
    """A module with its options in order; a flag without value has no words."""

    module: str
    options: tuple[tuple[str, tuple[str, ...]], ...]

    def values(self, option: str) -> list[str]:
        """Return every value of one option, percent-decoded as php-update-server encodes it.

        A value is one word; what follows it lost its slash and may be anything, a secret even.
        """
        return [unquote_plus(words[0]) if words else "" for words in self._words(option)]

    def texts(self, option: str) -> list[str]:
        """Return every value of one option with all its words, percent-decoded."""
        return [unquote_plus(text) for text in self.literals(option)]

    def literals(self, option: str) -> list[str]:
        """Return every value of one option as written, as a password in an expert script is."""
        return [" ".join(words) for words in self._words(option)]

    def _words(self, option: str) -> list[tuple[str, ...]]:
        return [words for name, words in self.options if name == option]


def parse_config_line(line: str) -> Command:
    """Return the module and options of a `config change|add …` line.

    The module keeps its submodule (`PHONE SIG`).
    """
    words = line.split()[2:]
    module = []
    while words and not words[0].startswith("/") and words[0] != "[":
        module.append(words.pop(0))
    return Command(" ".join(module), tuple(_options(words)))


def _options(words: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    name = ""
    value: list[str] = []
    for word in (*words, "/"):
        if word.startswith("/"):
            if name:
                yield name, tuple(value)
            name, value = word[1:], []
        else:
            value.append(word)

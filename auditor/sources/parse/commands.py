"""Command lines of a configuration or expert script, and what each kind of them says.

Sources: innovaphone wiki, Howto:Effect arbitrary Configuration Changes; IP6000 manual, maintenance
commands; innovaphone's sample php-update-server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final, NamedTuple
from urllib.parse import unquote_plus

_DIRECTORY: Final = "FLASHDIR0"
# How a box itself writes an item, as most lines are.
_USUAL_ITEM: Final = "mod cmd FLASHDIR0 add-item "
_REGISTRATION: Final = "reg-edit-reg"
_MAINTAINED: Final = frozenset({"UP0", "UP1"})
# Commands that only read: innovaphone's update server has devices send what they answer.
_READS: Final = frozenset({"xml-info"})
_MAINTENANCE: Final = frozenset({"reset", "ireset", "iresetn", "lang"})
# What hands a line to the command processor from a URL.
_BY_URL: Final = "!"
_LOOKS_LIKE_ONE: Final = re.compile(
    r"(config|vars|mod|lang)\s|!|i?resetn?\b|[\w.:/\[\]-]*/mod_cmd(_login)?\.xml\?"
)
# What begins a command, or holds an object, in the middle of a line: its line end was lost, or it
# was taken for the rest of the line before. Values have no blanks, so no value looks like that.
_FURTHER: Final = re.compile(
    r"(?:mod\s+cmd\w*|config\s+(?:change|add|rem)|vars\s+(?:create|check|del))\s"
    r"|add-item\s+\w+\s*\(|\(pbx=",
    re.IGNORECASE,
)
_COMMENTED: Final = re.compile(r"#\W*(config|mod|vars)\s", re.IGNORECASE)


class CommandKind(Enum):
    """What a command line is."""

    SETTING = auto()
    REGISTRATION = auto()
    ITEM = auto()
    VARIABLE = auto()
    CHECK = auto()
    COMMENT = auto()
    EMPTY = auto()
    MAINTENANCE = auto()
    NOT_UNDERSTOOD = auto()


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


def kind_of(line: str) -> CommandKind:
    """Return what a line is. A command that is not known exactly is not understood.

    Nor is a line that holds another command behind its own: what a comment, a variable or a setting
    of no interest swallows would be gone without a trace.
    """
    if line.startswith(_USUAL_ITEM):
        return CommandKind.ITEM
    kind = _kind_of_start(line)
    is_one = kind is CommandKind.ITEM or _FURTHER.search(line.removeprefix(_BY_URL), 1) is None
    return kind if is_one else CommandKind.NOT_UNDERSTOOD


def _kind_of_start(line: str) -> CommandKind:
    words = line.split(None, 4)
    if not words:
        return CommandKind.EMPTY
    if words[0].startswith("#"):
        return CommandKind.NOT_UNDERSTOOD if _COMMENTED.match(line.strip()) else CommandKind.COMMENT
    if line[0].isspace():
        return CommandKind.NOT_UNDERSTOOD
    if words[0] in _MAINTENANCE:
        return CommandKind.MAINTENANCE
    read = _COMMANDS.get(words[0].removeprefix("!"))
    return read(words) if read is not None else CommandKind.NOT_UNDERSTOOD


def looks_like_command(line: str) -> bool:
    """Return whether a line that is not understood is a command all the same."""
    return _LOOKS_LIKE_ONE.match(line) is not None


def _vars(words: list[str]) -> CommandKind:
    known = {"check": CommandKind.CHECK, "create": CommandKind.VARIABLE}
    return known.get(words[1] if len(words) > 1 else "", CommandKind.NOT_UNDERSTOOD)


def _config(words: list[str]) -> CommandKind:
    if words[0].startswith(_BY_URL):
        return CommandKind.NOT_UNDERSTOOD
    action = words[1] if len(words) > 1 else ""
    if action in {"write", "activate"} and len(words) == len(("config", "write")):
        return CommandKind.MAINTENANCE
    if action not in {"change", "add", "rem"} or len(words) < len(("config", "change", "MODULE")):
        return CommandKind.NOT_UNDERSTOOD
    is_module = not words[2].startswith(("/", "["))
    return CommandKind.SETTING if is_module else CommandKind.NOT_UNDERSTOOD


def _mod(words: list[str]) -> CommandKind:
    if len(words) < len(("mod", "cmd", "MODULE", "command")):
        return CommandKind.NOT_UNDERSTOOD
    _, form, module, command = words[:4]
    if form in {"cmd", "cmd_ro"} and command == _REGISTRATION and module.startswith("PHONE/"):
        return CommandKind.REGISTRATION
    if form != "cmd":
        return CommandKind.NOT_UNDERSTOOD
    if module == _DIRECTORY and command == "add-item" and not words[0].startswith(_BY_URL):
        return CommandKind.ITEM
    known = module in _MAINTAINED or command in _READS
    return CommandKind.MAINTENANCE if known else CommandKind.NOT_UNDERSTOOD


_COMMANDS: Final = {"config": _config, "vars": _vars, "mod": _mod}


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
    name: str | None = None
    value: list[str] = []
    for word in (*words, "/"):
        if word.startswith("/"):
            if name is not None:
                yield name, tuple(value)
            name, value = word[1:], []
        else:
            value.append(word)

"""Reads TOML, the only place that does; what is wrong with a text is an error with its line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

from auditor.errors import InputError, LinePlace
from auditor.files.inputs import MOST_TOML, check_depth, read_bytes, real_number
from auditor.files.kinds import told_apart
from auditor.files.os_reasons import cannot_read
from auditor.files.toml_reasons import toml_reason
from auditor.messages.message import Message, say

_AT_LINE: Final = re.compile(r" \(at line ([0-9]+), column [0-9]+\)$")
_MOST_NUMBER: Final = (1 << 63) - 1
# `tomllib` takes the square of the number of parts, so names with many parts must not reach it.
_LONG_NAME: Final = re.compile(
    r"""(?<![A-Za-z0-9_-])(?>(?>[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){32}"""
)


class TomlError(ValueError):
    """A text is no TOML that can be worked with; `line` is 0 where none is known."""

    def __init__(self, reason: Message, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def parse_toml(text: str) -> dict[str, Any]:
    """Return what a text in TOML holds. Raises TomlError."""
    long_name = _LONG_NAME.search(text)
    if long_name:
        raise TomlError(
            say("a name has too many parts"), text.count("\n", 0, long_name.start()) + 1
        )
    try:
        content = tomllib.loads(text, parse_float=real_number)
        check_depth(content)
        _check_numbers(content)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise TomlError(say("not valid TOML: {reason}", reason=toml_reason(error)), line) from None
    except (ValueError, RecursionError):
        raise TomlError(say("a value is too long or nested too deep")) from None
    return content


def _check_numbers(value: object) -> None:
    """Raise ValueError for a number of more than the 64 bits that TOML promises."""
    if isinstance(value, int) and not -_MOST_NUMBER <= value <= _MOST_NUMBER:
        raise ValueError("a number is too long")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        _check_numbers(one)


def read_text(path: Path, kind: type[InputError], what: Message, option: str) -> str:
    """Return the text of a file, line ends as they are. Raises an error of the given kind."""
    try:
        return read_bytes(path, MOST_TOML).decode("utf-8-sig")
    except OSError as error:
        raise cannot_read(what, path, error, option, kind) from None
    except UnicodeDecodeError:
        reason = say("{what} is not UTF-8", what=what)
        raise kind(reason, where=str(path), advice=say("save it as UTF-8")) from None


def parse_text(text: str, path: Path, kind: type[InputError], advice: Message) -> dict[str, Any]:
    """Return what a TOML text holds. Raises an error of the given kind, with the line."""
    try:
        return parse_toml(text)
    except TomlError as error:
        where = LinePlace(path, error.line) if error.line else str(path)
        other = told_apart(text.encode("utf-8", "replace"))
        raise kind(error.reason, where=where, advice=other or advice) from None

"""Reads JSON; the only place that does, so that every document is held to the same bounds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from auditor.files.inputs import check_depth, real_number, whole_number
from auditor.messages.message import Message, say

_Pairs: TypeAlias = Callable[[list[tuple[str, object]]], dict[str, object]]
# What comes before an entry of a list.
_ENTRY: Final = re.compile(r"[\s,]*(?=[^\s,])")
# Half of a pair, written as an escape. Only the escapes of a whole text tell whether one is alone.
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


class JsonError(ValueError):
    """A text is no JSON that can be worked with. The message quotes nothing of it.

    `line` and `column` are 0 where no place is known.
    """

    def __init__(self, reason: Message, line: int = 0, column: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


def parse_json(content: bytes | str, *, mended: bool = False) -> Any:  # noqa: ANN401 -- whatever it is
    """Return what a text in JSON holds. Raises JsonError.

    A surrogate without its other half is no character, and nothing could write it again. It is an
    error, or becomes a question mark in what is to be `mended`, for a PBX may cut a name anywhere.
    A PBX writes no name twice in one object, so there that is an error.
    """
    try:
        text = content if isinstance(content, str) else _decoded(content)
        value = _loads(text.removeprefix("\ufeff"), _once if mended else None)
        check_depth(value)
        return _paired(value, mended=mended) if _SURROGATE.search(text) else value
    except json.JSONDecodeError as error:
        raise JsonError(say("not valid JSON"), error.lineno, error.colno) from None
    except UnicodeError:
        raise JsonError(say("a text holds what is no character")) from None
    except RecursionError:
        raise JsonError(say("values are nested too deep")) from None
    except ValueError as error:
        raise JsonError(_reason_of(error)) from None


def parse_begun_list(content: bytes) -> list[Any]:
    """Return the entries of a list that breaks off, as far as they are whole; None is the rest.

    Texts are `mended` as those of a PBX. Raises JsonError if it is no list.
    """
    encoding = json.detect_encoding(content)
    text = content.decode(encoding, "replace").removeprefix("\ufeff").strip()
    if not text.startswith("["):
        raise JsonError(say("not valid JSON"))
    found: list[Any] = []
    scanner, at = json.JSONDecoder(parse_int=whole_number), 1
    while entry := _ENTRY.match(text, at):
        try:
            _, at = scanner.raw_decode(text, entry.end())
            found.append(parse_json(text[entry.end() : at], mended=True))
        except (ValueError, RecursionError):
            break
    return [*found, None]


def _reason_of(error: ValueError) -> Message:
    """Return what our own bounds say; whatever else a value is, it cannot be worked with."""
    said = error.args[0] if error.args else ""
    return said if isinstance(said, Message) else say("a value cannot be read")


def _decoded(content: bytes) -> str:
    """Return the text of UTF-8, UTF-16 or UTF-32. Raises UnicodeError."""
    return content.decode(json.detect_encoding(content))


def _loads(text: str, pairs: _Pairs | None = None) -> object:
    return json.loads(
        text,
        parse_int=whole_number,
        parse_float=real_number,
        parse_constant=real_number,
        object_pairs_hook=pairs,
    )


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object each name of which is there once. Raises ValueError."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(
            say("a name occurs twice, and nothing says which of the two values counts")
        )
    return found


def _paired(value: object, *, mended: bool) -> object:
    """Return a value all of whose texts can be written. Raises UnicodeError."""
    text = json.dumps(value, ensure_ascii=False)
    octets = text.encode("utf-8", "replace" if mended else "strict")
    return _loads(octets.decode()) if mended else value

"""What is wrong with a text in TOML, in words of this program instead of the parser's.

The parser quotes what it found, and its texts are not translated: each kind of them has words here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from auditor.messages.message import Message, say

_OTHER: Final = say("this cannot be read")
# What the texts of `tomllib` begin with, in Python 3.11 to 3.14.
_WORDS: Final[Iterable[tuple[str, Message]]] = (
    ("Expected '=' after a key", say("an equals sign is missing after a key")),
    ("Expected newline or end of document", say("something stands behind a value or a table")),
    ("Expected ']' at the end", say("the bracket at the end of a table is missing")),
    ("Expected ']]' at the end", say("the brackets at the end of a table are missing")),
    ('Expected \'"""\'', say("a text has no end")),
    ("Expected \"'''\"", say("a text has no end")),
    ("Expected", say("a text has no end")),
    ("Invalid statement", say("a line is neither a key with a value nor a table")),
    ("Invalid initial character for a key part", say("a key is missing, or begins wrongly")),
    ("Invalid value", say("a value is missing, or is none; a text needs quotation marks")),
    ("Invalid date or datetime", say("there is no such day or time")),
    ("Unclosed array", say("a list has no end, or a comma is missing in it")),
    ("Unclosed inline table", say("a table in braces has no end, or a comma is missing in it")),
    ("Unterminated string", say("a text has no end")),
    ("Unescaped '\\'", say("a backslash in a text must be doubled")),
    ("Invalid hex value", say("a character that is written by its number has none")),
    ("Escaped character", say("a character that is written by its number has none")),
    ("Illegal character '\\n'", say("a text has no end in its line")),
    ("Illegal character", say("a character stands there that TOML does not allow")),
    ("Found invalid character", say("a character stands there that TOML does not allow")),
    ("Cannot declare", say("a table is there twice")),
    ("Cannot redefine", say("a table is there twice")),
    ("Cannot overwrite", say("a key is there twice")),
    ("Cannot mutate", say("a table that is complete is added to")),
    ("Duplicate inline table key", say("a key is there twice")),
)
_COLUMN: Final = re.compile(r" \(at line [0-9]+, column ([0-9]+)\)$")


def toml_reason(error: ValueError) -> Message:
    """Return what is wrong, with the column where one is known."""
    said = str(error)
    reason = next((words for begin, words in _WORDS if said.startswith(begin)), _OTHER)
    column = _COLUMN.search(said)
    if column is None:
        return reason
    return say("{reason} (column {column})", reason=reason, column=column[1])

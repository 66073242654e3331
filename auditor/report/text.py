"""Text from a PBX or a document, made safe to look at: no control characters, no endless names."""

from __future__ import annotations

import codecs
import json
import re
import unicodedata

NAME_LIMIT = 300
PROSE_LIMIT = 2_000

# What a log takes for a command anywhere in a line, and at its start (colours do not count there).
_COLOUR = re.compile(r"(\x1b\[[0-9;]{0,8}m)")
_ANYWHERE = re.compile(r"##(?=[A-Za-z-]*\[)")
_AT_START = re.compile(
    r"(?:\s|\x1b\[[0-9;]{0,8}m)*(::|\[command\]|([-+~^])\2\2(?!\S)|travis_|section_)"
)

# Quotation marks, dashes, ellipsis, middle dot, arrow, bullet, multiplication and order signs.
_TYPOGRAPHY = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
        "\u00b7": "-",
        "\u2192": "->",
        "\u2022": "*",
        "\u00d7": "x",
        "\u2264": "<=",
        "\u2265": ">=",
    }
)


def visible(text: str, limit: int = NAME_LIMIT) -> str:
    r"""Return one line of at most `limit` characters in which nothing is hidden or active.

    Control characters, bidi overrides and other invisible ones become escapes such as `\x1b`.
    """
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    if shown.isprintable():
        return shown
    return "".join(
        character if character.isprintable() else _escape(character) for character in shown
    )


def prose(text: str, limit: int = PROSE_LIMIT) -> str:
    """Return text like `visible`, with its line breaks kept and its indentation dropped."""
    if len(text) <= limit and text.isprintable():  # one line, as most are
        return text.strip()
    lines = (line.strip() for line in text[: limit + 1].splitlines())
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    clamped = joined if len(joined) <= limit else joined[: limit - 1] + "…"
    return "\n".join(visible(line, limit) for line in clamped.split("\n"))


def inert(text: str) -> str:
    r"""Return lines, none of which a terminal or a CI system takes for a command.

    Names come from a PBX, and a log may be wrapped anywhere. GitHub, Azure, TeamCity, GitLab and
    Buildkite act upon marks in logs; the first character of each becomes an escape: `\x3a:error::`.
    Control characters become escapes too, but for line feeds and the colours of this program.
    """
    return "\n".join(map(_inert_line, text.split("\n")))


def inert_json(text: str) -> str:
    """Return JSON that means the same, with nothing in it that a log acts upon."""
    shown = text.replace("##", "#\\u0023")
    if shown.replace("\n", "").isprintable():
        return shown
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in shown)


def _inert_line(line: str) -> str:
    pieces = _COLOUR.split(line)
    pieces[::2] = [
        piece
        if piece.isprintable()
        else "".join(c if c.isprintable() else _escape(c) for c in piece)
        for piece in pieces[::2]
    ]
    shown = _ANYWHERE.sub(r"#\\x23", "".join(pieces))
    mark = _AT_START.match(shown)
    if mark is None:
        return shown
    at = mark.start(1)
    return f"{shown[:at]}\\x{ord(shown[at]):02x}{shown[at + 1 :]}"


def spelt(text: str, encoding: str) -> str:
    r"""Return text that an encoding can write: only what it lacks becomes ASCII, or an escape.

    So umlauts stay what they are on every code page that has them.
    """
    return text.encode(encoding, SPELT).decode(encoding)


def can_write(text: str, encoding: str) -> bool:
    """Return whether an encoding has every character of a text."""
    return spelt(text, encoding) == text


def _spelt(error: UnicodeError) -> tuple[str, int]:
    """Return what is written in the place of characters that an encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end].translate(_TYPOGRAPHY)
    return lacking.encode("ascii", "backslashreplace").decode("ascii"), error.end


# What streams to people do with characters that they lack.
SPELT = "pbx-auditor-spelt"
codecs.register_error(SPELT, _spelt)


def _escape(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode("ascii")

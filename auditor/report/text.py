"""Text from a PBX or a document, made safe to look at: no control characters, no endless names."""

from __future__ import annotations

import re
import unicodedata

NAME_LIMIT = 300
PROSE_LIMIT = 2_000

# Quotation marks, dashes, ellipsis, middle dot, arrow, bullet and multiplication sign.
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
    lines = (" ".join(line.split(" ")).strip() for line in text[: limit + 1].splitlines())
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    clamped = joined if len(joined) <= limit else joined[: limit - 1] + "…"
    return "\n".join(visible(line, limit) for line in clamped.split("\n"))


def ascii_only(text: str) -> str:
    r"""Return text for a terminal without Unicode; other letters become escapes such as `\xfc`."""
    return text.translate(_TYPOGRAPHY).encode("ascii", "backslashreplace").decode("ascii")


def _escape(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode("ascii")

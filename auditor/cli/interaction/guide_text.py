"""Guides are written in Markdown for a browser; here they become text for a terminal."""

from __future__ import annotations

import io
import re
from typing import Final

from auditor.cli.interaction.console import look
from auditor.report.text import can_write

_COMMENT: Final = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_IMAGE: Final = re.compile(r"!\[[^\]]*\]\([^)]*\)\n*")
_LINK: Final = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")
_CODE: Final = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
_HEADING: Final = re.compile(r"^# (.+)$", re.MULTILINE)
_CONTROL: Final = re.compile(r"[A-Z]{2,3}-[0-9]{2}")
_INDEX: Final = "README"


def title_of_guide(text: str) -> str:
    """Return the title of a guide."""
    found = _HEADING.search(text)
    return found[1] if found else ""


def rendered(text: str, topics: tuple[str, ...], *, styled: bool = False) -> str:
    """Return a guide for a terminal; links become the commands that show what they lead to."""
    from rich.console import Console  # noqa: PLC0415 -- nothing else needs it

    from auditor.cli.interaction.guide_tables import Guide  # noqa: PLC0415 -- ditto

    seen = look()
    file = _Unicode() if can_write("─│", seen.encoding) else _Ascii()
    console = Console(file=file, width=seen.width, force_terminal=styled, highlight=False)
    console.print(Guide(plain(text, topics), hyperlinks=False, code_theme="bw"))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()).strip("\n")


class _Unicode(io.StringIO):
    """Where lines are drawn with the characters for it."""

    encoding = "utf-8"


class _Ascii(io.StringIO):
    """Where they are not."""

    encoding = "ascii"


def plain(text: str, topics: tuple[str, ...]) -> str:
    """Return Markdown without pictures, comments and links; code stays as it is."""
    parts = _CODE.split(_COMMENT.sub("", text))
    return "".join(
        part if part.startswith("```") else _without_links(part, topics) for part in parts
    )


def _without_links(text: str, topics: tuple[str, ...]) -> str:
    def said(link: re.Match[str]) -> str:
        words, command = link[1], command_of(link[2], topics)
        if not command or _CONTROL.fullmatch(words):
            return words
        return f"`{command}`" if words.strip("`").endswith(".md") else f"{words} (`{command}`)"

    return _LINK.sub(said, _IMAGE.sub("", text))


def command_of(target: str, topics: tuple[str, ...]) -> str:
    """Return the command that shows what a link of a guide leads to; empty if none does."""
    path = target.partition("#")[0]
    if "://" in path or not path.endswith(".md"):
        return ""
    *folders, file = path.split("/")
    name = file.removesuffix(".md")
    folder = folders[-1] if folders else ""
    if _CONTROL.fullmatch(name):
        return f"pbx-auditor rules explain {name}"
    if name == _INDEX and folder == "rules":
        return "pbx-auditor rules list"
    topic = {"ci": "ci"}.get(folder, "readme") if name == _INDEX else name
    return f"pbx-auditor help {topic}" if topic in topics else ""

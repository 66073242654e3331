"""`pbx-auditor help`: the guides that come with the program, and the help of each command."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.commands import COMMANDS
from auditor.cli.console import show_text, told
from auditor.cli.guide_text import rendered, title_of
from auditor.cli.paging import page
from auditor.errors import InputError
from auditor.messages.message import say
from auditor.resources import guides


def command(
    topic: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TOPIC]", help="A guide, or a command; without one, all are listed."
        ),
    ] = None,
) -> None:
    """Show a guide, as messages point at it, or the help of a command.

    On a terminal a guide is shown page by page, by the program that PAGER names.

    Exit codes: 0 shown, 2 there is no such topic.
    """
    from auditor.cli.app import run  # noqa: PLC0415 -- which imports this module

    known, words = guides(), topic or []
    name = " ".join(words)
    if not words:
        show_text(_overview(known))
    elif name in known:
        text = known[name].read_text(encoding="utf-8")
        page(lambda styled: rendered(text, tuple(known), styled=styled))
    elif words[0] in COMMANDS:
        raise typer.Exit(run([*words, "--help"]))
    else:
        raise _unknown(name, [*known, *COMMANDS])


def _overview(known: Mapping[str, Path]) -> str:
    """Return all topics with the titles of their guides."""
    widest = max(map(len, known), default=0)
    titles = {name: title_of(path.read_text(encoding="utf-8")) for name, path in known.items()}
    lines = [f"  {name:<{widest}}  {title}" for name, title in titles.items()]
    return "\n".join(
        [
            told(say("Guides, each shown by `pbx-auditor help TOPIC`:")),
            "",
            *lines,
            "",
            told(say("Commands: `pbx-auditor --help`. A control: `pbx-auditor rules explain ID`.")),
        ]
    )


def _unknown(name: str, known: list[str]) -> InputError:
    near = get_close_matches(name, known, n=1)
    return InputError(
        say("there is no topic {name}", name=repr(name)[:40]),
        where="TOPIC",
        advice=say("did you mean {name}?", name=near[0])
        if near
        else say("`pbx-auditor help` lists them all"),
    )

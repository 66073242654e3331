"""`pbx-auditor help`: guides that come with the program, help of commands, and controls."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.command_table import COMMANDS
from auditor.cli.interaction.console import show_text, spoken, told, width
from auditor.cli.interaction.guide_text import rendered, title_of_guide
from auditor.cli.interaction.pager import page_through
from auditor.errors import InputError
from auditor.messages.message import say
from auditor.messages.suggestions import nearest
from auditor.resources import guides


def command(
    topic: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TOPIC]",
            help="A guide, a command or a control; without one, all guides are listed.",
        ),
    ] = None,
) -> None:
    """Show a guide, as messages point at it, the help of a command, or a control.

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
        page_through(lambda styled: rendered(text, tuple(known), styled=styled))
    elif words[0] in COMMANDS:
        raise typer.Exit(run([*words, "--help"]))
    else:
        show_text(_control(name, [*known, *COMMANDS]))


def _overview(known: Mapping[str, Path]) -> str:
    """Return all topics with the titles of their guides."""
    widest = max(map(len, known), default=0)
    titles = {
        name: title_of_guide(path.read_text(encoding="utf-8")) for name, path in known.items()
    }
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


def _control(name: str, others: list[str]) -> str:
    """Return what there is to say of a control, which is no guide but is asked for like one.

    Raises InputError if it is none either.
    """
    from auditor.rules.catalogue import load_catalogue  # noqa: PLC0415 -- guides do not need it
    from auditor.rules.rule_pages import to_text  # noqa: PLC0415 -- ditto

    rules = load_catalogue(examples=True).rules
    if name.upper() in rules:
        return to_text(rules[name.upper()], width(), "", spoken())
    near = nearest(name, [*others, *rules])
    raise InputError(
        say("there is no topic {name}", name=repr(name)[:40]),
        where="TOPIC",
        advice=say("did you mean {name}?", name=near)
        if near
        else say("`pbx-auditor help` lists them all"),
    )

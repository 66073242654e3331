"""`pbx-auditor site`: check site files without an audit, for example before a commit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from auditor.cli.console import show
from auditor.run.session import SYSTEM_CLOCK
from auditor.run.setup import Choice, prepare

HELP: Final = "Check site files."


def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="The site file (TOML).", show_default=False),
    ],
    profile: Annotated[str, typer.Option(help="Selection of controls.")] = "tutorial",
) -> None:
    """Check site files as an audit would, with the rules and waivers that they name.

    Exit codes: 0 they can be used, 2 one cannot.
    """
    for file in files:
        prepare(file, Choice(profile), today=SYSTEM_CLOCK.now().date())
        show(f"{file}: can be used")


GROUP: Final[dict[str, Callable[..., None]]] = {"check": check}

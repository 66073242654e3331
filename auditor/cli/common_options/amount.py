"""The options that say how much a terminal shows."""

from __future__ import annotations

from typing import Annotated

import typer

from auditor.errors import InputError
from auditor.messages.message import say
from auditor.report.formats.terminal_style import Amount

Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="One line per target: verdict and exit code.")
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Everything: all findings, passed controls with what was looked at, documents read.",
    ),
]


def amount_of(*, quiet: bool, verbose: bool) -> Amount:
    """Return how much is shown. Raises InputError if both are asked for."""
    if quiet and verbose:
        raise InputError(
            say("both cannot be had"), where="--quiet, --verbose", advice=say("give one of the two")
        )
    return Amount.QUIET if quiet else Amount.VERBOSE if verbose else Amount.NORMAL

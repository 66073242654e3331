"""`pbx-auditor attest`: a person states what no interface shows, in the site file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.common_options import completion
from auditor.cli.interaction.console import show, suggest
from auditor.errors import InputError, OptionPlace
from auditor.messages.message import say
from auditor.run.clock import SYSTEM_CLOCK
from auditor.run.setup import load_catalogue_of
from auditor.site.adding_attestations import Statement, add_statement, fact_to_attest
from auditor.site.site_file import load_site


def command(
    control: Annotated[
        str,
        typer.Argument(
            help="Id of a learned or attested control.",
            show_default=False,
            autocompletion=completion.controls,
        ),
    ],
    value: Annotated[
        list[str],
        typer.Option(help="What was seen; may be repeated for a list. on or off for a check mark."),
    ],
    by: Annotated[str, typer.Option(help="Who looked.")],
    until: Annotated[str, typer.Option(help="Last day on which it counts, as 2027-05-31.")],
    site: Annotated[Path, typer.Option(help="Site file to write to.")] = Path("site.toml"),
    on: Annotated[str | None, typer.Option(help="Day on which they looked; today.")] = None,
    page: Annotated[str, typer.Option(help="Where they looked: a menu, a document.")] = "",
    note: Annotated[str, typer.Option(help="What else there is to say.")] = "",
    fact: Annotated[
        str | None,
        typer.Option(
            help="Which fact, if the control rests on several.", autocompletion=completion.facts
        ),
    ] = None,
) -> None:
    """Attest a fact that no interface shows, and add it to the site file.

    The statement counts through its last day; then the control is open again. Reports show it with
    name and dates.

    Exit codes: 0 attested, 2 usage or input, 6 not written.
    """
    if not any(text.strip() for text in value) and value != [""]:
        raise InputError(
            say("no value is given"), where=OptionPlace("--value"), advice=say("give what was seen")
        )
    today = SYSTEM_CLOCK.now().date()
    settings = load_site(site if site.exists() else None)
    suggest(settings.report.language)
    catalogue = load_catalogue_of(settings)
    catalogue.check_known([control], "CONTROL")
    chosen = fact_to_attest(catalogue.rules[control], fact)
    seen = _day(on, OptionPlace("--on")) if on else today
    stated = Statement(value, by, seen, _day(until, OptionPlace("--until")), page, note)
    add_statement(site, chosen, stated, today)
    show(
        say(
            "{fact}: attested by {person}, until {day}, in {file}",
            fact=chosen.name,
            person=by,
            day=stated.until.isoformat(),
            file=str(site),
        )
    )


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            say("this is no day"), where=option, advice=say("write it as 2027-05-31")
        ) from None

"""`pbx-auditor learn`: finds where a box stores a setting, and writes a site dialect."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.common_options import completion
from auditor.cli.common_options.limits import Deadline, Timeout, limits_of, shown_progress
from auditor.cli.interaction.console import show_text, suggest, tell, told
from auditor.dialects import FilterRowPlace, SettingPlace
from auditor.errors import InputError, OptionPlace
from auditor.files.probing import check_writable
from auditor.files.toml_writing import quoted
from auditor.learning.entry import learn_into, read_file
from auditor.learning.learnable import menu_of, provenance_of, question_of
from auditor.learning.question import Question
from auditor.messages.message import say
from auditor.run.clock import SYSTEM_CLOCK
from auditor.run.target import is_live
from auditor.site.secrets import find_credentials, logins_for
from auditor.site.site_file import load_site
from auditor.sources.options import DEFAULTS


def command(
    fact: Annotated[
        str,
        typer.Option(
            help="What to learn: a name that `help facts` lists, or call_filters.",
            autocompletion=completion.facts,
        ),
    ],
    marker: Annotated[str, typer.Option(help="The value that the setting is changed to.")],
    by: Annotated[str, typer.Option(help="Who learns it; the dialect and every report say so.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The dialect to write, or to add to.")
    ] = Path("site-dialect.toml"),
    before: Annotated[
        Path | None, typer.Option(help="The configuration (cfg.txt) before the change.")
    ] = None,
    after: Annotated[
        Path | None, typer.Option(help="The configuration (cfg.txt) after the change.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="Instead of two files: https://host, read twice.")
    ] = None,
    site: Annotated[Path | None, typer.Option(help="Site file, for --target.")] = None,
    value_before: Annotated[
        str | None,
        typer.Option(help="What the menu showed before the change, if nothing was stored then."),
    ] = None,
    boolean: Annotated[
        str, typer.Option(help="The Boolean that the marked row of a call filter names.")
    ] = "",
    timeout: Timeout = DEFAULTS.timeout,
    deadline: Deadline = DEFAULTS.deadline,
) -> None:
    """Learn where a box stores a setting whose name is not documented.

    Change the setting in the menus to a marker value, and compare the configuration before and
    after: from two files, or from a live PBX, which is read twice while you change it by hand. The
    auditor itself changes nothing. What it found is written as an entry of a site dialect, which
    [target] dialect of the site file then names.

    Exit codes: 0 learned, 2 usage or the place is not clear, 3 unreachable, 6 output not written.
    """
    question = question_of(fact, marker, value_before, boolean)
    provenance = provenance_of(by, SYSTEM_CLOCK.now().date())
    check_writable(output.parent, [output.name])
    if target is not None and before is None and after is None:
        pair = _Live(target, site, timeout, deadline).pair(question)
    elif target is None and before is not None and after is not None:
        pair = (b"".join(read_file(before)), b"".join(read_file(after)))
    else:
        raise InputError(
            say("there is nothing to compare"),
            where="--before, --after, --target",
            advice=say("give two files with --before and --after, or a live PBX with --target"),
        )
    place = learn_into(output, pair, question, provenance)
    show_text(_found(fact, place, output))


class _Live:
    """Reads the configuration of a PBX twice, with time for a person to change it in between."""

    def __init__(self, target: str, site: Path | None, timeout: float, deadline: float) -> None:
        if not is_live(target):
            advice = say("give https://host; for saved files use --before and --after")
            raise InputError(
                say("this is not the address of a PBX"),
                where=OptionPlace("--target"),
                advice=advice,
            )
        self._target = target
        self._site = load_site(site)
        suggest(self._site.report.language)
        self._limits = limits_of(timeout, deadline)

    def pair(self, question: Question) -> tuple[bytes, bytes]:
        """Return the configuration before and after the change. Raises AuditorError."""
        if sys.stdin is None or not sys.stdin.isatty():
            raise InputError(
                say("nobody is there to change the setting"),
                where=OptionPlace("--target"),
                advice=say("run it in a terminal, or give two files with --before and --after"),
            )
        before = self._read()
        tell(
            say(
                "The configuration was read. Now change the setting in the menus of the PBX:\n"
                "  {menu}\n  new value: {marker}\n"
                "and save it. Change nothing else. Press Enter when it is done.",
                menu=menu_of(question.fact),
                marker=question.marker,
            )
        )
        sys.stdin.readline()
        after = self._read()
        tell(say("Now set it back to what it was."))
        return before, after

    def _read(self) -> bytes:
        from auditor.sources.live.download import download_configuration  # noqa: PLC0415 -- httpx

        credentials = find_credentials(self._site, logins_for(self._site, [self._target]))
        with shown_progress(self._limits) as options:
            return download_configuration(self._target, self._site, credentials, options)


def _found(fact: str, place: SettingPlace | FilterRowPlace, output: Path) -> str:
    where = (
        place.words
        if isinstance(place, SettingPlace)
        else told(
            say(
                "_ADMIN_ <filter> <{row}>: number {number}, next {next}",
                row=place.row,
                number=place.number,
                next=place.next,
            )
        )
    )
    lines = (
        say(
            "written to {file}; it counts for firmware {firmware}.",
            file=str(output),
            firmware=place.firmware,
        ),
        say("To use it, name it in the site file:"),
    )
    table = f"\n[target]\ndialect = {quoted(str(output))}"
    return "\n".join([f"{fact}: {where}", *map(told, lines), table])

"""`pbx-auditor site`: begin a site file, and check site files, for example before a commit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from auditor.cli.common_options import completion
from auditor.cli.common_options.out_folder import SharedOut, check_file
from auditor.cli.interaction.console import show, tell
from auditor.cli.interaction.prompts import NONE, Kind, Prompt, answered, begin_file, check_new
from auditor.errors import OptionPlace
from auditor.messages.languages import Language
from auditor.messages.message import say
from auditor.run.clock import SYSTEM_CLOCK
from auditor.run.setup import Choice, prepare
from auditor.site import new_site_file as new
from auditor.site.site_file import parse_site_file

HELP: Final = "Begin a site file, and check site files."
_NONE: Final = f"{NONE} if there is none"
# What decides most controls, in the order in which somebody knows it.
QUESTIONS: Final = (
    Prompt(
        new.NAME,
        OptionPlace("--name"),
        say("What do reports call this system? Empty if you do not know."),
    ),
    Prompt(
        new.BASE_USERS,
        OptionPlace("--base-user"),
        say(
            "As what do shared phones register while nobody is logged in? Names, with commas "
            "between them; - if there is none, empty if you do not know."
        ),
        is_list=True,
    ),
    Prompt(
        new.TRUNK_PREFIXES,
        OptionPlace("--trunk-prefix"),
        say("What does one dial to get outside? For example 0; empty if you do not know."),
        is_list=True,
    ),
    Prompt(
        new.INTERNAL_GATEWAYS,
        OptionPlace("--internal-gateway"),
        say(
            "Which gateways do not lead outside? Names or numbers, with commas between them; - if "
            "there is none, empty if you do not know."
        ),
        is_list=True,
    ),
    Prompt(
        new.BASELINE,
        OptionPlace("--firmware"),
        say(
            "Which firmware must every device have at least? For example 13r3 sr12; empty if you "
            "do not know."
        ),
    ),
)


def init(
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")] = Path(
        "site.toml"
    ),
    name: Annotated[str | None, typer.Option(help="What reports call the system.")] = None,
    base_user: Annotated[
        list[str] | None,
        typer.Option(help=f"What shared phones register as; may be repeated, {_NONE}."),
    ] = None,
    trunk_prefix: Annotated[
        list[str] | None,
        typer.Option(help=f"What one dials to get outside; may be repeated, {_NONE}."),
    ] = None,
    internal_gateway: Annotated[
        list[str] | None,
        typer.Option(help=f"A gateway that does not lead outside; may be repeated, {_NONE}."),
    ] = None,
    firmware: Annotated[
        str | None, typer.Option(help="Firmware that every device must have at least.")
    ] = None,
    language: Annotated[
        Language, typer.Option(help="Language of the comments, and that a reader sees first.")
    ] = "en",
    shared_out: SharedOut = False,  # noqa: FBT002
) -> None:
    """Write a commented site file; a terminal asks for what no option says.

    What is left open stands in the file as a comment. A file that is there is never overwritten.

    Exit codes: 0 written, 2 it is there already, or an answer is wrong, 6 not written.
    """
    check_file(out, shared=shared_out)
    check_new(out)
    given = (name, base_user, trunk_prefix, internal_gateway, firmware)
    answers = answered(QUESTIONS, given, Kind(new.why_no_answer, "site-file"))
    text = new.site_text({**answers, new.LANGUAGE: language}, language)
    parse_site_file(text, out)  # before it is written: what is begun can be used
    begin_file(out, text)
    left = len(QUESTIONS) - len(answers)
    tell(say("written: {path}; open questions in it: {count}", path=str(out), count=left))
    tell(say("put site = {name} into pbx-auditor.toml, or give --site", name=f'"{out.name}"'))


def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="The site file (TOML).", show_default=False),
    ],
    profile: Annotated[
        str, typer.Option(help="Selection of controls.", autocompletion=completion.profiles)
    ] = "tutorial",
) -> None:
    """Check site files as an audit would, with the rules and waivers that they name.

    Exit codes: 0 they can be used, 2 one cannot.
    """
    for file in files:
        prepare(file, Choice(profile), today=SYSTEM_CLOCK.now().date())
        show(say("{file}: can be used", file=str(file)))


GROUP: Final[dict[str, Callable[..., None]]] = {"init": init, "check": check}

"""`pbx-auditor branding`: begin the branding file of a handover."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from auditor.cli.common_options.out_folder import SharedOut, check_file
from auditor.cli.interaction.console import tell
from auditor.cli.interaction.prompts import Kind, Prompt, answered, begin_file, check_new
from auditor.errors import OptionPlace
from auditor.messages.languages import Language
from auditor.messages.message import say
from auditor.report.branding import new_branding as new

HELP: Final = "Begin the branding file of a handover."
QUESTIONS: Final = (
    Prompt(
        new.PARTNER, OptionPlace("--partner"), say("Who hands the system over?"), is_needed=True
    ),
    Prompt(new.CUSTOMER, OptionPlace("--customer"), say("Who takes it over?"), is_needed=True),
    Prompt(
        new.PROJECT,
        OptionPlace("--project-name"),
        say("What is the handover about, as the cover names it? Empty if you do not know yet."),
    ),
    Prompt(
        new.PARTNER_CONTACT,
        OptionPlace("--partner-contact"),
        say("Whom to ask who hands it over? May be empty."),
    ),
    Prompt(
        new.CUSTOMER_CONTACT,
        OptionPlace("--customer-contact"),
        say("Whom to ask who takes it over? May be empty."),
    ),
)


def init(
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")] = Path(
        "branding.toml"
    ),
    partner: Annotated[str | None, typer.Option(help="Who hands the system over.")] = None,
    customer: Annotated[str | None, typer.Option(help="Who takes it over.")] = None,
    project_name: Annotated[str | None, typer.Option(help="What the handover is about.")] = None,
    partner_contact: Annotated[str | None, typer.Option(help="Whom to ask there.")] = None,
    customer_contact: Annotated[str | None, typer.Option(help="Whom to ask there.")] = None,
    language: Annotated[Language, typer.Option(help="Language of the comments.")] = "en",
    shared_out: SharedOut = False,  # noqa: FBT002
) -> None:
    """Write a commented branding file; a terminal asks for what no option says.

    What is left open stands in the file as a comment. A file that is there is never overwritten.

    Exit codes: 0 written, 2 it is there already, or an answer is wrong or missing, 6 not written.
    """
    check_file(out, shared=shared_out)
    check_new(out)
    given = (partner, customer, project_name, partner_contact, customer_contact)
    answers = answered(QUESTIONS, given, Kind(new.why_no_answer, "handover"))
    begin_file(out, new.branding_text(answers, language))
    tell(say("written: {path}; name it in the site file, [report] branding", path=str(out)))


GROUP: Final[dict[str, Callable[..., None]]] = {"init": init}

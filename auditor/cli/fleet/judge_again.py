"""`pbx-auditor fleet report`, `ask` and `outliers`: what was, made and judged again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli.common_options import completion
from auditor.cli.common_options.out_folder import SharedOut, check_folder
from auditor.cli.common_options.report_options import DetailsOption, JunitPer, chosen
from auditor.cli.fleet.shared_options import (
    INVENTORY,
    AtOption,
    File,
    FileOption,
    Form,
    FormOption,
    SpokenIn,
    TenantOption,
    check_tenant,
    checked_inventory,
    open_history,
)
from auditor.cli.interaction.console import look, show_json, show_text, spoken, suggest, tell
from auditor.messages.message import say
from auditor.run.clock import SYSTEM_CLOCK
from auditor.run.outputs import FORMATS, names_of, write_audited
from auditor.run.report_writer import Rendering

if TYPE_CHECKING:
    from auditor.fleet.store.queries.result_rows import InForce


def report(
    pbx: Annotated[str, typer.Argument(metavar="PBX", help="Its id.", show_default=False)],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the files.", show_default=False)
    ],
    at: AtOption = None,
    formats: Annotated[
        str,
        typer.Option(
            "--format",
            help=f"Comma-separated: {', '.join(FORMATS)}.",
            autocompletion=completion.formats,
        ),
    ] = "html",
    junit_per: Annotated[
        JunitPer, typer.Option(help="What one JUnit test case is about.")
    ] = JunitPer.RULE,
    details: DetailsOption = None,
    inventory: FileOption = INVENTORY,
    language: SpokenIn = None,
    shared_out: SharedOut = False,  # noqa: FBT002
) -> None:
    """Make the full report of a past night again, from what the history kept of it.

    It is judged by the site file, waivers and own controls of that night. If the controls of this
    program are others than those of that night, and findings differ by that, it is said. It has the
    history of the PBX until then: every change with its cause, since when each finding is known,
    what was fixed after how long, and the way of the score.

    Exit codes: 0 written, 2 there is no such PBX or no audit by that day, 6 not written.
    """
    from auditor.fleet.look_back import reporting  # noqa: PLC0415 -- few commands need it
    from auditor.fleet.look_back.former import pbx_of  # noqa: PLC0415 -- ditto

    wanted = chosen(formats)
    check_folder(out, names_of(wanted), shared=shared_out)
    fleet = checked_inventory(inventory)
    with open_history(fleet.fleet) as history:
        one = pbx_of(fleet, history, pbx)
        reporting.check_whose(fleet, one, out)
        audit = reporting.audit_in_force(history, one, at.date() if at else None)
        spoken_in = language or reporting.language_of(fleet, one)
        with reporting.reported(history, one, audit, spoken_in) as made:
            suggest(made.audited.report.run.language)
            _tell_night(audit)
            if made.changed:
                tell(reporting.not_as_then(made.changed))
            rendering = Rendering(junit_per.value, details)
            for path in write_audited(out, made.session, made.audited, wanted, rendering):
                tell(say("written: {path}", path=str(path)))


def ask(
    control: Annotated[str, typer.Argument(metavar="CONTROL", help="The control, such as HD-01.")],
    at: AtOption = None,
    tenant: TenantOption = None,
    form: FormOption = Form.TABLE,
    inventory: FileOption = INVENTORY,
) -> None:
    """Ask which PBXs would fail a control, by its rules of today and the snapshots of a day.

    What was read that day is judged with the site file and waivers of that day. Of those that were
    not audited by then, or of which no snapshot is kept, it is said. PBXs of that day that left the
    inventory since are asked, too.

    Exit codes: 0 none fails, 1 some do, 4 some could not be decided, or have no snapshot or an old
    one, 2 there is no such control, 6 the history cannot be read.
    """
    from auditor.fleet.look_back import control_answer_table as table  # noqa: PLC0415 -- few commands need it
    from auditor.fleet.look_back import control_query as answers  # noqa: PLC0415 -- ditto
    from auditor.fleet.look_back.calendar import calendar_of  # noqa: PLC0415 -- ditto
    from auditor.fleet.look_back.json_answers import in_language, json_of  # noqa: PLC0415 -- ditto

    fleet = checked_inventory(inventory)
    only = check_tenant(fleet, tenant)
    with open_history(fleet.fleet, only) as history:
        given = at.date() if at else None
        day = calendar_of(SYSTEM_CLOCK.now(), given, history.last_run()).today()
        query = answers.ControlQuery(control, day)
        found = answers.answered(history, fleet, query, given, only)
    match form:
        case Form.JSON:
            show_json(json_of(found.document, spoken()))
        case Form.CSV:
            show_text(table.render_csv(in_language(found.document, spoken())))
        case Form.TABLE:
            show_text(table.render(found.document, found.told, look()))
    raise typer.Exit(answers.code_of(found.told))


def outliers(
    file: File = INVENTORY,
    tenant: TenantOption = None,
    form: FormOption = Form.TABLE,
) -> None:
    """Find PBXs that fail what nearly all others of their tenant, or of a tag, pass.

    It is by what was last known of each; what could not be decided does not count.

    Exit codes: 0 shown, 2 the inventory cannot be used, 6 the history cannot be read.
    """
    from auditor.fleet.look_back import outliers as found  # noqa: PLC0415 -- few commands need them
    from auditor.fleet.look_back.json_answers import in_language, json_of  # noqa: PLC0415 -- ditto
    from auditor.fleet.store.queries.change_queries import statuses_now  # noqa: PLC0415 -- ditto

    fleet = checked_inventory(file)
    only = check_tenant(fleet, tenant)
    with open_history(fleet.fleet, only) as history, history.reading() as connection:
        document = found.outliers_of(fleet, statuses_now(connection), only)
    match form:
        case Form.JSON:
            show_json(json_of(document, spoken()))
        case Form.CSV:
            show_text(found.render_csv(in_language(document, spoken())))
        case Form.TABLE:
            show_text(found.render(document, look()))


def _tell_night(audit: InForce) -> None:
    """Say which night a report is of."""
    day = audit.success.day.isoformat()
    tell(say("audit of {day}, run {run}", day=day, run=audit.success.run))

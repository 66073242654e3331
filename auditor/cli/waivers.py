"""`pbx-auditor waivers`: check, list and add risks that somebody accepted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import ValidationError

from auditor.cli.common_options import completion
from auditor.cli.interaction.console import show, show_json, show_text, spoken, tell, told
from auditor.errors import ExitCode, InputError, OptionPlace
from auditor.files.wrong_values import first_error, words
from auditor.messages.languages import Language, day
from auditor.messages.message import Message, say, say_count
from auditor.model.waiver import WaiverEntry
from auditor.model.waiver_document import Waiver
from auditor.report.formats.saved_reports import load_report
from auditor.report.text import visible
from auditor.rules.catalogue import load_catalogue
from auditor.run.clock import SYSTEM_CLOCK
from auditor.sources.snapshot.saved import load_snapshot
from auditor.waivers.apply import binding
from auditor.waivers.status import (
    STANDINGS,
    ListedWaiver,
    WaiverStanding,
    by_date,
    by_report,
    code_of_dates,
    code_of_waivers,
    refuse_expired,
    remarks,
)
from auditor.waivers.waiver_file import append_waiver, read_waivers

HELP: Final = "Check, list and add accepted risks."
_DAYS: Final = re.compile(r"([0-9]{1,4})d?")
# States in German are longer.
_COLUMNS: Final[Mapping[Language, tuple[int, ...]]] = {
    "en": (24, 8, 14, 12),
    "de": (24, 8, 18, 12),
}
_HEADINGS: Final = (say("PLACE"), say("CONTROL"), say("STATE"), say("UNTIL"), say("WAIVER"))

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="The waiver file (TOML).", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
OwnRules = Annotated[
    list[Path] | None,
    typer.Option("--rules", help="Folder with controls of your own; may be repeated."),
]


def lint(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="The waiver file (TOML).", show_default=False),
    ],
    rules: OwnRules = None,
) -> None:
    """Check waiver files as an audit would, and their dates as well.

    Exit codes: 0 they can be used and every waiver still counts, 2 one cannot, or a waiver expired.
    """
    for file in files:
        _lint(file, rules)


def _lint(file: Path, rules: Sequence[Path] | None) -> None:
    entries = _entries(file, rules)
    for entry in entries:
        for remark in remarks(entry):
            tell(_note(entry, remark, file))
    refuse_expired(file, entries, _today())
    count = len(entries)
    show(
        say_count(
            "{count} waiver, it still counts", "{count} waivers, every one still counts", count
        )
    )


def list_waivers(
    file: File,
    expiring: Annotated[
        str, typer.Option(metavar="DAYS", help="Only those that end within, for example, 30d.")
    ] = "",
    rules: OwnRules = None,
    *,
    as_json: Json = False,
) -> None:
    """List the waivers of a file, with how long each still counts.

    Exit codes: 0 listed, and with --expiring there is none; 1 with --expiring, a waiver ends within
    that time or has expired; 2 the file cannot be used.
    """
    days = _number_of_days(expiring) if expiring else 30
    listed = by_date(_entries(file, rules), _today(), days)
    wanted = [one for one in listed if not expiring or one.standing is not WaiverStanding.VALID]
    _print(wanted, as_json=as_json)
    raise typer.Exit(code_of_dates(wanted) if expiring else ExitCode.OK)


def audit_waivers(
    file: File,
    report: Annotated[
        Path, typer.Option("--in", metavar="REPORT", help="A report.json.", show_default=False)
    ],
    expiring: Annotated[
        str, typer.Option(metavar="DAYS", help="Mark those that end within so many days.")
    ] = "30d",
    rules: OwnRules = None,
    *,
    as_json: Json = False,
) -> None:
    """Say what each waiver of a file did in the run of a report.

    Exit codes: 0 each accepted something, 1 one is expired, unused, lost or for something that is
    gone, 2 a file cannot be used, 4 the report cannot tell of one.
    """
    dated = by_date(_entries(file, rules), _today(), _number_of_days(expiring))
    listed = by_report(dated, load_report(report))
    for one in listed:
        for remark in remarks(one.entry):
            tell(_note(one.entry, remark, file))
    _print(listed, as_json=as_json)
    raise typer.Exit(code_of_waivers(listed))


def add(
    file: File,
    rule: Annotated[
        str,
        typer.Option(help="The control.", show_default=False, autocompletion=completion.controls),
    ],
    reason: Annotated[str, typer.Option(help="Why the risk is accepted.", show_default=False)],
    owner: Annotated[str, typer.Option(help="Who answers for it.", show_default=False)],
    approver: Annotated[str, typer.Option(help="Who agreed to it.", show_default=False)],
    ticket: Annotated[str, typer.Option(help="Where it is recorded.", show_default=False)],
    expires: Annotated[
        datetime,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="The last day, at most 366 days ahead.",
            show_default=False,
        ),
    ],
    guid: Annotated[str, typer.Option(help="For the object with this guid.")] = "",
    name: Annotated[
        str, typer.Option(help="For objects whose whole name this pattern matches.")
    ] = "",
    subject: Annotated[str, typer.Option(help="For the subject with this id in the report.")] = "",
    *,
    bind: Annotated[
        bool, typer.Option("--bind", help="It is lost when the configuration changes; needs --in.")
    ] = False,
    source: Annotated[
        Path | None,
        typer.Option("--in", metavar="SNAPSHOT", help="The snapshot.json to take it from."),
    ] = None,
) -> None:
    """Append a waiver to a file, and leave the rest alone.

    If there is no such file, it is made.

    Exit codes: 0 added, 2 the waiver or the file is wrong and nothing was written, 6 the file could
    not be written.
    """
    given = {"guid": guid, "name": name, "subject": subject}
    waiver = _new(
        {
            "rule": rule,
            **{key: value for key, value in given.items() if value},
            "reason": reason,
            "owner": owner,
            "approver": approver,
            "ticket": ticket,
            "created": _today(),
            "expires": expires.date(),
        }
    )
    if bind != (source is not None):
        raise InputError(
            say("--bind and --in belong together"),
            where=OptionPlace("--bind"),
            advice=say("give both"),
        )
    if source is not None:
        snapshot = load_snapshot(source)
        waiver = waiver.model_copy(update={"configuration": binding(waiver, snapshot)})
    entry = append_waiver(file, waiver, load_catalogue().rules, _today())
    for remark in remarks(entry):
        tell(say("note: {remark}", remark=remark))
    tell(say("added: {place}", place=f"{file}:{entry.line}"))


GROUP: Final[Mapping[str, Callable[..., None]]] = {
    "lint": lint,
    "list": list_waivers,
    "audit": audit_waivers,
    "add": add,
}


def _today() -> date:
    return SYSTEM_CLOCK.now().date()


def _entries(file: Path, own: Sequence[Path] | None) -> tuple[WaiverEntry, ...]:
    rules = load_catalogue(own=own or ()).rules
    return read_waivers(file, "FILE").entries(rules, _today())


def _number_of_days(text: str) -> int:
    found = _DAYS.fullmatch(text)
    if found is None:
        raise InputError(
            say("this is no number of days"),
            where=OptionPlace("--expiring"),
            advice=say("write 30d"),
        )
    return int(found[1])


def _new(values: Mapping[str, Any]) -> Waiver:
    """Return a waiver of what was given on the command line. Raises InputError."""
    try:
        return Waiver.model_validate(values)
    except ValidationError as error:
        first = first_error(error)
        where = OptionPlace(f"--{first['loc'][0]}") if first["loc"] else "--guid, --name, --subject"
        advice = say("see `pbx-auditor help waivers`")
        raise InputError(words(first, Waiver), where=where, advice=advice) from None


def _print(listed: Iterable[ListedWaiver], *, as_json: bool) -> None:
    if as_json:
        show_json(json.dumps([_fields(one) for one in listed], ensure_ascii=False, indent=1))
        return
    rows = [_row(*map(told, _HEADINGS))]
    for one in listed:
        waiver = one.entry.waiver
        kind, value = waiver.selector
        until = day(waiver.expires.isoformat(), spoken())
        standing, detail = told(STANDINGS[one.standing]), told(one.detail)
        rows.append(_row(one.entry.place, one.entry.rule, standing, until, detail))
        rows.append(f"  {kind} {visible(value)}, {visible(waiver.owner)}: {visible(waiver.reason)}")
    show_text("\n".join(rows))


def _note(entry: WaiverEntry, remark: Message, file: Path) -> Message:
    """Return a remark about a waiver, with its line."""
    place = f"{file}:{entry.line}"
    return say("note: {place}: {remark}", place=place, remark=remark)


def _row(*cells: str) -> str:
    shown = [visible(cell) for cell in cells]
    fixed = [f"{cell:<{size}}" for cell, size in zip(shown, _COLUMNS[spoken()], strict=False)]
    return " ".join([*fixed, shown[-1]])


def _fields(one: ListedWaiver) -> dict[str, Any]:
    kind, value = one.entry.waiver.selector
    waiver = one.entry.waiver.model_dump(mode="json", exclude={"rule", "guid", "name", "subject"})
    return {
        "place": one.entry.place,
        "rule": one.entry.rule,
        "selector": kind,
        "value": value,
        "state": one.standing.value,
        "detail": one.detail,
        "days_left": one.days_left,
        **waiver,
    }

"""`pbx-auditor remediate`: make a plan, look at it, apply it, and take it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Annotated, Final

import typer

from auditor.cli.common_options import completion
from auditor.cli.common_options.amount import Quiet, Verbose, amount_of
from auditor.cli.common_options.limits import (
    Connections,
    Deadline,
    Timeout,
    limits_of,
    shown_progress,
)
from auditor.cli.common_options.out_folder import SharedOut, check_folder
from auditor.cli.interaction.console import show_text, spoken, suggest, tell, told, width
from auditor.cli.interaction.plan_preview import show_line, show_preview
from auditor.errors import InputError, OptionPlace
from auditor.files.wrong_values import at_key
from auditor.messages.both import Both
from auditor.messages.languages import Language
from auditor.messages.message import Message, say
from auditor.model.vocabulary import ActionClass
from auditor.remediation.handout import write_plan
from auditor.remediation.script import command_line, plan_file
from auditor.remediation.script.plan_folder import Folder as PlanFolder
from auditor.remediation.script.shared import Json, StopError
from auditor.remediation.script_words import teach_languages, why_unusable, words_of
from auditor.report.formats.terminal_style import Amount
from auditor.report.terms import said
from auditor.report.text import visible
from auditor.run.clock import SYSTEM_CLOCK
from auditor.run.outputs import PLAN_FILES
from auditor.run.reader import open_reader
from auditor.run.session import Session
from auditor.run.setup import Choice, OptionFiles, prepare
from auditor.run.target import is_snapshot
from auditor.sources.options import DEFAULTS

HELP: Final = "Make a remediation plan, look at it, apply it, take it back."
_PLAN: Final = "plan.json"
_LONGEST: Final = 2_000
# What is noted of a step that was begun.
_PHASES: Final = {
    "begun": say("begun"),
    "half-done": say("half done"),
    "done": say("done"),
    "undoing": say("undo open"),
    "undone": say("undone"),
}
_NOT_DONE: Final = say("not done")
_PHASE_WIDTHS: Final[Mapping[Language, int]] = {"en": 9, "de": 15}
_KIND_WIDTHS: Final[Mapping[Language, int]] = {"en": 13, "de": 17}

Folder = Annotated[
    Path,
    typer.Argument(metavar="FOLDER", help="The folder that holds plan.json.", show_default=False),
]
Url = Annotated[str, typer.Option(help="Address of the PBX, the master: https://host.")]
Hash = Annotated[
    str,
    typer.Option(
        "--apply",
        metavar="HASH",
        help="Do it; the hash of the plan, at least 12 characters, or `ask` to be asked for it.",
    ),
]
Only = Annotated[
    str, typer.Option(help="Steps of these controls or with these numbers only: HD-04,7.")
]
Classes = Annotated[
    list[ActionClass] | None,
    typer.Option("--class", help="Steps of this class only; may be repeated."),
]
Dangerous = Annotated[
    bool, typer.Option("--accept-dangerous", help="Apply it although the plan opens something.")
]
Ready = Annotated[
    bool, typer.Option("--passwords-ready", help="Phones and people have the new passwords.")
]
Keeper = Annotated[
    str,
    typer.Option(
        metavar="PROGRAM",
        help="Keeps new passwords: run with `put NAME` and `get NAME`, else a file does.",
    ),
]
Restore = Annotated[
    bool,
    typer.Option(
        "--restore",
        help="Show what differs from what was noted, and with --apply put it back, whatever it is.",
    ),
]
Everything = Annotated[
    bool,
    typer.Option(
        "--everything",
        help="With --restore: also every other object and line, as it was before the first step.",
    ),
]
Fingerprint = Annotated[str, typer.Option(help="SHA-256 of the certificate of the PBX.")]
CaFile = Annotated[str, typer.Option(help="Authority of the certificate of the PBX.")]


def plan(
    target: Annotated[str, typer.Argument(help="As for audit; a snapshot is enough.")],
    site: Annotated[Path | None, typer.Option(help="Site file (TOML).")] = None,
    profile: Annotated[
        str, typer.Option(help="Selection of controls.", autocompletion=completion.profiles)
    ] = "tutorial",
    waivers: Annotated[Path | None, typer.Option(help="Waiver file (TOML).")] = None,
    rules: Annotated[
        list[Path] | None, typer.Option(help="Folder with controls of your own.")
    ] = None,
    control: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this control; may be repeated.", autocompletion=completion.controls
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for plan.json, the runbook and the scripts."),
    ] = None,
    language: Annotated[
        Language | None, typer.Option(help="Language of the runbook; else as the site file says.")
    ] = None,
    timeout: Timeout = DEFAULTS.timeout,
    deadline: Deadline = DEFAULTS.deadline,
    max_connections: Connections = DEFAULTS.max_connections,
    *,
    what_if: Annotated[
        bool, typer.Option("--what-if", help="Say what becomes of each control and of the score.")
    ] = False,
    shared_out: SharedOut = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Audit a target and make the plan that follows from it; nothing is changed.

    Exit codes: 0; 1 if the plan is dangerous, because it opens something as bad as what it closes;
    else as for audit.
    """
    amount = amount_of(quiet=quiet, verbose=verbose)
    check_folder(out, PLAN_FILES, shared=shared_out)
    setup = prepare(
        site,
        Choice(profile, tuple(control or ())),
        OptionFiles(tuple(rules or ()), waivers),
        today=SYSTEM_CLOCK.now().date(),
        of_snapshots=is_snapshot(target),
    )
    reader_speaks = language or setup.site.report.language
    suggest(reader_speaks)
    limits = limits_of(timeout, deadline, max_connections)
    session = Session(setup, open_reader(setup.site, [target], limits))
    with shown_progress(limits, amount) as shown:
        snapshot = session.with_limits(shown).read(target)
    outcome = session.judge(snapshot)
    ahead = session.plan(outcome, session.name_of(target, snapshot), session.new_id())
    written = write_plan(out, ahead.plan, reader_speaks, setup.catalogue.rules) if out else ()
    if amount is Amount.QUIET:
        show_line(ahead, outcome)
    else:
        tell(*(say("written: {path}", path=str(path)) for path in written))
        show_preview(ahead, outcome, details=what_if or amount is Amount.VERBOSE)
    raise typer.Exit(ahead.code)


def show_plan(folder: Folder) -> None:
    """Show the steps of a plan: what a script does, and what is left to people."""
    size = _KIND_WIDTHS[spoken()]
    for step in _load(folder)["steps"]:
        change = step["change"]
        name = visible(told(_named(step["subject"])))
        kind = told(said(step["action_class"]))
        show_text(f"{step['number']:4} {step['control']:7} {kind:{size}} {name}")
        if change["machine"]:
            _show_wrapped(say("script: {change}", change=words_of(change["machine"])))
        else:
            wanted = _in_each_language(change, "wanted") if change["wanted"] else say("nothing")
            _show_wrapped(at_key(told(Message(change["property"])), Message(told(wanted))))
            _show_wrapped(say("by hand: {reason}", reason=_in_each_language(change, "by_hand")))


def _named(subject: Json) -> str:
    """Return the name of what a step changes, in each language that the plan says it in."""
    return Both(subject["name"], subject.get("name_de", ""))


def _in_each_language(change: Json, name: str) -> str:
    """Return a text of a change; plans before 2.2 say it in English alone."""
    german = change.get(f"{name}_de")
    return Message(change[name]) if german is None else Both(change[name], german)


def _show_wrapped(message: Message) -> None:
    indent = " " * 5
    text = visible(told(message), _LONGEST)
    show_text(fill(text, max(width(), 40), initial_indent=indent, subsequent_indent=indent))


def status(folder: Folder) -> None:
    """Show which steps of a plan were done, taken back, or begun and not finished."""
    plan = _load(folder)
    phases = {number: note["phase"] for number, note in _notes(folder, plan).items()}
    for step in plan["steps"]:
        if step["change"]["machine"]:
            phase = told(_PHASES.get(phases.get(step["number"], ""), _NOT_DONE))
            name = visible(told(_named(step["subject"])))
            show_text(
                f"{step['number']:4} {step['control']:7} {phase:{_PHASE_WIDTHS[spoken()]}} {name}"
            )


def apply(
    folder: Folder,
    url: Url,
    approved: Hash = "",
    only: Only = "",
    classes: Classes = None,
    fingerprint: Fingerprint = "",
    ca_file: CaFile = "",
    password_command: Keeper = "",
    *,
    accept_dangerous: Dangerous = False,
    passwords_ready: Ready = False,
) -> None:
    """Apply a plan; without --apply only say what would be done.

    The account of an administrator comes from PBX_ADMIN_USERNAME and PBX_ADMIN_PASSWORD. This runs
    the same script that lies beside the plan, from the installed program.

    Exit codes: 0 done, 1 a step is not as expected, 2 wrong input, 3 unreachable, 6 a file cannot
    be written or is not safe to use.
    """
    more = [word for one in classes or () for word in ("--class", one.value)]
    more += ["--accept-dangerous"] * accept_dangerous + ["--passwords-ready"] * passwords_ready
    given = ["--only", only, "--apply", approved, "--password-command", password_command]
    _run(folder, url, [*_trust(fingerprint, ca_file), *given, *more])


def rollback(
    folder: Folder,
    url: Url,
    approved: Hash = "",
    only: Only = "",
    fingerprint: Fingerprint = "",
    ca_file: CaFile = "",
    *,
    restore: Restore = False,
    everything: Everything = False,
) -> None:
    """Take back what was done of a plan, the last step first.

    A step is taken back if what is there comes of it. If the PBX lost more, or somebody changed it
    since, --restore puts each object and line back as it was noted before its first step, and
    --everything those that no step is about, too.

    Exit codes as those of apply.
    """
    if everything and not restore:
        raise InputError(say("this goes with --restore only"), where=OptionPlace("--everything"))
    given = ["--only", only, "--apply", approved, *(["--restore"] * restore)]
    given += ["--everything"] * everything
    _run(folder, url, [*_trust(fingerprint, ca_file), *given], back=True)


def _trust(fingerprint: str, ca_file: str) -> list[str]:
    given = ["--fingerprint", fingerprint] if fingerprint else []
    return [*given, *(["--ca-file", ca_file] if ca_file else [])]


def _run(folder: Folder, url: str, options: Sequence[str], *, back: bool = False) -> None:
    """Run what the script that is handed out is made of."""
    teach_languages()
    given = ["--plan", str(_path(folder)), "--url", url, "--language", spoken(), *options]
    raise typer.Exit(command_line.main(given, back=back))


def _path(folder: Path) -> Path:
    return folder if folder.is_file() else folder / _PLAN


def _load(folder: Path) -> Json:
    """Return a plan that has its hash. Raises InputError."""
    path = _path(folder)
    try:
        return plan_file.load(path)
    except StopError as error:
        raise InputError(why_unusable(error), where=str(path)) from None


def _notes(folder: Path, plan: Json) -> Mapping[int, Json]:
    """Return the last note of each step of a plan, by number. Raises InputError."""
    path = _path(folder)
    try:
        return PlanFolder(path.parent, plan, changes=False).notes()
    except StopError as error:
        raise InputError(why_unusable(error), where=str(path.parent)) from None


GROUP: Final[Mapping[str, Callable[..., None]]] = {
    "plan": plan,
    "show": show_plan,
    "apply": apply,
    "rollback": rollback,
    "status": status,
}

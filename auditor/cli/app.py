"""Builds the command line and maps errors onto exit codes."""

from __future__ import annotations

import io
import signal
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Final

import typer
from pydantic import ValidationError

from auditor import __version__, interrupt
from auditor.cli.console import clear_with, prepare_streams, tell, tell_error
from auditor.cli.examples import epilog_of
from auditor.cli.project import with_project
from auditor.errors import AuditorError, ExitCode, InputError, Interruption
from auditor.files.wrong_values import option_problem
from auditor.messages.message import Message, say

# Only the module of the command that runs is imported: a file audit needs no HTTP.
COMMANDS: Final = {
    "audit": "auditor.cli.audit",
    "report": "auditor.cli.report",
    "diff": "auditor.cli.diff",
    "baseline": "auditor.cli.baseline",
    "collect": "auditor.cli.collect",
    "doctor": "auditor.cli.doctor",
    "demo": "auditor.cli.demo",
    "simulate": "auditor.cli.simulate",
    "learn": "auditor.cli.learn",
    "dialects": "auditor.cli.dialects",
    "rules": "auditor.cli.rules",
    "attest": "auditor.cli.attest",
    "waivers": "auditor.cli.waivers",
    "remediate": "auditor.cli.remediate",
    "package": "auditor.cli.package",
    "site": "auditor.cli.site",
    "branding": "auditor.cli.branding",
    "fleet": "auditor.cli.fleet",
    "schema": "auditor.cli.schema",
    "help": "auditor.cli.help",
}
# A context hands this down to those of its commands.
_SETTINGS: Final = {"help_option_names": ["-h", "--help"]}
_SIGNALS: Final = {
    signal.SIGINT: ExitCode.INTERRUPTED,
    signal.SIGTERM: ExitCode.TERMINATED,
}


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; never lets a traceback out."""
    prepare_streams()
    try:
        with interrupt.listening(_SIGNALS):
            return _run(arguments)
    except Interruption as stop:
        tell(_stopped(stop))
        return stop.code
    finally:
        clear_with(None)


def _stopped(stop: Interruption) -> Message:
    if stop.code is ExitCode.TERMINATED:
        return say("terminated; outputs that were not complete were not written")
    return say("interrupted; outputs that were not complete were not written")


def _run(arguments: Sequence[str]) -> int:
    try:
        _check_text(arguments)
        app = build_app(arguments[:1])
        found = app(args=list(arguments), prog_name="pbx-auditor", standalone_mode=False)
        return found if isinstance(found, int) else ExitCode.OK
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else ExitCode.OK
    except AuditorError as error:
        tell_error(error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 -- the last line of defence: exit 70, redacted
        if told := _usage(error):
            tell(told)
            return ExitCode.USAGE
        from auditor.cli.crash import write_crash_file  # noqa: PLC0415

        path = write_crash_file(error)
        tell(f"error: this is a bug of pbx-auditor ({type(error).__name__}); {path}")
        return ExitCode.INTERNAL


def _check_text(arguments: Sequence[str]) -> None:
    """Raise InputError for octets that are no text, which no report could name."""
    try:
        "".join(arguments).encode()
    except UnicodeEncodeError:
        raise InputError(
            "an argument is not UTF-8",
            where="command line",
            advice="rename the file, or set a locale with UTF-8",
        ) from None


def _usage(error: Exception) -> str:
    """Return what typer says about wrong arguments; empty for any other error.

    It would say so itself, with what was given as it is; its class has no public name. Where it
    passes on what pydantic says, our words take its place.
    """
    tell = getattr(error, "show", None)
    if not callable(tell) or getattr(error, "exit_code", None) != ExitCode.USAGE:
        return ""
    if isinstance(error.__cause__, ValidationError) and hasattr(error, "message"):
        error.message = option_problem(error.__cause__)
    said = io.StringIO()
    tell(said)
    return said.getvalue().rstrip()


def build_app(wanted: Sequence[str] = ()) -> typer.Typer:
    """Return the program with the wanted command, or with all if none of that name is known."""
    app = typer.Typer(
        name="pbx-auditor",
        help="Audit an innovaphone PBX against security guidance. An audit reads only.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings=_SETTINGS,
    )
    app.callback()(_options)
    for name in [name for name in wanted if name in COMMANDS] or COMMANDS:
        _add(app, name)
    return app


def _add(app: typer.Typer, name: str) -> None:
    """Add a command, or the group of commands that a module holds under that name."""
    module = import_module(COMMANDS[name])
    group: Mapping[str, Callable[..., None]] | None = getattr(module, "GROUP", None)
    if group is None:
        app.command(name, epilog=epilog_of(name))(with_project(name, module.command))
        return
    inner = typer.Typer(help=module.HELP, no_args_is_help=True, rich_markup_mode=None)
    for word, function in group.items():
        full = f"{name} {word}"
        inner.command(word, epilog=epilog_of(full))(with_project(full, function))
    app.add_typer(inner, name=name)


def _options(
    *,
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),  # noqa: FBT003 -- typer's way
) -> None:
    """Audit an innovaphone PBX against security guidance. An audit reads only."""
    if version:
        typer.echo(f"pbx-auditor {__version__}")
        raise typer.Exit

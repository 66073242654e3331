"""Builds the command line and maps errors onto exit codes."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final

import typer

from auditor import __version__, interrupt
from auditor.cli.command_table import COMMANDS
from auditor.cli.common_options.once import Once
from auditor.cli.common_options.project import with_project
from auditor.cli.group import Command, meant_of
from auditor.cli.help_examples import epilog_of
from auditor.cli.interaction.console import (
    choose,
    clear_with,
    prepare_streams,
    tell,
    tell_error,
    tell_text,
)
from auditor.errors import AuditorError, ExitCode, InputError, Interruption
from auditor.messages.languages import LANGUAGES
from auditor.messages.message import Message, say

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
        _choose_language(arguments)
        app = build_app(arguments)
        found = app(args=list(arguments), prog_name="pbx-auditor", standalone_mode=False)
        return found if isinstance(found, int) else ExitCode.OK
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else ExitCode.OK
    except AuditorError as error:
        tell_error(error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 -- the last line of defence: exit 70, redacted
        from auditor.cli.usage import is_usage, usage_of  # noqa: PLC0415 -- nothing was wrong so far

        if is_usage(error):
            tell_text(usage_of(error))
            return ExitCode.USAGE
        from auditor.cli.interaction.crash import write_crash_file  # noqa: PLC0415

        kind, place = type(error).__name__, write_crash_file(error)
        tell(say("error: this is a bug of pbx-auditor ({kind}); {place}", kind=kind, place=place))
        return ExitCode.INTERNAL


def _check_text(arguments: Sequence[str]) -> None:
    """Raise InputError for octets that are no text, which no report could name."""
    try:
        "".join(arguments).encode()
    except UnicodeEncodeError:
        raise InputError(
            say("an argument is not UTF-8"),
            where=say("command line"),
            advice=say("rename the file, or set a locale with UTF-8"),
        ) from None


def _choose_language(arguments: Sequence[str]) -> None:
    """Choose the language that a command line asks for, for whatever may be wrong with the rest."""
    for option, value in zip(arguments, [*arguments[1:], ""], strict=False):
        name, _, given = option.partition("=")
        wanted = given or value
        if name == "--language" and wanted in LANGUAGES:
            choose(wanted)


def build_app(arguments: Sequence[str] = ()) -> typer.Typer:
    """Return the program with the command that a command line begins with, or else with all."""
    app = typer.Typer(
        name="pbx-auditor",
        help="Audit an innovaphone PBX against security guidance. An audit reads only.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings=_SETTINGS,
    )
    app.callback()(_options)
    for name in [name for name in arguments[:1] if name in COMMANDS] or COMMANDS:
        _add(app, name, arguments[1:])
    return app


def _add(app: typer.Typer, name: str, arguments: Sequence[str]) -> None:
    """Add a command, or those of a group that the rest of a command line may be about.

    A name of two words is that of a command in a group of the group; `GROUPS` has its help.
    """
    module = import_module(COMMANDS[name])
    group: Mapping[str, Command] | None = getattr(module, "GROUP", None)
    if group is None:
        made = app.command(
            name, cls=Once, epilog=epilog_of(name), short_help=_in_short(module.command)
        )
        made(with_project(name, module.command))
        return
    inner = typer.Typer(
        help=module.HELP, short_help=module.HELP, no_args_is_help=True, rich_markup_mode=None
    )
    within: dict[str, typer.Typer] = {"": inner}
    for words in meant_of(group, arguments):
        full = f"{name} {words}"
        group_name, _, word = words.rpartition(" ")
        if group_name not in within:
            within[group_name] = typer.Typer(
                help=module.GROUPS[group_name],
                short_help=module.GROUPS[group_name],
                no_args_is_help=True,
                rich_markup_mode=None,
            )
            inner.add_typer(within[group_name], name=group_name)
        made = within[group_name].command(
            word, cls=Once, epilog=epilog_of(full), short_help=_in_short(group[words])
        )
        made(with_project(full, group[words]))
    app.add_typer(inner, name=name)


def _in_short(command: Command) -> str:
    """Return the first sentence of the help of a command, which a list of commands shows whole."""
    return (command.__doc__ or "").partition("\n")[0]


def _options(
    *,
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),  # noqa: FBT003 -- typer's way
) -> None:
    """Audit an innovaphone PBX against security guidance. An audit reads only."""
    if version:
        typer.echo(f"pbx-auditor {__version__}")
        raise typer.Exit

"""The language of a command, and the project file as a source of options.

The command line counts before the project file, defaults after it.

One mechanism for every command: the values of the file stand in the default map of the command, so
that what somebody typed always counts, also if it is what would have been the default.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from inspect import Parameter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias, TypeVar, cast

import typer

from auditor.cli.interaction.console import choose, tell
from auditor.errors import AuditorError, OptionPlace
from auditor.files.discovery import DiscoveredFile, find_file, root_of
from auditor.files.toml_writing import assignments
from auditor.messages.languages import LANGUAGES, Language
from auditor.messages.message import Message, say
from auditor.report.schema.v1project import ProjectFile

if TYPE_CHECKING:
    from auditor.run.project_file import Project

NAME: Final = "pbx-auditor.toml"
_SOURCE: Final = "DEFAULT_MAP"

Command: TypeAlias = Callable[..., None]
Value: TypeAlias = "str | bool | list[str]"
_Value = TypeVar("_Value")

_EVERYTHING: Final = {
    "site": "site",
    "profile": "profile",
    "waivers": "waivers",
    "rules": "rules",
    "out": "out",
    "formats": "formats",
    "language": "language",
    "baseline": "baseline",
    "fail-on-new": "fail_on_new",
    "fail-on": "fail_on",
    "incomplete": "incomplete",
}
_SITE: Final = {"site": "site"}
_WAIVERS: Final = {"waivers": "file", "rules": "rules"}
# By command: the keys that make sense for it, and the parameter that each of them stands for. The
# language makes sense for all.
KEYS: Final[Mapping[str, Mapping[str, str]]] = {
    "audit": _EVERYTHING,
    "report": {name: name for name in ("out", "formats")},
    "collect": _SITE,
    "doctor": _SITE,
    "learn": _SITE,
    "attest": _SITE,
    "site check": {"site": "files", "profile": "profile"},
    "rules list": {"site": "site", "rules": "rules"},
    "rules explain": {"site": "site", "rules": "rules"},
    "waivers lint": {"waivers": "files", "rules": "rules"},
    "waivers list": _WAIVERS,
    "waivers audit": _WAIVERS,
    "waivers add": {"waivers": "file"},
    "remediate plan": {name: name for name in ("site", "profile", "waivers", "rules", "out")},
}


# They explain the project file, and print what programs read: a mistake in it must not stop them.
_WITHOUT: Final = frozenset({"help", "schema"})
_LANGUAGE: Final = "language"
_LANGUAGE_HELP: Final = "Language of what is said; else as the project or site file says."
_FILE: Final = f"Project file; else {NAME} here, or above as far as one repository goes."
_OFF: Final = "Use no project file."


def keys_of(name: str) -> Mapping[str, str]:
    """Return the keys that a command takes from the project file, with the parameters."""
    return {} if name in _WITHOUT else {**KEYS.get(name, {}), _LANGUAGE: _LANGUAGE}


def with_project(name: str, command: Command) -> Command:
    """Return a command that speaks a language, and takes options from the project file."""

    def given(ctx: typer.Context, param: typer.CallbackParam, value: _Value) -> _Value:
        """Read the project file, once both options are known that are about it."""
        known = {**ctx.params, param.name: value}
        if {"project", "no_project"} <= known.keys() and not ctx.resilient_parsing:
            project = None if known["no_project"] else _find(known["project"])
            if project is not None:
                ctx.obj = project
                ctx.default_map = _defaults(name, project)
        return value

    file = typer.Option("--project", is_eager=True, callback=given, metavar="FILE", help=_FILE)
    off = typer.Option("--no-project", is_eager=True, callback=given, help=_OFF)
    signature = inspect.signature(command, eval_str=True)

    @wraps(command)
    def run(ctx: typer.Context, **values: object) -> None:
        """Say what the project file decides, and run the command."""
        if values.get(_LANGUAGE) in LANGUAGES and _is_chosen(ctx):
            choose(cast("Language", values[_LANGUAGE]))
        places = _announce(ctx, name)
        more = {"ctx": ctx} if "ctx" in signature.parameters else {}
        with _blaming(places):
            command(**more, **{key: values[key] for key in signature.parameters if key in values})

    language = typer.Option("--language", help=_LANGUAGE_HELP)
    parameters = {
        "ctx": _parameter("ctx", typer.Context),
        **{one.name: one.replace(kind=one.KEYWORD_ONLY) for one in signature.parameters.values()},
    }
    if _LANGUAGE not in parameters:
        spoken = Annotated[Language | None, language]
        parameters[_LANGUAGE] = _parameter(_LANGUAGE, spoken, None)
    if name not in _WITHOUT:
        parameters["project"] = _parameter("project", Annotated[Path | None, file], None)
        parameters["no_project"] = _parameter("no_project", Annotated[bool, off], False)  # noqa: FBT003
    vars(run)["__signature__"] = signature.replace(parameters=list(parameters.values()))
    return run


def used_project(ctx: typer.Context) -> ProjectFile | None:
    """Return the project file of this run; None if nothing of it counted."""
    return ctx.find_object(ProjectFile)


def _parameter(name: str, annotation: object, default: object = Parameter.empty) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _find(named: Path | None) -> Project | None:
    """Return the project file that is named, or else lies here. Raises ProjectFileError."""
    here = Path.cwd()
    found = find_file(NAME, here) if named is None else DiscoveredFile(named, root_of(named.parent))
    if found is None:
        return None
    from auditor.run.outputs import FORMATS  # noqa: PLC0415 -- only where there is such a file
    from auditor.run.project_file import load_project  # noqa: PLC0415 -- ditto

    near = DiscoveredFile(Path(os.path.relpath(found.path)), found.root)
    return load_project(near, FORMATS, is_named=named is not None)


def _defaults(name: str, project: Project) -> dict[str, Value]:
    """Return what the project file gives for the parameters of a command."""
    given = {
        parameter: _for_command(name, key, project.choices[key])
        for key, parameter in keys_of(name).items()
        if key in project.choices
    }
    return {parameter: value for parameter, value in given.items() if value != ""}


def _for_command(name: str, key: str, value: Value) -> Value:
    """Return a value as a command takes it."""
    if key == "formats" and isinstance(value, list):
        from auditor.run.report_writer import OF_REPORT  # noqa: PLC0415 -- only where it is needed

        return ",".join(one for one in value if name != "report" or one in OF_REPORT)
    if key == "out" and name == "remediate plan":
        return str(Path(str(value)) / "remediation")  # where an audit puts the plan
    return [str(value)] if keys_of(name)[key] == "files" else value


def _announce(ctx: typer.Context, name: str) -> dict[str, str]:
    """Say which choices of the project file count, and refuse a site file that reaches too far.

    Return the place of each in the file by the options that it stands for. Raises SiteFileError.
    """
    project, ctx.obj = ctx.obj, None
    if project is None:
        return {}
    used = {
        key: project.choices[key]
        for key, parameter in keys_of(name).items()
        if key in project.choices and _is_from_project(ctx, parameter)
    }
    if not used:
        return {}
    shown = ", ".join(assignments(used))
    tell(say("project file {file}: {choices}", file=str(project.path), choices=shown))
    if "site" in used and not project.is_named:
        _check_site(ctx, Path(str(used["site"])))
    ctx.obj = ProjectFile(project.path.as_posix(), list(used))
    return {
        option: f"{project.path}:{project.lines[key]}: {key}"
        for key in used
        for option in _options_of(ctx, keys_of(name)[key])
    }


def _options_of(ctx: typer.Context, parameter: str) -> list[str]:
    return next((one.opts for one in ctx.command.params if one.name == parameter), [])


@contextmanager
def _blaming(places: Mapping[str, str]) -> Iterator[None]:
    """Name the project file in an error that names an option which nobody typed."""
    try:
        yield
    except AuditorError as error:
        error.where = _place(error.where, places)
        error.message, error.advice = (_moved(one, places) for one in (error.message, error.advice))
        raise


def _moved(message: Message, places: Mapping[str, str]) -> Message:
    moved = {
        name: _place(value, places) if isinstance(value, str) else value
        for name, value in message.parameters
    }
    return Message(message.template, moved, message.plural)


def _place(text: str, places: Mapping[str, str]) -> str:
    """Return where in the project file an option was chosen; what is no option stays."""
    return places.get(text, text) if isinstance(text, OptionPlace) else text


def _is_chosen(ctx: typer.Context) -> bool:
    """Return whether somebody chose the language, on the command line or in the project file."""
    source = ctx.get_parameter_source(_LANGUAGE)
    return source is not None and source.name != "DEFAULT"


def _is_from_project(ctx: typer.Context, parameter: str) -> bool:
    source = ctx.get_parameter_source(parameter)
    return source is not None and source.name == _SOURCE


def _check_site(ctx: typer.Context, path: Path) -> None:
    from auditor.run.project_file import check_reach  # noqa: PLC0415 -- only where it is needed
    from auditor.run.target import is_live  # noqa: PLC0415 -- ditto
    from auditor.site.site_file import load_site_file  # noqa: PLC0415 -- ditto

    targets = [*(ctx.params.get("targets") or ()), ctx.params.get("target")]
    if path.exists():  # the command says that it is not there, or makes it
        check_reach(load_site_file(path), live=any(is_live(one) for one in targets if one))

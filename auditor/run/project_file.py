"""The project file: what every run in a folder is to use, unless the command line says otherwise.

It lies where people work, so it may come with a checkout, from a stranger. It has no key that names
a program, an account or an address, and its paths lead nowhere outside. A site file that only it
names may hold neither: `check_reach` says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from pydantic import ConfigDict, Field, StrictBool, StringConstraints, ValidationError

from auditor.errors import LinePlace, OptionPlace, ProjectFileError, SiteFileError
from auditor.files.discovery import DiscoveredFile
from auditor.files.folders import changeable_by_others
from auditor.files.os_reasons import why
from auditor.files.toml_lines import Lines, line_of
from auditor.files.toml_reading import parse_text, read_text
from auditor.files.wrong_values import at_key, first_problem
from auditor.messages.languages import Language
from auditor.messages.message import Message, say
from auditor.messages.suggestions import meant
from auditor.model.base import Document
from auditor.model.decision import Incomplete
from auditor.model.site import CredentialPlaces, Site, Trust
from auditor.model.vocabulary import Severity
from auditor.site.site_file import SiteFile
from auditor.values.frozen import frozen

_SEE_KEYS: Final = say("`pbx-auditor help project-file` lists the keys")
_PATHS: Final = ("site", "waivers", "baseline", "out", "rules")

Value: TypeAlias = "str | bool | list[str]"
Name = Annotated[str, StringConstraints(min_length=1)]


class ProjectFile(Document):
    """A whole project file; its keys are those of the options that they stand for."""

    model_config = ConfigDict(alias_generator=lambda name: name.replace("_", "-"))

    site: Name | None = None
    profile: Name | None = None
    waivers: Name | None = None
    rules: list[Name] = []  # noqa: RUF012 -- pydantic copies it
    out: Name | None = None
    formats: Annotated[list[Name], Field(min_length=1)] | None = None
    language: Language | None = None
    baseline: Name | None = None
    fail_on_new: StrictBool | None = None
    fail_on: Severity | None = None
    incomplete: Incomplete | None = None


@frozen
class Project:
    """What a project file chose, by its keys; paths are taken from the current folder.

    `is_named` says that somebody named the file, so that it did not only lie where they work;
    `lines` is where each key stands in it.
    """

    path: Path
    choices: Mapping[str, Value]
    is_named: bool
    lines: Mapping[str, int]


def load_project(found: DiscoveredFile, formats: tuple[str, ...], *, is_named: bool) -> Project:
    """Return what a project file says; `formats` are those that are known.

    Raises ProjectFileError, with key and line.
    """
    path = found.path
    _check_file(path, is_named=is_named)
    text = read_text(path, ProjectFileError, say("the project file"), OptionPlace("--project"))
    content = parse_text(text, path, ProjectFileError, _SEE_KEYS)
    try:
        file = ProjectFile.model_validate(content)
    except ValidationError as error:
        wrong = first_problem(error, ProjectFile, content)
        raise _wrong(path, text, wrong.keys, wrong.reason) from None
    for key, reason in (*_leading_outside(content, found), *_unknown_formats(file, formats)):
        raise _wrong(path, text, (key,), reason)
    chosen = file.model_dump(mode="json", by_alias=True, exclude_unset=True)
    lines = Lines(text)
    return Project(
        path,
        {key: _from_here(key, chosen[key], path.parent) for key in content},
        is_named,
        {key: lines.of((key,)) for key in content},
    )


def _check_file(path: Path, *, is_named: bool) -> None:
    """Raise ProjectFileError for what is no file, or was found and others can change it."""
    if is_named:
        return
    advice = say("start elsewhere, switch it off with --no-project, or name it with --project")
    try:
        by = changeable_by_others(path)
    except OSError as error:
        reason = say("the project file cannot be read ({why})", why=why(error))
        raise ProjectFileError(reason, where=str(path), advice=advice) from None
    if by is not None:
        reason = say("other users can change the project file, by {place}", place=str(by))
        raise ProjectFileError(reason, where=str(path), advice=advice)


def _wrong(path: Path, text: str, keys: tuple[str, ...], reason: Message) -> ProjectFileError:
    where = LinePlace(path, line_of(text, keys))
    return ProjectFileError(at_key(".".join(keys), reason), where=where, advice=_SEE_KEYS)


def _leading_outside(
    content: Mapping[str, object], found: DiscoveredFile
) -> Iterator[tuple[str, Message]]:
    """Yield the keys with a path that leads out of the folder of the project."""
    for key in filter(_PATHS.__contains__, content):
        for name in _as_list(content[key]):
            if not _is_inside(name, found):
                yield key, say("the path leads out of {folder}", folder=str(found.root))


def _is_inside(name: str, found: DiscoveredFile) -> bool:
    if Path(name).is_absolute():
        return False
    try:
        return (found.path.parent / name).resolve().is_relative_to(found.root.resolve())
    except (OSError, ValueError, RuntimeError):  # a NUL in it, or links in a circle
        return False


def _unknown_formats(file: ProjectFile, known: tuple[str, ...]) -> Iterator[tuple[str, Message]]:
    for name in file.formats or ():
        if name not in known:
            reason = say(
                "there is no format {name}; use some of: {known}",
                name=repr(name)[:40],
                known=", ".join(known),
            )
            yield "formats", meant(reason, name, known)


def _from_here(key: str, value: Value, folder: Path) -> Value:
    """Return a value as the command line would have it: paths from the current folder."""
    if key not in _PATHS:
        return value
    paths = [os.path.relpath(folder / name) for name in _as_list(value)]
    return paths if isinstance(value, list) else paths[0]


def _as_list(value: object) -> list[str]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []


def check_reach(file: SiteFile, *, live: bool) -> None:
    """Refuse a site file that only a project file named, and that reaches beyond the project.

    Which program runs, which account is used, where it is sent and who is trusted counts only if
    somebody named the file. Raises SiteFileError, with the line.
    """
    for keys in _reaching(file.site, live=live):
        name = ".".join(keys)
        reason = say("does not count in a site file that only a project file names")
        advice = say("name it with --site, or the project file with --project, if you trust it")
        raise file.locate(SiteFileError(reason, where=f"[{name}]", advice=advice, keys=keys))


def _reaching(site: Site, *, live: bool) -> Iterator[tuple[str, ...]]:
    """Yield the keys of a site file that reach beyond the project, for live targets or for all."""
    yield from (keys for keys, is_there in _always(site).items() if is_there)
    for name in sorted(CredentialPlaces.model_fields):
        if getattr(site.credentials, name) and (live or name.startswith("pbx_password")):
            yield "credentials", name
    if live:
        yield from (("tls", name) for name in sorted(Trust.model_fields) if getattr(site.tls, name))
        yield from [("boxes", "url")] if site.boxes_with_address else []


def _always(site: Site) -> Mapping[tuple[str, str], bool]:
    """Return what matters for saved evidence too; an absolute path may name another computer."""
    paths = {
        ("target", "dialect"): [site.target.dialect],
        ("rules", "folders"): site.rules.folders,
        ("waivers", "file"): [site.waivers.file],
        ("report", "branding"): [site.report.branding],
    }
    absolute = {
        keys: any(Path(one).is_absolute() for one in named) for keys, named in paths.items()
    }
    return {("rules", "plugins"): bool(site.rules.plugins), **absolute}

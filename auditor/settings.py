"""What the user chose: the site file and credentials from the environment."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from auditor.errors import SiteFileError
from auditor.files.toml_documents import first_problem
from auditor.files.toml_lines import line_of
from auditor.files.toml_reading import parse_text, read_text
from auditor.model.site import Site

USERNAME: Final = "PBX_AUDITOR_USERNAME"
PASSWORD: Final = "PBX_AUDITOR_PASSWORD"  # noqa: S105 -- the name of a variable
_SEE_KEYS: Final = "the keys are listed in docs/site-file.md"
PBX_PASSWORD: Final = "PBX_AUDITOR_PBX_PASSWORD"  # noqa: S105 -- the name of a variable
ADMIN_PASSWORD: Final = "PBX_AUDITOR_ADMIN_PASSWORD"  # noqa: S105 -- the name of a variable
APP_PLATFORM_PASSWORD: Final = "PBX_AUDITOR_APP_PLATFORM_PASSWORD"  # noqa: S105 -- the same
_ADMINISTRATOR: Final = "admin"


@dataclass(frozen=True, slots=True)
class Compared:
    """Passwords of others that are only compared, and never sent; None if not handed over."""

    administrator: str | None = field(default=None, repr=False)
    app_platform: str | None = field(default=None, repr=False)


NOTHING_COMPARED: Final = Compared()


@dataclass(frozen=True, slots=True)
class Credentials:
    """Secrets the user handed over; never printed, never stored.

    `admin_password` and `app_platform_password` are only compared, and never sent.
    """

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    pbx_password: str | None = field(default=None, repr=False)
    admin_password: str | None = field(default=None, repr=False)
    app_platform_password: str | None = field(default=None, repr=False)

    @property
    def compared(self) -> Compared:
        """Return the passwords that others are compared with."""
        return Compared(self.administrator, self.app_platform_password)

    @property
    def administrator(self) -> str | None:
        """Return the password of the administrator, if it was handed over in any way."""
        if self.admin_password is None and self.username.casefold() == _ADMINISTRATOR:
            return self.password or None
        return self.admin_password


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work on a target is; `total` is 0 while it is not known."""

    area: str
    done: int = 0
    total: int = 0
    activity: str = "reading"


def _ignore(_: Progress) -> None:
    """Take no notice."""


def _wait(seconds: float) -> None:
    """Wait in a way that a signal ends."""
    threading.Event().wait(seconds)


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """How a target is read: limits in seconds, connections for objects, and who is told.

    `journal` is where objects are noted as they are read one by one, to go on after a break. With
    the PBX password, `scores_everybody` says whether the passwords of all objects are scored, or
    only those of base and temporary users; `processes` may do that at the same time. `back_off` is
    the longest first pause before a document is asked for again; `draw` gives the share of it, and
    `pause` waits.
    """

    timeout: float = 30.0
    deadline: float = 1800.0
    max_connections: int = 2
    back_off: float = 0.5
    pause: Callable[[float], None] = _wait
    draw: Callable[[], float] = random.random
    notify: Callable[[Progress], None] = _ignore
    journal: Path | None = None
    scores_everybody: bool = True
    processes: int = 1


DEFAULTS: Final = LiveOptions()


def credentials_from_environment() -> Credentials:
    """Return the credentials that the environment names; the PBX password is optional."""
    return Credentials(
        os.environ.get(USERNAME, ""),
        os.environ.get(PASSWORD, ""),
        os.environ.get(PBX_PASSWORD) or None,
        os.environ.get(ADMIN_PASSWORD) or None,
        os.environ.get(APP_PLATFORM_PASSWORD) or None,
    )


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A site file with its text, so that errors can name the line."""

    site: Site
    path: Path | None = None
    text: str = field(default="", repr=False)

    @property
    def waiver_path(self) -> Path | None:
        """Return the waiver file that is named, by a path from the folder of the site file."""
        named = self.site.waivers.file
        return self.path.parent / named if self.path and named else None

    @property
    def branding_path(self) -> Path | None:
        """Return the branding file that is named, taken from the folder of the site file."""
        named = self.site.report.branding
        return self.path.parent / named if self.path and named else None

    def locate(self, error: SiteFileError) -> SiteFileError:
        """Return the error with the file and line of the keys it names."""
        if self.path is None or not error.keys:
            return error
        return _located(error.message, error.advice, self.path, self.text, error.keys)


def load_site(path: Path | None) -> Site:
    """Return what a site file says, or an empty site. Raises SiteFileError."""
    return load_site_file(path).site


def load_site_file(path: Path | None) -> SiteFile:
    """Return a site file, or an empty one.

    Raises SiteFileError, with key and line, for anything the model does not know.
    """
    if path is None:
        return SiteFile(Site())
    text = read_text(path, SiteFileError, "the site file", "--site")
    return parse_site_file(text, path)


def parse_site_file(text: str, path: Path) -> SiteFile:
    """Return the site file that a text is; `path` names it in errors. Raises SiteFileError."""
    content = parse_text(text, path, SiteFileError, _SEE_KEYS)
    try:
        return SiteFile(_with_paths(Site.model_validate(content), path.parent), path, text)
    except ValidationError as error:
        raise _explain(error, path, text) from None


def _with_paths(site: Site, folder: Path) -> Site:
    """Return the site with the paths of dialect and rules taken from the folder of its file."""
    dialect = site.target.dialect
    if dialect.endswith(".toml"):
        dialect = str(folder / dialect)
    folders = [str(folder / name) for name in site.rules.folders]
    return site.model_copy(
        update={
            "target": site.target.model_copy(update={"dialect": dialect}),
            "rules": site.rules.model_copy(update={"folders": folders}),
        }
    )


def _explain(error: ValidationError, path: Path, text: str) -> SiteFileError:
    keys, reason = first_problem(error)
    return _located(reason, _SEE_KEYS, path, text, keys)


def _located(
    reason: str, advice: str, path: Path, text: str, keys: tuple[str, ...]
) -> SiteFileError:
    where = f"{path}:{line_of(text, keys)}"
    return SiteFileError(f"{'.'.join(keys)}: {reason}", where=where, advice=advice, keys=keys)

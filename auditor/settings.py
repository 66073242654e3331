"""What the user chose: the site file and credentials from the environment."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from auditor.errors import SiteFileError
from auditor.model.site import Site

USERNAME: Final = "PBX_AUDITOR_USERNAME"
PASSWORD: Final = "PBX_AUDITOR_PASSWORD"  # noqa: S105 -- the name of a variable
_SEE_KEYS: Final = "the keys are listed in docs/site-file.md"
PBX_PASSWORD: Final = "PBX_AUDITOR_PBX_PASSWORD"  # noqa: S105 -- the name of a variable
ADMIN_PASSWORD: Final = "PBX_AUDITOR_ADMIN_PASSWORD"  # noqa: S105 -- the name of a variable
_ADMINISTRATOR: Final = "admin"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Secrets the user handed over; never printed, never stored.

    `admin_password` is only compared with the PBX password, and never sent.
    """

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    pbx_password: str | None = field(default=None, repr=False)
    admin_password: str | None = field(default=None, repr=False)

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


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """How a target is read: limits in seconds, connections for objects, and who is told.

    With the PBX password, `scores_everybody` says whether the passwords of all objects are scored,
    or only those of base and temporary users; `processes` may do that at the same time.
    """

    timeout: float = 30.0
    deadline: float = 1800.0
    max_connections: int = 2
    back_off: float = 0.5
    notify: Callable[[Progress], None] = _ignore
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
    )


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A site file with its text, so that errors can name the line."""

    site: Site
    path: Path | None = None
    text: str = field(default="", repr=False)

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
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except OSError as error:
        reason = f"the site file cannot be read ({error.strerror})"
        raise SiteFileError(reason, where=str(path), advice="check --site") from None
    except UnicodeDecodeError:
        reason = "the site file is not UTF-8"
        raise SiteFileError(reason, where=str(path), advice="save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        reason = f"not valid TOML: {error}"
        raise SiteFileError(reason, where=str(path), advice=_SEE_KEYS) from None
    except (ValueError, RecursionError):  # a number without end, tables without bottom
        reason = "a value is too long or nested too deep"
        raise SiteFileError(reason, where=str(path), advice=_SEE_KEYS) from None
    try:
        return SiteFile(Site.model_validate(content), path, text)
    except ValidationError as error:
        raise _explain(error, path, text) from None


def _explain(error: ValidationError, path: Path, text: str) -> SiteFileError:
    first = error.errors()[0]
    keys = tuple(str(part) for part in first["loc"])
    reason = "unknown key" if first["type"] == "extra_forbidden" else first["msg"]
    return _located(reason, _SEE_KEYS, path, text, keys)


def _located(
    reason: str, advice: str, path: Path, text: str, keys: tuple[str, ...]
) -> SiteFileError:
    where = f"{path}:{_line_of(text, keys)}"
    return SiteFileError(f"{'.'.join(keys)}: {reason}", where=where, advice=advice, keys=keys)


def _line_of(text: str, keys: tuple[str, ...]) -> int:
    """Return the number of the line that leads furthest towards the keys."""
    table: tuple[str, ...] = ()
    best, depth = 1, 0
    for number, line in enumerate(text.splitlines(), 1):
        head = line.strip()
        if head.startswith("["):
            path = table = _keys_of(head)
        else:
            path = (*table, *_keys_of(f"{head.partition('=')[0]} = 0"))
        if depth < len(path) <= len(keys) and keys[: len(path)] == path:
            best, depth = number, len(path)
    return best


def _keys_of(line: str) -> tuple[str, ...]:
    """Return the keys that one line of TOML, a table header or an assignment, names."""
    content: Any
    try:
        content = tomllib.loads(line)
    except (ValueError, RecursionError):
        return ()
    keys: list[str] = []
    while isinstance(content, dict) and len(content) == 1:
        ((key, content),) = content.items()
        keys.append(key)
    return tuple(keys)

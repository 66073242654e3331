"""What the user chose: the site file and credentials from the environment."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from auditor.errors import SiteFileError
from auditor.model.site import Site

USERNAME: Final = "PBX_AUDITOR_USERNAME"
PASSWORD: Final = "PBX_AUDITOR_PASSWORD"  # noqa: S105 -- the name of a variable
PBX_PASSWORD: Final = "PBX_AUDITOR_PBX_PASSWORD"  # noqa: S105 -- the name of a variable


@dataclass(frozen=True, slots=True)
class Credentials:
    """Secrets the user handed over; never printed, never stored."""

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    pbx_password: str | None = field(default=None, repr=False)


def credentials_from_environment() -> Credentials:
    """Return the credentials that the environment names; the PBX password is optional."""
    return Credentials(
        os.environ.get(USERNAME, ""),
        os.environ.get(PASSWORD, ""),
        os.environ.get(PBX_PASSWORD) or None,
    )


def load_site(path: Path | None) -> Site:
    """Return the site file, or an empty one.

    Raises SiteFileError, with the key or line, for anything the model does not know.
    """
    if path is None:
        return Site()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SiteFileError(
            f"the site file cannot be read ({error.strerror})", where=str(path)
        ) from None
    except UnicodeDecodeError:
        raise SiteFileError("the site file is not UTF-8", where=str(path)) from None
    except tomllib.TOMLDecodeError as error:
        raise SiteFileError(f"not valid TOML: {error}", where=str(path)) from None
    try:
        return Site.model_validate(content)
    except ValidationError as error:
        raise _explain(error, path) from None


def _explain(error: ValidationError, path: Path) -> SiteFileError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    line = _line_of(path, str(first["loc"][-1]))
    known = "the keys are listed in docs/site-file.md"
    text = "unknown key" if first["type"] == "extra_forbidden" else first["msg"]
    return SiteFileError(f"{key}: {text}", where=f"{path}{line}", advice=known)


def _line_of(path: Path, key: str) -> str:
    """Return `:line` of the first line that starts with a key or names it in a table header."""
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        text = line.strip()
        if text.partition("=")[0].strip().strip("\"'") == key or (
            text.startswith("[") and key in text
        ):
            return f":{number}"
    return ""

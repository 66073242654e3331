"""Reads TOML that people write; whatever is wrong with it is an error that names the place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

from auditor.errors import InputError

_AT_LINE: Final = re.compile(r"\(at line ([0-9]+), column [0-9]+\)$")


def read_text(path: Path, kind: type[InputError], what: str, option: str) -> str:
    """Return the text of a file, line ends as they are. Raises an error of the given kind."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        reason = f"{what} cannot be read ({error.strerror})"
        raise kind(reason, where=str(path), advice=f"check {option}") from None
    except UnicodeDecodeError:
        reason = f"{what} is not UTF-8"
        raise kind(reason, where=str(path), advice="save it as UTF-8") from None
    except ValueError:  # a NUL in the path
        reason = f"{what} has a path that cannot be"
        raise kind(reason, where=option, advice=f"check {option}") from None


def parse_text(text: str, path: Path, kind: type[InputError], advice: str) -> dict[str, Any]:
    """Return what a TOML text holds. Raises an error of the given kind, with the line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = found[1] if found else str(text.count("\n") + 1)
        reason = f"not valid TOML: {error}"
        raise kind(reason, where=f"{path}:{line}", advice=advice) from None
    except (ValueError, RecursionError):  # a number without end, tables without bottom
        reason = "a value is too long or nested too deep"
        raise kind(reason, where=str(path), advice=advice) from None

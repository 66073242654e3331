"""Dialects: data that says where a fact lives, and how sure that is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from auditor.dialects.bundled import bundled, dialect_names, is_taken
from auditor.dialects.document import Dialect, DialectDocument, is_secret_name, read_dialect
from auditor.dialects.places import FilterRowPlace, ParentPlace, SettingPlace
from auditor.errors import SiteFileError
from auditor.messages.message import say
from auditor.messages.suggestions import did_you_mean

__all__ = [
    "FILE_SUFFIX",
    "Dialect",
    "DialectDocument",
    "FilterRowPlace",
    "ParentPlace",
    "SettingPlace",
    "check_dialect",
    "dialect_names",
    "is_dialect_file",
    "is_secret_name",
    "is_taken",
    "load_dialect",
    "read_dialect",
]

FILE_SUFFIX: Final = ".toml"


def is_dialect_file(name: str) -> bool:
    """Return whether a dialect is a file of the site rather than a bundled one."""
    return name.endswith(FILE_SUFFIX)


def check_dialect(name: str) -> None:
    """Raise SiteFileError if there is no dialect of that name, RuleDocumentError if it is wrong."""
    if not is_dialect_file(name) and name not in dialect_names():
        raise SiteFileError(
            say("there is no dialect {name}", name=f"{name!r:.40}"),
            advice=say(
                "{advice}; or give the path of a {suffix} file",
                advice=did_you_mean(name, dialect_names()),
                suffix=FILE_SUFFIX,
            ),
            keys=("target", "dialect"),
        )
    load_dialect(name)


def load_dialect(name: str) -> Dialect:
    """Return a bundled dialect, or the one in a file, with what it extends.

    Raises SiteFileError if there is none of that name, RuleDocumentError if it is wrong.
    """
    if not is_dialect_file(name):
        return bundled(name)
    from auditor.dialects.sitefile import site_dialect  # noqa: PLC0415 -- only for such a file

    return site_dialect(Path(name))

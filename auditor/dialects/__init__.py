"""Dialects: data that says where a fact lives, and how sure that is."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Literal

from pydantic import Field, ValidationError, field_validator

from auditor.errors import RuleDocumentError, SiteFileError
from auditor.facts import known_facts
from auditor.model.base import Document
from auditor.model.vocabulary import Grade
from auditor.resources import dialects_directory


class SettingPlace(Document):
    """Where one setting is stored.

    `option`: `config change <module> … /<option> <value>`; `absent` is what it means that the line
    of the module is there without the option, None if that is not known. `admin-rows`: in the
    `_ADMIN_` object an element whose children named `row` carry one value each, its `columns`
    joined with a slash.
    """

    place: Literal["option", "admin-rows"]
    grade: Grade
    module: str = ""
    option: str = ""
    absent: str | None = None
    element: str = ""
    row: str = ""
    columns: list[str] = []


class FilterRowPlace(Document):
    """How the rows of a call filter are written inside `<filter>`."""

    row: str
    number: str
    next: str
    boolean: str
    negated: str
    grade: Grade


class ParentPlace(Document):
    """How a template names a template it inherits from, inside its pseudo element."""

    element: str
    attribute: str
    grade: Grade


class Dialect(Document):
    """One dialect, with everything it extends merged in."""

    name: str
    description: str
    extends: str = ""
    settings: dict[str, SettingPlace] = {}
    filter_rows: FilterRowPlace | None = None
    template_parents: ParentPlace | None = None
    attributes: dict[str, Grade] = Field(default_factory=dict)

    @field_validator("settings")
    @classmethod
    def _known(cls, settings: dict[str, SettingPlace]) -> dict[str, SettingPlace]:
        for name in settings:
            if name not in known_facts():
                raise ValueError(f"there is no fact {name!r:.40}")
        return settings


def dialect_names() -> list[str]:
    """Return the names of the bundled dialects."""
    return sorted(path.stem for path in dialects_directory().glob("*.toml"))


def check_dialect(name: str) -> None:
    """Raise SiteFileError if there is no dialect of that name."""
    if name not in dialect_names():
        raise SiteFileError(
            f"there is no dialect {name!r:.40}",
            advice=f"use one of: {', '.join(dialect_names())}",
            keys=("target", "dialect"),
        )


@cache
def load_dialect(name: str) -> Dialect:
    """Return a bundled dialect.

    Raises SiteFileError if there is none of that name, RuleDocumentError if it is wrong.
    """
    check_dialect(name)
    path = dialects_directory() / f"{name}.toml"
    try:
        dialect = Dialect.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise RuleDocumentError("this dialect is not valid", where=str(path)) from error
    if not dialect.extends:
        return dialect
    base = load_dialect(dialect.extends)
    return dialect.model_copy(
        update={
            "settings": {**base.settings, **dialect.settings},
            "attributes": {**base.attributes, **dialect.attributes},
        }
    )

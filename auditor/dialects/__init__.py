"""Dialects: data that says where a fact lives, and how sure that is."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator

from auditor.errors import RuleDocumentError, SiteFileError
from auditor.facts import FactKind, known_facts
from auditor.model.base import Document
from auditor.model.vocabulary import Grade
from auditor.resources import dialects_directory
from auditor.tomllines import line_of

FILE_SUFFIX: Final = ".toml"
_SECRET_NAMES: Final = frozenset({"gk-pwd", "key", "password", "pwd", "pwdx", "secret"})
Name = Annotated[str, StringConstraints(min_length=1)]
_SEEN_ON_THE_BOX: Final = "what was seen on the box"
_ADVICE: Final = "docs/dialects.md explains the keys; `pbx-auditor learn` writes them"


class Learned(Document):
    """On which firmware train an entry was learned, when and by whom; empty if it was not learned.

    An entry that names a train counts for boxes of that train only.
    """

    firmware: str = ""
    learned_on: date | None = None
    learned_by: str = ""

    @property
    def provenance(self) -> str:
        """Return where the entry comes from, in words; empty if it was not learned."""
        if not self.learned_by:
            return ""
        return f"learned on {self.firmware} by {self.learned_by}, {self.learned_on}"

    def fits(self, trains: Collection[str]) -> bool:
        """Return whether the entry counts for boxes of these firmware trains."""
        return not self.firmware or set(trains) == {self.firmware}


class SettingPlace(Learned):
    """Where one setting is stored.

    `option`: `config change <module> … /<option> <value>`; `absent` is what it means that the line
    of the module is there without the option, None if that is not known. `absent_source` says who
    says so, or why it means nothing certain: the option may have a default, or another source.
    `separator` stands between the entries of a list. `admin-rows`: in the `_ADMIN_` object an
    element whose children named `row` carry one value each, its `columns` joined with a slash.
    `admin-attribute`: in the `_ADMIN_` object the attribute `option` of an element.
    """

    place: Literal["option", "admin-rows", "admin-attribute"]
    grade: Grade
    module: str = ""
    option: str = ""
    absent: str | None = None
    absent_source: str = ""
    separator: str = ""
    element: str = ""
    row: str = ""
    columns: list[str] = []

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = {
            "option": (self.module, self.option),
            "admin-rows": (self.element, self.row, *self.columns[:1]),
            "admin-attribute": (self.element, self.option),
        }[self.place]
        if not all(needed) or (self.place == "admin-rows" and not self.columns):
            raise ValueError(f"a place of the kind {self.place} needs more keys")
        return self

    @property
    def words(self) -> str:
        """Return the place as evidence shows it."""
        where = {
            "option": f"config change {self.module} /{self.option}",
            "admin-rows": f"_ADMIN_ <{self.element}>",
            "admin-attribute": f"_ADMIN_ <{self.element} {self.option}>",
        }[self.place]
        return f"{where} ({self.provenance})" if self.provenance else where

    @property
    def words_if_absent(self) -> str:
        """Return the place, and why it means something that nothing is there."""
        return f"{self.words}, not there: {self.absent_source or _SEEN_ON_THE_BOX}"

    def split(self, text: str) -> list[str]:
        """Return the entries of a stored value."""
        if not self.separator:
            return [text]
        return [part for part in text.split(self.separator) if part]


class FilterRowPlace(Learned):
    """How the rows of a call filter are written inside `<filter>`.

    Without `boolean` or `negated` a row that has one of these cannot be read.
    """

    row: Name
    number: Name
    next: Name
    boolean: str = ""
    negated: str = ""
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
        for name, place in settings.items():
            fact = known_facts().get(name)
            if fact is None:
                raise ValueError(f"there is no fact {name!r:.40}")
            if is_secret_name(place.option) and fact.kind is not FactKind.SECRET:
                raise ValueError(f"{name} is no secret, but {place.option!r:.40} holds one")
            if place.absent is not None and not (place.absent_source or place.learned_by):
                raise ValueError(f"`absent` of {name} needs a reason: write `absent_source`")
        return settings


def is_secret_name(option: str) -> bool:
    """Return whether an option or attribute of this name holds a secret."""
    return option.lower() in _SECRET_NAMES


def dialect_names() -> list[str]:
    """Return the names of the bundled dialects."""
    return sorted(path.stem for path in dialects_directory().glob("*.toml"))


def is_dialect_file(name: str) -> bool:
    """Return whether a dialect is a file of the site rather than a bundled one."""
    return name.endswith(FILE_SUFFIX)


def check_dialect(name: str) -> None:
    """Raise SiteFileError if there is no dialect of that name, RuleDocumentError if it is wrong."""
    if not is_dialect_file(name) and name not in dialect_names():
        raise SiteFileError(
            f"there is no dialect {name!r:.40}",
            advice=f"use one of: {', '.join(dialect_names())}; or the path of a {FILE_SUFFIX} file",
            keys=("target", "dialect"),
        )
    load_dialect(name)


def load_dialect(name: str) -> Dialect:
    """Return a bundled dialect, or the one in a file, with what it extends.

    Raises SiteFileError if there is none of that name, RuleDocumentError if it is wrong.
    """
    if not is_dialect_file(name):
        return _bundled(name)
    dialect = read_dialect(Path(name))
    if dialect.extends not in dialect_names():
        advice = f"write extends = one of: {', '.join(dialect_names())}"
        raise RuleDocumentError("it extends no bundled dialect", where=name, advice=advice)
    return _on_top_of(_bundled(dialect.extends), dialect)


@cache
def _bundled(name: str) -> Dialect:
    if name not in dialect_names():
        raise SiteFileError(f"there is no dialect {name!r:.40}", keys=("target", "dialect"))
    dialect = read_dialect(dialects_directory() / f"{name}.toml")
    return _on_top_of(_bundled(dialect.extends), dialect) if dialect.extends else dialect


def _on_top_of(base: Dialect, dialect: Dialect) -> Dialect:
    return dialect.model_copy(
        update={
            "settings": {**base.settings, **dialect.settings},
            "attributes": {**base.attributes, **dialect.attributes},
            "filter_rows": dialect.filter_rows or base.filter_rows,
            "template_parents": dialect.template_parents or base.template_parents,
        }
    )


def read_dialect(path: Path) -> Dialect:
    """Return the dialect in a file, without what it extends. Raises RuleDocumentError."""
    text = ""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return Dialect.model_validate(tomllib.loads(text))
    except OSError as error:
        reason = f"the dialect cannot be read ({error.strerror})"
        raise RuleDocumentError(reason, where=str(path), advice=_ADVICE) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RuleDocumentError(f"not valid TOML: {error}", where=str(path)) from None
    except ValidationError as error:
        first = error.errors()[0]
        keys = tuple(str(part) for part in first["loc"])
        reason = "unknown key" if first["type"] == "extra_forbidden" else first["msg"]
        where = f"{path}:{line_of(text, keys)}"
        raise RuleDocumentError(
            f"{'.'.join(keys)}: {reason}", where=where, advice=_ADVICE
        ) from None

"""Published vulnerabilities of the vendor's firmware: a list kept by hand, with its doubts.

Each file of this folder holds entries of the form of `Vulnerability`. Where the vendor says nothing
about a version, it is potentially affected: neither an alarm nor an all-clear.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import field
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import Field, ValidationError, model_validator

from auditor.errors import RuleDocumentError
from auditor.files import built_documents
from auditor.files.toml_reading import TomlError
from auditor.files.validating import validated
from auditor.messages.message import say
from auditor.model.base import Checked
from auditor.model.vocabulary import Confidence
from auditor.values.firmware_labels import (
    Firmware,
    Label,
    TrainName,
    compare_versions,
    parse_firmware,
    parse_train,
)
from auditor.values.frozen import frozen

_FOLDER: Final = Path(__file__).parent


class Component(StrEnum):
    """Which software a vulnerability is in."""

    FIRMWARE = "firmware"
    APP_PLATFORM = "app-platform"


class Affected(StrEnum):
    """What the record of a vulnerability says about a version."""

    NO = "no"
    POTENTIALLY = "potentially"
    YES = "yes"


@frozen
class Vulnerability(Checked):
    """One published vulnerability.

    `products` limits it to device types, `record` is the affected range in the words of the source.
    `before` is the first version outside the range, `through` the last one inside; `tested` are
    versions in which it was shown. `fixed` names the first fixed version of a train, by train.
    `certain` says that the range holds for every version in it, apart from `unclear_trains`;
    `doubt` says what is open.
    """

    id: Annotated[str, Field(pattern=r"^[A-Z]+-\d{4}-\d{3,}$")]
    title: Annotated[str, Field(min_length=20, max_length=120)]
    record: Annotated[str, Field(min_length=5)]
    certain: bool
    source: Annotated[str, Field(min_length=5)]
    confidence: Confidence
    checked: date
    component: Component = Component.FIRMWARE
    products: list[str] = field(default_factory=list)
    before: Label | None = None
    through: Label | None = None
    tested: list[Label] = field(default_factory=list)
    fixed: dict[TrainName, Label] = field(default_factory=dict)
    unclear_trains: list[TrainName] = field(default_factory=list)
    doubt: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.before and self.through:
            raise ValueError(say("`before` and `through` exclude each other"))
        if not (self.before or self.through or self.tested):
            raise ValueError(say("give `before`, `through` or `tested`"))
        if (not self.certain or self.unclear_trains) and not self.doubt:
            raise ValueError(say("`doubt` says what keeps the range from being certain"))
        return self

    def concerns(self, product: str) -> bool:
        """Return whether a device of this type can have it; an unknown type can."""
        known = {name.casefold() for name in self.products}
        return not known or not product or product.casefold() in known

    def affects(self, version: Firmware) -> Affected:
        """Return what the record says about a version of the component."""
        for train, label in self.fixed.items():
            if parse_train(train) == version.train:
                return self._before(version, label)
        if version.train in map(parse_train, self.unclear_trains):
            return Affected.POTENTIALLY
        if self.before:
            return self._before(version, self.before)
        if self.through:
            order = compare_versions(version, _version(self.through))
            if order is None:
                return Affected.POTENTIALLY
            return Affected.NO if order > 0 else self._in_range
        shown = [compare_versions(version, _version(label)) for label in self.tested]
        return Affected.YES if 0 in shown else Affected.POTENTIALLY

    def _before(self, version: Firmware, first_good: str) -> Affected:
        order = compare_versions(version, _version(first_good))
        if order is None:
            return Affected.POTENTIALLY
        return Affected.NO if order >= 0 else self._in_range

    @property
    def _in_range(self) -> Affected:
        return Affected.YES if self.certain else Affected.POTENTIALLY


def _version(label: str) -> Firmware:
    version = parse_firmware(label)
    if version is None:
        raise ValueError(say("the label was checked when the entry was read"))
    return version


@frozen
class _File(Checked):
    """What a file of the list holds."""

    vulnerabilities: Annotated[list[Vulnerability], Field(min_length=1)]


@cache
def known_vulnerabilities(folder: Path = _FOLDER) -> tuple[Vulnerability, ...]:
    """Return all entries, sorted by id.

    Raises RuleDocumentError for an entry that is wrong or there twice.
    """
    found: dict[str, Vulnerability] = {}
    for path in vulnerability_files(folder):
        for entry in _read(path).vulnerabilities:
            if entry.id in found:
                raise RuleDocumentError(say("{id} is there twice", id=entry.id), where=str(path))
            found[entry.id] = entry
    if not found:
        raise RuleDocumentError(say("the folder holds no vulnerability"), where=str(folder))
    return tuple(found[name] for name in sorted(found))


@cache
def list_digest() -> str:
    """Return the SHA-256 of the whole list, which comes with the program."""
    digest = hashlib.sha256()
    for path in vulnerability_files():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def vulnerability_files(folder: Path = _FOLDER) -> list[Path]:
    """Return the files that the entries come from."""
    return sorted(folder.glob("*.toml"))


def _read(path: Path) -> _File:
    try:
        content = path.read_bytes()
        built = built_documents.validated(content)
        if built is not None:
            return _trusted(built)
        return validated(_File, built_documents.parsed(content))
    except UnicodeDecodeError:
        raise RuleDocumentError(say("not valid TOML: it is not UTF-8"), where=str(path)) from None
    except TomlError as error:
        raise RuleDocumentError(error.reason, where=str(path)) from None
    except ValidationError as error:
        from auditor.files.wrong_values import first_problem  # noqa: PLC0415 -- ours is right

        raise RuleDocumentError(first_problem(error, _File).told(), where=str(path)) from None


def _trusted(content: Mapping[str, Any]) -> _File:
    """Return the entries, which were validated when the package was built."""
    entries = [
        Vulnerability(
            **{
                **entry,
                **({"component": Component(entry["component"])} if "component" in entry else {}),
                "confidence": Confidence(entry["confidence"]),
                "checked": date.fromisoformat(entry["checked"]),
            }
        )
        for entry in content["vulnerabilities"]
    ]
    return _File(vulnerabilities=entries)

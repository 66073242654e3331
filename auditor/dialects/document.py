"""A dialect document, and a dialect with everything that it extends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from pydantic import Field, field_validator

from auditor.dialects.places import FilterRowPlace, Name, ParentPlace, SettingPlace
from auditor.facts import FactKind, known_facts
from auditor.files.toml_documents import bytes_of_document, parsed
from auditor.messages.both import Both
from auditor.messages.message import say
from auditor.messages.suggestions import meant
from auditor.model.base import Document
from auditor.model.origin import DialectFile
from auditor.model.vocabulary import Grade

_SECRET_NAMES: Final = frozenset({"gk-pwd", "key", "password", "pwd", "pwdx", "secret"})
_ADVICE: Final = say(
    "`pbx-auditor help dialects` explains the keys; `pbx-auditor learn` writes them"
)


class IrrelevantNames(Document):
    """Names of a PBX that decide nothing, each with the reason: attributes, parts and kinds.

    A name that neither this nor the auditor itself knows is not understood, and whatever it could
    be a damaged form of is not concluded to be absent.
    """

    attributes: dict[str, Name] = {}
    parts: dict[str, Name] = {}
    kinds: dict[str, Name] = {}

    def with_those_of(self, other: IrrelevantNames) -> IrrelevantNames:
        """Return the names of both."""
        return IrrelevantNames(
            attributes={**self.attributes, **other.attributes},
            parts={**self.parts, **other.parts},
            kinds={**self.kinds, **other.kinds},
        )


class DialectTexts(Document):
    """What a dialect document says for people, in another language; empty where it does not."""

    description: str = ""


class DialectDocument(Document):
    """What one dialect document says, without what it extends."""

    name: str
    description: str
    de: DialectTexts = DialectTexts.model_construct()
    extends: str = ""
    settings: dict[str, SettingPlace] = {}
    filter_rows: FilterRowPlace | None = None
    template_parents: ParentPlace | None = None
    attributes: dict[str, Grade] = Field(default_factory=dict)
    irrelevant: IrrelevantNames = IrrelevantNames.model_construct()

    @property
    def told(self) -> Both:
        """Return the description in each language."""
        return Both(self.description, self.de.description)

    @field_validator("settings")
    @classmethod
    def _known(cls, settings: dict[str, SettingPlace]) -> dict[str, SettingPlace]:
        for name, place in settings.items():
            fact = known_facts().get(name)
            if fact is None:
                unknown = say("there is no fact {name}", name=f"{name!r:.40}")
                raise ValueError(meant(unknown, name, known_facts()))
            if is_secret_name(place.option) and fact.kind is not FactKind.SECRET:
                raise ValueError(
                    say(
                        "{name} is no secret, but {option} holds one",
                        name=name,
                        option=f"{place.option!r:.40}",
                    )
                )
            if place.absent is not None and not (place.absent_source or place.learned_by):
                raise ValueError(
                    say("`absent` of {name} needs a reason: write `absent_source`", name=name)
                )
        return settings


class Dialect(DialectDocument):
    """One dialect, with everything it extends merged in.

    `file` is the file of the site that it comes from, None for a bundled one. `replaced` holds
    bundled entries in whose stead entries of the file count; both are read, and have to agree.
    """

    file: DialectFile | None = None
    replaced: dict[str, SettingPlace] = {}

    @property
    def in_lines(self) -> frozenset[str]:
        """The facts that lines of modules show."""
        return frozenset(fact for fact, _, _ in self.line_places())

    @property
    def parent_place(self) -> tuple[str, str] | None:
        """The element and attribute by which a template names its parents; None if not known."""
        place = self.template_parents
        return (place.element, place.attribute) if place is not None else None

    def line_places(self) -> Iterator[tuple[str, bool, SettingPlace]]:
        """Yield each fact that lines of modules show, whether its entry is replaced, and the entry.

        What is replaced is read too, so that it cannot contradict unnoticed.
        """
        for entries, replaced in ((self.settings, False), (self.replaced, True)):
            for fact, place in entries.items():
                if place.in_lines:
                    yield fact, replaced, place


def is_secret_name(option: str) -> bool:
    """Return whether an option or attribute of this name holds a secret."""
    return option.lower() in _SECRET_NAMES


def merged(base: Dialect, document: DialectDocument) -> Dialect:
    """Return a document on top of what it extends, with its own attributes."""
    own = {
        **dict(document),
        "settings": {**base.settings, **document.settings},
        "filter_rows": document.filter_rows or base.filter_rows,
        "template_parents": document.template_parents or base.template_parents,
        "irrelevant": base.irrelevant.with_those_of(document.irrelevant),
    }
    return Dialect.model_construct(**own)


def read_dialect(path: Path) -> DialectDocument:
    """Return the dialect in a file, without what it extends. Raises RuleDocumentError."""
    return parsed_dialect(content_of_dialect(path), path)


def content_of_dialect(path: Path) -> bytes:
    """Return the bytes of a file. Raises RuleDocumentError."""
    return bytes_of_document(path, say("the dialect"), _ADVICE)


def parsed_dialect(content: bytes, path: Path) -> DialectDocument:
    """Return the document that bytes are; `path` names it in errors. Raises RuleDocumentError."""
    return parsed(content, path, DialectDocument, _ADVICE, trusted=_trusted)


def _trusted(content: Mapping[str, Any]) -> DialectDocument:
    """Return a dialect that was validated when the package was built."""
    values = dict(content)
    made: Mapping[str, Callable[[Any], object]] = {
        "de": lambda told: DialectTexts.model_construct(**told),
        "settings": lambda places: {
            name: SettingPlace.model_construct(**_learned(place)) for name, place in places.items()
        },
        "filter_rows": lambda place: FilterRowPlace.model_construct(**_learned(place)),
        "template_parents": lambda place: ParentPlace.model_construct(**_learned(place)),
        "attributes": lambda grades: {name: Grade(grade) for name, grade in grades.items()},
        "irrelevant": lambda names: IrrelevantNames.model_construct(**names),
    }
    for key in made.keys() & content.keys():
        values[key] = made[key](content[key])
    return DialectDocument.model_construct(**values)


def _learned(place: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an entry says, with its grade and the day on which it was learned."""
    learned_on = place.get("learned_on")
    day = {"learned_on": date.fromisoformat(learned_on)} if learned_on else {}
    return {**place, "grade": Grade(place["grade"]), **day}

"""Where single facts are stored, each with a grade and where that is known from."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import StringConstraints, model_validator

from auditor.facts import EMPTY, FALSE, TRUE
from auditor.messages.message import NOTHING, Message, Text, say
from auditor.model.base import Document
from auditor.model.vocabulary import Grade
from auditor.values.firmware_labels import TrainName, train_of

Name = Annotated[str, StringConstraints(min_length=1)]
_SEEN_ON_THE_BOX: Final = say("what was seen on the box")
_ZERO: Final = "0 "
_SWITCHED: Final = {TRUE: say("on"), FALSE: say("off")}


class EntryProvenance(Document):
    """On which firmware train an entry was learned, when and by whom; empty if it was not learned.

    An entry that names a train counts for boxes of that train only.
    """

    firmware: str = ""
    learned_on: date | None = None
    learned_by: str = ""

    @property
    def provenance(self) -> Message:
        """Return where the entry comes from; nothing if nobody says."""
        if not self.learned_by:
            return NOTHING
        return say(
            "learned on {firmware} by {name}, {day}",
            firmware=self.firmware,
            name=self.learned_by,
            day=str(self.learned_on),
        )

    def fits(self, trains: Collection[str]) -> bool:
        """Return whether the entry counts for boxes of these firmware trains."""
        return not self.firmware or set(trains) == {self.firmware}


class SettingPlace(EntryProvenance):
    """Where one setting is stored.

    `option`: `config change <module> … /<option> <value>`; `absent` is what it means that the line
    of the module is there without the option, None if that is not known. `absent_source` says who
    says so, or why it means nothing certain: the option may have a default, or another source. With
    `empty_is_absent` an empty value means the same; `separator` stands between the entries of a
    list. `line`: that there is a line of the module means `present`, unless its `option` is 0;
    that there is none says nothing. `admin-rows`: in the `_ADMIN_` object an element whose children
    named `row` carry one value each, its `columns` joined with a slash. `admin-attribute`: in the
    `_ADMIN_` object the attribute `option` of an element.

    `since` is the first firmware train that has the setting, `seen_in` a publication that shows it.
    """

    place: Literal["option", "line", "admin-rows", "admin-attribute"]
    grade: Grade
    module: str = ""
    option: str = ""
    absent: str | None = None
    absent_source: str = ""
    empty_is_absent: bool = False
    present: str = ""
    separator: str = ""
    element: str = ""
    row: str = ""
    columns: list[str] = []
    since: TrainName | Literal[""] = ""
    seen_in: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = {
            "option": (self.module, self.option),
            "line": (self.module, self.present),
            "admin-rows": (self.element, self.row, *self.columns[:1]),
            "admin-attribute": (self.element, self.option),
        }[self.place]
        if not all(needed) or (self.place == "admin-rows" and not self.columns):
            raise ValueError(say("a place of the kind {place} needs more keys", place=self.place))
        return self

    @property
    def in_lines(self) -> bool:
        """Return whether the place is a line of a module, not a part of an object."""
        return self.place in {"option", "line"}

    @property
    def provenance(self) -> Message:
        """Return where the entry comes from; nothing if nobody says."""
        publication = Message(self.seen_in)  # a text of the dialect, which the catalogue may know
        seen = say("seen in {publication}", publication=publication) if publication else NOTHING
        return super().provenance or seen

    @property
    def words(self) -> Text:
        """Return the place as evidence shows it: as it is written, and where that is known from."""
        where = self._as_written
        provenance = self.provenance
        return (
            say("{place} ({provenance})", place=where, provenance=provenance)
            if provenance
            else where
        )

    @property
    def _as_written(self) -> str:
        match self.place:
            case "option":
                return f"config change {self.module} /{self.option}"
            case "line":
                return f"config change {self.module}"
            case "admin-rows":
                return f"_ADMIN_ <{self.element}>"
            case _:
                return f"_ADMIN_ <{self.element} {self.option}>"

    @property
    def words_if_absent(self) -> Message:
        """Return the place, and why it means something that nothing is there."""
        source = Message(self.absent_source) or _SEEN_ON_THE_BOX
        return say("{place}, not there: {source}", place=self.words, source=source)

    @property
    def absence(self) -> Message:
        """Return what it means that the option is not there, as evidence notes it."""
        if not self.absent:
            return say("the option is not there, which means nothing")
        if self.absent == EMPTY:
            return say("the option is not there, which means empty")
        value = _SWITCHED.get(self.absent, self.absent)
        return say("the option is not there, which means {value}", value=value)

    def fits(self, trains: Collection[str]) -> bool:
        """Return whether the entry counts for boxes of these firmware trains."""
        if not super().fits(trains):
            return False
        first = train_of(self.since)
        if first is None:
            return True
        shown = [train_of(train) for train in trains]
        return bool(shown) and all(train is not None and train >= first for train in shown)

    def said(self, texts: Callable[[str], list[str]]) -> list[str]:
        """Return what one line of the module says; `texts` gives the values of an option."""
        values = texts(self.option) if self.option else []
        if self.place == "line":
            return [] if any(not text.strip(_ZERO) for text in values) else [self.present]
        return [text for text in values if text.strip() or not self.empty_is_absent]

    def split(self, text: str) -> list[str]:
        """Return the entries of a stored value."""
        if not self.separator:
            return [text]
        return [part for part in text.split(self.separator) if part]

    def differs_from(self, other: SettingPlace) -> bool:
        """Return whether another entry would be read in another way; who says so does not count."""
        told = {
            "grade",
            "firmware",
            "learned_on",
            "learned_by",
            "since",
            "seen_in",
            "absent_source",
        }
        return self.model_dump(exclude=told) != other.model_dump(exclude=told)


class FilterRowPlace(EntryProvenance):
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

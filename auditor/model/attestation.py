"""Attestations: facts that a person states because no documented interface shows them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self, cast

from pydantic import AfterValidator, Field, StringConstraints, create_model, model_validator

from auditor.facts import FactKind, known_facts
from auditor.messages.message import say
from auditor.model.base import Document
from auditor.values.networks import check_entry

Name = Annotated[str, StringConstraints(min_length=1)]


class Attestation(Document):
    """A fact that a person states because no documented interface shows it.

    `page` is where the person looked, `note` what else there is to say.
    """

    by: Name
    on: date
    until: date
    page: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until < self.on:
            raise ValueError(say("`until` lies before `on`"))
        return self


class AttestedSetting(Attestation):
    """An attested value that can be written as texts, as those that are read are."""

    value: Any

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the value as a setting of a snapshot has it."""
        if isinstance(self.value, bool):
            return (str(self.value).lower(),)
        return tuple(self.value) if isinstance(self.value, list) else (str(self.value),)


class AttestedNumber(AttestedSetting):
    """An attested number."""

    value: Annotated[int, Field(ge=0, strict=True)]


class AttestedFlag(AttestedSetting):
    """An attested check mark, or the answer to a question."""

    value: Annotated[bool, Field(strict=True)]


class AttestedText(AttestedSetting):
    """An attested text."""

    value: Name


class AttestedSecret(AttestedSetting):
    """What is attested about a secret; never the secret itself."""

    value: Literal["empty", "default", "set"]


class AttestedNames(AttestedSetting):
    """An attested list of names."""

    value: list[Name]


class AttestedNetworks(AttestedSetting):
    """The attested rows of a list of networks."""

    value: list[Annotated[str, AfterValidator(check_entry)]]


class AttestedDate(AttestedSetting):
    """An attested day, on or before the day on which somebody looked."""

    value: Annotated[date, Field(strict=True)]

    @model_validator(mode="after")
    def _had_come(self) -> Self:
        if self.value > self.on:
            raise ValueError(say("`value` lies after `on`"))
        return self


class AttestedRow(Document):
    """A call filter row as the user interface shows it (PBX/Config/Filter)."""

    number: Annotated[str, StringConstraints(pattern=r"^[0-9*#?]*$", max_length=60)] = ""
    next: Name
    boolean: str = ""
    negated: bool = Field(default=False, alias="not")


class AttestedRows(Attestation):
    """The attested rows of a call filter."""

    value: list[AttestedRow]


_MODELS: Final[dict[FactKind, type[AttestedSetting]]] = {
    FactKind.NUMBER: AttestedNumber,
    FactKind.FLAG: AttestedFlag,
    FactKind.TEXT: AttestedText,
    FactKind.URL: AttestedText,
    FactKind.SECRET: AttestedSecret,
    FactKind.NETWORKS: AttestedNetworks,
    FactKind.NAMES: AttestedNames,
    FactKind.DATE: AttestedDate,
}


class SpecialFacts(Document):
    """Attested facts that are more than the value of one setting."""

    call_filters: dict[str, AttestedRows] = {}
    template_parents: dict[str, AttestedNames] = {}

    def settings(self) -> Iterator[tuple[str, AttestedSetting]]:
        """Yield each attested setting by the name of its fact."""
        for name in known_facts():
            stated = getattr(self, name, None)
            if stated is not None:
                yield name, stated


def _facts_model() -> type[SpecialFacts]:
    """Return the model with a key for each known fact, so that an unknown one is an error."""
    fields: dict[str, Any] = {
        name: (_MODELS[fact.kind] | None, None) for name, fact in known_facts().items()
    }
    made = create_model("Facts", __base__=SpecialFacts, __doc__="All attested facts.", **fields)
    return cast("type[SpecialFacts]", made)


if TYPE_CHECKING:
    Facts = SpecialFacts
else:
    Facts = _facts_model()

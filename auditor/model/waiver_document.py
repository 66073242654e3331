"""The waiver file: what somebody writes to accept one risk of one subject until a day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Final, Self

from pydantic import (
    AfterValidator,
    Strict,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from auditor.messages.message import say
from auditor.model.base import Document
from auditor.values.patterns import check_pattern

LONGEST: Final = timedelta(days=366)
SELECTORS: Final = ("guid", "name", "subject")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Guid = Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{1,64}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Day = Annotated[date, Strict()]


class Waiver(Document):
    """One accepted risk.

    Exactly one of `guid`, `name` and `subject` selects: an object by its guid, objects by a pattern
    for their whole name, or any subject by its id in the report. `configuration` is the hash of
    what was accepted; a subject that looks otherwise has lost its waiver.
    """

    rule: Text
    guid: Guid = ""
    name: Annotated[str, AfterValidator(check_pattern)] = ""
    subject: Text = ""
    reason: Prose
    owner: Text
    approver: Text
    ticket: Text
    created: Day
    expires: Day
    configuration: Digest = ""

    @field_validator("expires")
    @classmethod
    def _within_a_year(cls, expires: date, info: ValidationInfo) -> date:
        created = info.data.get("created")
        if created is not None and expires < created:
            raise ValueError(say("the day lies before `created`"))
        if created is not None and expires - created > LONGEST:
            raise ValueError(
                say("the day lies more than {days} days after `created`", days=LONGEST.days)
            )
        return expires

    @model_validator(mode="after")
    def _one_selector(self) -> Self:
        if sum(bool(getattr(self, name)) for name in SELECTORS) != 1:
            raise ValueError(say("give exactly one of `guid`, `name` and `subject`"))
        return self

    @property
    def selector(self) -> tuple[str, str]:
        """Return which selector is used, and its value in one spelling."""
        if self.guid:
            return "guid", self.guid.lower()
        return ("name", self.name) if self.name else ("subject", self.subject)


class WaiverDocument(Document):
    """A whole waiver file."""

    waivers: list[Waiver] = []

"""What a site file chooses: controls, more rules, waivers, the report, and what a plan may do."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from auditor.messages.message import say
from auditor.model.base import Document
from auditor.model.vocabulary import Severity

_Name = Annotated[str, StringConstraints(min_length=1)]


class ControlChoice(Document):
    """What a site decides about one control, and why: run it too, leave it out, or weigh it."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    select: bool = False
    exclude: bool = False
    severity: Severity | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.select or self.exclude or self.severity):
            raise ValueError(say("it says nothing: write select, exclude or severity"))
        if self.exclude and (self.select or self.severity):
            raise ValueError(say("a control that is excluded can neither be selected nor weighed"))
        return self


class RuleSources(Document):
    """Where the site's own controls come from: folders of documents, and checks of other packages.

    A package is asked for checks only if it is listed here by the name of its entry point.
    """

    folders: list[_Name] = []
    plugins: list[_Name] = []


class WaiverPlace(Document):
    """Where the waiver file of this site is."""

    file: str = ""


class ReportOptions(Document):
    """How the report looks: the language that a reader sees first, and whose report it is."""

    language: Literal["de", "en"] = "en"
    branding: str = ""


class RemediationChoices(Document):
    """The call filters that a plan may assign, by name.

    `internal_filter` is for base users, `trunk_filter` for trunks, the others for users who have
    none.
    """

    internal_filter: str = ""
    trunk_filter: str = ""
    call_filter: str = ""
    diversion_filter: str = ""

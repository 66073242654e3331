"""Rule documents and profiles: everything about a control that is not logic."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from auditor.messages.message import Text, say
from auditor.model.account import ProofKind
from auditor.model.base import Document
from auditor.model.snapshot import TlsEndpoint
from auditor.model.vocabulary import (
    ActionClass,
    Automation,
    Confidence,
    Disruption,
    EvidenceGrade,
    Grade,
    Severity,
    Status,
)

ParameterValue = bool | int | float | str | list[str]


class Remediation(Document):
    """How to make the control compliant, for a person and for the plan.

    `after` names controls to be made compliant first, so that phones and calls keep working.
    `by_hand` says why no script can do it, if none can.
    """

    text: str = Field(min_length=20)
    ui_path: str = Field(min_length=5)
    action: str = Field(pattern=r"^[a-z-]+$")
    action_class: ActionClass = Field(alias="class")
    disruption: Disruption
    precondition: str = Field(min_length=10)
    verification: str = Field(min_length=10)
    undo: str = Field(min_length=10)
    after: list[str] = []
    by_hand: str = ""


class Mappings(Document):
    """The same requirement in frameworks; a mapping by the rule's authors, not a certification."""

    bsi: list[str] = []
    iso27002: list[str] = []
    nist80053: list[str] = []


class Reference(Document):
    """A page that the control rests on, with the revision that was read.

    The name of a page or of a revision is a text and stays as it is in every language; what we say
    of one is a message (`template`, `parameters`).
    """

    title: Text
    page: str
    revision: Text


class ReachWords(Document):
    """What numbers are called, and what is said of them by the verdict of the control."""

    name: str = Field(min_length=3, max_length=60)
    compliant: str = Field(min_length=3, max_length=60)
    violated: str = Field(min_length=3, max_length=60)


class Reach(ReachWords):
    """What a control says about numbers, from a phone that nobody is logged in to.

    `wanted` is what they are if the control is compliant. The report draws it.
    """

    wanted: Literal["blocked", "reachable"]


class Translation(Document):
    """The prose of a rule in another language; a text that is missing is shown in English.

    `remediation` is the text of the remediation. `ui_path` is written only where the path is more
    than names of menus. Bundled rules have all of it, as a test demands; a user's own may lack it.
    """

    title: str = Field(default="", max_length=90)
    title_failed: str = Field(default="", max_length=90)
    title_unknown: str = Field(default="", max_length=90)
    rationale: str = ""
    expected: str = ""
    nothing_seen: str = ""
    remediation: str = ""
    ui_path: str = ""
    precondition: str = ""
    verification: str = ""
    undo: str = ""
    by_hand: str = ""
    reach: ReachWords | None = None


class Example(Document):
    """A minimal configuration and the status it must lead to; executed as a test.

    `configuration` is a `cfg.txt`, `site` the text of a site file, `files` are further files beside
    the configuration, `tls` is what handshakes showed.
    """

    name: str
    status: Status
    configuration: str
    files: dict[str, str] = {}
    tls: list[TlsEndpoint] = []
    site: str = ""
    pbx_password: str = ""
    admin_password: str = ""
    app_platform_password: str = ""


class RuleDocument(Document):
    """One control, as `rules/<area>/<id>-<slug>.toml` states it.

    `check` names the function that judges it (`auditor.checks`); several controls may share one.
    `facts` are the areas and facts it needs at least a part of, `complete` those it needs whole,
    `conditional` the facts it asks for only where these leave something to decide. `examples` are
    there only where they are asked for, to be run or shown. `title` is the state asked for,
    `title_failed` what is wrong otherwise, and `title_unknown` what could not be seen: bundled
    rules have all three, as a test demands; a user's own may lack the last two.
    """

    id: str = Field(pattern=r"^[A-Z]{2,4}-[0-9]{2}$")
    version: int = Field(ge=1)
    title: str = Field(max_length=90)
    title_failed: str = Field(default="", max_length=90)
    title_unknown: str = Field(default="", max_length=90)
    severity: Severity
    confidence: Confidence
    area: str
    since: str
    aliases: list[str] = []
    deprecated: bool = False
    automation: Automation
    grade: EvidenceGrade
    check: str = Field(pattern=r"^[a-z0-9-]+$")
    facts: list[str] = Field(min_length=1)
    complete: list[str] = []
    conditional: list[str] = []
    rationale: str = Field(min_length=40, max_length=600)
    expected: str = Field(min_length=10, max_length=300)
    nothing_seen: str = Field(min_length=10, max_length=200)
    params: dict[str, ParameterValue] = {}
    remediation: Remediation
    reach: Reach | None = None
    controls: Mappings
    references: list[Reference] = Field(min_length=1)
    de: Translation = Translation.model_construct()
    examples: list[Example] = []

    @field_validator("title")
    @classmethod
    def _states_a_state(cls, title: str) -> str:
        if title.startswith("Ensure"):
            raise ValueError(say('a title states a state; it does not start with "Ensure"'))
        return title

    @model_validator(mode="after")
    def _is_said_in_english_first(self) -> Self:
        if self.de.reach is not None and self.reach is None:
            raise ValueError(say("[de.reach] translates [reach], which is missing"))
        for name in ("title_failed", "title_unknown"):
            if getattr(self.de, name) and not getattr(self, name):
                raise ValueError(say("[de] translates {name}, which is missing", name=name))
        return self


class WholeRuleDocument(RuleDocument):
    """A rule document as its file holds it, with its examples."""

    examples: list[Example] = Field(min_length=3)


class ProfileTranslation(Document):
    """The title of a profile in another language."""

    title: str = ""


class Profile(Document):
    """A named selection of controls: those it lists, or everything without those it lists.

    `minimum_coverage` is the percentage of applicable controls that must be decided for a score.
    Evidence of a refused grade is not enough to pass, nor is a list that only a refused proof shows
    to be whole. People are shown its `title`, in the language they read.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$", max_length=60)
    title: str
    controls: list[str] = []
    everything: bool = False
    without: list[str] = []
    minimum_coverage: int = Field(default=100, ge=1, le=100)
    refused_grades: list[Grade] = []
    refused_proofs: list[ProofKind] = []
    de: ProfileTranslation = ProfileTranslation.model_construct()

    @model_validator(mode="after")
    def _selects(self) -> Self:
        if bool(self.controls) == self.everything or (self.without and not self.everything):
            raise ValueError(say("write `controls`, or `everything` with `without`"))
        return self

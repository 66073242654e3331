"""Rule documents and profiles: everything about a control that is not logic."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from auditor.messages.message import Text, say
from auditor.model.account import ProofKind
from auditor.model.base import Checked
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
from auditor.values.frozen import frozen

ID: Final = r"^[A-Z]{2,4}-[0-9]{2}$"
ParameterValue = bool | int | float | str | list[str]


@frozen
class Remediation(Checked):
    """How to make the control compliant, for a person and for the plan.

    `after` names controls to be made compliant first, so that phones and calls keep working.
    `by_hand` says why no script can do it, if none can.
    """

    text: Annotated[str, Field(min_length=20)]
    ui_path: Annotated[str, Field(min_length=5)]
    action: Annotated[str, Field(pattern=r"^[a-z-]+$")]
    action_class: Annotated[ActionClass, Field(alias="class")]
    disruption: Disruption
    precondition: Annotated[str, Field(min_length=10)]
    verification: Annotated[str, Field(min_length=10)]
    undo: Annotated[str, Field(min_length=10)]
    after: list[str] = field(default_factory=list)
    by_hand: str = ""


@frozen
class Mappings(Checked):
    """The same requirement in frameworks; a mapping by the rule's authors, not a certification."""

    bsi: list[str] = field(default_factory=list)
    iso27002: list[str] = field(default_factory=list)
    nist80053: list[str] = field(default_factory=list)


@frozen
class Reference(Checked):
    """A page that the control rests on, with the revision that was read.

    The name of a page or of a revision is a text and stays as it is in every language; what we say
    of one is a message (`template`, `parameters`).
    """

    title: Text
    page: str
    revision: Text


@frozen
class ReachWords(Checked):
    """What numbers are called, and what is said of them by the verdict of the control."""

    name: Annotated[str, Field(min_length=3, max_length=60)]
    compliant: Annotated[str, Field(min_length=3, max_length=60)]
    violated: Annotated[str, Field(min_length=3, max_length=60)]


@frozen
class Reach(ReachWords):
    """What a control says about numbers, from a phone that nobody is logged in to.

    `wanted` is what they are if the control is compliant. The report draws it.
    """

    wanted: Literal["blocked", "reachable"]


@frozen
class Translation(Checked):
    """The prose of a rule in another language; a text that is missing is shown in English.

    `remediation` is the text of the remediation. `ui_path` is written only where the path is more
    than names of menus. Bundled rules have all of it, as a test demands; a user's own may lack it.
    """

    title: Annotated[str, Field(max_length=90)] = ""
    title_failed: Annotated[str, Field(max_length=90)] = ""
    title_unknown: Annotated[str, Field(max_length=90)] = ""
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


@frozen
class Example(Checked):
    """A minimal configuration and the status it must lead to; executed as a test.

    `configuration` is a `cfg.txt`, `site` the text of a site file, `files` are further files beside
    the configuration, `tls` is what handshakes showed.
    """

    name: str
    status: Status
    configuration: str
    files: dict[str, str] = field(default_factory=dict)
    tls: list[TlsEndpoint] = field(default_factory=list)
    site: str = ""
    pbx_password: str = ""
    admin_password: str = ""
    app_platform_password: str = ""


def _state(title: str) -> str:
    if title.startswith("Ensure"):
        raise ValueError(say('a title states a state; it does not start with "Ensure"'))
    return title


@frozen
class RuleDocument(Checked):
    """One control, as `rules/<area>/<id>-<slug>.toml` states it.

    `check` names the function that judges it (`auditor.checks`); several controls may share one.
    `facts` are the areas and facts it needs at least a part of, `complete` those it needs whole,
    `conditional` the facts it asks for only where these leave something to decide. `examples` are
    there only where they are asked for, to be run or shown. `title` is the state asked for,
    `title_failed` what is wrong otherwise, and `title_unknown` what could not be seen: bundled
    rules have all three, as a test demands; a user's own may lack the last two.
    """

    id: Annotated[str, Field(pattern=ID)]
    version: Annotated[int, Field(ge=1)]
    title: Annotated[str, Field(max_length=90), AfterValidator(_state)]
    severity: Severity
    confidence: Confidence
    area: str
    since: str
    automation: Automation
    grade: EvidenceGrade
    check: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    facts: Annotated[list[str], Field(min_length=1)]
    rationale: Annotated[str, Field(min_length=40, max_length=600)]
    expected: Annotated[str, Field(min_length=10, max_length=300)]
    nothing_seen: Annotated[str, Field(min_length=10, max_length=200)]
    remediation: Remediation
    controls: Mappings
    references: Annotated[list[Reference], Field(min_length=1)]
    title_failed: Annotated[str, Field(max_length=90)] = ""
    title_unknown: Annotated[str, Field(max_length=90)] = ""
    aliases: list[str] = field(default_factory=list)
    deprecated: bool = False
    complete: list[str] = field(default_factory=list)
    conditional: list[str] = field(default_factory=list)
    params: dict[str, ParameterValue] = field(default_factory=dict)
    reach: Reach | None = None
    de: Translation = Translation()
    examples: list[Example] = field(default_factory=list)

    @model_validator(mode="after")
    def _is_said_in_english_first(self) -> Self:
        if self.de.reach is not None and self.reach is None:
            raise ValueError(say("[de.reach] translates [reach], which is missing"))
        for name in ("title_failed", "title_unknown"):
            if getattr(self.de, name) and not getattr(self, name):
                raise ValueError(say("[de] translates {name}, which is missing", name=name))
        return self


@frozen
class WholeRuleDocument(RuleDocument):
    """A rule document as its file holds it, with its examples."""

    # Without a default behind others: such documents are made of what a file holds, key by key.
    examples: Annotated[list[Example], Field(min_length=3)]  # type: ignore[misc]


@frozen
class ProfileTranslation(Checked):
    """The title of a profile in another language."""

    title: str = ""


@frozen
class Profile(Checked):
    """A named selection of controls: those it lists, or everything without those it lists.

    `minimum_coverage` is the percentage of applicable controls that must be decided for a score.
    Evidence of a refused grade is not enough to pass, nor is a list that only a refused proof shows
    to be whole. People are shown its `title`, in the language they read.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$", max_length=60)]
    title: str
    controls: list[str] = field(default_factory=list)
    everything: bool = False
    without: list[str] = field(default_factory=list)
    minimum_coverage: Annotated[int, Field(ge=1, le=100)] = 100
    refused_grades: list[Grade] = field(default_factory=list)
    refused_proofs: list[ProofKind] = field(default_factory=list)
    de: ProfileTranslation = ProfileTranslation()

    @model_validator(mode="after")
    def _selects(self) -> Self:
        if bool(self.controls) == self.everything or (self.without and not self.everything):
            raise ValueError(say("write `controls`, or `everything` with `without`"))
        return self

"""`report.json`, version 1: the one object that every output format renders.

The types are apart from the domain types, so that neither can break the other by accident.
The published schema is `auditor/report/schema/schema-v1.json`; a test compares it with these types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from auditor.report.schema.v1adjustments import Adjustment, DialectFile
from auditor.report.schema.v1branding import Branding
from auditor.report.schema.v1past import Past
from auditor.report.schema.v1project import ProjectFile
from auditor.report.schema.v1reach import Reach
from auditor.report.schema.v1sentences import Sentence, Template
from auditor.report.schema.v1since import Earlier, Since
from auditor.report.schema.v1sources import Location, Proof, Requests, Source
from auditor.values.frozen import frozen

SCHEMA_VERSION: Literal["1.0"] = "1.0"

Scalar = bool | int | float | str | None
VerdictWord = Literal["compliant", "noncompliant", "incomplete", "nothing-audited"]
VerdictOfSubject = Literal["compliant", "violated", "undetermined"]
WaiverStateWord = Literal["used", "unused", "expired", "lost", "gone", "undecided", "not-run"]
EndingWord = Literal["complete", "unreached", "interrupted", "terminated"]
StatusWord = Literal["passed", "failed", "unknown", "error", "not-applicable", "manual", "waived"]


@frozen
class Tool:
    """The program that wrote the report. `rules_digest` is the sha256 of all rule documents."""

    name: str
    version: str
    rules_version: str
    rules_digest: str


@frozen
class Waiver:
    """What one waiver did in this run, and how many violations it accepted."""

    rule: str
    selector: str
    value: str
    state: WaiverStateWord
    detail: str
    accepted: int
    reason: str
    owner: str
    approver: str
    ticket: str
    created: str
    expires: str
    place: str


@frozen
class Run:
    """When and how the audit ran. `started` is ISO 8601 in UTC.

    `profile` says for people which controls ran; `profile_id` is the name of the profile, empty in
    reports of earlier programs; `profile_title` is what people are told instead, `profile_title_de`
    in German, both empty in such reports. `waiver_file` is empty if no waivers were given.
    `language` is the one a reader sees first. `history` are the earlier reports that were given,
    or the audits that a fleet's history has, oldest first.
    `dialect_file` is None if the dialect is a bundled one, `project` if no project file counted.
    `ended` is how reading the target came to its end; unless it is `complete`, nothing says that a
    finding of an earlier run is gone.
    """

    id: str
    started: str
    profile: str
    fail_on: str
    incomplete: Literal["fail", "warn"]
    evidence_mode: str
    dialect: str
    site_file: str
    adjustments: list[Adjustment]
    waiver_file: str = ""
    waivers: list[Waiver] = field(default_factory=list)
    language: Literal["de", "en"] = "en"
    history: list[Earlier] = field(default_factory=list)
    dialect_file: DialectFile | None = None
    profile_id: str = ""
    ended: EndingWord = "complete"
    project: ProjectFile | None = None
    profile_title: str = ""
    profile_title_de: str = ""


@frozen
class Box:
    """One device of the system."""

    name: str
    product: str
    firmware: str
    serial: str


@frozen
class Target:
    """The audited system. `id` goes into fingerprints and does not change with its address.

    `location` is None in reports of earlier programs.
    """

    id: str
    name: str
    address: str
    firmware: str
    boxes: list[Box]
    sources: list[Source]
    objects_read: int
    completeness: list[Proof] = field(default_factory=list)
    requests: Requests = field(default_factory=Requests)
    location: Location | None = None


@frozen
class CoverageSummary:
    """How many controls could be decided. `complete` is true when none is unknown or in error."""

    assessed: int
    applicable: int
    percent: float
    complete: bool


@frozen
class Summary:
    """The answer. `score` is None, with the reason, when too few controls were decided.

    `sentence` is the verdict and all counts for people, who are told of six outcomes; programs
    read `verdict`, `counts` and `coverage`.
    `formula` is the version of the score's formula, `counts` the number of controls by status.
    """

    verdict: VerdictWord
    sentence: str
    exit_code: int
    reasons: list[str]
    score: int | None
    score_note: str
    formula: int
    coverage: CoverageSummary
    counts: dict[str, int]
    failed_by_severity: dict[str, int]


@frozen
class Evidence:
    """Where one fact came from: file and line, or object and attribute."""

    source: str
    line: int | None
    object: str | None
    attribute: str | None
    value: str | None
    via: str | None
    grade: str


@frozen
class Observation:
    """One subject and what was found about it.

    `waived` marks a violation that somebody accepted; `accepted` says who, by its fingerprint.
    `waiver_note` says why a waiver does not count any more. `first_seen` is when the first of the
    earlier reports, or a fleet's history, said the same; empty without any.
    """

    subject: str
    subject_kind: str
    subject_id: str
    verdict: VerdictOfSubject
    detail: str
    remark: str
    evidence: list[Evidence]
    fingerprint: str
    waived: bool = False
    waiver_note: str = ""
    first_seen: str = ""


@frozen
class Reference:
    """A page that a control rests on."""

    title: str
    page: str
    revision: str


@frozen
class Remediation:
    """How to make the control compliant."""

    text: str
    ui_path: str
    action_class: str
    disruption: str
    verification: str
    undo: str
    precondition: str = ""


@frozen
class Translation:
    """The prose of a control in another language; what is empty exists in English only.

    `nothing_seen` is the reason of a control that does not apply. `ui_path` is empty if the path
    has only names of menus.
    """

    title: str
    rationale: str
    expected: str
    remediation: str
    nothing_seen: str = ""
    ui_path: str = ""
    precondition: str = ""
    verification: str = ""
    undo: str = ""
    title_failed: str = ""
    title_unknown: str = ""


@frozen
class Result:
    """One control. `origin` is empty for a bundled one, else the folder of its document.

    `title` is the state asked for; `title_failed` says what is wrong, `title_unknown` what could
    not be seen, both empty if nobody wrote them. `translations` are by language, for example `de`.
    """

    id: str
    version: int
    title: str
    area: str
    severity: str
    confidence: str
    automation: str
    grade: str
    origin: str
    status: StatusWord
    reason: str
    remarks: bool
    expected: str
    rationale: str
    subjects_seen: int
    observations: list[Observation]
    parameters: Mapping[str, Scalar | list[str]]
    overridden: str
    remediation: Remediation
    mappings: dict[str, list[str]]
    references: list[Reference]
    translations: Mapping[str, Translation] = field(default_factory=dict)
    title_failed: str = ""
    title_unknown: str = ""


@frozen
class Gap:
    """Something that could not be read; `controls` are those that it leaves open."""

    area: str
    reason: str
    source: str
    line: int | None
    advice: str
    controls: list[str]


@frozen
class Accepted:
    """A violation that somebody accepted; `waiver` is the place of the waiver, file and line."""

    rule: str
    subject: str
    reason: str
    owner: str
    expires: str
    subject_id: str = ""
    fingerprint: str = ""
    approver: str = ""
    ticket: str = ""
    created: str = ""
    waiver: str = ""


@frozen
class Report:
    """A whole report. `branding` is None if the run had no branding file.

    `reach` is None in reports of earlier programs, `since` if there was nothing to compare with,
    `past` unless it was made of a fleet's history.
    `sentences` says by the English text what it was made of, so that it can be said in another
    language. A text without parameters is not in it, unless it is the name of a subject.
    """

    schema_version: Literal["1.0"]
    tool: Tool
    run: Run
    target: Target
    summary: Summary
    results: list[Result]
    gaps: list[Gap]
    accepted: list[Accepted]
    templates: list[Template] = field(default_factory=list)
    sentences: dict[str, Sentence] = field(default_factory=dict)
    branding: Branding | None = None
    reach: list[Reach] | None = None
    since: Since | None = None
    past: Past | None = None

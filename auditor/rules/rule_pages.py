"""A rule document as a text for people: why, how it is decided, what to do, and examples."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from auditor.facts import known_facts
from auditor.messages.titles import titled
from auditor.model.rule import ParameterValue, RuleDocument, Translation
from auditor.model.vocabulary import Area, Automation, Status

AUTOMATION: Final = {
    Automation.AUTOMATIC: "the tool reads it, under a name that public sources or samples show",
    Automation.LEARNED: (
        "the setting is documented, its stored name is not: a dialect entry or an attestation is "
        "needed, otherwise it is unknown"
    ),
    Automation.ATTESTED: "no interface shows it: a person states it in the site file",
}
GRADES: Final = {
    "A": "requirement and proof are documented",
    "B": "the setting is documented, its stored name is not",
    "C": "general guidance",
    "D": "a proposal of this project",
}
_AREAS: Final = {
    Area.BOX: "which device it is",
    Area.OBJECTS: "the PBX objects",
    Area.DEVICES: "hardware IDs",
    Area.PASSWORDS: "whether passwords are set",
    Area.CALL_FILTERS: "call filters",
    Area.SETTINGS: "the settings of the device (cfg.txt)",
    Area.TLS: "a live TLS handshake",
}
_FRAMEWORKS: Final = (
    ("BSI IT-Grundschutz 2023", "bsi"),
    ("ISO/IEC 27002:2022", "iso27002"),
    ("NIST SP 800-53r5", "nist80053"),
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with paragraphs, points below them, and code blocks after these."""

    heading: str
    paragraphs: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    code: list[tuple[str, str]] = field(default_factory=list)


def sections(rule: RuleDocument, origin: str = "") -> Iterator[Section]:
    """Yield what a document says, in the order in which people ask for it."""
    fix = rule.remediation
    yield Section("Why", [rule.rationale])
    yield Section("Expected", [rule.expected, f"Not applicable: {rule.nothing_seen}"])
    yield Section("In a report", points=list(_titles(rule)))
    yield Section("How it is decided", _decided(rule, origin), list(_needs(rule)))
    yield Section(
        "What to do",
        [fix.text],
        [
            f"Where: {fix.ui_path}",
            f"Change: {fix.action_class.value}; disruption: {fix.disruption.value}",
            f"Before: {fix.precondition}",
            f"Check: {fix.verification}",
            f"Undo: {fix.undo}",
            *([f"After: {', '.join(fix.after)}"] if fix.after else []),
        ],
    )
    if rule.de != Translation():
        yield _in_german(rule)
    yield Section("Mappings", points=list(_mappings(rule)))
    yield Section(
        "Sources", points=[f"{one.title}: {one.page} ({one.revision})" for one in rule.references]
    )
    yield Section("Examples", code=list(_examples(rule)))


def _in_german(rule: RuleDocument) -> Section:
    german = rule.de
    points = {
        "Nicht bestanden": german.title_failed,
        "Nicht entschieden": german.title_unknown,
        "Erwartet": german.expected,
        "Nicht anwendbar": german.nothing_seen,
        "Wo": german.ui_path,
        "Vorher": german.precondition,
        "Kontrolle": german.verification,
        "Rückweg": german.undo,
    }
    return Section(
        "In German",
        [f"{german.title}: {german.rationale}", german.remediation],
        [f"{name}: {text}" for name, text in points.items() if text],
    )


def _titles(rule: RuleDocument) -> Iterator[str]:
    for name, outcome in (("Failed", Status.FAILED), ("Could not be decided", Status.UNKNOWN)):
        yield f"{name}: {titled(rule, outcome)}"


def heading(rule: RuleDocument) -> str:
    """Return id, title and severity in one line."""
    return f"{rule.id}: {rule.title} ({rule.severity.value})"


def _decided(rule: RuleDocument, origin: str) -> list[str]:
    grade = rule.grade.value
    texts = [
        f"{rule.automation.value.capitalize()}: {AUTOMATION[rule.automation]}.",
        f"Evidence grade {grade}: {GRADES[grade]}. Confidence {rule.confidence.value}.",
    ]
    return [*texts, f"From {origin}."] if origin else texts


def _needs(rule: RuleDocument) -> Iterator[str]:
    for name in dict.fromkeys([*rule.facts, *rule.complete]):
        whole = ", whole" if name in rule.complete else ""
        yield f"Needs {describe(name)}{whole}"
    for name in rule.conditional:
        yield f"May need {describe(name)}"
    for name, value in rule.params.items():
        yield f"Parameter {name} = {show_value(value)}"


def describe(name: str) -> str:
    """Return an area or fact in words."""
    fact = known_facts().get(name)
    if fact is not None:
        return f"the fact {name} ({fact.ui_path})"
    return _AREAS[Area(name)]


def show_value(value: ParameterValue) -> str:
    """Return a parameter as TOML writes it."""
    if isinstance(value, list):
        return "[" + ", ".join(f'"{item}"' for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _mappings(rule: RuleDocument) -> Iterator[str]:
    for name, key in _FRAMEWORKS:
        entries: list[str] = getattr(rule.controls, key)
        if entries:
            yield f"{name}: {', '.join(entries)}"


def _examples(rule: RuleDocument) -> Iterator[tuple[str, str]]:
    for example in rule.examples:
        site = f"\n\n# site file\n{example.site.strip()}" if example.site.strip() else ""
        yield f"{example.name}: {example.status.value}", f"{example.configuration.strip()}{site}"


def to_markdown(rule: RuleDocument) -> str:
    """Return the page of a control."""
    lines = [f"# {rule.id}: {markdown(rule.title)}", "", MADE, ""]
    lines += [f"Severity {rule.severity.value}, area {rule.area}, version {rule.version}.", ""]
    for section in sections(rule):
        lines += [f"## {section.heading}", ""]
        for text in section.paragraphs:
            lines += [markdown(text), ""]
        lines += [f"- {markdown(text)}" for text in section.points]
        lines += [""] if section.points else []
        for title, code in section.code:
            lines += [f"{markdown(title)}", "", "```text", code.replace("```", "` ` `"), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def to_index(rules: Iterable[RuleDocument]) -> str:
    """Return the page that lists all controls."""
    ordered = sorted(rules, key=lambda rule: rule.id)
    counts = {kind: sum(rule.automation is kind for rule in ordered) for kind in Automation}
    legend = [f"- **{kind.value}** ({counts[kind]}): {AUTOMATION[kind]}." for kind in Automation]
    rows = [
        f"| [{rule.id}]({rule.id}.md) | {markdown(rule.title)} | {rule.severity.value} "
        f"| {rule.automation.value} | {rule.grade.value} |"
        for rule in ordered
    ]
    return "\n".join(
        [
            "# Controls",
            "",
            MADE,
            "",
            f"{len(ordered)} controls. Each is one file in `rules/` and names a check of",
            "`auditor/checks/`. The file holds rationale, advice, references, and examples that",
            "run as tests. How a control is decided:",
            "",
            *legend,
            "",
            "| Id | Title | Severity | Decided | Grade |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


MADE: Final = "<!-- Made by `pbx-auditor rules docs`; changes here are lost. -->"


def markdown(text: str) -> str:
    """Return prose that Markdown takes literally, in a table too."""
    escaped = text.strip().replace("\\", "\\\\")
    for character in "|<>*":
        escaped = escaped.replace(character, f"\\{character}")
    return escaped


def to_text(rule: RuleDocument, width: int, origin: str = "") -> str:
    """Return a document for a terminal."""
    lines = _wrap(heading(rule), width)
    for section in sections(rule, origin):
        lines += ["", section.heading.upper()]
        for text in section.paragraphs:
            lines += _wrap(text, width, "  ", "  ")
        for text in section.points:
            lines += _wrap(text, width, "  - ", "    ")
        for title, code in section.code:
            lines += ["", *_wrap(title, width, "  ")]
            lines += [f"    {line}" for line in code.splitlines()]
    return "\n".join(lines)


def _wrap(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )

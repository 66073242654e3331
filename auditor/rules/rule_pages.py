"""A rule document as a text for people: why, how it is decided, what to do, and examples."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import field
from functools import partial
from typing import Final

from auditor.facts import known_facts
from auditor.messages.both import Both
from auditor.messages.labels import word
from auditor.messages.languages import Language, templates, told_strictly, translated
from auditor.messages.message import Message, begun, say
from auditor.messages.titles import titled
from auditor.model.rule import ParameterValue, RuleDocument, Translation
from auditor.model.vocabulary import Area, Automation, Status
from auditor.rules.by_rights import by_rights, decided_by_sources
from auditor.values.frozen import frozen

AUTOMATION: Final = {
    Automation.AUTOMATIC: say(
        "the tool reads it, under a name that public sources or samples show"
    ),
    Automation.LEARNED: say(
        "the setting is documented, its stored name is not: a dialect entry or an attestation is "
        "needed, otherwise it is unknown"
    ),
    Automation.ATTESTED: say("no interface shows it: a person states it in the site file"),
}
_PARTLY: Final = say(
    "a source shows a part of it under a documented name, which the list of controls counts by "
    "rights; for the rest a dialect entry or an attestation is needed, otherwise it is unknown"
)
# The same in a word, for a list.
DECIDED: Final = {
    Automation.AUTOMATIC: say("automatic"),
    Automation.LEARNED: say("learned"),
    Automation.ATTESTED: say("attested"),
}
GRADES: Final = {
    "A": say("requirement and proof are documented"),
    "B": say("the setting is documented, its stored name is not"),
    "C": say("general guidance"),
    "D": say("a proposal of this project"),
}
_AREAS: Final = {
    Area.BOX: say("which device it is"),
    Area.OBJECTS: say("the PBX objects"),
    Area.DEVICES: say("hardware IDs"),
    Area.PASSWORDS: say("whether passwords are set"),
    Area.CALL_FILTERS: say("call filters"),
    Area.SETTINGS: say("the settings of the device (cfg.txt)"),
    Area.TLS: say("a live TLS handshake"),
}
_FRAMEWORKS: Final = (
    ("BSI IT-Grundschutz 2023", "bsi"),
    ("ISO/IEC 27002:2022", "iso27002"),
    ("NIST SP 800-53r5", "nist80053"),
)


_IN_GERMAN: Final = say("In German")


@frozen
class PageSection:
    """A heading with paragraphs, points below them, and code blocks after these."""

    heading: str
    paragraphs: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    code: list[tuple[str, str]] = field(default_factory=list)


def sections(rule: RuleDocument, origin: str = "") -> Iterator[PageSection]:
    """Yield what a document says, in the order in which people ask for it."""
    fix, german = rule.remediation, rule.de
    expected = Both(rule.expected, german.expected)
    nothing = Both(rule.nothing_seen, german.nothing_seen)
    yield PageSection(say("Why"), [Both(rule.rationale, german.rationale)])
    yield PageSection(say("Expected"), [expected, say("Not applicable: {text}", text=nothing)])
    yield PageSection(say("In a report"), points=list(_titles(rule)))
    yield PageSection(say("How it is decided"), _decided(rule, origin), list(_needs(rule)))
    yield PageSection(
        say("What to do"),
        [Both(fix.text, german.remediation)],
        [
            say("Where: {menu}", menu=Both(fix.ui_path, german.ui_path or fix.ui_path)),
            say(
                "Change: {kind}; disruption: {disruption}",
                kind=_said(fix.action_class.value),
                disruption=_said(fix.disruption.value),
            ),
            say("Before: {text}", text=Both(fix.precondition, german.precondition)),
            say("Check: {text}", text=Both(fix.verification, german.verification)),
            say("Undo: {text}", text=Both(fix.undo, german.undo)),
            *([say("After: {names}", names=", ".join(fix.after))] if fix.after else []),
        ],
    )
    if rule.de != Translation():
        yield _in_german(rule)
    yield PageSection(say("Mappings"), points=list(_mappings(rule)))
    yield PageSection(
        say("Sources"),
        points=[
            say("{title}: {page} ({revision})", title=r.title, page=r.page, revision=r.revision)
            for r in rule.references
        ],
    )
    yield PageSection(say("Examples"), code=list(_examples(rule)))


def _in_german(rule: RuleDocument) -> PageSection:
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
    return PageSection(
        _IN_GERMAN,
        [f"{german.title}: {german.rationale}", german.remediation],
        [f"{name}: {text}" for name, text in points.items() if text],
    )


def _titles(rule: RuleDocument) -> Iterator[str]:
    failed, unknown = (titled(rule, one, rule.de) for one in (Status.FAILED, Status.UNKNOWN))
    yield say("Failed: {title}", title=failed)
    yield say("Could not be decided: {title}", title=unknown)


def heading(rule: RuleDocument) -> Message:
    """Return id, title and severity in one line."""
    title, severity = titled(rule, "", rule.de), _said(rule.severity.value)
    return say("{control}: {title} ({severity})", control=rule.id, title=title, severity=severity)


def _decided(rule: RuleDocument, origin: str) -> list[str]:
    grade = rule.grade.value
    texts: list[str] = [
        say("{how}: {why}.", how=DECIDED[rule.automation], why=_why(rule)),
        say(
            "Evidence grade {grade}: {meaning}. Confidence {confidence}.",
            grade=grade,
            meaning=GRADES[grade],
            confidence=_said(rule.confidence.value),
        ),
    ]
    return [*texts, say("From {place}.", place=origin)] if origin else texts


def _why(rule: RuleDocument) -> Message:
    """Return by what a control is decided; a learned one may be in part, by a further source."""
    if rule.automation is Automation.LEARNED and rule.id in decided_by_sources():
        return _PARTLY
    return AUTOMATION[rule.automation]


def _needs(rule: RuleDocument) -> Iterator[Message]:
    for name in dict.fromkeys([*rule.facts, *rule.complete]):
        needed = describe(name)
        if name in rule.complete:
            yield say("Needs {what}, whole", what=needed)
        else:
            yield say("Needs {what}", what=needed)
    for name in rule.conditional:
        yield say("May need {what}", what=describe(name))
    for name, value in rule.params.items():
        yield say("Parameter {name} = {value}", name=name, value=show_value(value))


def _said(value: str) -> Message:
    """Return the word for a value of a closed set."""
    return Message(word(value))


def describe(name: str) -> Message:
    """Return an area or fact in words."""
    fact = known_facts().get(name)
    if fact is not None:
        return say("the fact {name} ({menu})", name=name, menu=fact.ui_path)
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
            lines += [markdown(begun(text)), ""]
        lines += [f"- {markdown(begun(text))}" for text in section.points]
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
            *by_rights({rule.id for rule in ordered}),
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


def to_text(rule: RuleDocument, width: int, origin: str = "", language: Language = "en") -> str:
    """Return a document for a terminal, in a language."""
    lines = _wrap(translated(heading(rule), language), width)
    for section in sections(rule, origin):
        if language == "de" and section.heading == _IN_GERMAN:
            continue
        lines += ["", translated(section.heading, language).upper()]
        for text in section.paragraphs:
            lines += _wrap(_begun(text, language), width, "  ", "  ")
        for text in section.points:
            lines += _wrap(_begun(text, language), width, "  - ", "    ")
        for title, code in section.code:
            lines += ["", *_wrap(title, width, "  ")]
            lines += [f"    {line}" for line in code.splitlines()]
    return "\n".join(lines)


def _begun(text: str, language: Language) -> str:
    """Return a text in a language as the sentence that it is."""
    if not isinstance(text, Message):
        return translated(text, language)
    choice = templates(language)
    return begun(text, choice, partial(told_strictly, choice=choice, language=language))


def _wrap(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )

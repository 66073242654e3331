"""Other ways to look at the same controls: by subject, severity, area and framework."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from auditor.messages.languages import LANGUAGES
from auditor.messages.message import say
from auditor.report import text
from auditor.report.schema import v1
from auditor.report.sentences import Sentences
from auditor.report.terms import SEVERITIES, by_urgency, rank, said
from auditor.report.translation import plain

_LABEL: Final = 80


class SubjectRow(NamedTuple):
    """One subject that violates something, with the controls it violates."""

    name: str
    kind: str
    results: list[v1.Result]


class Grouping(NamedTuple):
    """One way to group the table of controls: labels in each language, and places in the table."""

    name: str
    label: str
    groups: list[tuple[dict[str, str], list[int]]]


def anchor(result: v1.Result) -> str:
    """Return the id of a control's element in the page."""
    return anchor_of(result.id)


def anchor_of(control: str) -> str:
    """Return the id of the element of a control, given the name of that."""
    return "control-" + re.sub(r"[^A-Za-z0-9]+", "-", control)[:40]


def by_subject(results: Iterable[v1.Result]) -> list[SubjectRow]:
    """Return every subject with a violation that nobody accepted, the worst first."""
    names: dict[tuple[str, str], str] = {}
    violated: dict[tuple[str, str], dict[str, v1.Result]] = {}
    for result in results:
        for found in result.observations:
            if found.verdict == "violated" and not found.waived:
                key = (found.subject_kind, found.subject_id)
                names.setdefault(key, found.subject)
                violated.setdefault(key, {})[result.id] = result
    rows = [
        SubjectRow(names[key], key[0], sorted(members.values(), key=by_urgency))
        for key, members in violated.items()
    ]
    return sorted(rows, key=_urgency)


def _urgency(row: SubjectRow) -> tuple[list[int], str]:
    severities = [result.severity for result in row.results]
    return [-severities.count(name) for name in SEVERITIES], row.name


def groupings(
    results: Sequence[v1.Result], subjects: Sequence[SubjectRow], sentences: Sentences
) -> list[Grouping]:
    """Return the ways to group a table that shows controls in the order of `results`."""
    by_severity: dict[str, list[int]] = {}
    by_area: dict[str, list[int]] = {}
    by_framework: dict[str, dict[str, list[int]]] = {}
    for place, result in enumerate(results):
        by_severity.setdefault(result.severity, []).append(place)
        by_area.setdefault(result.area, []).append(place)
        for framework, names in result.mappings.items():
            for name in names:
                by_framework.setdefault(framework, {}).setdefault(name, []).append(place)
    places = {result.id: place for place, result in enumerate(results)}
    ordered = sorted(by_severity, key=lambda name: rank(name, SEVERITIES))
    return [
        Grouping("severity", say("Severity"), [(_both(n), by_severity[n]) for n in ordered]),
        Grouping("area", say("Area"), [(_both(n), by_area[n]) for n in sorted(by_area)]),
        Grouping(
            "subject",
            say("Subject"),
            [
                (_in_each(sentences.named(row.name)), [places[one.id] for one in row.results])
                for row in subjects
            ],
        ),
        *(
            Grouping(f"framework-{number}", text.visible(name, _LABEL), _sorted(requirements))
            for number, (name, requirements) in enumerate(sorted(by_framework.items()))
        ),
    ]


def _sorted(requirements: dict[str, list[int]]) -> list[tuple[dict[str, str], list[int]]]:
    return [(_plain(name), requirements[name]) for name in sorted(requirements, key=natural)]


def natural(name: str) -> list[tuple[int, str]]:
    """Return the sort key of a requirement: A8 comes before A16."""
    parts = re.split(r"([0-9]{1,9})", name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _both(value: str) -> dict[str, str]:
    return _in_each(said(value))


def _in_each(label: str) -> dict[str, str]:
    return {language: text.visible(plain(label, language), _LABEL) for language in LANGUAGES}


def _plain(value: str) -> dict[str, str]:
    return dict.fromkeys(LANGUAGES, text.visible(value, _LABEL))

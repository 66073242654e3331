"""One finding of a saved report, explained: what was seen where, why it matters, what to do."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final, NamedTuple

from auditor.errors import InputError, OptionPlace
from auditor.messages.both import Both
from auditor.messages.languages import Language, translated
from auditor.messages.message import say, say_count
from auditor.report.flat_findings import outcome_of_row
from auditor.report.prose import german_of, remedy_of, title_of
from auditor.report.schema import v1
from auditor.report.sentences import Sentences
from auditor.report.terms import grade, said

_SHORTEST: Final = 8


def explain_finding(
    report: v1.Report, fingerprint: str, width: int, language: Language = "en"
) -> str:
    """Return the text, in a language, about the finding whose fingerprint starts like this.

    Raises InputError if the report holds none or several such findings.
    """
    if len(fingerprint) < _SHORTEST:
        raise InputError(
            say("a fingerprint needs at least {count} characters", count=_SHORTEST),
            where="ID",
            advice=say("give more"),
        )
    found = [
        (result, one)
        for result in report.results
        for one in result.observations
        if one.fingerprint.startswith(fingerprint.lower())
    ]
    if len(found) != 1:
        raise InputError(
            say_count(
                "the report holds {count} such finding",
                "the report holds {count} such findings",
                len(found),
            )
            if found
            else say("the report holds no such finding"),
            where=OptionPlace("--in"),
            advice=say("copy the fingerprint from report.json or report.html of this very run"),
        )
    return "\n".join(_Explained(Sentences(report), width, language).lines(*found[0]))


class _Explained(NamedTuple):
    """How a finding is explained: its sentences in both languages, for a terminal."""

    sentences: Sentences
    width: int
    language: Language

    def lines(self, result: v1.Result, one: v1.Observation) -> Iterator[str]:
        """Yield the lines of the text."""
        fix, german = remedy_of(result), german_of(result)
        seen = say(
            "{subject}: {detail} ({verdict})",
            subject=self.sentences.named(one.subject),
            detail=self.sentences.both(one.detail),
            verdict=said(one.verdict),
        )
        title = title_of(result, outcome_of_row(result, one))
        severity = said(result.severity)
        yield from self._wrapped(
            say(
                "{control}: {title} ({severity})", control=result.id, title=title, severity=severity
            )
        )
        blocks = (
            (say("Finding"), seen),
            (say("Expected"), Both(result.expected, german.expected)),
            (say("Why"), Both(result.rationale, german.rationale)),
            (say("Remark"), self.sentences.both(one.remark) if one.remark else ""),
            (say("What to do"), say("{fix} Where: {menu}", fix=fix.fix, menu=fix.menu)),
            (say("Undo"), fix.undo),
        )
        for heading, text in blocks:
            if text:
                yield from ("", self._told(heading).upper())
                yield from self._wrapped(text, "  ")
        yield from ("", self._told(say("How it was read")).upper())
        for entry in one.evidence:
            yield from self._wrapped(f"- {self._place(entry)}", "  ")
        yield from ("", self._told(say("Fingerprint {digits}", digits=one.fingerprint)))

    def _place(self, entry: v1.Evidence) -> str:
        line = f":{entry.line}" if entry.line else ""
        attribute = self.sentences.named(entry.attribute) if entry.attribute else ""
        words = [f"{entry.source}{line}", entry.object, self._told(attribute)]
        value = (
            say("not set") if entry.value is None else f"= {self._told(self.sentences.seen(entry))}"
        )
        via = f"({self._told(self.sentences.both(entry.via))})" if entry.via else ""
        sure = f"[{self._told(grade(entry.grade))}]"
        parts = [*(word for word in words if word), self._told(value), via, sure]
        return " ".join(part for part in parts if part)

    def _told(self, text: str) -> str:
        return _visible(translated(text, self.language))

    def _wrapped(self, text: str, indent: str = "") -> list[str]:
        return textwrap.wrap(
            self._told(text),
            self.width,
            initial_indent=indent,
            subsequent_indent=indent + "  " * bool(indent),
        )


def _visible(text: str) -> str:
    """Return text from a report without anything that a terminal could act upon."""
    return "".join(c if c.isprintable() else "?" for c in text)

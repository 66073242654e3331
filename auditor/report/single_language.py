"""What a report says, as plain text in the language that its reader sees first.

Formats that can show one language only are written with it. Words that programs go by, such as the
status of a control, names of columns and what identifies a finding, are the same in each language.
"""

from __future__ import annotations

from auditor.messages.languages import Language
from auditor.report.flat_findings import Row
from auditor.report.prose import reason_of
from auditor.report.schema import v1
from auditor.report.sentences import Sentences
from auditor.report.text import visible
from auditor.report.translation import plain


class Telling:
    """Tells the texts of one report."""

    def __init__(self, report: v1.Report) -> None:
        self.sentences = Sentences(report)
        # Whoever made a report otherwise than by reading one may have put any text here.
        self.language: Language = "de" if report.run.language == "de" else "en"

    def text(self, value: str) -> str:
        """Return a text that may be in both languages."""
        return plain(value, self.language)

    def told(self, english: str) -> str:
        """Return a sentence of the report."""
        return self.text(self.sentences.both(english)) if english else ""

    def name(self, english: str) -> str:
        """Return the name of a subject; what a PBX calls something is the same everywhere."""
        return self.text(self.sentences.named(english))

    def label(self, english: str) -> str:
        """Return the name of a subject as a sentence begins with it."""
        return self.text(self.sentences.label(english))

    def detail(self, row: Row) -> str:
        """Return what was found about a subject, or why the control looked at none."""
        if row.observation is None:
            return self.text(reason_of(row.result, self.sentences) or "")
        return self.told(row.detail)

    def statement(self, row: Row) -> str:
        """Return the title as a sentence of its own, then the subject and what was found."""
        subject = visible(self.label(row.subject)) if row.subject else ""
        about = ": ".join(part for part in (subject, self.detail(row)) if part)
        title = self.text(row.title)
        return f"{title}. {about}" if about else title

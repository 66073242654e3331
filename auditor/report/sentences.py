"""Sentences of a report in German: what they were made of goes with the report, and comes back.

A report may have been written by an older program, or changed since. So a sentence is said in
German only if its parts make exactly the English text that stands in the report.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final, NamedTuple

from auditor.messages.both import Both
from auditor.messages.languages import told_strictly
from auditor.messages.message import NOTHING, Message, Parameter, begun
from auditor.report import old_report
from auditor.report.schema import v1
from auditor.report.schema.v1sentences import Sentence, Template
from auditor.report.translation import german

_SHOWN: Final = partial(told_strictly, choice=german, language="de")
# Only what is told of a password stands here, never a value of the PBX.
_PASSWORD: Final = "pwd"  # noqa: S105 -- the name of an attribute


class Made(NamedTuple):
    """What the sentences of a report were made of."""

    templates: list[Template]
    sentences: dict[str, Sentence]


def gather(sentences: Iterable[str], names: Iterable[str], values: Iterable[str] = ()) -> Made:
    """Return what messages among sentences, the names of subjects and values were made of.

    A sentence stands in a report with a capital, values and names stand there as they are.
    The name of a subject could be any text that somebody typed, so that all of ours are listed.
    """
    gathering = _Gathering()
    said = {id(one): one for one in sentences if isinstance(one, Message) and one.parameters}
    for sentence in said.values():  # what many controls need is said of each of them
        gathering.add(begun(sentence), sentence)
    for value in values:
        if isinstance(value, Message) and value.parameters:
            gathering.add(str(value), value)
    for name in names:
        if isinstance(name, Message):
            gathering.add(str(name), name)
    return gathering.made


class _Gathering:
    """Collects sentences; each text and each template is noted once."""

    def __init__(self) -> None:
        self.made = Made([], {})
        self._places: dict[tuple[str, str], int] = {}

    def add(self, told: str, statement: Message) -> None:
        """Note what a statement was made of, by how it is told."""
        if told not in self.made.sentences:
            self.made.sentences[told] = self._sentence(statement)

    def _sentence(self, statement: Message) -> Sentence:
        key = (statement.template, statement.plural)
        place = self._places.setdefault(key, len(self._places))
        if place == len(self.made.templates):
            self.made.templates.append(Template(*key))
        return Sentence(place, {name: self._told(value) for name, value in statement.parameters})

    def _told(self, value: Parameter) -> int | str | Sentence | list[str | Sentence]:
        if isinstance(value, Message):
            return self._sentence(value) if value else ""
        if isinstance(value, tuple):
            return [self._part(part) for part in value]
        return str(value) if isinstance(value, str) else value

    def _part(self, value: str) -> str | Sentence:
        return self._sentence(value) if isinstance(value, Message) and value else str(value)


class Sentences:
    """The sentences of one report, each in both languages as far as it can be said in German."""

    def __init__(self, report: v1.Report) -> None:
        self._templates = dict(enumerate(report.templates))
        self._sentences = report.sentences
        self._known: dict[str, Both] = {}
        self._is_old = old_report.is_old(report)

    def both(self, english: str) -> Both:
        """Return a sentence in each language; one that nobody translated has no German."""
        if english not in self._known:
            self._known[english] = Both(english, self._german(english))
        return self._known[english]

    def part(self, english: str, name: str) -> Both:
        """Return a sentence that is a parameter of another; that one, if it has none."""
        made = self._sentences.get(english)
        found = made.parameters.get(name) if made is not None else None
        if not isinstance(found, Sentence):
            return self.both(english)
        try:
            statement = self._statement(found)
        except KeyError:
            return self.both(english)
        return Both(begun(statement), self._told(statement, begins=True))

    def named(self, english: str) -> str:
        """Return the name of a subject, in each language if it is one that we gave it."""
        return self.both(english) if english in self._sentences else english

    def label(self, english: str) -> str:
        """Return the name of a subject as a line begins with it: with a capital, if it is ours."""
        made = self._sentences.get(english)
        if made is None:
            return english
        try:
            statement = self._statement(made)
        except KeyError:
            return self.named(english)
        return Both(begun(statement), self._told(statement, begins=True))

    def seen(self, evidence: v1.Evidence) -> str:
        """Return what was seen, in each language if we said it; values of the PBX stay as is."""
        value = evidence.value or ""
        is_told = evidence.attribute == _PASSWORD
        if self._is_old:
            return old_report.password(value) if is_told else value
        made = self._sentences.get(value)
        return self._ours(value) if is_told or (made and made.parameters) else value

    def page(self, reference: v1.Reference) -> str:
        """Return the title of a page, in each language as far as it is ours and not its name."""
        return self._ours(reference.title)

    def revision(self, reference: v1.Reference) -> str:
        """Return which revision of a page was read, in each language as far as we said it."""
        text = reference.revision
        return old_report.revision(text) if self._is_old else self._ours(text)

    def _ours(self, english: str) -> str:
        """Return a text in each language, or a name as it is: it does not look untranslated."""
        both = self.both(english)
        return both if both.german else english

    def _german(self, english: str) -> str:
        made = self._sentences.get(english)
        if made is None:
            inside = Message(english[:1].lower() + english[1:])
            return self._told(Message(english)) or self._told(inside, begins=True)
        try:
            statement = self._statement(made)
        except KeyError:
            return ""
        if english == statement:
            return self._told(statement)
        return self._told(statement, begins=True) if english == begun(statement) else ""

    @staticmethod
    def _told(statement: Message, *, begins: bool = False) -> str:
        try:
            return begun(statement, german, _SHOWN) if begins else statement.told(german, _SHOWN)
        except KeyError:
            return ""

    def _statement(self, made: Sentence) -> Message:
        """Return the statement of a sentence. Raises KeyError unless it is all made of our words.

        Only templates of the catalogue are filled in: they use each parameter once, so that no
        report can make a text that is longer than itself.
        """
        template = self._templates[made.template]
        german(template.english, template.plural)
        parameters = {name: self._parameter(value) for name, value in made.parameters.items()}
        return Message(template.english, parameters, template.plural)

    def _parameter(self, value: int | str | Sentence | list[str | Sentence]) -> Parameter:
        if isinstance(value, list):
            return tuple(self._part(part) for part in value)
        return value if isinstance(value, int) else self._part(value)

    def _part(self, value: str | Sentence) -> str:
        if isinstance(value, Sentence):
            return self._statement(value)
        return value or NOTHING

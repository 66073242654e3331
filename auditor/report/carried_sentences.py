"""Sentences that one report takes over from another, or is told later, with what they are made of.

What was fixed has a name that only the earlier report knows the parts of; without them nobody could
say it in German.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from auditor.report.schema import v1
from auditor.report.schema.v1sentences import Sentence, Template
from auditor.report.sentences import Made


def with_sentences(report: v1.Report, made: Made, told: Iterable[str]) -> v1.Report:
    """Return a report that knows what texts are made of as well, as far as `made` knows it."""
    borrowed = _Borrowed(list(report.templates), made.templates)
    sentences = dict(report.sentences)
    for text in told:
        if text not in sentences and text in made.sentences:
            sentences[text] = borrowed.sentence(made.sentences[text])
    if len(sentences) == len(report.sentences):
        return report
    return replace(report, templates=borrowed.templates, sentences=sentences)


def made_of(report: v1.Report) -> Made:
    """Return what the sentences of a report are made of; what is not whole is left out."""
    last = len(report.templates)
    whole = {text: one for text, one in report.sentences.items() if _places(one) < last}
    return Made(report.templates, whole)


def _places(made: Sentence) -> int:
    """Return the largest number of a template in a sentence."""
    values = [
        part
        for value in made.parameters.values()
        for part in (value if isinstance(value, list) else [value])
    ]
    inner = [_places(part) for part in values if isinstance(part, Sentence)]
    return max([made.template if made.template >= 0 else 1 << 31, *inner])


class _Borrowed:
    """Templates of a report, to which those of another one are added as they are needed."""

    def __init__(self, templates: list[Template], others: Sequence[Template]) -> None:
        self.templates = templates
        self._others = others
        self._places = {one: place for place, one in enumerate(templates)}

    def sentence(self, made: Sentence) -> Sentence:
        """Return a sentence of the other report as one of this one."""
        template = self._others[made.template]
        place = self._places.setdefault(template, len(self.templates))
        if place == len(self.templates):
            self.templates.append(template)
        return Sentence(
            place,
            {
                name: [self._part(part) for part in value]
                if isinstance(value, list)
                else value
                if isinstance(value, int)
                else self._part(value)
                for name, value in made.parameters.items()
            },
        )

    def _part(self, value: str | Sentence) -> str | Sentence:
        return self.sentence(value) if isinstance(value, Sentence) else value

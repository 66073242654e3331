"""Where a finding was seen: file and line, and an excerpt of what stands there.

An excerpt is never cut out of a document, which could hold a secret. It is put together of what
the report shows anyway: the names of the object, and the attributes that the evidence names with
the values that it holds. A password is reduced to evidence while it is read, so its kind stands in
its place; whatever else the line holds is an ellipsis.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Final, NamedTuple

from auditor.messages.message import say, say_count
from auditor.model.vocabulary import PasswordState
from auditor.report.formats.terminal_style import Look
from auditor.report.schema import v1
from auditor.report.sentences import Sentences
from auditor.values.frozen import frozen

# The attributes of evidence about a password: what it was reduced to is no value of the document.
PASSWORDS: Final = frozenset({"pwd", "config add PHONE SIG /gk-pwd"})
_LONGEST_VALUE: Final = 48
_LONGEST_NAME: Final = 32
_LEAST_HEAD: Final = 8
_LEAST_GUTTER: Final = 2
_MOST_PLACES: Final = 3
# What evidence about a password says if none is stored: a value that no document holds.
_ABSENT: Final = PasswordState.ABSENT.value
_NOT_SET: Final = say("not set")
_GAP: Final = "…"
_ARROW: Final = "-->"
# How documents write the names of an object, and what stands between two of them.
_FORMS: Final = {
    "table-users": ('"{key}": "{name}"', ", "),
    "object-export": ('{key}="{name}"', " "),
}


class Line(NamedTuple):
    """What is known of a line with an object: how its document is written, and its names."""

    kind: str
    names: tuple[tuple[str, str], ...]


@frozen
class Documents:
    """Where the documents of a report are, as far as whoever reads it can open them.

    `files` are paths by the names of documents, `lines` the objects by document and line. A PBX
    that was read live has no `files`, and `live` says that a line would lead nowhere. `secrets`
    are the places of settings that hold a secret. `stand` is how settings stand in their lines, by
    what evidence calls their places; empty for one that is not there.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[tuple[str, int], Line] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    stand: Mapping[str, str] = field(default_factory=dict)
    live: bool = False


NO_DOCUMENTS: Final = Documents()


class _Part(NamedTuple):
    """A part of a line; what is marked is what the finding is about."""

    text: str
    marked: bool = False


class Snippets:
    """Shows the places of findings: ruff and zizmor draw them in the same way."""

    def __init__(
        self, report: v1.Report, documents: Documents, sentences: Sentences, look: Look
    ) -> None:
        self._documents = documents
        self._sentences = sentences
        self._look = look
        self._gutter = max(_LEAST_GUTTER, 0 if documents.live else _digits(report))

    def of(self, seen: v1.Observation, meaning: str, *, limit: int | None = None) -> Iterator[str]:
        """Yield the lines that show where something was seen, at most so many places.

        What stands at the first one is drawn; the others take a line each.
        """
        groups = list(_by_line(seen.evidence))
        shown = groups[: limit or _MOST_PLACES] if limit != 0 else groups
        for at, group in enumerate(shown):
            excerpt = [] if at else self._excerpt(group, meaning)
            yield from self._place(group, with_value=not excerpt)
            yield from excerpt
        for note in self._notes(seen, [entry for group in shown for entry in group]):
            yield from self.note(self._look.say("note"), note)
        if left := len(groups) - len(shown):
            more = say_count(
                "and {count} more place; --verbose shows it",
                "and {count} more places; --verbose shows them",
                left,
            )
            yield from self.note(self._look.say("note"), self._look.text(more))

    def note(self, label: str, text: str, meaning: str = "") -> list[str]:
        """Return a remark below an excerpt."""
        lead, head = f"{' ' * self._gutter} = ", f"{label}: "
        lines = self._look.wrap(text, first=lead + head, rest=" " * len(lead + head))
        if lines and meaning:
            rest = lines[0][len(lead + label) :]
            lines[0] = lead + self._look.paint(label, meaning) + rest
        return lines

    def _number(self, entry: v1.Evidence) -> str:
        return str(entry.line) if entry.line and not self._documents.live else ""

    def _place(self, group: Sequence[v1.Evidence], *, with_value: bool) -> Iterator[str]:
        """Yield the file and the line, or the object and the attribute; the value if asked for."""
        entry, number = group[0], self._number(group[0])
        attributes = ", ".join(dict.fromkeys(one.attribute or "" for one in group))
        if number:
            where = f"{self._documents.files.get(entry.source, entry.source)}:{number}"
        elif entry.object is not None:
            where = ", ".join(filter(None, (entry.object, attributes)))
        else:
            where = self._documents.files.get(entry.source) or self._sentences.named(entry.source)
        values = [self._value(one) for one in group] if with_value else []
        said = ": ".join([self._look.text(where), *filter(None, [", ".join(filter(None, values))])])
        lead = f"{' ' * self._gutter}{_ARROW} "
        for at, line in enumerate(self._look.wrap(said, first=lead, rest=" " * len(lead))):
            yield line if at else line.replace(_ARROW, self._look.paint(_ARROW, "place"), 1)

    def _excerpt(self, group: Sequence[v1.Evidence], meaning: str) -> list[str]:
        """Return what stands at a place, and marks below what the finding is about."""
        number = self._number(group[0])
        if not number and group[0].object is None:
            return []
        parts = list(self._parts(group))
        room = self._look.columns - self._gutter - len(" | ")
        shown = _fitting(parts, room, self._look.mark(_GAP, "..."))
        if not any(part.marked for part in shown):
            return []
        text = "".join(part.text for part in shown).rstrip()
        marks = "".join(("^" if part.marked else " ") * _cells(part.text) for part in shown)
        blank = len(marks) - len(marks.lstrip())
        painted = marks[:blank] + self._look.paint(marks[blank:].rstrip(), meaning)
        bar = " " * self._gutter + " |"
        return [bar, f"{number.rjust(self._gutter)} | {text}", f"{bar} {painted}"]

    def _parts(self, group: Sequence[v1.Evidence]) -> Iterator[_Part]:
        first, gap = group[0], self._look.mark(_GAP, "...")
        line = self._documents.lines.get((first.source, first.line or 0))
        names = dict(line.names) if line else {}
        values = [one for one in group if self._value(one) and one.attribute not in names]
        if self._number(first) and first.object is not None:
            known = {one.attribute or "" for one in group} & names.keys()
            head = list(self._head(line, first, known, marked=not values and not known))
            yield from head
            if head:
                yield _Part(" " if head[-1].text.endswith(gap) else f" {gap} ")
        for at, entry in enumerate(values):
            if at:
                yield _Part(f" {gap} ")
            if entry.object is None:
                stands = self._documents.stand.get(entry.attribute or "", entry.attribute or "")
                yield _Part(f"{self._look.text(stands, 2 * _LONGEST_NAME)} ")
                yield _Part(self._content(entry), marked=True)
            else:
                yield _Part(self._value(entry), marked=True)
        if self._number(first) and first.object is not None and values:
            yield _Part(f" {gap}")

    def _head(
        self, line: Line | None, entry: v1.Evidence, known: set[str], *, marked: bool
    ) -> Iterator[_Part]:
        """Yield the names of an object as its document writes them."""
        if line is None:
            yield _Part(self._look.text(entry.object or "", _LONGEST_NAME), marked)
            return
        form, between = _FORMS.get(line.kind, ("({key}={name})", ""))
        pieces = [(key, name) for key, name in line.names if name]
        for at, (key, name) in enumerate(pieces):
            if at and between:
                yield _Part(between, marked)
            shown = form.format(key=key, name=self._look.text(name, _LONGEST_NAME))
            yield _Part(shown, marked or key in known)

    def _value(self, entry: v1.Evidence) -> str:
        """Return an attribute with its value as evidence holds it; empty if it is not there."""
        attribute = entry.attribute or ""
        if entry.value is None or not attribute or self._is_absent(entry):
            return ""
        name = self._look.text(self._sentences.named(attribute), 2 * _LONGEST_NAME)
        if entry.object is None:
            return f"{name} {self._content(entry)}"
        return f'{name}="{self._content(entry)}"'

    def _is_absent(self, entry: v1.Evidence) -> bool:
        """Return whether a document does not hold what evidence has a value of."""
        attribute = entry.attribute or ""
        if attribute in PASSWORDS:
            return entry.value == _ABSENT
        return self._documents.stand.get(attribute) == ""

    def _content(self, entry: v1.Evidence) -> str:
        """Return the value of evidence; that of a secret is its kind."""
        if entry.attribute in PASSWORDS:
            return f"<{self._look.say('password')}>"
        if entry.attribute in self._documents.secrets:
            return f"<{self._look.say('secret')}>"
        return self._look.text(self._seen(entry), _LONGEST_VALUE)

    def _notes(self, seen: v1.Observation, entries: Iterable[v1.Evidence]) -> Iterator[str]:
        """Yield what evidence says beside the excerpt, unless the finding says so itself."""
        said = self._look.text(self._sentences.both(seen.detail), 10_000)
        known: set[str] = set()
        for entry in entries:
            attribute = entry.attribute or ""
            is_secret = attribute in PASSWORDS or attribute in self._documents.secrets
            reduced = self._seen(entry) if is_secret else ""
            told = [
                self._look.text(one)
                for one in (reduced, self._sentences.named(entry.via or ""))
                if one
            ]
            if entry.value is None and not told:
                told = [self._look.text(_NOT_SET)]
            for text in told:
                name = self._look.text(self._sentences.named(attribute))
                note = f"{name}: {text}" if attribute else text
                if text not in said and note not in known:
                    known.add(note)
                    yield note

    def _seen(self, entry: v1.Evidence) -> str:
        return self._sentences.seen(entry)


def _by_line(evidence: Iterable[v1.Evidence]) -> Iterator[list[v1.Evidence]]:
    """Yield evidence that stands on one line of one document together."""
    groups: dict[tuple[object, ...], list[v1.Evidence]] = {}
    for entry in evidence:
        alone = None if entry.line else len(groups)
        key = (entry.source, entry.line, entry.object, alone)
        groups.setdefault(key, []).append(entry)
    yield from groups.values()


def _digits(report: v1.Report) -> int:
    """Return how wide the longest number of a line is, so that all excerpts are in line."""
    numbers = (
        entry.line or 0
        for result in report.results
        for seen in result.observations
        if seen.verdict != "compliant"
        for entry in seen.evidence
    )
    return len(str(max(numbers, default=0)))


def _cells(text: str) -> int:
    """Return how many columns a text takes, in which some characters take two."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _fitting(parts: Sequence[_Part], room: int, gap: str) -> list[_Part]:
    """Return the parts in so many columns: what is not marked gives way first, then the end."""
    shown = list(parts)
    excess = sum(len(part.text) for part in shown) - room
    for at, part in enumerate(shown):
        if excess > 0 and not part.marked and len(part.text) > _LEAST_HEAD:
            kept = max(_LEAST_HEAD, len(part.text) - excess)
            excess -= len(part.text) - kept
            shown[at] = _Part(f"{part.text[: kept - len(gap) - 1]}{gap} ")
    fitting: list[_Part] = []
    for part in shown:
        fitting.append(_Part(part.text[: max(room, 0)], part.marked))
        room -= len(part.text)
    return [part for part in fitting if part.text]

"""What is wrong with a sentence: holes, doubled words and marks, a small beginning."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from auditor.messages.message import Choice, Message, Parameter, begun, english
from auditor.model.result import ControlResult
from auditor.model.snapshot import Snapshot
from auditor.report.translation import german

LANGUAGES: Final[dict[str, Choice]] = {"en": english, "de": german}
# A parameter that holds nothing leaves a hole, or marks that stand alone.
_HOLE: Final = re.compile(r"\(\s*\)|\((?:see|siehe) \)|\s[,;.:](?:\s|$)|^\s|\s{2}|[,;:]$|\{\w+\}")
_MARKS: Final = re.compile(r"\.\.(?!\.)|[,;:?!]\s*[,;:.?!]|\.\s*[;:]|\.\s+\.")
_MANY: Final = (
    *("objects", "users", "devices", "apps", "ids", "days", "entries", "phones", "filters"),
    *("passwords", "trunks", "boxes", "lines", "settings", "messages", "controls", "findings"),
)
_ONE_OF_MANY: Final = re.compile(rf"(?<![\w.,/:-])1 (?:more |other )?(?:{'|'.join(_MANY)})\b")
# A key of the site file stands behind its section, `[facts.x]` or `[lists] x`.
_KEY: Final = r"[a-z]+(?:_[a-z]+)*"
_PLACED: Final = re.compile(rf"\[[a-z_.]+\](?: (?:als )?{_KEY}(?: (?:and|und) {_KEY})*)?")
_BARE: Final = re.compile(r"(?<![\w.\[/<-])[a-z]+(?:_[a-z]+)+\b(?!\s*=)")


class Said(NamedTuple):
    """One sentence, and the name of what it is said of, which stands before it."""

    about: str
    sentence: Message


class _Told(NamedTuple):
    """A sentence in one language: as it is, and with a mark for each value."""

    about: str
    text: str
    marked: str
    begins: str


def faults(said: Said) -> Iterator[str]:
    """Yield what is wrong with a sentence, in each language."""
    for language, choice in LANGUAGES.items():
        about = said.about.told(choice) if isinstance(said.about, Message) else ""
        told = _Told(
            about,
            said.sentence.told(choice),
            _marked(said.sentence).told(choice),
            begun(_marked(said.sentence), choice),
        )
        for name, is_so in _FAULTS.items():
            if is_so(told):
                yield f"{language}: {name}: {told.about}: {told.text}"


def _marked(sentence: Message) -> Message:
    """Return a sentence with X for each text that comes from outside."""
    known: dict[str, Parameter] = {}
    for name, value in sentence.parameters:
        if isinstance(value, tuple):
            known[name] = tuple(map(_mark, value))
        else:
            known[name] = value if isinstance(value, int) else _mark(value)
    return Message(sentence.template, known, sentence.plural)


def _mark(value: str) -> str:
    if isinstance(value, Message):
        return _marked(value)
    return "X" if value.strip() else value


_FAULTS: Final[dict[str, Callable[[_Told], object]]] = {
    "a hole": lambda told: _HOLE.search(told.marked),
    "marks twice": lambda told: _MARKS.search(told.marked),
    "the label twice": lambda told: told.about and _begins_with(told.text, told.about),
    "a clause twice": lambda told: _is_repeated(told.text.split("; ")),
    "one of many": lambda told: _ONE_OF_MANY.search(told.text),
    "a bare key": lambda told: _BARE.search(_PLACED.sub("", told.marked)),
    "a small beginning": lambda told: told.begins[:1].islower(),
}


def _begins_with(text: str, label: str) -> bool:
    return text.casefold().startswith(label.casefold())


def _is_repeated(clauses: list[str]) -> bool:
    return len(set(clauses)) < len(clauses)


def said(result: ControlResult, snapshot: Snapshot) -> Iterator[Said]:
    """Yield the sentences of a result, and those of the snapshot that it rests on."""
    texts = [("", result.reason)]
    for seen in (finding.observation for finding in result.findings):
        texts += [(seen.subject.name, seen.detail), ("", seen.remark)]
        texts += [("", seen.fix.by_hand)] if seen.fix is not None else []
    for gap in snapshot.gaps:
        texts += [("", gap.reason), ("", gap.advice)]
    texts += [("", source.note) for source in snapshot.sources]
    yield from (Said(about, text) for about, text in texts if isinstance(text, Message) and text)


def emptied(snapshot: Snapshot) -> Iterator[Snapshot]:
    """Yield a snapshot whose attributes, numbers, names, diversions or settings hold nothing."""
    for change in (
        lambda one: {"attributes": dict.fromkeys(one.attributes, "")},
        lambda _: {"e164": ""},
        lambda _: {"h323": "", "cn": "", "guid": ""},
        lambda one: {"diversions": tuple(_leading_nowhere(d) for d in one.diversions)},
    ):
        objects = tuple(one._replace(**change(one)) for one in snapshot.objects)
        yield replace(snapshot, objects=objects)
    settings = {name: replace(one, values=("",)) for name, one in snapshot.settings.items()}
    yield replace(snapshot, settings=settings)


def _leading_nowhere(diversion):
    return diversion._replace(e164="", h323="")

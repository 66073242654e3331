"""Every sentence of a control is one, with its parameters as they really come."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from auditor.messages.message import Message, english, say, say_count, together
from auditor.rules.catalogue import load_catalogue
from tests.rules.cases import inputs_of
from tests.rules.harness import judge, read, site_of
from tests.rules.wording import Said, faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from auditor.model.result import ControlResult
    from auditor.model.snapshot import Snapshot

RULES: Final = load_catalogue(examples=True).rules


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


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_sentence_of_a_control_is_one(rule, tmp_path):
    found: set[str] = set()
    for number, given in enumerate(inputs_of(rule)):
        place = tmp_path / str(number)
        place.mkdir()
        snapshot, site = read(given, place), site_of(given)
        for one in (snapshot, *emptied(snapshot)):
            for sentence in said(judge(rule, one, site), one):
                found.update(faults(sentence))
    assert not found, "\n".join(sorted(found))


@pytest.mark.parametrize(
    ("about", "sentence", "fault"),
    [
        (say("box"), say("box is on"), "the label twice"),
        ("", say("it goes to {target}, inside", target=" "), "a hole"),
        ("", say("what it does (see {name})", name=" "), "a hole"),
        ("", say("it is {reason}.;", reason="x"), "marks twice"),
        ("", Message("{one}; {other}", {"parts": (say("box"), say("box"))}), "a clause twice"),
        ("", say_count("{count} object", "1 objects", 2), "one of many"),
        ("", say("look at time_server"), "a bare key"),
    ],
)
def test_a_sentence_that_is_none_is_refused(about, sentence, fault, monkeypatch):
    monkeypatch.setattr(
        "tests.rules.wording.LANGUAGES",
        {"en": english},
    )
    assert any(f": {fault}: " in found for found in faults(Said(about, sentence)))


def test_what_is_empty_is_said_to_be():
    assert str(say("it goes to {target}", target="")) == "it goes to (empty)"


def test_what_is_said_twice_is_said_once():
    assert together(say("box"), say("box")) == "box"

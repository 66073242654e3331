"""What is still to do for a control: places marked, texts without German, files to make."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from auditor.model.rule import RuleDocument
from auditor.rules.catalogue import Catalogue
from auditor.rules.page_folder import pages_of
from tests import catalogue as messages
from tests.authoring import places
from tests.generated import CHECKOUT, RENEW
from tests.rules import observed
from tests.rules.cases import load_tables

_MARK: Final = "TODO"


def blanks(rule: RuleDocument, known: Catalogue) -> list[str]:
    """Return what is still to do for a control, each with its place; empty if nothing is."""
    return [*_marked(rule), *_untranslated(), *_not_made(rule, known), *_not_noted(rule)]


def _marked(rule: RuleDocument) -> Iterator[str]:
    document, table = places.document_of(rule.id), places.table_of(rule.id)
    for path in (document, places.module_of(rule), table):
        if path is not None and path.is_file():
            yield from _marks(path, "")
    yield from _marks(places.CHANGELOG, rule.id)


def _marks(path: Path, also: str) -> Iterator[str]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if _MARK in line and also in line:
            yield f"{places.shown(path)}:{number}: {line.strip()}"


def _untranslated() -> Iterator[str]:
    """Yield the messages without German: those that the catalogue lacks, and those left empty."""
    entries = {entry.id: entry for entry in messages.read("de") if entry.id}
    place = places.shown(places.GERMAN)
    for key in messages.messages():
        if _MARK in messages.said(key):
            continue  # another message will stand there
        if key not in entries:
            yield f"{place}: {messages.said(key)!r} is missing; `{RENEW}` writes an entry for it"
        elif not all(_forms(entries[key].string)):
            yield f"{place}: {messages.said(key)!r} has no German"


def _forms(string: object) -> tuple[object, ...]:
    return tuple(string) if isinstance(string, list | tuple) else (string,)


def _not_made(rule: RuleDocument, known: Catalogue) -> Iterator[str]:
    """Yield the generated pages about a control that do not say what its document says now."""
    pages = pages_of(known)
    for name in (f"{rule.id}.md", "README.md"):
        path = CHECKOUT / "docs" / "rules" / name
        if not path.is_file() or path.read_text(encoding="utf-8") != pages[name]:
            yield f"{places.shown(path)}: not up to date; run `{RENEW}` when the rest is done"


def _not_noted(rule: RuleDocument) -> Iterator[str]:
    """Yield the sentences and names that are not kept yet, each with how they come to be."""
    renew = f"`{observed.RENEW} ID={rule.id}`"
    table, kept = load_tables().get(rule.id), observed.TOLD.get(rule.id, {})
    for case in table.cases if table else ():
        if case.told and case.name not in kept:
            place = places.shown(observed.TOLD_PLACE)
            yield f"{place}: does not have the sentences of {case.name!r}; {renew} writes them"
    if rule.id not in observed.OBSERVED:
        place = places.shown(observed.PLACE)
        yield f"{place}: does not have the names it uses; {renew} when the rest is done"

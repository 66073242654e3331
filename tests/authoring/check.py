"""Checks one control: where its parts are, which cases it lacks, the tests that are about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

import pytest

from auditor.model.rule import RuleDocument
from auditor.rules.catalogue import Catalogue
from tests.authoring import places
from tests.authoring.case_kinds import missing_kinds
from tests.rules.cases import load_tables

# Where tests are that concern a control, and how the names of those begin that concern each one,
# because they look at what all checks say.
_FILES: Final = {
    "tests/rules": (),
    "tests/report/test_language.py": ("test_every_",),
    "tests/unit/test_plan_words.py": ("test_every_text_of_a_check",),
    "tests/meta/test_architecture.py": (),
}


class UnknownError(Exception):
    """There is no control with this id."""


def find(name: str, known: Catalogue) -> RuleDocument:
    """Return a control by its id. Raises UnknownError, which names similar ones."""
    if name in known.rules:
        return known.rules[name]
    near = ", ".join(get_close_matches(name.upper(), known.rules, 5))
    raise UnknownError(
        f"there is no control {name!r}{near and f'; similar: {near}'}. All: pbx-auditor rules list."
        f" A new one: make new-rule ID={name} AREA=..."
    )


def about(rule: RuleDocument, known: Catalogue) -> Iterator[str]:
    """Yield lines about a control: where its parts stand, and how much there is of each."""
    document, table = places.document_of(rule.id), load_tables().get(rule.id)
    profiles = [name for name in sorted(known.profiles) if rule.id in known.controls_of(name)]
    cases = "no case table of its own"
    if table is not None:
        cases = f"{len(table.cases)} cases in {places.shown(places.table_of(rule.id))}"
    yield f"{rule.id}: {rule.title}"
    yield f"  document  {places.shown(document) if document else 'not found'}"
    yield f"  check     {rule.check} in {places.shown(places.module_of(rule))}"
    yield f"  examples  {len(rule.examples)}; {cases}"
    yield f"  profiles  {', '.join(profiles) or 'none'}"


def advice(rule: RuleDocument) -> Iterator[str]:
    """Yield the kinds of case that its table lacks: not every control can meet each."""
    table = load_tables().get(rule.id)
    kinds = missing_kinds(rule, table) if table is not None else []
    if kinds:
        place = places.shown(places.table_of(rule.id))
        yield f"  kinds of case not found in {place}; add those that the control can meet:"
    for kind in kinds:
        yield f"    {kind.name:<22}{kind.what}"


def run_tests(rule: RuleDocument) -> bool:
    """Run the tests that are about a control; return whether all passed."""
    arguments = ["-q", "-n0", "--no-header", "-p", "no:cacheprovider", "--tb=short", *_FILES]
    return pytest.main(arguments, plugins=[_About(rule)]) == pytest.ExitCode.OK


class _About:
    """Keeps the tests of a control, and those of all controls together."""

    def __init__(self, rule: RuleDocument) -> None:
        self._id = re.compile(rf"(^|-){rule.id}(-|$)")
        self._module = places.module_of(rule).name

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        kept = [item for item in items if self._concerns(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept

    def _concerns(self, item: pytest.Item) -> bool:
        given = getattr(item, "callspec", None)
        if item.path.parent.name == "rules":
            return given is None or bool(self._id.search(given.id))
        names = next(names for file, names in _FILES.items() if item.nodeid.startswith(file))
        is_of_module = given is not None and given.id.endswith(f"/{self._module}")
        return item.name.startswith(names) if names else is_of_module

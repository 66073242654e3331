"""Where the parts of a control stand. The tools of this folder know no other paths."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import auditor.checks
from auditor.model.rule import RuleDocument
from auditor.resources import rules_directory
from auditor.rules.rule_documents import PROFILES_FOLDER
from tests import catalogue

CHECKOUT: Final = Path(__file__).parents[2]
CHECKS: Final = Path(auditor.checks.__file__)
PROFILES: Final = rules_directory() / PROFILES_FOLDER
CHANGELOG: Final = CHECKOUT / "CHANGELOG.md"
TESTS_OF_RULES: Final = CHECKOUT / "tests" / "rules"
BENCHMARK: Final = TESTS_OF_RULES / "benchmark.csv"
GERMAN: Final = catalogue.po_file("de")


def shown(path: Path) -> str:
    """Return a path as a person in the checkout types it."""
    return path.relative_to(CHECKOUT).as_posix()


def areas() -> list[str]:
    """Return the areas that there are: folders of rule documents."""
    folders = [path for path in rules_directory().iterdir() if path.is_dir() and path != PROFILES]
    return sorted(path.name for path in folders)


def document_of(name: str) -> Path | None:
    """Return the document of a control by its id, which its file name starts with."""
    return next(iter(sorted(rules_directory().glob(f"*/{name}-*.toml"))), None)


def table_of(name: str) -> Path:
    return TESTS_OF_RULES / f"{name}.toml"


def module_named(name: str) -> Path:
    """Return the module of checks with this name, which need not be there."""
    return CHECKS.with_name(f"{name}.py")


def module_of(rule: RuleDocument) -> Path:
    """Return the module that holds the check of a control."""
    check = auditor.checks.CHECKS[rule.check]
    return Path(str(sys.modules[check.__module__].__file__))

"""The scripts are composed of parts, each of which can be read."""

from __future__ import annotations

import ast
import sys

import pytest

from auditor.remediation.scripts import SCRIPTS
from tests.scripts import PARTS, START, part_files, remediate, rollback

MAX_LINES = 330


def defined(path):
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (one.id for one in node.targets if isinstance(one, ast.Name))


@pytest.mark.parametrize("path", sorted(PARTS.glob("*.py")), ids=lambda path: path.stem)
def test_a_part_is_short_and_says_what_it_is(path):
    source = path.read_text("utf-8")
    assert source.count("\n") <= MAX_LINES
    assert ast.get_docstring(ast.parse(source))


def test_no_name_is_defined_by_two_parts():
    names = [name for path in part_files() for name in defined(path)]
    assert len(set(names)) == len(names)


def test_what_is_handed_out_is_composed_of_them():
    assert [path.read_text("utf-8") for path in SCRIPTS] == [remediate(), rollback()]


@pytest.mark.parametrize("script", [remediate, rollback])
def test_nothing_is_imported_before_the_places_are_cleaned(script):
    body = ast.parse(script()).body
    first = next(i for i, node in enumerate(body) if isinstance(node, ast.If))
    early = [node for node in body[:first] if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in early] == ["import sys"]
    assert "isolate()" in ast.unparse(body[first])
    assert START.exists()


def test_nothing_but_the_standard_library_is_needed():
    for script in (remediate(), rollback()):
        for node in ast.walk(ast.parse(script)):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names

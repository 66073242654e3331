"""The scripts are composed of modules, each of which can be read, typed and imported."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from itertools import pairwise

import pytest

from auditor.remediation import script
from auditor.remediation.composing import FOLDER, PARTS, REMEDIATE, ROLLBACK, START, scripts

PREFIX = f"{script.__name__}."


def tree(name):
    return ast.parse((FOLDER / f"{name}.py").read_text("utf-8"))


def defined(name):
    for node in tree(name).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (one.id for one in targets if isinstance(one, ast.Name))


def needed(name):
    modules = [node.module for node in tree(name).body if isinstance(node, ast.ImportFrom)]
    return [one.removeprefix(PREFIX) for one in modules if one.startswith(PREFIX)]


def test_every_module_is_handed_out():
    names = {path.stem for path in FOLDER.glob("*.py")} - {"__init__", "rollback"}
    assert names == {START, *PARTS}


def test_each_part_comes_after_those_that_it_needs():
    for name in PARTS:
        assert set(needed(name)) <= set(PARTS[: PARTS.index(name)]), name
    assert not needed(START)
    assert not needed("rollback")


def test_no_name_is_defined_by_two_parts():
    names = [name for part in (START, *PARTS) for name in defined(part)]
    assert len(set(names)) == len(names)


def test_parts_of_the_package_are_imported_by_their_own_names():
    """For in the one file they have no others."""
    for name in PARTS:
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.ImportFrom) and node.module.startswith(PREFIX):
                assert not [one.name for one in node.names if one.asname], name
            elif isinstance(node, ast.Import):
                assert not [one for one in node.names if one.name.startswith("auditor")], name


@pytest.mark.parametrize("name", [REMEDIATE, ROLLBACK])
def test_nothing_is_imported_before_the_places_are_cleaned(name):
    body = ast.parse(scripts()[name]).body
    first = next(i for i, node in enumerate(body) if isinstance(node, ast.If))
    early = [node for node in body[:first] if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in early] == ["import sys"]
    assert "isolate()" in ast.unparse(body[first])


@pytest.mark.parametrize("name", [REMEDIATE, ROLLBACK])
def test_each_module_of_the_library_is_imported_once(name):
    body = ast.parse(scripts()[name]).body
    froms = [node.module for node in body if isinstance(node, ast.ImportFrom)]
    plain = [one.name for node in body if isinstance(node, ast.Import) for one in node.names]
    assert all(one < other for names in (froms, plain[1:]) for one, other in pairwise(names))
    assert plain[0] == "sys"


def test_nothing_but_the_standard_library_is_needed():
    for text in scripts().values():
        for node in ast.walk(ast.parse(text)):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_the_script_has_every_definition_of_its_parts():
    body = ast.parse(scripts()[REMEDIATE]).body
    found = [one.name for one in body if isinstance(one, ast.FunctionDef | ast.ClassDef)]
    parts = [node for part in (START, *PARTS) for node in tree(part).body]
    assert found == [one.name for one in parts if isinstance(one, ast.FunctionDef | ast.ClassDef)]


def test_to_import_the_modules_changes_nothing_of_the_process():
    code = (
        "import importlib, resource, sys\n"
        "def state():\n"
        "    core = resource.getrlimit(resource.RLIMIT_CORE)\n"
        "    return [*sys.path], sys.dont_write_bytecode, core\n"
        "before = state()\n"
        f"for name in {[START, *PARTS, 'rollback']!r}:\n"
        f"    importlib.import_module({PREFIX!r} + name)\n"
        "assert state() == before\n"
        "assert not [name for name in sys.modules if name.startswith('pydantic')]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)  # noqa: S603


def test_the_command_runs_what_is_handed_out():
    """Not a copy: what it calls is a function of a module that is a part."""
    command = import_module("auditor.cli.remediate")
    assert command.command_line is import_module(f"{PREFIX}command_line")

"""One name, one thing: whoever has read a name once can rely on it wherever it stands again."""

from __future__ import annotations

import ast
import json
from collections import defaultdict

import pytest

from tests.fixtures.pbx import ROOT

PACKAGE = ROOT / "auditor"
SCRIPT = "auditor.remediation.script"  # a program of its own: it can import nothing of ours
MIGRATIONS = PACKAGE / "fleet" / "store" / "migrations"  # named by what Alembic reads


def modules():
    """Return every module and room by its dotted name, each with its file."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if MIGRATIONS not in path.parents:
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def by_last_name(names):
    found = defaultdict(list)
    for name in names:
        found[name.rpartition(".")[2]].append(name)
    return {last: several for last, several in found.items() if len(several) > 1}


def is_in(name, room):
    return name == room or name.startswith(f"{room}.")


def imported_by(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)


def published():
    """Return the names of types in all schemas that the program writes."""
    for path in (*(ROOT / "docs").glob("*.schema.json"), *PACKAGE.rglob("schema-*.json")):
        yield from json.loads(path.read_text(encoding="utf-8")).get("$defs", {})


def classes():
    """Return every class of a module but those of the script, by its dotted name."""
    for name, path in MODULES.items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield f"{name}.{node.name}"


def is_contract(name):
    """Say whether a class is in a module of types that a schema is made of."""
    module = name.split(".")[-2]
    return module.startswith("v1") or module.endswith("_schema")


def functions():
    """Return every function that a module imports by its name; others are named with theirs."""
    named = {one for path in MODULES.values() for one in imported_by(path)}
    for name, path in MODULES.items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                whole = f"{name}.{node.name}"
                if whole in named and not node.name.startswith("_"):
                    yield whole


IMPORTED = {name: {*imported_by(path)} & {*MODULES} for name, path in MODULES.items()}


def calls(user, used):
    """Say whether a module or room imports another, itself or by what it imports."""
    direct = {one for name in MODULES if is_in(name, user) for one in IMPORTED[name]}
    further = {one for name in direct for one in IMPORTED[name]}
    return any(is_in(one, used) for one in direct | further)


def owner_of(several):
    """Return what does the thing: commands are how people ask for it, the model is its type."""
    inside = [name for name in several if name.split(".")[1] not in {"cli", "model"}]
    assert len(inside) == 1, f"different things of one name: {', '.join(several)}"
    return inside[0]


@pytest.mark.parametrize(
    "several", by_last_name(MODULES).values(), ids=lambda several: several[0].rpartition(".")[2]
)
def test_modules_of_one_name_are_one_thing(several):
    """A command is called like the room that it calls, and a type like the room that makes it."""
    owner = owner_of(several)
    for name in several:
        if name.startswith("auditor.cli."):
            assert calls(name, owner), f"{name} does not call {owner}: call it by what it is"
        elif name.startswith("auditor.model."):
            assert calls(owner, name), f"{owner} does not make {name}: call it by what it is"


def test_a_command_and_its_room_may_share_a_name_and_others_may_not():
    assert owner_of(["auditor.cli.report", "auditor.report"]) == "auditor.report"
    assert calls("auditor.cli.report", "auditor.report")
    assert not calls("auditor.cli.report", "auditor.learning")
    for several in (["auditor.run.places", "auditor.dialects.places"], ["auditor.cli.fleet.x"]):
        with pytest.raises(AssertionError, match="different things"):
            owner_of(several)


PUBLISHED = {*published()}
CLASSES = by_last_name(name for name in classes() if not is_in(name, SCRIPT))


@pytest.mark.parametrize("name", CLASSES)
def test_types_of_one_name_are_one_thing(name):
    """A contract has its own type for what it publishes, and names in it stay as they are."""
    contracts = [one for one in CLASSES[name] if is_contract(one)]
    assert (len(CLASSES[name]), len(contracts)) == (2, 1), ", ".join(CLASSES[name])
    assert name in PUBLISHED


def test_types_are_found():
    assert {"Gap", "History"} <= {*CLASSES} <= PUBLISHED
    assert is_contract("auditor.report.schema.v1sources.Tally")
    assert not is_contract("auditor.model.account.Tally")


def test_functions_that_are_imported_by_name_are_one_thing():
    """`json.render` and `pdf.render` say which they are, as long as nobody imports `render`."""
    found = [*functions()]
    assert "auditor.messages.message.say" in found
    assert by_last_name(name for name in found if not is_in(name, SCRIPT)) == {}

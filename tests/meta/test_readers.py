"""Every document comes through the readers that bound it: nobody parses or reads beside them."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache

import pytest

from tests.fixtures.pbx import ROOT

PACKAGE = ROOT / "auditor"
# Of an error, texts for people; a place knows its parts, and how texts are taken apart.
TOLD = {"where", "message", "advice", "reason"}
TAKEN_APART = {
    *("partition", "rpartition", "split", "rsplit", "startswith", "endswith"),
    *("removeprefix", "removesuffix", "find", "index", "strip", "lstrip", "rstrip"),
}
# Who may call what: the readers themselves, and whoever reads files of the program.
PARSERS = {
    "json.load": set(),
    "json.loads": {
        "files/json_reading.py",
        "messages/languages.py",  # the catalogues, which come with the program
        "remediation/script/plan_file.py",  # handed out: it has Python alone
        "remediation/script/plan_folder.py",
    },
    "json.JSONDecoder": {"files/json_reading.py"},
    "tomllib.load": set(),
    "tomllib.loads": {"files/toml_reading.py"},
    ".model_validate_json": set(),
    ".validate_json": {"fleet/scale/handing_in.py"},  # what a worker made, bounded there
    ".raw_decode": {"files/json_reading.py"},
    "from_json": set(),
    "zipfile.ZipFile": set(),
    # What a run pickled itself for its own processes.
    "pickle.loads": {"fleet/runner/jobs.py"},
    "marshal.loads": set(),
    "zlib.decompress": set(),
    "ET.parse": set(),
    "ET.fromstring": {"report/branding/logos.py"},  # after `parse_xml` refused what is dangerous
    ".read_bytes": {
        "files/compiled_templates.py",  # templates, and the code that they are compiled for
        "rules/catalogue.py",  # the list of vulnerabilities that is bundled
        "facts/__init__.py",
        "report/formats/pdf.py",  # what the browser has just printed
        "vulnerabilities/__init__.py",
    },
    ".read_text": {
        "files/compiled_templates.py",  # the digest of what is built
        "cli/help.py",  # the guides
        "fleet/store/connection/network_folders.py",  # what the system has mounted
        "messages/languages.py",  # the catalogues
        "remediation/composing.py",  # the parts of the scripts that are handed out
        "report/html/html_page.py",
        "simulator/serving.py",  # the site file of the simulated PBX, which is bundled
        "simulator/simulated_pbx.py",
        "simulator/soap/wsdl.py",
        "sources/snapshot/old_schemas.py",  # what this program said when it saved texts
    },
}


def called(node):
    """Return the names by which a call may be known: `json.loads`, `.loads`, `loads`."""
    function = node.func
    if isinstance(function, ast.Name):
        return {function.id}
    if not isinstance(function, ast.Attribute):
        return set()
    names = {f".{function.attr}"}
    if isinstance(function.value, ast.Name):
        names.add(f"{function.value.id}.{function.attr}")
    return names


def imported(node):
    """Return what `from module import name` makes known without its module."""
    if isinstance(node, ast.ImportFrom):
        return {f"{node.module}.{alias.name}" for alias in node.names}
    return set()


def read_back(node):
    """Return what of a text for people a call takes apart: `where.partition`, `message.split`."""
    function = node.func
    if not isinstance(function, ast.Attribute) or function.attr not in TAKEN_APART:
        return set()
    of = function.value
    attribute = of.attr if isinstance(of, ast.Attribute) else ""
    return {attribute + "." + function.attr} if attribute in TOLD else set()


def bare_options(node):
    """Return the options that a call names as the place of an error without their type."""
    return {
        f"where={one.value.value!r}"
        for one in node.keywords
        if one.arg == "where"
        and isinstance(one.value, ast.Constant)
        and re.fullmatch(r"--[a-z-]+", str(one.value.value))
    }


@cache
def users():
    """Return which modules call or import what, each parsed once."""
    found = defaultdict(set)
    for path in PACKAGE.rglob("*.py"):
        name_of_module = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name in called(node) if isinstance(node, ast.Call) else imported(node):
                found[name].add(name_of_module)
            for name in read_back(node) | bare_options(node) if isinstance(node, ast.Call) else ():
                found[f"read back: {name}"].add(name_of_module)
    return found


@pytest.mark.parametrize("name", PARSERS)
def test_only_one_place_parses(name):
    assert users()[name] == PARSERS[name]


def test_nothing_that_an_error_tells_people_is_read_back():
    found = {name: where for name, where in users().items() if name.startswith("read back: ")}
    assert not found

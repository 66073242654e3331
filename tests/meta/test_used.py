"""Whatever the program defines, the program uses: what only tests call belongs to the tests."""

from __future__ import annotations

import ast
import re
from collections import Counter

from tests.fixtures.pbx import ROOT

PACKAGE = ROOT / "auditor"
TEXTS = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.toml"), *(ROOT / "reports").rglob("*.j2")]
TEXTS += [ROOT / "hatch_build.py"]
# What others call by its name: methods of classes that are theirs.
OVERRIDDEN = {
    "log_message",  # http.server
    "process_bind_param",  # SQLAlchemy
    "process_result_value",
    "register_worker",  # Procrastinate
    "version_string",  # http.server
}
# How tests look into the simulated PBX and into a history, or set them up.
FOR_TESTS = {"peak_connections", "show_certificate", "version_of", "with_service"}
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def defined():
    """Yield the names of what is defined; a decorator with arguments hands it to somebody."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, DEFINITIONS) or node.name.startswith("__"):
                continue
            if not any(isinstance(one, ast.Call) for one in node.decorator_list):
                yield node.name


def test_whatever_is_defined_is_used():
    words = Counter(
        word for path in TEXTS for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))
    )
    alone = {name for name in defined() if words[name] == 1}
    assert alone - OVERRIDDEN == FOR_TESTS


def test_what_is_left_out_is_there():
    assert {*defined()} >= OVERRIDDEN | FOR_TESTS

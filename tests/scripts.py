"""Composes the scripts that are handed out of their parts: each is one file that stands alone.

The parts are modules that import each other by name. Composed, each comes after those that it
needs; what they import from Python's library stands at the top.
"""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / "reports" / "scripts"
PARTS: Final = FOLDER / "parts"
START: Final = PARTS / "start.py"
MAIN: Final = "main"
_WIDTH: Final = 100
_OWN: Final = "parts."


def part_files() -> list[Path]:
    """Return the parts in the order in which they stand in the script."""
    files = {path.stem: path for path in sorted(PARTS.glob("*.py")) if path != START}
    needs = {name: _needs(path) for name, path in files.items()}
    return [START, *(files[name] for name in TopologicalSorter(needs).static_order())]


def remediate() -> str:
    """Return the script that applies a plan."""
    return _composed(part_files())


def rollback() -> str:
    """Return the script that takes a plan back: it finds the other one beside it."""
    return _composed([START, FOLDER / "rollback.py"], _docstring(FOLDER / "rollback.py"))


def _composed(paths: list[Path], docstring: str = "") -> str:
    start, *rest = paths
    bodies = [_body(path) for path in rest]
    imports = sorted({line for path in rest for line in _imports(path)}, key=_import_order)
    head = docstring or _docstring(start)
    return "\n".join(
        ["#!/usr/bin/env python3", head, "", "import sys", "", "", _body(start), *imports, *bodies]
    )


def _needs(path: Path) -> list[str]:
    return [
        node.module.removeprefix(_OWN)
        for node in _tree(path).body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_OWN)
    ]


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _docstring(path: Path) -> str:
    text = path.read_text("utf-8")
    return str(ast.get_source_segment(text, ast.parse(text).body[0]))


def _imports(path: Path) -> list[str]:
    """Return what a part imports from Python's library, without what the script begins with."""
    text = path.read_text("utf-8")
    nodes = [node for node in ast.parse(text).body if isinstance(node, ast.Import | ast.ImportFrom)]
    lines = [str(ast.get_source_segment(text, node)) for node in nodes]
    return [line for line in lines if line != "import sys" and not line.startswith(f"from {_OWN}")]


def _import_order(line: str) -> tuple[bool, str]:
    return line.startswith("from "), line


def _body(path: Path) -> str:
    """Return what comes after the imports of a part, below a line that says what it is."""
    text = path.read_text("utf-8")
    kept = [
        node for node in _tree(path).body[1:] if not isinstance(node, ast.Import | ast.ImportFrom)
    ]
    body = "\n".join(text.splitlines()[_first_line(kept[0]) - 1 :])
    if path == START:
        return f"{body}\n"
    if path.parent == FOLDER:
        return f"\n\n{body}\n"
    title = f"# --- {ast.get_docstring(_tree(path)).splitlines()[0].rstrip('.')} "
    return f"\n{title.ljust(_WIDTH, '-')}\n\n\n{body}\n"


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min(one.lineno for one in [node, *decorators])

"""Composes the scripts that are handed out of the modules in `script`: each is one file.

Each part comes after those that it needs; what they import from Python's library stands once, after
the lines that leave no other place to import from. What they say is in there in every language.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from auditor.messages.languages import Language, templates
from auditor.remediation.script_words import translations

FOLDER: Final = Path(__file__).with_name("script")
START: Final = "start"
SPEECH: Final = "script_messages"
PARTS: Final = (
    SPEECH,
    "system_words",
    "shared",
    "safe_files",
    "change_kinds",
    "digest_login",
    "new_passwords",
    "xml_reading",
    "plan_file",
    "plan_folder",
    "pbx_client",
    "whole_objects",
    "what_differs",
    "stored_configuration",
    "verified_write",
    "full_restore",
    "steps",
    "rollback_steps",
    "arguments",
    "command_line",
)
REMEDIATE: Final = "remediate.py"
ROLLBACK: Final = "rollback.py"
_OWN: Final = "auditor.remediation.script."
_FIRST: Final = "import sys"
_WIDTH: Final = 100
_SAY: Final = "say"


@dataclass(frozen=True)
class _Part:
    text: str
    tree: ast.Module

    @property
    def docstring(self) -> str:
        return str(ast.get_source_segment(self.text, self.tree.body[0]))

    @property
    def title(self) -> str:
        first = (ast.get_docstring(self.tree) or "").partition("\n")[0]
        return f"# --- {first.rstrip('.')} ".ljust(_WIDTH, "-")

    @property
    def imports(self) -> list[ast.Import | ast.ImportFrom]:
        return [node for node in self.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]

    @property
    def body(self) -> str:
        """What comes after the imports."""
        first = next(node for node in self.tree.body[1:] if node not in self.imports)
        decorators = getattr(first, "decorator_list", [])
        line = min(node.lineno for node in (first, *decorators))
        return "\n".join(self.text.splitlines()[line - 1 :])


@cache
def scripts(language: Language = "en") -> Mapping[str, str]:
    """Return the scripts that apply a plan and take it back, by the names of their files.

    The second finds the first beside it. Both speak `language` unless they are asked for another.
    """
    start, back = _part(START), _part(Path(ROLLBACK).stem)
    parts = {name: _part(name) for name in PARTS}
    bodies = {name: f"\n{part.title}\n\n\n{part.body}\n" for name, part in parts.items()}
    bodies[SPEECH] += "\n".join(["", *_taught(), f"speak({language!r})\n"])
    imports = _imports([*parts.values()])
    return {
        REMEDIATE: _composed(start.docstring, start, imports, [*bodies.values()]),
        ROLLBACK: _composed(back.docstring, start, _imports([back]), [f"\n\n{back.body}\n"]),
    }


@cache
def sentences() -> list[str]:
    """Return the template of each sentence of the scripts, in English."""
    calls = (node for name in PARTS for node in ast.walk(_part(name).tree))
    found = [
        node.args[0].value
        for node in calls
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == _SAY
        and isinstance(node.args[0], ast.Constant)
    ]
    return list(dict.fromkeys(map(str, found)))


def _taught() -> list[str]:
    """Return the lines that teach a script its languages."""
    lines = []
    for language in translations():
        lines += ["teach(", f"    {language!r},", "    {"]
        for english in sentences():
            other = templates(language)(english, "", 0)
            pair = [json.dumps(one, ensure_ascii=False) for one in (english, other)]
            lines.append(f"        {': '.join(pair)},")
        lines += ["    }.get,", ")"]
    return lines


@cache
def _part(name: str) -> _Part:
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    return _Part(text, ast.parse(text))


def _composed(docstring: str, start: _Part, imports: Sequence[str], bodies: Sequence[str]) -> str:
    head = ["#!/usr/bin/env python3", docstring, "", _FIRST, "", ""]
    return "\n".join([*head, f"{start.body}\n", *imports, *bodies])


def _imports(parts: Sequence[_Part]) -> list[str]:
    """Return what parts import from Python's library, each module once."""
    plain: set[str] = set()
    names: dict[str, set[str]] = {}
    for node in (node for part in parts for node in part.imports):
        if isinstance(node, ast.Import):
            plain.add(ast.unparse(node))
        elif node.module and not node.module.startswith(_OWN):
            names.setdefault(node.module, set()).update(map(ast.unparse, node.names))
    chosen = [f"from {module} import {', '.join(sorted(names[module]))}" for module in names]
    return [*sorted(plain - {_FIRST}), *sorted(chosen)]

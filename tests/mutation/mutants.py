"""Makes the mutants of a module: each function with all its variants, and a switch between them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SEPARATOR: Final = "ǁ"
_MARK: Final = "__mutmut_"


@dataclass(frozen=True)
class Mutant:
    """One variant of one function."""

    name: str
    function: str
    diff: str


def mutate(root: Path, module: str) -> list[Mutant]:
    """Put all mutants into a module below the root, and return them."""
    from mutmut.mutation.file_mutation import mutate_file_contents  # noqa: PLC0415 -- own group

    path = root / module
    mutated = mutate_file_contents(module, path.read_text("utf-8"))
    path.write_text(mutated.code, "utf-8")
    lines = mutated.code.splitlines()
    spans = mutated.line_span_by_function_name
    texts = {name: lines[span.start - 1 : span.end] for name, span in spans.items()}
    prefix = dotted(module)
    found = []
    for name in mutated.mutant_names:
        original = f"{name.partition(_MARK)[0]}{_MARK}orig"
        diff = changed_lines(_named(texts[original], original), _named(texts[name], name))
        found.append(Mutant(f"{prefix}.{name}", f"{prefix}.{plain(name)}", diff))
    return found


def dotted(module: str) -> str:
    """Return the name by which a file is imported."""
    return module.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def plain(name: str) -> str:
    """Return the name of a function as it stands in the source.

    >>> plain("xǁClassǁmethod__mutmut_3"), plain("x__helper__mutmut_1")
    ('Class.method', '_helper')
    """
    mangled = name.partition(_MARK)[0]
    if _SEPARATOR in mangled:
        return mangled.removeprefix(f"x{_SEPARATOR}").replace(_SEPARATOR, ".")
    return mangled.removeprefix("x_")


def key_of(mutant: str) -> str:
    """Return the name by which a hit of a mutant's function is recorded."""
    return mutant.partition(_MARK)[0]


def changed_lines(original: list[str], mutated: list[str]) -> str:
    """Return what a mutant takes away and adds, without the lines around it."""
    diff = list(difflib.unified_diff(original, mutated, lineterm="", n=0))[2:]
    return "\n".join(f"{line[0]} {line[1:].strip()}" for line in diff if line[0] in "+-")


def _named(lines: list[str], name: str) -> list[str]:
    return [line.replace(name, plain(name)) for line in lines]

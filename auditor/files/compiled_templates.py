"""Finds templates: those compiled when the package was built, if nothing they are made of changed.

To compile them takes longer than to audit a small PBX. Whoever changes a template, or works with
another version of Jinja2 than the package was built with, has them compiled in memory.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import jinja2
from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, ModuleLoader

from auditor.resources import built_directory, templates_directory

_DIGEST: Final = "DIGEST"


def find(suffix: str, module: str, built: Path | None = None) -> BaseLoader:
    """Return the loader of the templates with a suffix, for the environment of a module's file.

    `built` is where compiled ones are, by default those of the package.
    """
    folder = (built or built_directory()) / suffix
    try:
        fits = (folder / _DIGEST).read_text(encoding="ascii") == _digest(suffix, module)
    except OSError:
        fits = False
    sources = FileSystemLoader(templates_directory())
    # Whoever builds anew takes away what a process that goes on has not loaded yet.
    return ChoiceLoader([ModuleLoader(folder), sources]) if fits else sources


def compile_into(built: Path, suffix: str, module: str, environment: Environment) -> None:
    """Compile the templates with a suffix for the environment that a module's file makes."""
    folder = built / suffix
    sources = environment.overlay(loader=FileSystemLoader(templates_directory()))
    sources.compile_templates(
        folder,
        filter_func=lambda name: name.endswith(f".{suffix}.j2"),
        zip=None,
        ignore_errors=False,
    )
    (folder / _DIGEST).write_text(_digest(suffix, module), encoding="ascii")


def _digest(suffix: str, module: str) -> str:
    """Return the digest of everything that decides what compiled templates are."""
    digest = hashlib.sha256(jinja2.__version__.encode())
    for path in [Path(module), *sorted(templates_directory().glob(f"*.{suffix}.j2"))]:
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()

"""Blocks of an inventory that is proposed, as text in TOML: one way to write what was found."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from pydantic import BaseModel

from auditor.files.toml_writing import Value, assignments
from auditor.fleet.inventory.inventory_files import problems_of
from auditor.messages.message import NOTHING, Message
from auditor.values.file_names import readable

BlockValues: TypeAlias = Mapping[str, Value]


def free_id(text: str, taken: set[str], otherwise: str = "pbx") -> str:
    """Return an id that is made of a text, and of no other one; whoever uses it adds it.

    Of thousands that are made of one text each is found in a few steps.
    """
    base = readable(text).replace(".", "-").lower() or otherwise

    def name(number: int) -> str:
        return base if number == 1 else f"{base}-{number}"

    taken_until, free = 0, 1
    while name(free).casefold() in taken:
        taken_until, free = free, 2 * free
    while free - taken_until > 1:
        middle = (free + taken_until) // 2
        if name(middle).casefold() in taken:
            taken_until = middle
        else:
            free = middle
    return name(free)


def why_not(block: BlockValues, model: type[BaseModel]) -> Message:
    """Return what is wrong with a block; nothing if an inventory may have it."""
    return next((problem.reason for problem in problems_of(block, model)), NOTHING)


def path_for(path: Path, out: Path | None) -> str:
    """Return a path as the file that names it will have it; without one, as it was given."""
    if out is None or path.is_absolute():
        return path.as_posix()
    moved = os.path.relpath(path.absolute(), out.absolute().parent)
    return moved.replace(os.sep, "/")


def text_of_blocks(tenants: Iterable[BlockValues], pbxs: Iterable[BlockValues]) -> str:
    """Return blocks as an inventory has them, tenants before PBXs."""
    blocks = [*(("tenant", one) for one in tenants), *(("pbx", one) for one in pbxs)]
    return "\n".join("\n".join([f"[[{name}]]", *assignments(said), ""]) for name, said in blocks)

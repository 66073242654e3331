"""Draws a sample, leaves out what is equivalent, and says in a table what came out."""

from __future__ import annotations

import random
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from tests.mutation.mutants import Mutant

HERE: Final = Path(__file__).parent


class End(StrEnum):
    """How the tests of a mutant ended."""

    KILLED = "killed"
    SURVIVED = "survived"
    TIMED_OUT = "timed out"


@dataclass(frozen=True)
class Group:
    """Modules, and the tests that try them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """How the sample of one group ended, without the mutants that are equivalent."""

    group: str
    made: int
    ends: Mapping[Mutant, End]
    equivalent: int

    def count(self, end: End) -> int:
        return Counter(self.ends.values())[end]

    @property
    def per_cent(self) -> float:
        """A mutant that hangs where the original does not was noticed too."""
        if not self.ends:
            return 100.0
        return 100 * (len(self.ends) - self.count(End.SURVIVED)) / len(self.ends)


def groups() -> dict[str, Group]:
    """Return the groups by name."""
    table = tomllib.loads((HERE / "groups.toml").read_text("utf-8"))
    return {
        name: Group(tuple(entry["modules"]), tuple(entry["tests"])) for name, entry in table.items()
    }


def equivalents(text: str | None = None) -> dict[tuple[str, str], str]:
    """Return the reason for each mutant that is equivalent, by function and diff."""
    text = (HERE / "equivalents.toml").read_text("utf-8") if text is None else text
    return {
        (entry["function"], entry["diff"].strip()): entry["reason"]
        for entry in tomllib.loads(text).get("equivalent", [])
    }


def draw(group: str, mutants: Iterable[Mutant], sample: int, seed: int) -> list[Mutant]:
    """Return a sample that depends on group and seed only, whatever order the mutants come in."""
    by_name = sorted(mutants, key=lambda mutant: mutant.name)
    chance = random.Random(f"{seed} {group}")  # noqa: S311 -- repeatable, not secret
    return chance.sample(by_name, min(sample, len(by_name)))


def without(
    drawn: Sequence[Mutant], known: Mapping[tuple[str, str], str]
) -> tuple[list[Mutant], int]:
    """Return the mutants that a test can tell from the original, and the number of the others."""
    kept = [mutant for mutant in drawn if (mutant.function, mutant.diff) not in known]
    return kept, len(drawn) - len(kept)


def table(outcomes: Sequence[Outcome]) -> str:
    """Return a line per group."""
    head = ("group", "mutants", "sampled", "equivalent", *End, "per cent")
    rows = [head, *(_row(one) for one in outcomes)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def survivors(outcomes: Sequence[Outcome]) -> str:
    """Return each mutant that lived, in the form in which an equivalent one is noted."""
    return "\n".join(
        f'[[equivalent]]\nfunction = "{mutant.function}"\n'
        f"diff = '''\n{mutant.diff}\n'''\nreason = \"\"\n"
        for outcome in outcomes
        for mutant, end in outcome.ends.items()
        if end is End.SURVIVED
    )


def _row(outcome: Outcome) -> tuple[str, ...]:
    sampled = len(outcome.ends) + outcome.equivalent
    counts = (outcome.made, sampled, outcome.equivalent, *(outcome.count(end) for end in End))
    return (outcome.group, *(str(count) for count in counts), f"{outcome.per_cent:.1f}")

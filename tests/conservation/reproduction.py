"""What a person needs to see a failure again. Every secret in it is made up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.conservation.mutations import Mutation, mutation
from tests.conservation.oracle import wrong
from tests.fixtures.kept import scores_kept


def reproduction(mutation: Mutation, said: Iterable[str]) -> str:
    """Return the number, the damage, the piece before and after it, and what was said wrongly."""
    system = mutation.evidence.system
    return "\n".join(
        [
            f"{mutation.operator}: mutation {mutation.number} of {system}",
            f"  evidence  {mutation.evidence.name}, {mutation.view}",
            f"  piece     {mutation.piece} in {mutation.file}",
            f"  before    {mutation.before!r}",
            f"  after     {mutation.after!r}",
            *(f"  wrong     {one}" for one in said),
            f"  again     python -m tests.conservation {system} {mutation.number}",
        ]
    )


@dataclass(frozen=True, slots=True)
class Failure:
    """A mutation that is judged wrongly; those of a group have their damage in common."""

    group: str
    text: str


def failures(name: str, numbers: Iterable[int]) -> list[Failure]:
    """Return the mutations of a system that are judged wrongly."""
    found = []
    with scores_kept():
        for number in numbers:
            made = mutation(name, number)
            said = [] if made is None else wrong(made)
            if made is not None and said:
                kind = made.piece.partition(" of ")[0]
                group = f"{made.evidence.form} | {made.operator} | {kind}"
                found.append(Failure(group, reproduction(made, said)))
    return found

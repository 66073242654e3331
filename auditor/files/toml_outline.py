"""A commented TOML file to begin with: what was answered, and an example of what was not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from textwrap import wrap
from typing import Final

from auditor.files.toml_writing import Value, assignments
from auditor.messages.message import Message

_WIDTH: Final = 98

Answers = Mapping[tuple[str, str], Value]


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a table, what it says, and an example; an empty table is the top of the file."""

    table: str
    key: str
    comment: Message
    example: Value


def outline(
    title: Message, entries: Sequence[Entry], answers: Answers, told: Callable[[Message], str]
) -> str:
    """Return the text of a file; `told` says a message in the language of the file."""
    lines = [*_comment(told(title))]
    for table, entries_of in groupby(entries, lambda entry: entry.table):
        inside = list(entries_of)
        # A block of a list is there or not; a table may as well be empty.
        is_idle = table.startswith("[") and not any((table, one.key) in answers for one in inside)
        lines += ["", f"{'# ' if is_idle else ''}[{table}]"] if table else [""]
        for entry in inside:
            lines += _comment(told(entry.comment))
            answer = answers.get((entry.table, entry.key))
            mark, value = ("# ", entry.example) if answer is None else ("", answer)
            lines += [f"{mark}{line}" for line in assignments({entry.key: value})]
    return "\n".join([*lines, ""])


def _comment(text: str) -> Iterator[str]:
    yield from (f"# {line}" for line in wrap(text, _WIDTH - 2))

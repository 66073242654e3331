"""Which lines of a saved configuration change by themselves, each with a grade and its source.

Two things rest on it: what counts as a change of a configuration, and what is missing from one that
innovaphone's update server saved. What is not listed counts as a change. An entry can only be noise
if nothing is ever read of such a line, whatever its grade: see `auditor.sources.parse.lasting`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator

from auditor.errors import RuleDocumentError
from auditor.files.toml_documents import bytes_of_document, parsed
from auditor.messages.message import say
from auditor.model.base import Checked
from auditor.model.vocabulary import Grade
from auditor.values.frozen import frozen

LINES_FILE: Final = Path(__file__).with_name("lines.toml")
# Of such lines nothing is read: variables, and items that are no objects.
_NEVER_READ: Final = ("vars create ", "mod cmd FLASHDIR0 add-item ")
_SETTING: Final = "config change "
_GRADES: Final = frozenset({Grade.DOCUMENTED, Grade.SEEN, Grade.INFERRED})


class LineDrift(StrEnum):
    """What it means that a line differs."""

    NOISE = "noise"
    COUNTS = "counts"


@frozen
class VolatileLine(Checked):
    """A kind of line: it begins with `begins` and has all of `contains` behind it, in that order.

    `left_out` says that the update server does not save it; `reference` is the text of `source` in
    the project's notes; `why` says why a line that changes by itself counts all the same.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    what: Annotated[str, Field(min_length=5)]
    begins: Annotated[str, Field(min_length=10, pattern=r"^[!-~]+( [!-~]+)* ?$")]
    drift: LineDrift
    grade: Grade
    source: Annotated[str, Field(min_length=5)]
    reference: Annotated[str, Field(min_length=5)]
    contains: tuple[str, ...] = ()
    why: str = ""
    left_out: bool = False

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.grade not in _GRADES:
            raise ValueError(say("the grade is documented, seen or inferred"))
        if self.drift is LineDrift.NOISE and not self.begins.startswith(_NEVER_READ):
            raise ValueError(say("only a line of which nothing is ever read can be noise"))
        if self.drift is LineDrift.COUNTS and not self.why:
            raise ValueError(say("`why` says why a line that changes by itself counts"))
        return self

    @property
    def module(self) -> str:
        """Return the module that a line of this kind sets, empty if it sets none."""
        if not self.begins.startswith(_SETTING):
            return ""
        return self.begins.removeprefix(_SETTING).partition("/")[0].strip()

    def matches(self, line: str) -> bool:
        """Return whether a line, without its end, is of this kind."""
        if not line.startswith(self.begins):
            return False
        at = len(self.begins)
        for part in self.contains:
            at = line.find(part, at)
            if at < 0:
                return False
            at += len(part)
        return True


@frozen
class _File(Checked):
    """What the file holds."""

    lines: Annotated[list[VolatileLine], Field(min_length=1)]


@cache
def volatile_lines(path: Path = LINES_FILE) -> tuple[VolatileLine, ...]:
    """Return all entries. Raises RuleDocumentError for one that is wrong or there twice."""
    content = bytes_of_document(path, say("the list of lines that change by themselves"))
    found: dict[str, VolatileLine] = {}
    for entry in parsed(content, path, _File, trusted=_trusted).lines:
        if entry.id in found:
            raise RuleDocumentError(say("{id} is there twice", id=entry.id), where=str(path))
        found[entry.id] = entry
    return tuple(found.values())


def _trusted(content: Mapping[str, Any]) -> _File:
    """Return the entries, which were validated when the package was built."""
    lines = [
        VolatileLine(
            **{
                **entry,
                "drift": LineDrift(entry["drift"]),
                "grade": Grade(entry["grade"]),
                **({"contains": tuple(entry["contains"])} if "contains" in entry else {}),
            }
        )
        for entry in content["lines"]
    ]
    return _File(lines=lines)

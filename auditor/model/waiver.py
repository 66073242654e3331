"""Waivers: somebody accepts one risk of one subject until a day, and answers for it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from auditor.model.waiver_document import Waiver


class WaiverEntry(NamedTuple):
    """A waiver where it stands: the id of its control, and the name and line of its file."""

    waiver: Waiver
    rule: str
    file: str
    line: int

    @property
    def place(self) -> str:
        """Return file and line."""
        return f"{self.file}:{self.line}"


class WaiverState(StrEnum):
    """What a waiver did in one run."""

    USED = "used"
    UNUSED = "unused"
    EXPIRED = "expired"
    LOST = "lost"
    GONE = "gone"
    UNDECIDED = "undecided"
    NOT_RUN = "not-run"


class WaiverUse(NamedTuple):
    """What one waiver did in one run, and how many violations it accepted."""

    entry: WaiverEntry
    state: WaiverState
    detail: str
    accepted: int = 0

"""What is started by the clock, whatever starts it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NamedTuple

from auditor.errors import InputError
from auditor.fleet.inventory.inventory_model import Inventory
from auditor.fleet.outward.units.needs import Needs
from auditor.fleet.outward.units.schedule import Schedule, between
from auditor.messages.message import Message, say

DIGEST: Final = "digest"


class ScheduledJob(NamedTuple):
    """A run of a fleet, and what is done with its outcome; or what is started between runs.

    `program` are the words that start this program. `writes` are the folders that it writes to.
    `has_recipients` says that somebody is told what changed. `part` is empty for the run itself.
    `history` is its file, None where it is none.
    """

    name: str
    program: tuple[str, ...]
    inventory: Path
    schedule: Schedule
    needs: Needs
    writes: tuple[Path, ...]
    textfile: Path | None = None
    has_recipients: bool = False
    part: str = ""
    history: Path | None = None

    @property
    def unit(self) -> str:
        """Return what it is called; `name` is what belongs to the run and its parts is called."""
        return f"{self.name}-{self.part}" if self.part else self.name

    @property
    def about(self) -> str:
        """Return what it is, for whoever comes upon it."""
        if self.part:
            return "Digests of a fleet between its runs"
        return "Audit of all PBXs of a fleet"

    @property
    def digest(self) -> ScheduledJob | None:
        """Return what tells of runs that did not happen, and sends what did not arrive.

        Nothing that a run starts could: it is started by a clock of its own.
        """
        if self.part or not self.has_recipients:
            return None
        return self._replace(part=DIGEST, schedule=between(self.schedule))

    @property
    def folder(self) -> Path:
        """Return the folder of the inventory, where the run starts."""
        return self.inventory.parent

    @property
    def run(self) -> tuple[str, ...]:
        """Return the command that audits, or that is started between runs."""
        return *self.program, "fleet", self.part or "run", "--quiet", str(self.inventory)

    @property
    def after(self) -> tuple[tuple[str, ...], ...]:
        """Return what is done after each run, however it ended: that it failed is told, too."""
        inventory = str(self.inventory)
        steps: list[tuple[str, ...]] = []
        if not self.part:
            # A page leads to reports: of who needs somebody they are made with it.
            steps.append(("page", "--reports", "needing", "--quiet", inventory))
            if self.has_recipients:
                steps.append((DIGEST, "--quiet", inventory))
        if self.textfile is not None:
            # Last, so that they know which message did not arrive.
            steps.append(("metrics", "--textfile", str(self.textfile), inventory))
        return tuple((*self.program, "fleet", *words) for words in steps)


class UnitFile(NamedTuple):
    """A file of a schedule: its name, its text, and how that is encoded."""

    name: str
    text: str
    encoding: str = "utf-8"

    @property
    def content(self) -> bytes:
        """Return what is in the file."""
        return self.text.encode(self.encoding)


class MadeSchedule(NamedTuple):
    """The files of a schedule, and what is to be said about them.

    `blocking` is why it could not work as it stands; it is shown, but not installed.
    """

    files: tuple[UnitFile, ...]
    remarks: tuple[Message, ...] = ()
    blocking: tuple[Message, ...] = ()


def folders_of(inventory: Inventory) -> tuple[Path, ...]:
    """Return the folders that a run writes to: that of the history, and that of the reports."""
    history, reports = inventory.fleet.history, inventory.fleet.reports
    folders = [history.parent] if history is not None else []
    return tuple(dict.fromkeys([*folders, reports]))


def check_texts(texts: Iterable[str]) -> None:
    """Raise InputError for a path with a character that no line of a schedule can hold."""
    for text in texts:
        if not text.isprintable():
            raise InputError(
                say("a path has characters that cannot be seen"),
                where=f"{text!a}",
                advice=say("choose a path of plain characters"),
            )


def with_digest(job: ScheduledJob, made: Callable[[ScheduledJob], MadeSchedule]) -> MadeSchedule:
    """Return what is made of a run, and of what is started between runs."""
    parts = [made(one) for one in (job, job.digest) if one is not None]
    return MadeSchedule(
        tuple(file for one in parts for file in one.files),
        tuple(dict.fromkeys(text for one in parts for text in one.remarks)),
        tuple(dict.fromkeys(text for one in parts for text in one.blocking)),
    )

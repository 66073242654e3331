"""Everything that can stop a run, and the exit code it stops with.

::

    AuditorError
    ├── InputError                2   something the user gave is wrong;
    │   ├── SiteFileError         2   the site file
    │   ├── ProjectFileError      2   the project file
    │   ├── InventoryError        2   the inventory of a fleet; `further` has what else is wrong
    │   ├── WaiverFileError       2   the waiver file
    │   ├── BrandingError         2   the branding file, or a logo that it names
    │   ├── RuleDocumentError     2   a rule document, profile or dialect
    │   └── SourceError           2   saved evidence that cannot be read
    │       └── StandardConfigurationError   2   a cfg-standard.txt: as good as clear text
    ├── TargetError               3   a live PBX could not be reached or logged in to
    │   ├── TlsError              3   no TLS connection that could be trusted
    │   │   └── CertificateError  3
    │   ├── HungUpError           3   the connection ended before an answer came
    │   ├── NotHttpError          3   what answers does not speak HTTP
    │   ├── LoginError            3
    │   └── ForbiddenRequestError 3   the read-only transport refused to send a request
    ├── OutputError               6   a report could not be written
    │   └── HistoryError          6   the history of a fleet could not be read or written
    └── BusyError                75   another run is at work on the same history

Messages never quote file contents, because contents may be secret; they name the place. They stay
messages to the edge, where whoever runs the program reads them in the language they chose.

A place is a text for people, too. An `OptionPlace`, `KeyPlace` or `LinePlace` knows what it was
made of, so that nobody reads that back out of the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Self, TypeVar

from auditor.messages.message import NOTHING, Message, say


class ExitCode(IntEnum):
    """The exit codes of the command line: a contract, see the README."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    UNREACHABLE = 3
    INCOMPLETE = 4
    NOTHING_TO_DO = 5
    OUTPUT = 6
    INTERNAL = 70
    BUSY = 75
    INTERRUPTED = 130
    TERMINATED = 143


class OptionPlace(str):
    """An option of the command line, as it is written there."""

    __slots__ = ()

    @property
    def key(self) -> str:
        """Return the key that stands for the option in a file."""
        return self.lstrip("-")


class KeyPlace(str):
    """A key of a table, `[table] key`; of one of several tables, with the id of that one."""

    __slots__ = ("key", "of", "table")

    table: str
    key: str
    of: str

    def __new__(cls, table: str, key: str, of: str = "") -> Self:
        """Return the text for people of a key."""
        self = super().__new__(cls, f"[[{table}]] {of}: {key}" if of else f"[{table}] {key}")
        self.table, self.key, self.of = table, key, of
        return self

    def __reduce__(self) -> tuple[type[KeyPlace], tuple[str, str, str]]:
        return KeyPlace, (self.table, self.key, self.of)


class LinePlace(str):
    """A line of a file, `file:line`; lines are counted from 1."""

    __slots__ = ("file", "line")

    file: str
    line: int

    def __new__(cls, file: Path | str, line: int) -> Self:
        """Return the text for people of a line."""
        self = super().__new__(cls, f"{file}:{line}")
        self.file, self.line = str(file), line
        return self

    def __reduce__(self) -> tuple[type[LinePlace], tuple[str, int]]:
        return LinePlace, (self.file, self.line)


class ReasonedError(Exception):
    """A part of the evidence cannot be read. `reason` is that of a gap, and quotes nothing."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason)
        self.reason = reason


class AuditorError(Exception):
    """An error the user can act on: what happened, where, and what to do next.

    `further` are what else is wrong with the same document, for whoever lists everything.
    """

    exit_code = ExitCode.INTERNAL

    def __init__(self, message: Message, *, where: str = "", advice: Message = NOTHING) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.advice = advice
        self.further: tuple[AuditorError, ...] = ()

    def __str__(self) -> str:
        """Return place, message and advice in one line each."""
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}\n  What to do: {self.advice}" if self.advice else text


_Error = TypeVar("_Error", bound=AuditorError)


def first_of(errors: Sequence[_Error]) -> _Error:
    """Return the first error of a document, which tells of the others."""
    first = errors[0]
    first.further = tuple(errors[1:])
    return first


class InputError(AuditorError):
    """Something the user gave is wrong."""

    exit_code = ExitCode.USAGE


class SiteFileError(InputError):
    """The site file cannot be used. `keys` lead to the place inside it, as far as it is known."""

    def __init__(
        self,
        message: Message,
        *,
        where: str = "",
        advice: Message = NOTHING,
        keys: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, where=where or f"[{'.'.join(keys)}]", advice=advice)
        self.keys = keys


class ProjectFileError(InputError):
    """The project file cannot be used; without it the run would be another one."""


class InventoryError(InputError):
    """The inventory of a fleet cannot be used; no part of it counts."""


class WaiverFileError(InputError):
    """The waiver file cannot be used; no waiver of it counts."""


class BrandingError(InputError):
    """The branding file of a handover, or a logo that it names, cannot be used."""


class RuleDocumentError(InputError):
    """A rule document, profile or dialect is wrong."""


class SourceError(InputError):
    """Saved evidence cannot be read. What happened becomes the reason of a gap."""


class StandardConfigurationError(SourceError):
    """The file is a "standard" configuration, whose secrets anyone can decrypt."""


class TargetError(AuditorError):
    """A live PBX could not be reached. What happened becomes the reason of gaps."""

    exit_code = ExitCode.UNREACHABLE


class TlsError(TargetError):
    """A live PBX answers, but TLS with it failed."""


class CertificateError(TlsError):
    """A live PBX shows a certificate that is not the expected one, or no longer valid."""


class HungUpError(TargetError):
    """A live PBX, or what stands before it, closed the connection instead of answering."""


class NotHttpError(TargetError):
    """What answers at the address of a live PBX does not speak HTTP."""


class LoginError(TargetError):
    """A live PBX refused the login."""


class ForbiddenRequestError(TargetError):
    """A request is not on the read-only allow-list; nothing was sent."""


class OutputError(AuditorError):
    """An output could not be written."""

    exit_code = ExitCode.OUTPUT


class HistoryError(OutputError):
    """The history of a fleet cannot be read or written; what was recorded before stays."""


class BusyError(AuditorError):
    """Another run is at work on the same history; this one did nothing."""

    exit_code = ExitCode.BUSY


class Interruption(BaseException):
    """Somebody stopped the program; where something was read, that is kept.

    Not an `Exception`, so that nothing that deals with errors takes it for one.
    """

    def __init__(self, code: ExitCode) -> None:
        super().__init__(code.name.lower())
        self.code = code


def how_ended(interruption: Interruption) -> Message:
    """Return how a reading ended that somebody stopped."""
    if interruption.code is ExitCode.TERMINATED:
        return say("the reading was terminated")
    return say("the reading was interrupted")


def ended_before_all(interruption: Interruption) -> Message:
    """Return that a reading was stopped before everything was read."""
    if interruption.code is ExitCode.TERMINATED:
        return say("the reading was terminated before everything was read")
    return say("the reading was interrupted before everything was read")

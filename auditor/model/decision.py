"""What the caller of an audit tolerates, and what the gate decided."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from auditor.errors import ExitCode
from auditor.messages.message import Message
from auditor.model.vocabulary import Severity


class Incomplete(StrEnum):
    """What an incomplete audit does to the exit code."""

    FAIL = "fail"
    WARN = "warn"


class Thresholds(NamedTuple):
    """What the caller tolerates."""

    fail_on: Severity = Severity.HIGH
    incomplete: Incomplete = Incomplete.FAIL


class Decision(NamedTuple):
    """The exit code and every reason that spoke for one, strongest first."""

    code: ExitCode
    reasons: tuple[Message, ...]

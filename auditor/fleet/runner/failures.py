"""Why there is no audit of a PBX, and how that counts."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Final

from auditor.errors import AuditorError, Interruption, KeyPlace, SourceError, TargetError
from auditor.fleet.history_model import AuditEnding
from auditor.fleet.runner.jobs import Failure
from auditor.messages.message import Message, say

# Nobody keeps this: whoever stopped the reading stopped the run.
INTERRUPTED: Final = Failure(AuditEnding.UNREACHABLE, say("the reading was interrupted"))

# One that could not be looked at: what of it does not fit is nothing that is wrong with us.
TOO_LARGE: Final = Failure(
    AuditEnding.UNREACHABLE, say("what was read is too large for the memory of this computer")
)

# The table that a key belongs to if it is told without one.
_TABLE: Final = "credentials"

OTHER_TENANT: Final = Failure(
    AuditEnding.REFUSED,
    say("the history has this id under another tenant"),
    say(
        "the history has this id under another tenant: give the PBX a new id, so that nothing of "
        "one customer is shown to another"
    ),
)
# Which one that is, the history of this one does not say: it may be another customer's.
ANOTHERS: Final = Failure(
    AuditEnding.CONFLICT, say("its box belongs to another id of the inventory")
)


class NoAuditError(Exception):
    """There is no audit of a PBX, and `failure` is why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


def failure_of(error: BaseException) -> Failure:
    """Return what an error means for the PBX that it came up with.

    What cannot be read is unreachable; papers that cannot be used are refused; all else is ours.
    """
    if isinstance(error, NoAuditError):
        return error.failure
    if isinstance(error, TargetError | SourceError):
        return Failure(AuditEnding.UNREACHABLE, error.message, _placed(error))
    if isinstance(error, AuditorError):
        return Failure(AuditEnding.REFUSED, error.message, _placed(error))
    if isinstance(error, Interruption):
        return INTERRUPTED
    if isinstance(error, MemoryError):
        return TOO_LARGE
    return Failure(AuditEnding.CRASHED, _crash(error))


def _crash(error: BaseException) -> Message:
    """Return what broke where, without its text, which may quote what was read."""
    frames = traceback.extract_tb(error.__traceback__)
    kind = type(error).__name__
    if not frames:
        return say("{kind} in pbx-auditor", kind=kind)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"
    return say("{kind} in pbx-auditor, at {place}", kind=kind, place=place)


def of_account(error: AuditorError) -> Failure:
    """Return that nobody could log in for want of an account.

    The history keeps which key is to blame, and no value of it: not even the name of a place.
    """
    reason = say("the credentials cannot be used: {key}", key=_key_of(error.where))
    return Failure(AuditEnding.REFUSED, reason, _placed(error))


def _key_of(where: str) -> str:
    """Return the key at fault, or our own word for where that is; of anything else nothing."""
    if isinstance(where, KeyPlace):
        return where.key if where.table == _TABLE else where
    return where if isinstance(where, Message) and where else _TABLE


def out_of_time(seconds: float) -> Failure:
    """Return that a PBX took longer than it may."""
    return Failure(
        AuditEnding.UNREACHABLE, say("it was not done within {seconds} s", seconds=f"{seconds:g}")
    )


def of_died_worker() -> Failure:
    """Return that the process that judged died, more than once."""
    return Failure(AuditEnding.CRASHED, say("the process that judges it died"))


def _placed(error: AuditorError) -> Message:
    told = error.message
    if error.where:
        told = say("{where}: {message}", where=error.where, message=error.message)
    if error.advice:
        return say("{problem}; {advice}", problem=told, advice=error.advice)
    return told

"""What became of the controls of a PBX between two points of its history, each by its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from auditor.fleet.history_model import Cause, Standing
from auditor.fleet.store.queries.result_rows import ControlState, MovedControl
from auditor.messages.titles import Title
from auditor.model.vocabulary import Severity, Status

_OPEN: Final = frozenset({Status.UNKNOWN, Status.ERROR})
_WRONG: Final = frozenset({Status.FAILED, Status.WAIVED})
_NEVER_DECIDED: Final = frozenset({None, Standing.NOT_ASKED, *_OPEN})
_STILL_WRONG: Final = frozenset({Standing.FAILED, Standing.WAIVED})
_DECIDED: Final = frozenset({Standing.FAILED, Standing.WAIVED, Standing.FIXED})
# Returns the title of a control of a PBX for an outcome, its id if nobody knows the control.
TitleOf: TypeAlias = Callable[[str, str, Status], Title]


class MoveKind(StrEnum):
    """What became of a control of a PBX, or of single things that it looks at.

    `not-asked`: it was wrong, and its control does not run or apply any more. That is not fixed.
    """

    FAILED = "failed"
    UNDECIDED = "undecided"
    ACCEPTED = "accepted"
    FIXED = "fixed"
    DECIDED = "decided"
    NOT_ASKED = "not-asked"


_OUTCOMES: Final[Mapping[MoveKind, Status]] = {
    MoveKind.FAILED: Status.FAILED,
    MoveKind.UNDECIDED: Status.UNKNOWN,
    MoveKind.ACCEPTED: Status.WAIVED,
    MoveKind.FIXED: Status.PASSED,
    MoveKind.DECIDED: Status.PASSED,
    MoveKind.NOT_ASKED: Status.PASSED,
}
_CAME_TO: Final[Mapping[ControlState, MoveKind]] = {
    Status.FAILED: MoveKind.FAILED,
    Status.WAIVED: MoveKind.ACCEPTED,
}


class Moved(NamedTuple):
    """A control of a PBX of which something is otherwise than before a run.

    `findings` are those of it that are, 0 if the control alone. `is_whole` says that the
    control itself came to this; otherwise it stood so before, or still stands otherwise.
    `is_first` says that it was first audited since.
    """

    kind: MoveKind
    pbx: str
    tenant: str
    control: str
    severity: Severity
    title: Title
    findings: int
    is_whole: bool
    is_first: bool
    cause: Cause
    run: int
    day: date


def moves_of(moved: MovedControl, title_of: TitleOf) -> Iterator[Moved]:
    """Yield what became of a control and its findings: of both, one thing of each kind."""
    counts: dict[MoveKind, int] = {}
    for one in moved.findings:
        kind = _kind_of_finding(one.before, one.after)
        if kind is not None:
            counts[kind] = counts.get(kind, 0) + one.findings
    own = _kind_of_control(moved.before, moved.after)
    if own is MoveKind.NOT_ASKED and MoveKind.FIXED in counts:
        own = MoveKind.FIXED  # it does not apply any more because what was wrong is not there
    for kind in MoveKind:
        if kind is own or kind in counts:
            count = counts.get(kind, 0)
            yield _moved(moved, kind, count, title_of, is_whole=kind is own)


def _moved(
    moved: MovedControl, kind: MoveKind, count: int, title_of: TitleOf, *, is_whole: bool
) -> Moved:
    outcome = _OUTCOMES[kind]
    if not is_whole and isinstance(moved.after, Status):
        outcome = moved.after
    return Moved(
        kind,
        moved.pbx,
        moved.tenant,
        moved.control,
        moved.severity,
        title_of(moved.pbx, moved.control, outcome),
        count,
        is_whole,
        moved.cause is Cause.FIRST,
        moved.cause,
        moved.run,
        moved.day,
    )


def _kind_of_control(before: ControlState | None, after: ControlState) -> MoveKind | None:
    if before is after:
        return None
    if after in _OPEN:
        return None if before in _NEVER_DECIDED else MoveKind.UNDECIDED
    if after in _CAME_TO:
        return _CAME_TO[after]
    if before in _WRONG:
        return MoveKind.FIXED if after is Status.PASSED else MoveKind.NOT_ASKED
    return MoveKind.DECIDED if before in _OPEN and isinstance(after, Status) else None


def _kind_of_finding(before: Standing | None, after: Standing) -> MoveKind | None:
    match after:
        case Standing.FAILED:
            return MoveKind.FAILED
        case Standing.WAIVED:
            return MoveKind.ACCEPTED
        case Standing.UNDECIDED if before in _DECIDED:
            return MoveKind.UNDECIDED
        case Standing.FIXED | Standing.GONE if before in _STILL_WRONG:
            return MoveKind.FIXED
    return None

"""Does once more what a connection was lost over: a server that is started again costs nothing.

Only what may be done twice: it may have come to its end, and nobody heard of that.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, Protocol, TypeVar

from auditor.fleet.store.connection.database_errors import LostConnectionError
from auditor.interrupt import check

_PAUSE: Final = 0.5
_Given = ParamSpec("_Given")
_Returned = TypeVar("_Returned")


class _Patient(Protocol):
    @property
    def patience(self) -> float:
        """For how many seconds something is tried again."""


_Self = TypeVar("_Self", bound=_Patient)


def done_again(
    method: Callable[Concatenate[_Self, _Given], _Returned],
) -> Callable[Concatenate[_Self, _Given], _Returned]:
    """Let a method be tried again while connections are lost, as long as its owner is patient.

    Raises what it raised the last time, and Interruption where it waits.
    """

    @wraps(method)
    def until_it_holds(self: _Self, /, *given: _Given.args, **named: _Given.kwargs) -> _Returned:
        until = time.monotonic() + self.patience
        while True:
            try:
                return method(self, *given, **named)
            except LostConnectionError:
                if time.monotonic() >= until:
                    raise
            check()
            time.sleep(_PAUSE)

    return until_it_holds

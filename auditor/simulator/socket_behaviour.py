"""How the sockets of a simulated PBX behave, and which of their answers go wrong in which way."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final, Literal

FaultKind = Literal[
    "binary",
    "changed-src",
    "close",
    "cut",
    "endless-page",
    "error",
    "fragments",
    "half-open",
    "large",
    "no-last",
    "no-src",
    "not-json",
    "ping",
    "repeated-page",
    "restart",
    "silence",
    "swapped",
    "twice",
    "unknown",
]
ANY: Final = "*"
LARGE_BYTES: Final = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SocketFault:
    """What goes wrong with the answers to the requests `mt`, all of them by default.

    The first `skip` are answered as they should be, `times` go wrong, 0 means all that follow. It
    is counted over all sockets, so that a restart can happen once.

    - `silence` gives no answer, `half-open` none to anything from then on, with the connection up.
    - `close` ends the socket, `cut` the connection without a word, `restart` those of all sockets.
    - `unknown` sends a message before the answer that nobody documented, `ping` a ping that needs
      no pong, `twice` the answer twice, `swapped` the answer behind that of the next request.
    - `binary` and `fragments` say how the answer is framed, `large` pads it to 2 MiB of JSON,
      `not-json` cuts it in the middle.
    - `changed-src` and `no-src` change whom it is for, `error` answers with an error's text, and
      `no-last` leaves out that nothing follows.
    - `repeated-page` answers every page with the first, `endless-page` with ever more objects.
    """

    kind: FaultKind
    mt: str = ANY
    skip: int = 0
    times: int = 0


@dataclass(frozen=True, slots=True)
class SocketBehaviour:
    """The switches of the sockets.

    `offered` False is a PBX without them, or a proxy that strips the upgrade. `number_challenge`
    sends challenges as older builds do. `answer_pings` False never answers a ping. `test_mode` has
    no licences. `idle_seconds` ends a socket on which so long nothing came; 0 never does, because
    what a real PBX does is not documented. `round_trip_seconds` is how long an answer takes at
    least, `refused_after_restart` how many connections end at once while the PBX starts again.
    `login_methods` are what `LoginInfo` offers to users.
    """

    offered: bool = True
    number_challenge: bool = False
    answer_pings: bool = True
    test_mode: bool = False
    idle_seconds: float = 0
    round_trip_seconds: float = 0
    refused_after_restart: int = 0
    login_methods: tuple[str, ...] = ("digest",)
    faults: tuple[SocketFault, ...] = ()


class FaultCounter:
    """Says which fault an answer has; safe to use from several threads."""

    def __init__(self, faults: tuple[SocketFault, ...]) -> None:
        self._faults = faults
        self._seen = [0] * len(faults)
        self._lock = threading.Lock()

    def next_kinds(self, mt: str) -> frozenset[FaultKind]:
        """Return what goes wrong with the answer to this request, and count it."""
        with self._lock:
            return frozenset(
                fault.kind
                for at, fault in enumerate(self._faults)
                if fault.mt in {ANY, mt} and self._is_due(at, fault)
            )

    def _is_due(self, at: int, fault: SocketFault) -> bool:
        number = self._seen[at]
        self._seen[at] += 1
        return number >= fault.skip and (not fault.times or number < fault.skip + fault.times)

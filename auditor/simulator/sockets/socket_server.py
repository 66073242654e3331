"""Serves the WebSockets of a simulated server: messages in, answers out, and what goes wrong."""

from __future__ import annotations

import importlib.util
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from auditor.simulator.socket_behaviour import (
    LARGE_BYTES,
    FaultCounter,
    FaultKind,
    SocketBehaviour,
)
from auditor.simulator.sockets.json_messages import Message, minimal, read_message
from auditor.simulator.sockets.pagination_faults import LyingPages, first_page
from auditor.simulator.sockets.requests import RestartError

if TYPE_CHECKING:
    from auditor.simulator.sockets.frames import SocketConnection

_WORDLESS: Final = {"mt": "SimulatedNews", "api": "SimulatedApi", "text": "nobody asked"}


class SocketSession(Protocol):
    """What answers on one socket."""

    def answer(self, message: Message) -> list[Message]:
        """Return the messages that answer this one. Raises RestartError."""
        ...

    def close(self) -> None:
        """Forget what lives only as long as the socket."""
        ...


# Makes what answers on a new socket at a path; None where there is no socket.
SessionMaker = Callable[[str], SocketSession | None]


class Sockets:
    """All WebSockets of a server.

    `received` lists (path, message) of everything that came, `restarts` counts how often the server
    did not survive a request.
    """

    def __init__(self, switches: SocketBehaviour, sessions: SessionMaker) -> None:
        self.received: list[tuple[str, Message]] = []
        self.restarts = 0
        self._switches = switches
        self._sessions = sessions
        self._refusing = 0
        self._faults = FaultCounter(switches.faults)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    @staticmethod
    def are_possible() -> bool:
        """Return whether the package is installed that they need, which is an extra."""
        return importlib.util.find_spec("websockets") is not None

    def session(self, target: str) -> SocketSession | None:
        """Return what answers on a new socket at an address; None if there is no socket."""
        is_offered = self._switches.offered and self.are_possible()
        return self._sessions(urlsplit(target).path) if is_offered else None

    def serve(
        self,
        session: SocketSession,
        request: tuple[str, bytes],
        connection: socket.socket,
        read: Callable[[], bytes],
    ) -> None:
        """Serve one socket until it ends.

        `request` is its address and the bytes that asked for it, `read` gives what follows.
        """
        # The package behind it is an extra, which no command but those that need it imports.
        from auditor.simulator.sockets.frames import SocketConnection  # noqa: PLC0415

        connection.settimeout(self._switches.idle_seconds or None)
        answer_pings = self._switches.answer_pings
        wire = SocketConnection(read, connection.sendall, answer_pings=answer_pings)
        target, handshake = request
        if self._is_starting():
            return
        with self._listed(connection), closing(session):
            try:
                if wire.open(handshake):
                    _Dialogue(self, session, urlsplit(target).path, wire).run()
            except RestartError:
                self._restart()
            except OSError:  # the other side is gone, or this server stops
                return

    def end_all(self) -> None:
        """End the connections of all sockets without a word."""
        with self._lock:
            for one in self._open:
                _end(one)

    def wait(self) -> None:
        """Take the time that an answer takes."""
        if self._switches.round_trip_seconds:
            time.sleep(self._switches.round_trip_seconds)

    def _restart(self) -> None:
        with self._lock:
            self.restarts += 1
            self._refusing = self._switches.refused_after_restart
        self.end_all()

    def _is_starting(self) -> bool:
        """Return whether a connection is refused, and count it."""
        with self._lock:
            self._refusing -= 1
            return self._refusing >= 0

    def next_faults(self, mt: str) -> frozenset[FaultKind]:
        """Return what goes wrong with the answer to a request."""
        return self._faults.next_kinds(mt)

    @contextmanager
    def _listed(self, connection: socket.socket) -> Iterator[None]:
        with self._lock:
            self._open.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(connection)


class _EndedError(Exception):
    """The socket has ended, or as good as."""


class _Dialogue:
    def __init__(
        self, sockets: Sockets, session: SocketSession, path: str, wire: SocketConnection
    ) -> None:
        self._sockets = sockets
        self._session = session
        self._path = path
        self._wire = wire
        self._pages = LyingPages()
        self._held: list[Message] = []

    def run(self) -> None:
        """Answer message after message. Raises RestartError and OSError."""
        for text in self._wire.messages():
            message = read_message(text)
            if message is None:
                continue
            self._sockets.received.append((self._path, message))
            try:
                self._answer(message)
            except _EndedError:
                return

    def _answer(self, message: Message) -> None:
        faults = self._sockets.next_faults(message["mt"])
        self._end(faults)
        self._sockets.wait()
        asked = first_page(message) if faults & {"repeated-page", "endless-page"} else message
        answers = [self._changed(asked, one, faults) for one in self._session.answer(asked)]
        if "silence" in faults:
            return
        if "swapped" in faults:
            self._held += answers
            return
        if "unknown" in faults:
            self._wire.send(minimal(_WORDLESS))
        if "ping" in faults:
            self._wire.ping()
        for one in answers * (2 if "twice" in faults else 1):
            self._send(minimal(one), faults)
        while answers and self._held:
            self._send(minimal(self._held.pop(0)), frozenset())

    def _end(self, faults: frozenset[FaultKind]) -> None:
        """End the socket in the way that a fault asks for. Raises _EndedError, RestartError."""
        if "restart" in faults:
            raise RestartError
        if "half-open" in faults:
            self._wire.swallow()
        if "close" in faults:
            self._wire.close()
        if faults & {"half-open", "close", "cut"}:
            raise _EndedError

    def _changed(self, message: Message, answer: Message, faults: frozenset[FaultKind]) -> Message:
        if "endless-page" in faults:
            answer = self._pages.go_on(message, answer)
        if "repeated-page" in faults:
            answer = self._pages.again(message, answer)
        if "changed-src" in faults:
            answer = {**answer, "src": f"{answer.get('src', '')}x"}
        if "no-src" in faults:
            answer = {name: value for name, value in answer.items() if name != "src"}
        if "no-last" in faults:
            answer = {name: value for name, value in answer.items() if name != "last"}
        if "error" in faults:
            answer = {**answer, "error": "the simulated PBX is told to fail"}
        return answer

    def _send(self, text: str, faults: frozenset[FaultKind]) -> None:
        if "large" in faults:
            text = f'{text[:-1]},"filler":"{"x" * LARGE_BYTES}"}}'
        if "not-json" in faults:
            text = text[: len(text) // 2]
        if "binary" in faults:
            self._wire.send_binary(text)
        elif "fragments" in faults:
            self._wire.send_fragments(text)
        else:
            self._wire.send(text)


def _end(connection: socket.socket) -> None:
    """End a connection that another thread reads, past what TLS would have to say."""
    try:
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:  # it has ended already
        return

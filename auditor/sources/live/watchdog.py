"""Ends every connection at the deadline, also one whose answer arrives byte by byte.

A timeout counts from one byte to the next, so a PBX that sends one now and then would hold an audit
for ever. The sockets are known from the events that httpx reports (its `trace` extension).
"""

from __future__ import annotations

import socket
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

_CONNECTED: Final = frozenset({"connection.connect_tcp.complete", "connection.start_tls.complete"})
_HANDSHAKE: Final = "connection.start_tls.started"
_HANDSHAKE_OVER: Final = frozenset({"connection.start_tls.complete", "connection.start_tls.failed"})


class Watchdog:
    """Shuts down the sockets of one client after a number of seconds, until it is stopped."""

    def __init__(self, seconds: float) -> None:
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._handshakes = threading.local()
        self._over = threading.Event()
        self._timer = threading.Timer(max(0.0, seconds), self._shut)
        self._timer.daemon = True
        self._timer.start()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Take notice of a connection; one that is made too late is shut at once."""
        if event in _HANDSHAKE_OVER and (twin := getattr(self._handshakes, "twin", None)):
            twin.close()
            self._handshakes.twin = None
        if event in _CONNECTED:
            self._handshakes.last = info["return_value"].get_extra_info("socket")
            self._sockets.add(self._handshakes.last)
        elif event == _HANDSHAKE:
            # The handshake takes the socket over, and gives it back only when it is through.
            self._handshakes.twin = self._handshakes.last.dup()
            self._sockets.add(self._handshakes.twin)
        if self._over.is_set():
            self._shut()

    def stop(self) -> None:
        """Let the sockets be: the reading is done."""
        self._timer.cancel()

    def _shut(self) -> None:
        self._over.set()
        for opened in list(self._sockets):
            _shut_down(opened)


@contextmanager
def shut_after(opened: socket.socket, seconds: float) -> Iterator[threading.Event]:
    """Shut a connection down if the work with it is not done within a number of seconds.

    What it gives is set when that happened.
    """
    over = threading.Event()
    with opened.dup() as twin:  # a handshake takes the socket itself over

        def shut() -> None:
            over.set()
            _shut_down(twin)

        timer = threading.Timer(seconds, shut)
        timer.daemon = True
        timer.start()
        try:
            yield over
        finally:
            timer.cancel()


def _shut_down(opened: socket.socket) -> None:
    with suppress(OSError):  # it was closed already
        # Not the method of an SSLSocket, which would pretend that TLS had ended.
        socket.socket.shutdown(opened, socket.SHUT_RDWR)

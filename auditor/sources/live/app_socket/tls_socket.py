"""A TLS connection that one thread reads while another one writes.

OpenSSL forbids that both happen in the same moment (openssl-threads(7)), Python 3.11 takes no care
of it, and the client of `websockets` does it: with TLS 1.3 a server sends tickets right after the
handshake, and now and then what was written meanwhile got lost, so that no answer came.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import threading
from contextlib import suppress
from typing import Any, Final, Self

_LOOK: Final = 0.2  # seconds after which it is looked whether the connection was closed here


class OneAtATimeSocket(ssl.SSLSocket):
    """A TLS socket that reads only what is there, and nothing while something is written.

    `turn` is held by whoever reads, writes or closes it.
    """

    turn: threading.Lock

    def __new__(cls, *arguments: Any, **named: Any) -> Self:  # noqa: ANN401 -- as the base class
        """Make a socket with a lock of its own; the base class is made without `__init__`."""
        made = super().__new__(cls, *arguments, **named)
        made.turn = threading.Lock()
        return made

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Return bytes that came, empty at the end; others may write while it waits for them."""
        while self.fileno() >= 0:
            with self.turn:
                before = self.gettimeout()
                super().settimeout(0)
                try:
                    return super().recv(buflen, flags)
                except ssl.SSLWantReadError:
                    pass  # what came was a ticket
                finally:
                    super().settimeout(before)
            self._wait()
        return b""

    def sendall(self, data: Any, flags: int = 0) -> None:  # noqa: ANN401 -- a buffer of any kind
        """Send all of it, while nothing is read."""
        with self.turn:
            super().sendall(data, flags)

    def close(self) -> None:
        """Close it while nobody reads or writes.

        The number that the system gives it may be that of another connection right after, whose
        bytes a thread that is still reading would take.
        """
        with suppress(OSError):
            socket.socket.shutdown(self, socket.SHUT_RDWR)  # whoever still writes ends
        with self.turn:
            super().close()

    def settimeout(self, value: float | None) -> None:
        """Set how many seconds writing may take, None for no end; not while something is read."""
        with self.turn:
            super().settimeout(value)

    def _wait(self) -> None:
        with selectors.DefaultSelector() as selector, suppress(OSError, ValueError):
            selector.register(self, selectors.EVENT_READ)
            selector.select(_LOOK)

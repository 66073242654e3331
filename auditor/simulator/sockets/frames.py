"""One WebSocket on a connection that HTTP was spoken on: frames in and out.

The protocol is that of `websockets`; here are only the bytes and what a test does with frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

_MAX_MESSAGE_BYTES: Final = 16 * 1024 * 1024
_PONG: Final = 0x80 | Opcode.PONG
_FRAGMENT: Final = 4096


class SocketConnection:
    """A WebSocket of a server. `read` gives what came, empty at the end; `write` sends."""

    def __init__(
        self,
        read: Callable[[], bytes],
        write: Callable[[bytes], object],
        *,
        answer_pings: bool = True,
    ) -> None:
        # No extension is offered, so that none is used: no known client asks for one.
        self._protocol = ServerProtocol(max_size=_MAX_MESSAGE_BYTES)
        self._read = read
        self._write = write
        self._answer_pings = answer_pings

    def open(self, handshake: bytes) -> bool:
        """Answer the request that asked for the socket; return whether it is open now."""
        self._protocol.receive_data(handshake)
        request = next(iter(self._protocol.events_received()), None)
        if not isinstance(request, Request):
            return False
        self._protocol.send_response(self._protocol.accept(request))
        self._flush()
        return self._protocol.state is State.OPEN

    def messages(self) -> Iterator[str]:
        """Yield the text messages, joined of their fragments, until the socket ends.

        Binary messages are skipped: nothing here knows any.
        """
        opcode, parts = Opcode.TEXT, list[bytes]()
        for frame in self._frames():
            if frame.opcode not in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
                continue
            if frame.opcode is not Opcode.CONT:
                opcode, parts = frame.opcode, []
            parts.append(bytes(frame.data))
            if frame.fin and opcode is Opcode.TEXT:
                yield b"".join(parts).decode(errors="replace")

    def send(self, text: str) -> None:
        """Send a text message."""
        self._protocol.send_text(text.encode())
        self._flush()

    def send_binary(self, text: str) -> None:
        """Send the text as a binary message."""
        self._protocol.send_binary(text.encode())
        self._flush()

    def send_fragments(self, text: str) -> None:
        """Send a text message in several frames, at least two, which may divide a character."""
        data = text.encode()
        size = min(_FRAGMENT, max(1, len(data) // 2))
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        last = len(pieces) - 1
        self._protocol.send_text(pieces[0], fin=last == 0)
        for at, piece in enumerate(pieces[1:], 1):
            self._protocol.send_continuation(piece, fin=at == last)
        self._flush()

    def ping(self) -> None:
        """Send a ping; nobody waits for the pong."""
        self._protocol.send_ping(b"simulated")
        self._flush()

    def close(self) -> None:
        """Send that the socket ends."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(1001, "")
            self._flush()

    def swallow(self) -> None:
        """Take whatever comes and answer nothing, until the other side ends the connection."""
        while self._read():
            pass

    def _frames(self) -> Iterable[Frame]:
        while self._protocol.state is State.OPEN:
            data = self._read()
            if not data:
                self._protocol.receive_eof()
                return
            self._protocol.receive_data(data)
            for event in self._protocol.events_received():
                if isinstance(event, Frame):
                    yield event
            self._flush()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            is_pong = bool(data) and data[0] == _PONG
            if data and (self._answer_pings or not is_pong):
                self._write(data)

"""Sockets that answer like no PBX does: silent, dripping, hanging up."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import contextmanager, suppress

REQUEST = 4096
BETWEEN_DROPS = 0.05


@contextmanager
def listening(serve):
    """Give the address of a server that does with each connection what a test wants."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept():
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    threading.Thread(target=answer, args=(connection,), daemon=True).start()

        def answer(connection):
            with connection, suppress(OSError):
                serve(connection, over)

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            server.shutdown(socket.SHUT_RDWR)


def silent(connection, over):  # noqa: ARG001
    over.wait()


def dripping(connection, over):
    connection.recv(REQUEST)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<")
    while not over.wait(BETWEEN_DROPS):
        connection.sendall(b" ")


def never_ending_header(connection, over):
    connection.recv(REQUEST)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not over.wait(BETWEEN_DROPS):
        connection.sendall(b"X: y\r\n")


def hanging_up(connection, over):  # noqa: ARG001
    connection.recv(REQUEST)


def resetting(connection, over):  # noqa: ARG001
    connection.recv(REQUEST)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def dripping_handshake(connection, over):
    """Send a record of TLS that never comes to its end."""
    connection.recv(REQUEST)
    connection.sendall(b"\x16\x03\x03\x40\x00")
    while not over.wait(BETWEEN_DROPS):
        connection.sendall(b"\x02")


def circling(connection, over):
    """Answer every request with a redirect to the next path."""
    number = 0
    while not over.is_set() and connection.recv(REQUEST):
        number += 1
        head = f"HTTP/1.1 302 Found\r\nLocation: /{number % 2}\r\nContent-Length: 0\r\n\r\n"
        connection.sendall(head.encode())


def always_about_to_answer(connection, over):
    """Send one provisional answer after the other."""
    connection.recv(REQUEST)
    while not over.wait(BETWEEN_DROPS):
        connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")


def endless_chunks(connection, over):
    connection.recv(REQUEST)
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    while not over.is_set():
        connection.sendall(b"1000\r\n" + b"<" * 0x1000 + b"\r\n")


def always_asking_to_log_in(connection, over):
    while not over.is_set() and connection.recv(REQUEST):
        connection.sendall(
            b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="x", nonce="1"\r\n'
            b"Content-Length: 0\r\n\r\n"
        )

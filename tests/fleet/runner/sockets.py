"""Sockets that answer like no PBX does: silent, dripping, hanging up."""

from __future__ import annotations

import socket
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

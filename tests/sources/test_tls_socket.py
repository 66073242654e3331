"""TLS of a WebSocket: one thread may wait for what comes while another one writes."""

from __future__ import annotations

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

import pytest

from auditor.simulator.self_signed import self_signed, server_context
from auditor.sources.live.app_socket.tls_socket import OneAtATimeSocket

PATIENCE = 30.0


@contextmanager
def connected(serve):
    """Give a connection to a server that does `serve` with its end of it."""
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    trusting.sslsocket_class = OneAtATimeSocket
    serving = server_context(self_signed("127.0.0.1"))
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor() as threads:

        def answer():
            accepted = listening.accept()[0]
            with serving.wrap_socket(accepted, server_side=True) as end:
                serve(end)

        served = threads.submit(answer)
        plain = socket.create_connection(listening.getsockname(), PATIENCE)
        with trusting.wrap_socket(plain) as secure:
            yield secure, threads
        served.result(PATIENCE)


def echo(end):
    while data := end.recv(100):
        end.sendall(data)


def test_who_waits_for_what_comes_keeps_nobody_from_writing():
    with connected(echo) as (secure, threads):
        assert secure.version() == "TLSv1.3"  # which sends tickets first
        for number in range(50):
            came = threads.submit(secure.recv, 100)
            secure.sendall(b"%d" % number)
            assert came.result(PATIENCE) == b"%d" % number
        secure.shutdown(socket.SHUT_WR)


def test_the_end_of_the_other_side_is_the_end():
    with connected(lambda end: end.sendall(b"bye")) as (secure, _):
        assert secure.recv(100) == b"bye"
        assert secure.recv(100) == b""


def test_who_waits_ends_when_it_is_closed_here():
    with connected(echo) as (secure, threads):
        came = threads.submit(secure.recv, 100)
        secure.sendall(b"x")
        assert came.result(PATIENCE) == b"x"
        came = threads.submit(secure.recv, 100)
        secure.close()
        assert came.result(PATIENCE) == b""


def test_it_is_not_closed_while_another_one_reads_or_writes():
    """Its number would be another connection's, and whoever still reads would take those bytes."""
    with connected(echo) as (secure, threads):
        with secure.turn:
            closing = threads.submit(secure.close)
            assert not wait([closing], 0.05).done
            assert secure.fileno() >= 0
        closing.result(PATIENCE)
        assert secure.fileno() < 0


@pytest.mark.parametrize("seconds", [None, 5.0])
def test_a_time_limit_stays(seconds):
    with connected(echo) as (secure, _):
        secure.settimeout(seconds)
        secure.sendall(b"x")
        assert secure.recv(1) == b"x"
        assert secure.gettimeout() == seconds

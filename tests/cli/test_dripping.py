"""A head or a handshake that arrives byte by byte is bound by --timeout and --deadline everywhere.

Each drips until the test is over: a command that waits for its end is stopped by the time that
pytest gives a test.
"""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from itertools import chain, repeat

import pytest

from tests.fixtures.hostile import HostilePbx
from tests.fixtures.pbx import simulated
from tests.fixtures.sentences import says

LIMITS = ("--timeout", "1", "--deadline", "1.5")
RECORD = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03"


@pytest.fixture(autouse=True)
def account(console):
    console.login(simulated())
    (console.folder / "pinned.toml").write_text(f'[tls]\nfingerprint = "{"ab" * 32}"\n')
    authority = "fixtures/tls/authority.pem"
    path = __file__.replace("cli/test_dripping.py", authority)
    (console.folder / "signed.toml").write_text(
        f'[tls]\nca_file = "{path}"\nmac = "009033410c7e"\n'
    )
    (console.folder / "plain.toml").write_text("")


@contextmanager
def dripping_tls():
    """Answer each handshake with a record of which one byte comes now and then."""
    over = threading.Event()

    def drip(taken):
        with suppress(OSError), taken:
            for byte in chain(RECORD, repeat(0)):
                taken.sendall(bytes([byte]))
                if over.wait(0.02):
                    return

    def serve():
        with suppress(OSError):
            while True:
                taken, _ = listening.accept()
                threading.Thread(target=drip, args=[taken], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        over.set()


def run_out(console, command, url, *more):
    ended = console(command, url, *more, *LIMITS)
    assert ended.code == 3, ended.said
    said = " ".join(ended.said.split())
    assert says("in time", said) or says("ran out", said)
    return said


@pytest.mark.parametrize("site", ["plain", "pinned", "signed"])
@pytest.mark.parametrize("command", ["doctor", "audit", "collect"])
def test_a_handshake_that_drips(console, command, site):
    with dripping_tls() as url:
        run_out(console, command, url, "--site", f"{site}.toml")


def test_a_handshake_that_drips_while_the_fingerprint_is_looked_at(console):
    with dripping_tls() as url:
        run_out(console, "doctor", url, "--show-fingerprint")


def test_a_handshake_that_drips_while_somebody_is_to_vouch(console):
    with dripping_tls() as url:
        run_out(console, "doctor", url, "--site", "new.toml", "--trust", "ab" * 32)


@pytest.mark.parametrize("command", ["doctor", "audit", "collect"])
def test_a_head_that_drips(console, command):
    pbx = HostilePbx({})

    def drip():
        yield b"HTTP/1.1 200 OK\r\nX-Slow: "
        while not pbx.over.wait(0.02):
            yield b"y"

    pbx.answers["/CMD0/box_info.xml"] = drip
    with pbx:
        run_out(console, command, pbx.url)


@pytest.mark.parametrize(
    "option", [("--timeout", "0"), ("--timeout", "x"), ("--deadline", "0"), ("--deadline", "inf")]
)
def test_doctor_refuses_limits_out_of_range(console, server, option):
    console.login(server.pbx)
    assert console("doctor", server.url, *option).code == 2
    assert server.requests == []

"""A customer's network with one PBX, which `unshare --net` is to start as a module, with a folder.

It writes the address of the PBX into the inventory there, says it, and when told to go on collects
into `bundle.zip`. Nothing outside reaches a network namespace, which has a loopback alone.
"""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
from pathlib import Path

from auditor.simulator.server import SimulatorServer
from tests.fleet.runner.conftest import box

ADDRESS = "ADDRESS"
_SIOCSIFFLAGS = 0x8914
_UP_AND_RUNNING = 0x41


def bring_up_loopback():
    import fcntl  # noqa: PLC0415 -- Windows has none

    with socket.socket() as any_socket:
        request = struct.pack("16sh14x", b"lo", _UP_AND_RUNNING)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, request)


def collect_in(folder):
    bring_up_loopback()
    inventory = folder / "fleet.toml"
    with SimulatorServer(box(1)) as server:
        inventory.write_text(inventory.read_text().replace(ADDRESS, server.url))
        print(server.url, flush=True)  # noqa: T201 -- for who waits for it
        sys.stdin.readline()
        words = [sys.executable, "-m", "auditor", "fleet", "collect", str(inventory)]
        ended = subprocess.run([*words, "-o", str(folder / "bundle.zip")], check=False)  # noqa: S603
    return ended.returncode


if __name__ == "__main__":
    sys.exit(collect_in(Path(sys.argv[1])))

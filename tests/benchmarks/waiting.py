"""A night of live PBXs that take their time: what it takes beside waiting alone, and who hangs.

All PBXs are simulated in this process, each a box of its own that sends slowly. A part of the
thousand that the aims are about: what waits, waits at the same time, however many they are.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from shutil import copy
from typing import Final, NamedTuple

from auditor.errors import ExitCode
from auditor.simulator import responses
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedPbx
from tests.benchmarks.fleet import BEGINNING
from tests.benchmarks.process import run, show
from tests.fleet.runner.sockets import listening, silent

PBXS: Final = 96
SLOTS: Final = 32
USERS: Final = 20
# About so many seconds one PBX takes to send its configuration.
SECONDS: Final = 3.0
# Of a thousand PBXs of 5 s each: 300 s of wall time where waiting alone is 156 s.
AIM: Final = 300 / 156
# One of so many hangs, for so long; the others may take so much longer for that.
HANGS_EVERY: Final = 20
DEADLINE: Final = 30
DELAY_AIM: Final = 1.1
_BLOCK: Final = """\
[[pbx]]
id = "{id}"
tenant = "tenant"
target = "{target}"
deadline = {deadline}
"""
# From when the first PBX is read to when the last one is judged, of those that answer.
_LASTED: Final = "SELECT MIN(started), MAX(ended) FROM audit WHERE ending = 'audited'"


class _Fleet(NamedTuple):
    """Addresses that answer slowly, some that never do, and the account of all of them."""

    folder: Path
    slow: Sequence[str]
    silent: Sequence[str]
    account: Mapping[str, str]


def measure_waiting() -> Iterator[str]:
    """Show how long live PBXs take together, and yield each aim that is missed."""
    show(f"{PBXS} live PBXs that send slowly, {SLOTS} at a time, JSON and history")
    with tempfile.TemporaryDirectory(prefix="pbx-auditor-bench-") as name, ExitStack() as stack:
        fleet = _begun(Path(name), stack)
        alone = _night(fleet, fleet.slow[:1])
        ideal = alone * -(-PBXS // SLOTS)
        took = _night(fleet, fleet.slow)
        ratio = took / ideal
        show(
            f"  {took:5.1f} s; one alone takes {alone:.1f} s, so waiting alone {ideal:.1f} s: "
            f"ratio {ratio:.2f}, aim {AIM:.2f}"
        )
        if ratio > AIM:
            yield f"live PBXs take {ratio:.2f} times the waiting, aim {AIM:.2f}"
        others = fleet.slow[len(fleet.silent) :]
        delay = _night(fleet, [*fleet.silent, *others]) / took
        show(
            f"  beside {len(fleet.silent)} that hang for {DEADLINE} s: {delay:.2f} times as long, "
            f"aim {DELAY_AIM}"
        )
        if delay > DELAY_AIM:
            yield f"sockets that hang delay the others {delay:.2f} times, aim {DELAY_AIM}"
    show()


def _begun(folder: Path, stack: ExitStack) -> _Fleet:
    """Start the simulated PBXs, and write what is the same of all nights."""
    folder.chmod(0o700)
    made = SimulatedPbx.create("hardened", seed=1, users=USERS)
    copy(made.site, folder / "site.toml")
    rate = int(len(responses.configuration(made, 1)) / SECONDS)
    servers = [
        stack.enter_context(SimulatorServer(box(made, number), bytes_per_second=rate))
        for number in range(PBXS)
    ]
    viewer = next(one for one in made.accounts if one.role == "viewer")
    account = {
        "PBX_AUDITOR_USERNAME": viewer.username,
        "PBX_AUDITOR_PASSWORD": viewer.password,
    }
    hangs = [stack.enter_context(listening(silent)) for _ in range(PBXS // HANGS_EVERY)]
    return _Fleet(folder, [one.url for one in servers], hangs, account)


def box(made: SimulatedPbx, number: int) -> SimulatedPbx:
    """Return a simulated PBX as a box of its own."""
    return replace(made, box=replace(made.box, serial=f"009033{number:06x}"))


def _night(fleet: _Fleet, targets: Sequence[str]) -> float:
    """Return how long a first night takes, until the last PBX that answers is audited."""
    blocks = (
        _BLOCK.format(id=f"pbx-{number}", target=target, deadline=DEADLINE)
        for number, target in enumerate(targets)
    )
    inventory = fleet.folder / "fleet.toml"
    inventory.write_text("\n".join([BEGINNING, *blocks]), encoding="utf-8")
    for one in fleet.folder.glob("history.db*"):
        one.unlink()
    command = [sys.executable, "-m", "auditor", "fleet", "run", str(inventory), "-q"]
    command += ["--slots", str(SLOTS), "--min-reached", "0"]
    run(command, expected=int(ExitCode.FINDINGS), more=fleet.account)
    with sqlite3.connect(fleet.folder / "history.db") as history:
        began, ended = map(datetime.fromisoformat, history.execute(_LASTED).fetchone())
    return (ended - began).total_seconds()


if __name__ == "__main__":
    show("\n".join(measure_waiting()) or "Every aim is met.")

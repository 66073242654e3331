"""The live half of `make bench`: a simulated PBX of its own, an audit and a collection beside it.

The floor is plain httpx that logs in and downloads the same documents, box_info.xml, cfg.txt and
the object list, and keeps nothing. The PBX writes the lines of its objects and the list once, so
that it does not hide what the audit takes. One that sends 1 MB/s shows what remains where reading
and judging overlap.
"""

from __future__ import annotations

import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from auditor.errors import ExitCode
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedPbx
from tests.benchmarks.process import MB, ROUNDS, run, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.process import Run

RATIO_AIM: Final = 1.3
SIZES: Final = (2_000, 20_000)
# As fast as loopback, where nothing but the work of the audit counts; and like a small network.
RATES: Final = (0, MB)
COLLECTED: Final = 50_000
COLLECT_LIMIT_MB: Final = 150
PAGES: Final = 2_000
MAX_CONNECTIONS: Final = 4
_CONSTANT: Final = 80
_DOWNLOAD: Final = """
import os, httpx
account = os.environ["PBX_AUDITOR_USERNAME"], os.environ["PBX_AUDITOR_PASSWORD"]
with httpx.Client(auth=httpx.DigestAuth(*account), timeout=60, trust_env=False) as client:
    client.get(os.environ["BENCH_URL"] + "/CMD0/box_info.xml").raise_for_status()
    for path in "/cfg.txt", "/PBX0/ADMIN/mod_cmd_login.xml?cmd=show&user=*":
        with client.stream("GET", os.environ["BENCH_URL"] + path) as answer:
            answer.raise_for_status()
            for _ in answer.iter_raw():
                pass
"""


class Live(NamedTuple):
    """What a live audit takes beside the mere download; a rate of 0 is that of loopback."""

    users: int
    rate: int
    download: float
    audit: float

    @property
    def ratio(self) -> float:
        return self.audit / self.download


def measure_live() -> Iterator[str]:
    """Print the figures of the live paths, and yield what missed its aim."""
    show("Live over HTTP on loopback: a whole audit beside plain httpx that downloads the same")
    show("  users  PBX sends MB/s  download s  audit s  ratio   aim")
    with tempfile.TemporaryDirectory(prefix="pbx-auditor-bench-") as name:
        for users, rate in product(SIZES, RATES):
            row = _audit(users, rate, Path(name))
            pace = f"{rate / MB:.0f}" if rate else "unlimited"
            show(
                f"{row.users:7,}  {pace:>14}  {row.download:10.3f}  {row.audit:7.3f}"
                f"  {row.ratio:5.2f}  {RATIO_AIM:4.1f}"
            )
            if row.ratio > RATIO_AIM:
                yield (
                    f"live, {users:,} users, {pace} MB/s: {row.ratio:.2f} times the download, "
                    f"aim {RATIO_AIM}"
                )
        show()
        yield from _collect(Path(name))
        yield from _pages(Path(name))
    show()


def _audit(users: int, rate: int, folder: Path) -> Live:
    pbx = SimulatedPbx.create("hardened", seed=1, users=users)
    with SimulatorServer(pbx, bytes_per_second=rate) as server:
        account = _account(server)
        floor = [sys.executable, "-c", _DOWNLOAD]
        audit = [sys.executable, "-m", "auditor", "audit", server.url, "--site", str(pbx.site)]
        audit += ["--out", str(folder / "out"), "--format", "json"]
        run(floor, expected=0, more=account)
        run(audit, expected=None, more=account)
        downloads, audits = [], []
        for _ in range(1 if rate else ROUNDS):  # what is paced hardly varies
            downloads.append(run(floor, expected=0, more=account).seconds)
            audits.append(run(audit, expected=None, more=account).seconds)
    return Live(users, rate, min(downloads), min(audits))


def _collect(folder: Path) -> Iterator[str]:
    pbx = SimulatedPbx.create("hardened", seed=1, users=COLLECTED)
    with SimulatorServer(pbx) as server:
        taken = _collected(server, folder)
    peak = taken.peak / MB
    show(
        f"collect of {COLLECTED:,} users through cfg.txt: {taken.seconds:.1f} s, "
        f"peak {peak:.0f} MB, limit {COLLECT_LIMIT_MB}"
    )
    if peak > COLLECT_LIMIT_MB:
        yield f"collect of {COLLECTED:,} users needs {peak:.0f} MB, limit {COLLECT_LIMIT_MB}"


def _pages(folder: Path) -> Iterator[str]:
    pbx = SimulatedPbx.create("hardened", seed=1, users=PAGES)
    with SimulatorServer(pbx, refuse=frozenset({"cfg"})) as server:
        more = ["--max-connections", str(MAX_CONNECTIONS)]
        taken = _collected(server, folder, *more, expected=ExitCode.INCOMPLETE)
        asked, peak = len(server.requests), server.peak_connections
    objects = len(pbx.objects) + 1
    show(
        f"collect of {PAGES:,} users through object pages: {taken.seconds:.1f} s, "
        f"{asked:,} requests for {objects:,} objects, {peak} connections at once"
    )
    if asked > objects + _CONSTANT:
        yield f"object pages take {asked:,} requests for {objects:,} objects"
    if peak > MAX_CONNECTIONS:
        yield f"object pages take {peak} connections, limit {MAX_CONNECTIONS}"


def _collected(
    server: SimulatorServer, folder: Path, *more: str, expected: ExitCode = ExitCode.OK
) -> Run:
    command = [sys.executable, "-m", "auditor", "collect", server.url, "--site"]
    command += [str(server.pbx.site), "-o", str(folder / "snapshot.json"), *more]
    return run(command, expected=expected, more=_account(server))


def _account(server: SimulatorServer) -> dict[str, str]:
    viewer = next(one for one in server.pbx.accounts if one.role == "viewer")
    return {
        "BENCH_URL": server.url,
        "PBX_AUDITOR_USERNAME": viewer.username,
        "PBX_AUDITOR_PASSWORD": viewer.password,
    }

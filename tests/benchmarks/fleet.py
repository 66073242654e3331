"""A night of many PBXs: what a run over saved ones takes, and what sockets that hang cost it."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from auditor.errors import ExitCode
from auditor.simulator import responses
from auditor.simulator.simulated_pbx import SimulatedPbx
from tests.benchmarks.process import MB, Run, run, show

PBXS: Final = 200
USERS: Final = 200
# Of a thousand PBXs on two idle cores.
AIM_SECONDS: Final = 30.0
AIM_OF: Final = 1000
CORES: Final = 2
LIMIT_MB: Final = 500
# A PBX of which nothing changed, without what a run takes however many there are.
CHANGED_MS: Final = 10.0
BEGINNING: Final = """\
[fleet]
name = "Benchmark"
[defaults]
profile = "baseline"
site = "site.toml"
[[tenant]]
id = "tenant"
"""


def write(pbxs: int, users: int, folder: Path) -> None:
    """Write an inventory of saved PBXs, each a box of its own."""
    made = SimulatedPbx.create("hardened", seed=1, users=users)
    shutil.copy(made.site, folder / "site.toml")
    blocks = [BEGINNING]
    for number in range(pbxs):
        one = replace(made, box=replace(made.box, serial=f"009033{number:06x}"))
        evidence = folder / f"pbx-{number}"
        evidence.mkdir()
        (evidence / "cfg.txt").write_bytes(responses.configuration(one, 1))
        blocks.append(f'[[pbx]]\nid = "pbx-{number}"\ntenant = "tenant"\ntarget = "pbx-{number}"\n')
    (folder / "fleet.toml").write_text("\n".join(blocks), encoding="utf-8")
    folder.chmod(0o700)


def measure_fleet() -> Iterator[str]:
    """Show what nights take, and yield each aim that is missed."""
    show(f"A night of {PBXS} saved PBXs of {USERS} users, baseline, into JSON and history")
    with tempfile.TemporaryDirectory(prefix="pbx-auditor-bench-") as name:
        folder = Path(name)
        write(PBXS, USERS, folder)
        some = [word for number in range(CORES) for word in ("--only", f"pbx-{number}")]
        _night(folder, some)  # fills the store of compiled modules
        # What a run takes however many there are, with a process for each core.
        judged = _night(folder, some).processor
        carried = _night(folder, [*some, "--changed"]).processor
        for night, more in (("first", ()), ("second", ()), ("unchanged", ("--changed",))):
            start = carried if more else judged
            took = _night(folder, more)
            each = (took.processor - start) / (PBXS - CORES)
            whole = (start + each * AIM_OF) / CORES
            show(
                f"{night:>10}: {took.processor:6.1f} s of processor, {each * 1000:5.1f} ms each, "
                f"{whole:5.1f} s for {AIM_OF:,} on {CORES} idle cores, peak {took.peak / MB:.0f} MB"
            )
            yield from _missed(night, each * 1000, whole, took.peak / MB)
    show()


def _missed(night: str, each: float, whole: float, peak: float) -> Iterator[str]:
    if night == "unchanged" and each > CHANGED_MS:
        yield f"an unchanged PBX takes {each:.1f} ms, aim {CHANGED_MS:g}"
    if night != "unchanged" and whole > AIM_SECONDS:
        yield f"a {night} night of {AIM_OF:,} PBXs takes {whole:.1f} s, aim {AIM_SECONDS:g}"
    if peak > LIMIT_MB:
        yield f"a {night} night takes {peak:.0f} MB, limit {LIMIT_MB}"


def _night(folder: Path, more: Sequence[str]) -> Run:
    command = [sys.executable, "-m", "auditor", "fleet", "run", str(folder / "fleet.toml"), "-q"]
    return run([*command, *more], expected=int(ExitCode.OK))


if __name__ == "__main__":
    show("\n".join(measure_fleet()) or "Every aim is met.")

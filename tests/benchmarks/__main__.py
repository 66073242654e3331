"""`make bench`: what audits take beside the floor and OpenSCAP, in the same rounds, as a table.

Floor, audits and OpenSCAP, where it is installed, run by turns, so that all see the same machine.
What counts is processor time, user and system, as a multiple of the floor of the same size: the
best of each. Peak memory is the worst.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import hatch_build
from auditor.errors import ExitCode
from tests.benchmarks import openscap
from tests.benchmarks.fleet import measure_fleet
from tests.benchmarks.generate import write
from tests.benchmarks.history import measure_history
from tests.benchmarks.judging import (
    PASSWORDS,
    SMALL,
    USERS,
    audited_again,
    rules_beside_parsing,
    scored_per_second,
)
from tests.benchmarks.live import measure_live
from tests.benchmarks.page import measure_page
from tests.benchmarks.process import CHECKOUT, MB, ROUNDS, run, show
from tests.benchmarks.queue import measure_queue
from tests.benchmarks.waiting import measure_waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.process import Run

START_ROUNDS: Final = 15
BOTH: Final = "json,html"
OPENSCAP: Final = "OpenSCAP"
_FLOOR: Final = Path(__file__).with_name("floor.py")
HTML_LIMITMB: Final = 5.0
START_AIM: Final = 2.5
RULES_AIM: Final = 1.0


class Kind(NamedTuple):
    """One line of the table. `aim` is a multiple of the floor, `limit` one of memory in MB."""

    users: int
    profile: str
    formats: str
    aim: float | None = None
    limit: int | None = None


LARGE: Final = (20_000, 100_000)
KINDS: Final = (
    Kind(0, "tutorial", BOTH),
    Kind(2_000, "tutorial", "json"),
    Kind(2_000, "tutorial", BOTH, aim=14),
    Kind(20_000, "tutorial", "json", aim=6),
    Kind(20_000, "tutorial", BOTH, aim=8, limit=80),
    Kind(100_000, "tutorial", BOTH, aim=5.5, limit=200),
    Kind(100_000, "baseline", BOTH, aim=8),
)


def main() -> None:
    """Measure every kind, print the table, and name every aim that is missed."""
    if not hasattr(os, "wait4"):
        sys.exit("make bench needs a Unix: it asks the kernel for the memory of each process")
    hatch_build.build(CHECKOUT)  # as an installed package has it
    show("Offline audit with a site file beside the floor: same lines, same XML, expat only")
    python, cores = sys.version.split()[0], os.cpu_count()
    show(f"Processor time, best of {ROUNDS}; worst peak; Python {python}, {cores} cores")
    show()
    show("  users  profile   formats    floor ms       ms  ratio   aim  peak MB  limit")
    missed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="pbx-auditor-bench-") as name:
        missed += _tables(Path(name))
    show()
    missed += measure_live()
    missed += measure_history()
    show()
    missed += measure_fleet()
    missed += measure_waiting()
    missed += measure_queue()
    show()
    missed += measure_page()
    show()
    missed += _start()
    show()
    missed += _judging()
    show()
    show("\n".join(f"MISSED: {text}" for text in missed) or "Every aim is met.")


def _tables(folder: Path) -> Iterator[str]:
    """Show the table of each size, and what each further user takes."""
    times: dict[int, float] = {}
    for users in dict.fromkeys(kind.users for kind in KINDS):
        kinds = [kind for kind in KINDS if kind.users == users]
        out = folder / str(users)
        floor, audits, other = _rounds(users, kinds, out)
        for kind, runs in zip(kinds, audits, strict=True):
            took = min(one.processor for one in runs)
            ratio, peak = took / floor, max(one.peak for one in runs) / MB
            show(
                f"{users:7,}  {kind.profile:8}  {kind.formats:9}  {floor * 1000:8.0f}"
                f"  {took * 1000:7.0f}  {ratio:5.1f}  {kind.aim or '-':>4}"
                f"  {peak:7.0f}  {kind.limit or '-':>5}"
            )
            if kind.profile == "tutorial" and kind.formats == BOTH:
                times[users] = took
            yield from _missed(kind, ratio, peak)
        if other:
            took = min(one.processor for one in other)
            peak = max(one.peak for one in other) / MB
            show(
                f"{users:7,}  {OPENSCAP:19}  {floor * 1000:8.0f}  {took * 1000:7.0f}"
                f"  {took / floor:5.1f}     -  {peak:7.0f}      -"
            )
        size = (out / "out" / "report.html").stat().st_size / MB
        if size > HTML_LIMITMB:
            yield f"{users:,} users give {size:.1f} MB of HTML, limit {HTML_LIMITMB:g}"
    few, many = LARGE
    slope = (times[many] - times[few]) / (many - few)
    show(f"Each user between {few:,} and {many:,}: {slope * 1_000_000:.0f} microseconds")


def _missed(kind: Kind, ratio: float, peak: float) -> Iterator[str]:
    what = f"{kind.users:,} users, {kind.profile}, {kind.formats}"
    if kind.aim is not None and ratio > kind.aim:
        yield f"{what}: {ratio:.1f} times the floor, aim {kind.aim:g}"
    if kind.limit is not None and peak > kind.limit:
        yield f"{what}: {peak:.0f} MB, limit {kind.limit}"


def _rounds(
    users: int, kinds: list[Kind], folder: Path
) -> tuple[float, list[list[Run]], list[Run]]:
    """Return the processor time of the floor, and what all audits and OpenSCAP took."""
    configuration, site = write(users, folder)
    floor = [sys.executable, str(_FLOOR), str(configuration)]
    audit = [sys.executable, "-m", "auditor", "audit", str(configuration), "--site", str(site)]
    commands = [
        [*audit, "--profile", kind.profile, "--format", kind.formats, "--out", str(folder / "out")]
        for kind in kinds
    ]
    other = openscap.command(configuration, folder)
    for command in commands:
        run(command, expected=None)  # fills the store of compiled modules
    floors: list[float] = []
    audits: list[list[Run]] = [[] for _ in kinds]
    others: list[Run] = []
    for _ in range(ROUNDS):
        floors.append(run(floor, expected=0).processor)
        for command, runs in zip(commands, audits, strict=True):
            runs.append(run(command, expected=None if users == 0 else int(ExitCode.FINDINGS)))
        if other:
            others.append(run(other, expected=0))
    return min(floors), audits, others


def _judging() -> Iterator[str]:
    """Show what an audit takes where the process runs already, and its parts."""
    with tempfile.TemporaryDirectory(prefix="pbx-auditor-bench-") as name:
        for profile, again in audited_again(Path(name)):
            show(f"{SMALL:,} users in a process that runs, {profile}: {again * 1000:.1f} ms")
        parsing, rules = rules_beside_parsing(Path(name))
    show(
        f"{USERS:,} users, all automatic controls: {rules:.3f} s; parsing: {parsing:.3f} s; "
        f"ratio {rules / parsing:.2f}, aim {RULES_AIM:g}"
    )
    if rules > RULES_AIM * parsing:
        yield f"controls take {rules / parsing:.2f} times the parsing, aim {RULES_AIM:g}"
    for processes, rate in scored_per_second():
        show(f"{PASSWORDS:,} distinct passwords, {processes} processes: {rate:.0f} per second")


def _start() -> Iterator[str]:
    """Show what `--version` takes beside an interpreter that does nothing."""
    version = [sys.executable, "-m", "auditor", "--version"]
    nothing = [sys.executable, "-c", "pass"]
    pairs = [(run(version, expected=0), run(nothing, expected=0)) for _ in range(START_ROUNDS)]
    start = min(one.seconds for one, _ in pairs)
    empty = min(other.seconds for _, other in pairs)
    ratio = start / empty
    show(
        f"--version {start * 1000:.0f} ms, python -c pass {empty * 1000:.0f} ms: "
        f"ratio {ratio:.1f}, aim {START_AIM}"
    )
    if ratio > START_AIM:
        yield f"--version takes {ratio:.1f} times python -c pass, aim {START_AIM}"


if __name__ == "__main__":
    main()

"""`make bench`: time and memory of a whole audit beside the floor, in one run, as a table.

Floor and audit run by turns, so that both see the same machine. Times are the best of three, peak
memory is the worst. OpenSCAP is not measured here: its multiples of the floor, for comparing text
with eight regular expressions, are those that the project was set as a mark.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from auditor.errors import ExitCode
from tests.benchmarks.generate import write
from tests.benchmarks.judging import PASSWORDS, USERS, rules_beside_parsing, scored_per_second
from tests.benchmarks.live import measure_live
from tests.benchmarks.process import MB, ROUNDS, run, show

if TYPE_CHECKING:
    from collections.abc import Iterator

START_ROUNDS: Final = 15
OPENSCAP: Final = {2_000: 4.2, 20_000: 13.0, 100_000: 58.0}
RATIO_AIM: Final = {20_000: 4.0, 100_000: 4.0}
PEAK_LIMITMB: Final = {20_000: 150, 100_000: 400}
HTML_LIMITMB: Final = 5.0
START_AIM: Final = 2.5
RULES_AIM: Final = 1.0
_FLOOR: Final = Path(__file__).with_name("floor.py")
_CONTROLS_FAILED: Final = int(ExitCode.FINDINGS)


class Row(NamedTuple):
    """One line of the table."""

    users: int
    floor: float
    audit: float
    peak_mb: float
    html_mb: float

    @property
    def ratio(self) -> float:
        return self.audit / self.floor


def main() -> None:
    """Measure every size, print the table, and name every aim that is missed."""
    if not hasattr(os, "wait4"):
        sys.exit("make bench needs a Unix: it asks the kernel for the memory of each process")
    show("Offline audit (JSON and HTML) beside the floor: same lines, same XML, expat only")
    python, cores = sys.version.split()[0], os.cpu_count()
    show(f"Best time of {ROUNDS}, worst peak; Python {python}, {cores} cores")
    show()
    show("  users  floor s  audit s  ratio   aim  OpenSCAP  peak MB  limit  HTML MB  limit")
    missed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="pbx-auditor-bench-") as name:
        for users in OPENSCAP:
            row = measure(users, Path(name) / str(users))
            show(_formatted(row))
            missed += _missed(row)
    show()
    missed += measure_live()
    start, empty = _start()
    ratio = start / empty
    show(
        f"--version {start * 1000:.0f} ms, python -c pass {empty * 1000:.0f} ms: ratio {ratio:.1f}"
    )
    show(f"Aim for --version: {START_AIM}. OpenSCAP: given multiples of the floor, not measured.")
    if ratio > START_AIM:
        missed.append(f"--version takes {ratio:.1f} times python -c pass, aim {START_AIM}")
    show()
    missed += _judging()
    show()
    show("\n".join(f"MISSED: {text}" for text in missed) or "Every aim is met.")


def _judging() -> Iterator[str]:
    """Show how long rules take beside parsing, and how fast passwords are scored."""
    with tempfile.TemporaryDirectory(prefix="pbx-auditor-bench-") as name:
        parsing, rules = rules_beside_parsing(Path(name))
    show(
        f"{USERS:,} users, all automatic controls: {rules:.3f} s; parsing: {parsing:.3f} s; "
        f"ratio {rules / parsing:.2f}, aim {RULES_AIM:g}"
    )
    if rules > RULES_AIM * parsing:
        yield f"controls take {rules / parsing:.2f} times the parsing, aim {RULES_AIM:g}"
    for processes, rate in scored_per_second():
        show(f"{PASSWORDS:,} distinct passwords, {processes} processes: {rate:.0f} per second")


def measure(users: int, folder: Path) -> Row:
    """Return what floor and audit take for so many users."""
    configuration, site = write(users, folder)
    out = folder / "out"
    floor = [sys.executable, str(_FLOOR), str(configuration)]
    audit = [sys.executable, "-m", "auditor", "audit", str(configuration), "--site", str(site)]
    audit += ["--format", "json,html", "--out", str(out)]
    floors, audits = [], []
    for _ in range(ROUNDS):
        floors.append(run(floor, expected=0))
        audits.append(run(audit, expected=_CONTROLS_FAILED))
    return Row(
        users,
        min(one.seconds for one in floors),
        min(one.seconds for one in audits),
        max(one.peak for one in audits) / MB,
        (out / "report.html").stat().st_size / MB,
    )


def _start() -> tuple[float, float]:
    """Return the times of `--version` and of an interpreter that does nothing."""
    version = [sys.executable, "-m", "auditor", "--version"]
    nothing = [sys.executable, "-c", "pass"]
    pairs = [(run(version, expected=0), run(nothing, expected=0)) for _ in range(START_ROUNDS)]
    return min(one.seconds for one, _ in pairs), min(other.seconds for _, other in pairs)


def _formatted(row: Row) -> str:
    aim = RATIO_AIM.get(row.users)
    limit = PEAK_LIMITMB.get(row.users)
    return (
        f"{row.users:7,}  {row.floor:7.3f}  {row.audit:7.3f}  {row.ratio:5.1f}  {aim or '-':>4}"
        f"  {OPENSCAP[row.users]:8.1f}  {row.peak_mb:7.0f}  {limit or '-':>5}"
        f"  {row.html_mb:7.2f}  {HTML_LIMITMB:5.1f}"
    )


def _missed(row: Row) -> Iterator[str]:
    aim, limit = RATIO_AIM.get(row.users), PEAK_LIMITMB.get(row.users)
    if aim and row.ratio > aim:
        yield f"{row.users:,} users take {row.ratio:.1f} times the floor, aim {aim:g}"
    if row.ratio >= OPENSCAP[row.users]:
        yield f"{row.users:,} users: not ahead of OpenSCAP ({OPENSCAP[row.users]} times the floor)"
    if limit and row.peak_mb > limit:
        yield f"{row.users:,} users need {row.peak_mb:.0f} MB, limit {limit}"
    if row.html_mb > HTML_LIMITMB:
        yield f"{row.users:,} users give {row.html_mb:.1f} MB of HTML, limit {HTML_LIMITMB:g}"


if __name__ == "__main__":
    main()

"""What a page of many PBXs takes beside a line for each of them, and how large it is."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.benchmarks.many import write_many
from tests.benchmarks.process import MB, ROUNDS, Run, run, show

PBXS: Final = 1_000
# Of what `fleet status` takes, which reads the same inventory and history.
AIM: Final = 1.7
LIMIT_MB: Final = 3.0


def measure_page() -> Iterator[str]:
    """Show what a page takes, and yield each aim that is missed."""
    show(f"A page of {PBXS:,} PBXs beside `fleet status`: processor time, best of {ROUNDS}")
    with tempfile.TemporaryDirectory(prefix="pbx-auditor-bench-") as name:
        folder = Path(name)
        write_many(folder, PBXS, 1, datetime.now(UTC))
        rounds = [(_fleet(folder, "status"), _page(folder)) for _ in range(ROUNDS + 1)]
        lines = min(status.processor for status, _ in rounds)
        took = min(page.processor for _, page in rounds)
        size = (folder / "reports/kunde-01/index.html").stat().st_size / MB
    ratio = took / lines
    show(f"  status {lines:.2f} s, page {took:.2f} s, ratio {ratio:.1f}, {size:.1f} MB")
    if ratio > AIM:
        yield f"a page of {PBXS:,} PBXs takes {ratio:.1f} times `fleet status`, aim {AIM:g}"
    if size > LIMIT_MB:
        yield f"a page of {PBXS:,} PBXs has {size:.1f} MB, limit {LIMIT_MB:g}"


def _page(folder: Path) -> Run:
    return _fleet(folder, "page", "--tenant", "kunde-01", "-q", "--out", str(folder / "reports"))


def _fleet(folder: Path, command: str, *more: str) -> Run:
    inventory = str(folder / "fleet.toml")
    return run([sys.executable, "-m", "auditor", "fleet", command, inventory, *more], expected=0)


if __name__ == "__main__":
    show("\n".join(measure_page()) or "Every aim is met.")

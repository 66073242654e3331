"""Runs one process and tells what it took."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROUNDS: Final = 3
CHECKOUT: Final = Path(__file__).parents[2]
MB: Final = 1_000_000
_METER: Final = Path(__file__).with_name("meter.py")
# ru_maxrss is in bytes on macOS, in KiB elsewhere.
_RSS_UNIT: Final = 1 if sys.platform == "darwin" else 1 << 10


class Run(NamedTuple):
    """What one process took: wall time and processor time in seconds, peak memory in bytes."""

    seconds: float
    processor: float
    peak: int


@cache
def _compiled() -> str:
    """Return a folder for compiled modules that lasts as long as this process."""
    folder = tempfile.mkdtemp(prefix="pbx-auditor-bench-pyc-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables of a process that is measured, `more` among them.

    Compiled modules are kept, as an installed program has them; the first run of a command fills
    the store.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PBX_AUDITOR_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    return {**kept, "PYTHONPYCACHEPREFIX": _compiled(), **(more or {})}


def run(
    command: Sequence[str], *, expected: int | None, more: Mapping[str, str] | None = None
) -> Run:
    """Return what a process takes. Raises SystemExit if it ends otherwise than expected.

    `more` are further variables of its environment.
    """
    metered = subprocess.run(  # noqa: S603 -- commands of this module
        [sys.executable, "-I", "-S", str(_METER), *command],
        cwd=CHECKOUT,
        env=environment(more),
        check=True,
        stdout=subprocess.PIPE,
    )
    code, seconds, processor, peak = json.loads(metered.stdout)
    if expected is not None and code != expected:
        sys.exit(f"exit code {code} instead of {expected}: {' '.join(command)}")
    return Run(seconds, processor, peak * _RSS_UNIT)


def show(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()

"""`make fuzz SECONDS=…`: each target by coverage for its share of the time, each in a process.

What was found on the way is kept below out/fuzz and goes on from there; an input that breaks a
target is kept there too. Ends with 1 if there is one.
"""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Final

OUT: Final = Path("out/fuzz")
LEAST_SECONDS: Final = 2
# An input that takes longer hangs, and one that needs more memory eats it.
SECONDS_FOR_ONE: Final = 10
MEGABYTES: Final = 1024


def fuzz_one(name: str, arguments: list[str]) -> None:
    """Run one target until libFuzzer ends the process."""
    import atheris  # noqa: PLC0415 -- there is a wheel for some systems only

    with atheris.instrument_imports(include=["auditor"]):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415 -- instrumented as it is loaded

    atheris.Setup([name, *arguments], TARGETS[name])
    atheris.Fuzz()


def prepare(name: str) -> Path:
    """Return the folder of a target's inputs, with good documents in it."""
    from tests.fuzz.targets import seeds  # noqa: PLC0415

    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds():
        (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    return folder


def run(name: str, seconds: int) -> bool:
    """Fuzz one target in a process of its own; return whether it held."""
    folder = prepare(name)
    options = [
        f"-max_total_time={seconds}",
        f"-timeout={SECONDS_FOR_ONE}",
        f"-rss_limit_mb={MEGABYTES}",
        f"-artifact_prefix={OUT}/{name}-",
        "-max_len=20000",
        "-verbosity=0",
        "-print_final_stats=1",
    ]
    ended = subprocess.run(  # noqa: S603 -- this interpreter
        [sys.executable, "-m", "tests.fuzz", "one", name, *options, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    counts = [line for line in ended.stderr.splitlines() if "number_of_executed_units" in line]
    inputs = counts[0].rpartition(" ")[2] if counts else "?"
    held = ended.returncode == 0
    sys.stdout.write(f"{name:20} {'held' if held else 'BROKE'} {inputs:>10} inputs\n")
    if not held:
        sys.stdout.write(f"{ended.stdout[-4000:]}\n{ended.stderr[-4000:]}\n")
    sys.stdout.flush()
    return held


def main(arguments: list[str]) -> int:
    """Fuzz the named targets, or all."""
    if importlib.util.find_spec("atheris") is None:
        sys.stdout.write(
            "fuzzing is skipped: atheris is not installed, and has a wheel for CPython on Linux "
            "(x86_64) only; `make test` runs the same targets with hypothesis\n"
        )
        return 0
    if arguments[:1] == ["one"]:
        fuzz_one(arguments[1], arguments[2:])
        return 0
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415 -- not before `one` instruments it

    names = arguments[1:] or list(TARGETS)
    share = max(LEAST_SECONDS, int(arguments[0]) // len(names))
    held = [run(name, share) for name in names]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

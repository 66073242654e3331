"""`make mutate`: a seeded sample of mutants of each group, each against the tests that execute it.

The project is copied first, and only the copy is changed. What lived is written to
out/mutation/survivors.toml. Ends with 1 if a group is below the floor.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.mutation.mutants import Mutant, mutate
from tests.mutation.outcome import (
    End,
    Group,
    Outcome,
    draw,
    equivalents,
    groups,
    survivors,
    table,
    without,
)

ROOT: Final = Path(__file__).parents[2]
OUT: Final = Path("out/mutation")
COPIED: Final = (
    "auditor",
    "rules",
    "reports",
    "tests",
    "docs",
    "constraints",
    "hatch_build.py",
    "pyproject.toml",
    "Makefile",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
)
# The plugin's own switches: one order, no cache of pytest between mutants.
PYTEST: Final = (
    "-m",
    "pytest",
    "-q",
    "-p",
    "tests.mutation.loop",
    "-p",
    "no:randomly",
    "-p",
    "no:cacheprovider",
)


def copy(folder: Path) -> Path:
    """Copy the project, so that the work tree is never changed."""
    root = folder / "project"
    root.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".hypothesis")
            shutil.copytree(source, root / name, ignore=ignored, symlinks=True)
        else:
            shutil.copy2(source, root / name)
    return root


def files(root: Path, group: Group) -> list[str]:
    """Return the modules of a group as paths below the root."""
    found = []
    for module in group.modules:
        path = root / module
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [path.relative_to(root).as_posix() for path in found]


def run(name: str, group: Group, options: argparse.Namespace) -> Outcome:
    """Try the sample of one group in a copy of its own."""
    with tempfile.TemporaryDirectory(prefix="pbx-auditor-mutation-") as temporary:
        folder = Path(temporary)
        root = copy(folder)
        made = [mutant for module in files(root, group) for mutant in mutate(root, module)]
        drawn = draw(name, made, options.sample, options.seed)
        tried, equivalent = without(drawn, equivalents())
        ends = _tried(folder, root, group, tried, options.jobs)
        return Outcome(name, len(made), ends, equivalent)


def _tried(
    folder: Path, root: Path, group: Group, tried: list[Mutant], jobs: int
) -> dict[Mutant, End]:
    work = {"mutants": [mutant.name for mutant in tried], "jobs": jobs}
    (folder / "work.json").write_text(json.dumps(work), "utf-8")
    ended = subprocess.run(  # noqa: S603 -- this interpreter
        [sys.executable, *PYTEST, *group.tests],
        cwd=root,
        env={**os.environ, "MUTATION_WORK": str(folder), "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    result = folder / "ends.jsonl"
    if ended.returncode or not result.exists():
        raise SystemExit(f"the tests did not run:\n{ended.stdout[-4000:]}\n{ended.stderr[-4000:]}")
    failed, *noted = map(json.loads, result.read_text("utf-8").splitlines())
    for test in failed:
        sys.stdout.write(f"fails without a mutant, and is left out: {test}\n")
    ends = dict(noted)
    return {mutant: End(ends[mutant.name]) for mutant in tried}


def parsed(arguments: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="which sample is drawn")
    parser.add_argument("--sample", type=int, default=25, help="mutants of each group")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    parser.add_argument("--floor", type=float, default=0.0, help="least per cent of each group")
    parser.add_argument("group", nargs="*", choices=[[], *groups()], help="all, unless named")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Try the groups and print the table."""
    options = parsed(arguments)
    if importlib.util.find_spec("mutmut") is None or not hasattr(os, "fork"):
        sys.stdout.write("no mutation run: it needs mutmut, and a system that can fork\n")
        return 2
    outcomes = []
    for name, group in groups().items():
        if options.group and name not in options.group:
            continue
        begun = time.monotonic()
        outcomes.append(run(name, group, options))
        sys.stdout.write(f"{name}: {time.monotonic() - begun:.0f} s\n")
        sys.stdout.flush()
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "survivors.toml").write_text(survivors(outcomes), "utf-8")
    sys.stdout.write(f"\n{table(outcomes)}\n\nsurvivors: {OUT / 'survivors.toml'}\n")
    return int(any(outcome.per_cent < options.floor for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

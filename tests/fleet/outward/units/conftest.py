from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from auditor.fleet.outward.units.job import ScheduledJob
from auditor.fleet.outward.units.needs import Needs
from auditor.fleet.outward.units.schedule import schedule_of

DAY = 86_400
# Names that some format would take for something else.
AWKWARD = ("with space", "50%off", "it's", 'a"b', "back\\slash", "$HOME", "$(id)", "a&b<c>", "#x;y")


@pytest.fixture
def job():
    """Make a job, by default of an inventory as the guide proposes it."""

    def make(inventory="/etc/pbx-auditor/fleet.toml", every=DAY, program=None, **more):
        state = Path("/var/lib/pbx-auditor")
        values = {
            "needs": Needs(),
            "writes": (state, state / "reports"),
            "textfile": None,
            "name": "pbx-auditor",
            **more,
        }
        words = program or ("/usr/bin/true",)
        schedule = schedule_of(every, time(1, 5))
        return ScheduledJob(program=words, inventory=Path(inventory), schedule=schedule, **values)

    return make


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Put a program before those of the system; it notes its words and what it is given."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=":")

    def make(name, script="exit 0"):
        path = folder / name
        said = tmp_path / f"{name}.said"
        path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> "{said}"\n{script}\n', encoding="utf-8")
        path.chmod(0o755)
        return said

    return make

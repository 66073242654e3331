"""Where each kind of schedule is started from, and how it gets there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from auditor.fleet.outward.units.crontab import put_line
from auditor.fleet.outward.units.installing import (
    Step,
    as_before_if_it_fails,
    call,
    write_units,
)
from auditor.fleet.outward.units.job import UnitFile
from auditor.fleet.outward.units.systemd import own_settings
from auditor.messages.message import say

SYSTEM: Final = Path("/etc/systemd/system")
_OF_USER: Final = Path("systemd") / "user"


def in_systemd(name: str, files: Sequence[UnitFile], *, for_user: bool, force: bool) -> list[Step]:
    """Write service and timer, and start the timer. Raises InputError and OutputError."""
    manager = ("systemctl", "--user") if for_user else ("systemctl",)
    folder = own_settings() / _OF_USER if for_user else SYSTEM
    with as_before_if_it_fails(folder, files):
        steps = write_units(folder, files, force=force)
        call([*manager, "daemon-reload"])
        call([*manager, "enable", "--now", f"{name}.timer"])
    told = say("started: {name}", name=f"{name}.timer")
    return [*steps, Step(told, " ".join([*manager, "disable", "--now", f"{name}.timer"]))]


def in_crontab(name: str, files: Sequence[UnitFile], *, force: bool) -> list[Step]:
    """Put the line into the crontab of this user. Raises InputError and OutputError."""
    return [put_line(name, files[0].text, force=force)]


def in_scheduler(name: str, files: Sequence[UnitFile], *, force: bool) -> list[Step]:
    """Create the task, which fails if there is one of its name. Raises InputError, OutputError."""
    with _written(files[0]) as path:
        call(["schtasks", "/Create", "/TN", name, "/XML", path, *(["/F"] if force else [])])
    return [Step(say("task created: {name}", name=name), f"schtasks /Delete /TN {name}")]


def in_cluster(name: str, files: Sequence[UnitFile], *, force: bool) -> list[Step]:
    """Create the CronJob in the cluster and namespace that kubectl is set to."""
    with _written(files[0]) as path:
        call(["kubectl", "apply" if force else "create", "-f", path])
    return [Step(say("CronJob created: {name}", name=name), f"kubectl delete cronjob {name}")]


@contextmanager
def _written(file: UnitFile) -> Iterator[str]:
    """Give the path of a file for as long as it is asked for."""
    with tempfile.TemporaryDirectory(prefix="pbx-auditor-") as folder:
        path = Path(folder) / file.name
        path.write_bytes(file.content)
        yield str(path)

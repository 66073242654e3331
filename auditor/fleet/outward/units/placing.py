"""Where each kind of schedule is started from, and how it gets there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from auditor.fleet.outward.units.crontab import put_line
from auditor.fleet.outward.units.installing import (
    InstallStep,
    as_before_if_it_fails,
    call,
    write_units,
)
from auditor.fleet.outward.units.job import UnitFile
from auditor.fleet.outward.units.systemd import own_settings
from auditor.messages.message import say

SYSTEM: Final = Path("/etc/systemd/system")
_OF_USER: Final = Path("systemd") / "user"


def in_systemd(files: Sequence[UnitFile], *, for_user: bool, force: bool) -> list[InstallStep]:
    """Write services and timers, and start the timers. Raises InputError and OutputError."""
    timers = [one.name for one in files if one.name.endswith(".timer")]
    manager = ("systemctl", "--user") if for_user else ("systemctl",)
    folder = own_settings() / _OF_USER if for_user else SYSTEM
    with as_before_if_it_fails(folder, files):
        steps = write_units(folder, files, force=force)
        call([*manager, "daemon-reload"])
        call([*manager, "enable", "--now", *timers])
    told = say("started: {name}", name=", ".join(timers))
    return [*steps, InstallStep(told, " ".join([*manager, "disable", "--now", *timers]))]


def in_crontab(files: Sequence[UnitFile], *, force: bool) -> list[InstallStep]:
    """Put the lines into the crontab of this user. Raises InputError and OutputError."""
    return [put_line(_stem(one), one.text, force=force) for one in files]


def in_scheduler(files: Sequence[UnitFile], *, force: bool) -> list[InstallStep]:
    """Create the tasks, which fails if there is one of a name. Raises InputError, OutputError."""
    return [_scheduled(one, force=force) for one in files]


def in_cluster(files: Sequence[UnitFile], *, force: bool) -> list[InstallStep]:
    """Create the CronJobs in the cluster and namespace that kubectl is set to."""
    return [_in_cluster(one, force=force) for one in files]


def _scheduled(file: UnitFile, *, force: bool) -> InstallStep:
    name = _stem(file)
    with _written(file) as path:
        call(["schtasks", "/Create", "/TN", name, "/XML", path, *(["/F"] if force else [])])
    return InstallStep(say("task created: {name}", name=name), f"schtasks /Delete /TN {name}")


def _in_cluster(file: UnitFile, *, force: bool) -> InstallStep:
    name = _stem(file)
    with _written(file) as path:
        call(["kubectl", "apply" if force else "create", "-f", path])
    return InstallStep(say("CronJob created: {name}", name=name), f"kubectl delete cronjob {name}")


def _stem(file: UnitFile) -> str:
    """Return what is started by a file, which is called so."""
    return file.name.rpartition(".")[0]


@contextmanager
def _written(file: UnitFile) -> Iterator[str]:
    """Give the path of a file for as long as it is asked for."""
    with tempfile.TemporaryDirectory(prefix="pbx-auditor-") as folder:
        path = Path(folder) / file.name
        path.write_bytes(file.content)
        yield str(path)

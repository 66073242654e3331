"""`pbx-auditor fleet units`: what starts the runs of a fleet by the clock."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from auditor.cli.fleet.shared_options import INVENTORY, File, checked_inventory
from auditor.cli.interaction.console import show_text, tell
from auditor.errors import InputError, OptionPlace
from auditor.messages.message import say

if TYPE_CHECKING:
    from auditor.fleet.outward.units.installing import InstallStep
    from auditor.fleet.outward.units.job import MadeSchedule, ScheduledJob

_NAME: Final = r"[a-z][a-z0-9-]{0,40}[a-z0-9]"
_CLOCK: Final = ["%H:%M"]
_EARLY: Final = datetime(2026, 1, 1, 1, 5)  # noqa: DTZ001 -- a time of day


class SchedulerKind(StrEnum):
    """What starts a run."""

    SYSTEMD = "systemd"
    CRON = "cron"
    WINDOWS = "windows"
    KUBERNETES = "kubernetes"


def units(
    kind: Annotated[
        SchedulerKind, typer.Argument(help="What is to start the runs.", show_default=False)
    ],
    file: File = INVENTORY,
    at: Annotated[
        datetime, typer.Option(formats=_CLOCK, help="When the first run of a day begins.")
    ] = _EARLY,
    name: Annotated[str, typer.Option(help="What it is called, if there is more than one.")] = (
        "pbx-auditor"
    ),
    program: Annotated[
        Path | None, typer.Option(help="The program to start, if it is not this one.")
    ] = None,
    textfile: Annotated[
        Path | None, typer.Option(help="Write metrics here after each run, see `fleet metrics`.")
    ] = None,
    image: Annotated[str | None, typer.Option(help="The image of the container.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write into this folder.")] = None,
    install: Annotated[  # noqa: FBT002
        bool, typer.Option("--install", help="Put it where it is started from.")
    ] = False,
    user: Annotated[  # noqa: FBT002
        bool, typer.Option("--user", help="For your own systemd, not that of the system.")
    ] = False,
    force: Annotated[  # noqa: FBT002
        bool, typer.Option("--force", help="Replace what is there and differs.")
    ] = False,
) -> None:
    """Make what starts the runs by the clock: as often as `every` in [fleet] says, or each night.

    After each run, however it ended, come pages, digests, and with --textfile metrics. Where there
    are recipients, digests are also started each hour by a clock of their own: that tells of runs
    that did not happen, and sends what could not be sent. It is shown, written with --out, or with
    --install put where it is started from, which says how to take it back. A service of systemd has
    a user of its own, no rights, and is handed the files with secrets that the inventory names.

    Exit codes: 0 done, 2 the inventory cannot be used, or something else is there already, 6 not
    written, or the system refused it.
    """
    job = _job(file, at, name, program, textfile)
    made = _made(kind, job, image, for_user=user)
    for text in (*made.remarks, *made.blocking):
        tell(say("note: {text}", text=text))
    if install:
        if made.blocking:
            raise InputError(made.blocking[0], where=OptionPlace("--install"))
        _tell(_installed(kind, made, for_user=user, force=force))
    elif out is not None:
        from auditor.fleet.outward.units.installing import write_units  # noqa: PLC0415

        _tell(write_units(out, made.files, force=force))
    else:
        several = len(made.files) > 1
        show_text("\n".join(f"# {one.name}\n" * several + one.text for one in made.files))


def _job(
    file: Path, at: datetime, name: str, program: Path | None, textfile: Path | None
) -> ScheduledJob:
    from auditor.fleet.outward.units import job as jobs  # noqa: PLC0415 -- this command alone
    from auditor.fleet.outward.units.needs import needs_of  # noqa: PLC0415
    from auditor.fleet.outward.units.schedule import schedule_of  # noqa: PLC0415

    if not re.fullmatch(_NAME, name):
        raise InputError(
            say("a name has small letters, digits and hyphens"),
            where=OptionPlace("--name"),
            advice=say("write one like {name}", name="pbx-auditor"),
        )
    fleet = checked_inventory(file)
    made = jobs.ScheduledJob(
        name,
        _program(program),
        fleet.path,
        schedule_of(fleet.fleet.every, at.time()),
        needs_of(fleet),
        jobs.folders_of(fleet),
        textfile.absolute() if textfile else None,
        bool(fleet.recipients),
        history=fleet.fleet.history,
    )
    sources = (one.file for one in made.needs.credentials)
    jobs.check_texts([*made.run, *map(str, made.writes), str(made.textfile), *sources])
    if fleet.fleet.every is None:
        tell(say('note: nobody notices a run that does not happen: write every = "24h" in [fleet]'))
    return made


def _program(given: Path | None) -> tuple[str, ...]:
    """Return the words that start this program."""
    if given is not None:
        return (str(given.absolute()),)
    beside = shutil.which("pbx-auditor", path=str(Path(sys.executable).parent))
    return (beside,) if beside else (sys.executable, "-m", "auditor")


def _made(
    kind: SchedulerKind, job: ScheduledJob, image: str | None, *, for_user: bool
) -> MadeSchedule:
    from auditor.fleet.outward.units import cron, kubernetes, systemd, windows  # noqa: PLC0415
    from auditor.fleet.outward.units.job import with_digest  # noqa: PLC0415

    ways: dict[SchedulerKind, Callable[[ScheduledJob], MadeSchedule]] = {
        SchedulerKind.SYSTEMD: partial(systemd.made, for_user=for_user),
        SchedulerKind.CRON: cron.made,
        SchedulerKind.WINDOWS: windows.made,
        SchedulerKind.KUBERNETES: partial(kubernetes.made, image=image or kubernetes.IMAGE),
    }
    return with_digest(job, ways[kind])


def _installed(
    kind: SchedulerKind, made: MadeSchedule, *, for_user: bool, force: bool
) -> list[InstallStep]:
    from auditor.fleet.outward.units import placing  # noqa: PLC0415 -- this command alone

    match kind:
        case SchedulerKind.SYSTEMD:
            return placing.in_systemd(made.files, for_user=for_user, force=force)
        case SchedulerKind.CRON:
            return placing.in_crontab(made.files, force=force)
        case SchedulerKind.WINDOWS:
            return placing.in_scheduler(made.files, force=force)
        case SchedulerKind.KUBERNETES:
            return placing.in_cluster(made.files, force=force)


def _tell(steps: list[InstallStep]) -> None:
    """Say what was done, and last how to take it back, the last step first."""
    tell(*(one.done for one in steps))
    back = [one.back for one in reversed(steps) if one.back]
    if back:
        tell(say("to take it back: {commands}", commands=" && ".join(back)))

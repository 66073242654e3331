"""A line of a crontab."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Final

from auditor.fleet.outward.units.job import MadeSchedule, ScheduledJob, UnitFile
from auditor.messages.message import Message, say

# cron takes no longer command.
_LONGEST: Final = 998


def made(job: ScheduledJob) -> MadeSchedule:
    """Return the line for a crontab, and what has to be known of it."""
    # Named once: a command is cut where it gets too long.
    steps = [
        f"cd {_quoted(str(job.folder))} &&",
        *(["set -a && . ./environment && set +a &&"] if job.needs.variables else []),
        f'{{ p() {{ {_joined(job.program)} fleet "$@"; }};',
        *(f"p {_joined(_short(job, one))};" for one in (job.run, *job.after)),
        f"}} >> {_quoted(f'{job.name}.log')} 2>&1",
    ]
    command = " ".join(steps)
    text = f"{job.schedule.cron} {command}\n"
    blocking = (say("cron takes no line of more than {count} characters", count=_LONGEST),)
    return MadeSchedule(
        (UnitFile(f"{job.unit}.cron", text),),
        tuple(_remarks(job)),
        blocking if len(command) > _LONGEST else (),
    )


def _joined(words: Iterable[str]) -> str:
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    """Return a word for a shell that is started by cron.

    A line ends at a `%`, also inside of quotes. Most crons take the mark before it away, some leave
    it to the shell: outside of quotes both come to the same.
    """
    return "\\%".join(shlex.quote(part) if part else "" for part in word.split("%")) or "''"


def _short(job: ScheduledJob, words: tuple[str, ...]) -> list[str]:
    """Return what follows the program and `fleet`, with the inventory by its name."""
    name = f"./{job.inventory.name}"
    return [name if one == str(job.inventory) else one for one in words[len(job.program) + 1 :]]


def _remarks(job: ScheduledJob) -> list[Message]:
    remarks = []
    if any(not one.file for one in job.needs.credentials):
        remarks.append(
            say(
                "cron hands over no credentials: set {name} in the file `environment`, to a folder"
                " with them",
                name="CREDENTIALS_DIRECTORY",
            )
        )
    if job.needs.variables:
        remarks.append(
            say(
                "{path} is to set {names}, and to be private (chmod 600)",
                path=str(job.folder / "environment"),
                names=", ".join(job.needs.variables),
            )
        )
    return remarks

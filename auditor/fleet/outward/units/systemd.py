"""Service and timer of systemd.

The system's service has a user of its own who exists while it runs (DynamicUser), owns
`/var/lib/NAME` and nothing else, and is handed each secret by systemd. A service of a person's own
systemd runs as that person, who can read and write all of it anyway; what needs root is left out.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from auditor.fleet.outward.units.job import MadeSchedule, ScheduledJob, UnitFile
from auditor.messages.message import Message, say

STATE: Final = Path("/var/lib")
_SETTINGS: Final = Path("/etc")
# The service sees none of these, or one of its own.
_HIDDEN: Final = tuple(map(Path, ("/home", "/root", "/run/user", "/tmp", "/var/tmp")))  # noqa: S108
_ROOT: Final = "root"
_UNSAFE: Final = frozenset("\"'\\")
# For every service, whoever runs it.
_CONFINED: Final = (
    "NoNewPrivileges=yes",
    "PrivateTmp=yes",
    "PrivateUsers=yes",
    "ProtectSystem=strict",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "MemoryDenyWriteExecute=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged @resources",
    "SystemCallErrorNumber=EPERM",
    "LimitCORE=0",
    "UMask=0077",
)
# What only the system's own systemd can do.
_OF_SYSTEM: Final = (
    "CapabilityBoundingSet=",
    "AmbientCapabilities=",
    "DevicePolicy=closed",
    "PrivateDevices=yes",
    "ProcSubset=pid",
    "ProtectClock=yes",
    "ProtectControlGroups=yes",
    "ProtectHome=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "ProtectProc=invisible",
    "RemoveIPC=yes",
)


def made(job: ScheduledJob, *, for_user: bool = False) -> MadeSchedule:
    """Return service and timer, and what has to be known of them."""
    files = (
        UnitFile(f"{job.unit}.service", _text(_service(job, for_user=for_user))),
        UnitFile(f"{job.unit}.timer", _text(_timer(job))),
    )
    remarks = tuple(_remarks(job, settings_of(job, for_user=for_user)))
    return MadeSchedule(files, remarks, () if for_user else tuple(_blocking(job)))


def settings_of(job: ScheduledJob, *, for_user: bool) -> Path:
    """Return the folder for what belongs to the service and is no state: secrets, variables."""
    return (own_settings() if for_user else _SETTINGS) / job.name


def own_settings() -> Path:
    """Return the folder for the settings of whoever runs this."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _service(job: ScheduledJob, *, for_user: bool) -> Iterator[str]:
    settings = settings_of(job, for_user=for_user)
    yield "[Unit]"
    yield f"Description={job.about}"
    yield "Documentation=man:systemd.service(5)"
    yield "Wants=network-online.target"
    yield "After=network-online.target time-sync.target"
    if job.part and job.history is not None:
        yield "# Before the first run there is nothing to tell."
        yield f"ConditionPathExists={_plain(job.history)}"
    yield ""
    yield "[Service]"
    yield "Type=oneshot"
    yield f"WorkingDirectory={_plain(job.folder)}"
    yield f"ExecStart={_command(job.run)}"
    # Whatever became of the run: that it failed has to be told, too.
    yield from (f"ExecStopPost={_command(one)}" for one in job.after)
    if job.part:
        yield "# A run, or another digest, is at work: the next start tells it."
        yield "SuccessExitStatus=75"
    else:
        yield "# Something new failed, or became undecided: the run did what it is for."
        yield "SuccessExitStatus=1 4"
    yield "# What hangs ends before the next one."
    yield f"TimeoutStartSec={job.schedule.minutes}min"
    yield "TimeoutStopSec=15min"
    yield ""
    yield from _secrets(job, settings, for_user=for_user)
    yield from _rights(job, for_user=for_user)


def _secrets(job: ScheduledJob, settings: Path, *, for_user: bool) -> Iterator[str]:
    for one in job.needs.credentials:
        if one.file and for_user:
            continue  # it reads them itself
        source = one.file or str(_credential(settings, one.name))
        yield f"LoadCredential={one.name}:{_plain(source)}"
    if job.needs.variables:
        yield f"# Lines NAME=VALUE for {', '.join(job.needs.variables)}; mode 0600."
        yield f"EnvironmentFile={_plain(settings / 'environment')}"


def _rights(job: ScheduledJob, *, for_user: bool) -> Iterator[str]:
    writes = {job.textfile.parent} if job.textfile is not None else set()
    if for_user:
        # What is there already: the folder of the reports may not be.
        writes |= {path if path.is_dir() else path.parent for path in job.writes}
        yield "ProtectHome=read-only"
    else:
        yield "DynamicUser=yes"
        yield "# One user for the run and what is started between runs: they share the state."
        yield f"User={job.name}"
        yield f"StateDirectory={job.name}"
        yield "StateDirectoryMode=0700"
        yield from _group(job)
        yield from _OF_SYSTEM
    yield from _CONFINED
    if writes:
        yield f"ReadWritePaths={' '.join(_word(str(path)) for path in sorted(writes))}"


def _group(job: ScheduledJob) -> Iterator[str]:
    """Yield the group that may write where the metrics go: the user of the service is nobody's."""
    if job.textfile is not None and (group := _writing_group(job.textfile.parent)):
        yield f"SupplementaryGroups={_plain(group)}"


def _writing_group(folder: Path) -> str:
    """Return who may write to a folder as its group; empty for nobody, and for root.

    With the group of root a service could read what root keeps for it.
    """
    try:
        found, group = folder.stat(), folder.group()
    except (OSError, KeyError, NotImplementedError):
        return ""  # it is not there yet, or its group has no name
    return group if found.st_mode & stat.S_IWGRP and group != _ROOT else ""


def _timer(job: ScheduledJob) -> Iterator[str]:
    yield "[Unit]"
    yield f"Description=When to start: {job.about}"
    yield ""
    yield "[Timer]"
    yield f"OnCalendar={job.schedule.calendar}"
    yield "# Every machine has its own delay, which stays the same."
    yield f"RandomizedDelaySec={job.schedule.spread}"
    yield "FixedRandomDelay=yes"
    yield "# What was missed while the machine was off is made up for."
    yield "Persistent=yes"
    yield ""
    yield "[Install]"
    yield "WantedBy=timers.target"


def _credential(settings: Path, name: str) -> Path:
    return settings / "credentials" / name


def _remarks(job: ScheduledJob, settings: Path) -> Iterator[Message]:
    for one in job.needs.credentials:
        if not one.file:
            path = str(_credential(settings, one.name))
            yield say("{path} is to hold the secret, and to be private (chmod 600)", path=path)
    if job.needs.variables:
        yield say(
            "{path} is to set {names}, and to be private (chmod 600)",
            path=str(settings / "environment"),
            names=", ".join(job.needs.variables),
        )
    if job.needs.has_keyring:
        yield say("a service cannot ask a keyring; name another place for that password")


def _blocking(job: ScheduledJob) -> Iterator[Message]:
    """Yield why the system's service could not work as the inventory stands."""
    yield from state_elsewhere(job)
    if job.textfile is not None and not _writing_group(job.textfile.parent):
        yield say(
            "the metrics could not be written: make a group for {folder} that is not root's"
            " (chgrp), and let it write there (chmod g+w)",
            folder=str(job.textfile.parent),
        )
    if set(job.program[0]) & _UNSAFE:
        yield say("systemd starts no program of the name {path}", path=job.program[0])
    for path in (job.inventory, Path(job.program[0])):
        if any(path.is_relative_to(hidden) for hidden in _HIDDEN):
            yield say(
                "the service does not see {path}: it is of a person, or temporary", path=str(path)
            )


def state_elsewhere(job: ScheduledJob) -> Iterator[Message]:
    """Yield that history or reports are not where a service without rights may write."""
    state = STATE / job.name
    if not all(path.is_relative_to(state) for path in job.writes):
        yield say(
            "it may write to {state} alone: in [fleet], write history = {history} and reports ="
            " {reports}",
            state=str(state),
            history=f'"{state}/history.db"',
            reports=f'"{state}/reports"',
        )


def _text(lines: Iterator[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _command(words: tuple[str, ...]) -> str:
    """Return a command line. In the path of the program no variable is looked for."""
    program, *rest = words
    return " ".join([_word(program), *(_word(one).replace("$", "$$") for one in rest)])


def _word(text: str) -> str:
    """Return a word as systemd reads words: quoted if it has to be."""
    plain = _plain(text)
    if plain and not set(plain) & set(" \t\"'\\;"):
        return plain
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _plain(text: str | Path) -> str:
    """Return a text of which a `%` is one."""
    return str(text).replace("%", "%%")

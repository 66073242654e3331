"""A task of Windows' Task Scheduler.

It runs as LOCAL SERVICE, who may do next to nothing on the machine and holds no password. What is
written is valid by the schema that Microsoft publishes ("Task Scheduler Schema", Win32 apps), which
asks for version 1.3: Windows 7, Server 2008 R2 and later.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from auditor.errors import InputError
from auditor.fleet.outward.units.job import MadeSchedule, ScheduledJob, UnitFile
from auditor.fleet.outward.units.schedule import DAY, MONTH, WEEK
from auditor.messages.message import Message, say

_SPACE: Final = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_LOCAL_SERVICE: Final = "S-1-5-19"
# Any day that is past: it counts from then on.
_SINCE: Final = "2026-01-01"
_VARIABLE: Final = re.compile(r"%[^%]+%")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def made(job: ScheduledJob) -> MadeSchedule:
    """Return the task, and what has to be known of it. Raises InputError."""
    task = Element("Task", {"version": "1.3", "xmlns": _SPACE})
    about = SubElement(task, "RegistrationInfo")
    _add(about, "Description", job.about)
    _add_trigger(SubElement(task, "Triggers"), job)
    principal = SubElement(SubElement(task, "Principals"), "Principal", {"id": "Author"})
    _add(principal, "UserId", _LOCAL_SERVICE)
    _add(principal, "RunLevel", "LeastPrivilege")
    _add_settings(SubElement(task, "Settings"), job)
    actions = SubElement(task, "Actions", {"Context": "Author"})
    for words in (job.run, *job.after):
        _add_action(actions, words, job)
    indent(task)
    text = '<?xml version="1.0" encoding="UTF-16"?>\n' + tostring(task, "unicode") + "\n"
    return MadeSchedule((UnitFile(f"{job.unit}.xml", text, "utf-16"),), tuple(_remarks(job)))


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _add_trigger(triggers: Element, job: ScheduledJob) -> None:
    schedule = job.schedule
    trigger = SubElement(triggers, "CalendarTrigger")
    _add(trigger, "Enabled", "true")
    _add(trigger, "StartBoundary", f"{_SINCE}T{schedule.at:%H:%M:%S}")
    if schedule.minutes < DAY:
        repetition = SubElement(trigger, "Repetition")
        _add(repetition, "Interval", f"PT{schedule.minutes}M")
        _add(repetition, "Duration", "P1D")
    _add(trigger, "RandomDelay", f"PT{schedule.spread // 60}M")
    if schedule.minutes == WEEK:
        weekly = SubElement(trigger, "ScheduleByWeek")
        _add(weekly, "WeeksInterval", "1")
        SubElement(SubElement(weekly, "DaysOfWeek"), "Monday")
    elif schedule.minutes == MONTH:
        monthly = SubElement(trigger, "ScheduleByMonth")
        _add(SubElement(monthly, "DaysOfMonth"), "Day", "1")
        months = SubElement(monthly, "Months")
        for month in _MONTHS:
            SubElement(months, month)
    else:
        _add(SubElement(trigger, "ScheduleByDay"), "DaysInterval", "1")


def _add_settings(settings: Element, job: ScheduledJob) -> None:
    _add(settings, "MultipleInstancesPolicy", "IgnoreNew")
    _add(settings, "DisallowStartIfOnBatteries", "false")
    _add(settings, "StopIfGoingOnBatteries", "false")
    # What was missed while the machine was off is made up for.
    _add(settings, "StartWhenAvailable", "true")
    _add(settings, "RunOnlyIfNetworkAvailable", "true")
    _add(settings, "ExecutionTimeLimit", f"PT{job.schedule.minutes}M")


def _add_action(actions: Element, words: tuple[str, ...], job: ScheduledJob) -> None:
    program, *rest = words
    action = SubElement(actions, "Exec")
    for name, text in (
        ("Command", program),
        ("Arguments", subprocess.list2cmdline(rest)),
        ("WorkingDirectory", str(job.folder)),
    ):
        if _VARIABLE.search(text):
            raise InputError(
                say("Task Scheduler would take a part of it for a variable"),
                where=text,
                advice=say("choose a path without %"),
            )
        _add(action, name, text)


def _remarks(job: ScheduledJob) -> Iterator[Message]:
    if job.needs.variables:
        yield say(
            "set {names} as variables of the system, or name files instead",
            names=", ".join(job.needs.variables),
        )
    if any(not one.file for one in job.needs.credentials):
        yield say(
            "Windows hands over no credentials: set {name} to a folder with them",
            name="CREDENTIALS_DIRECTORY",
        )
    yield say(
        "LOCAL SERVICE has to read {path}, and to write to {folders}",
        path=str(job.inventory),
        folders=", ".join(map(str, job.writes)) or "-",
    )

"""Backups of the configuration: recent ones, and none that anybody can read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from auditor.checks.factory_login import STANDARD, judge_files
from auditor.checks.settings import about_fact, flag_is, note_of, setting_evidence
from auditor.checks.support.observe import compliant, undetermined, violated
from auditor.checks.support.parameters import Parameters
from auditor.facts import known_facts
from auditor.messages.message import say, say_count
from auditor.model.result import Evidence, Fix, Observation, Subject
from auditor.model.snapshot import STANDARD_CONFIGURATION, Setting, SourceRecord
from auditor.pbx.view import AuditView

_LAST_BACKUP: Final = "last_backup"
_LAST_TEST: Final = "last_restore_test"
_FILE: Final = "file"
_NO_DAY: Final = say("no day that has passed is stated")
_NO_TODAY: Final = say("the day of the audit is unknown")


def backup_is_recent(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge the age of the last backup, and of the last test that one can be restored."""
    limits = {
        _LAST_BACKUP: parameters.integer("max_age_days"),
        _LAST_TEST: parameters.integer("max_test_age_days"),
    }
    for name, limit in limits.items():
        setting = view.snapshot.settings.get(name)
        if setting is not None:
            yield _age(name, setting, limit, view.today)


def _age(name: str, setting: Setting, limit: int, today: date | None) -> Observation:
    fact = known_facts()[name]
    subject, shown = about_fact(fact), ", ".join(setting.values)
    evidence = [setting_evidence(setting, shown)]
    day = _day(setting)
    if day is None or today is None or day > today:
        detail = _NO_DAY if today else _NO_TODAY
        return undetermined(subject, name, detail, evidence)
    age = (today - day).days
    if age > limit:
        fix = Fix(name, shown, say("at most {limit} days ago", limit=limit))
        detail = say_count(
            "that was {count} day ago, more than {limit}",
            "that was {count} days ago, more than {limit}",
            age,
            limit=limit,
        )
        return violated(subject, name, detail, evidence, fix)
    detail = say_count("that was {count} day ago", "that was {count} days ago", age)
    return compliant(subject, name, detail, evidence, note_of(setting))


def _day(setting: Setting) -> date | None:
    """Return the oldest of the days that a setting names, None if one of them is no day."""
    try:
        return min(map(date.fromisoformat, setting.values))
    except ValueError:
        return None


def no_standard_configuration(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge files that turned out to be standard configurations, and what is stated of others."""
    for record in view.snapshot.sources:
        if record.kind == STANDARD_CONFIGURATION:
            yield _standard(record)
    yield from judge_files(view)
    yield from flag_is(view, parameters)


def _standard(record: SourceRecord) -> Observation:
    return violated(
        Subject("file", STANDARD_CONFIGURATION, record.name),
        _FILE,
        STANDARD,
        [Evidence(record.name, None, None, _FILE, record.note)],
        Fix(_FILE, record.name, say("no such file")),
    )

"""A configuration that opens with the factory login: an insecure box, or a standard file.

A file of that kind is a standard configuration, or the complete one of a box with the factory
login. One of the two controls has failed, and a person decides which.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from auditor.checks.settings import about_fact, fact_of, flag_is, judge_flag, setting_evidence
from auditor.checks.support.observe import compliant, undetermined, violated
from auditor.checks.support.parameters import Parameters
from auditor.facts import FACTORY_LOGIN, FALSE, SAVED_AS_COMPLETE, TRUE, UNCLEAR
from auditor.messages.message import say
from auditor.model.result import EITHER, Evidence, Fix, Observation, Subject
from auditor.model.snapshot import FACTORY_CONFIGURATION, SourceRecord
from auditor.pbx.view import AuditView

_FILE: Final = "file"
STANDARD: Final = say(
    "this file is a standard configuration: anyone can decrypt every password in it"
)


def factory_login_is_changed(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Check that no box has the factory login, as far as the secrets of its configuration tell."""
    files = factory_files(view)
    fact, setting = fact_of(view, parameters)
    if not files or setting is None or TRUE in setting.values:
        yield from flag_is(view, parameters)
        return
    evidence = _evidence(view, files)
    stated = is_complete(view)
    if stated:
        detail = say("the complete configuration opens with the factory login, so the box has it")
        fix = Fix(FACTORY_LOGIN, say("the factory login"), say("a password of its own"))
        yield violated(about_fact(fact), FACTORY_LOGIN, detail, evidence, fix)
        return
    if stated is None:
        yield either(view, files)
    others = tuple(value for value in setting.values if value != UNCLEAR)
    if others:
        yield judge_flag(fact, replace(setting, values=others), wanted=False)
    elif stated is False:
        detail = say("a standard configuration opens with it whatever the login of the box is")
        yield undetermined(about_fact(fact), FACTORY_LOGIN, detail, evidence)


def factory_files(view: AuditView) -> list[SourceRecord]:
    """Return the files whose secrets open with the factory login."""
    return [one for one in view.snapshot.sources if one.kind == FACTORY_CONFIGURATION]


def is_complete(view: AuditView) -> bool | None:
    """Return whether such files were saved as the complete configuration; None if nobody says."""
    setting = view.snapshot.settings.get(SAVED_AS_COMPLETE)
    values = set(setting.values) if setting is not None else set()
    return {frozenset({TRUE}): True, frozenset({FALSE}): False}.get(frozenset(values))


def either(view: AuditView, files: Sequence[SourceRecord]) -> Observation:
    """Return that one of two controls has failed, the same for both of them."""
    subject = Subject(EITHER, FACTORY_LOGIN, say("what opens with the factory login"))
    detail = say(
        "the secrets of {files} open with the factory login: either the administrator of the box "
        "has it, or this is a standard configuration. One of the two is certain. Find out how it "
        "was saved and attest it in the site file, {key}",
        files=", ".join(file.name for file in files),
        key=f"[facts.{SAVED_AS_COMPLETE}]",
    )
    return undetermined(subject, FACTORY_LOGIN, detail, _evidence(view, files))


def judge_files(view: AuditView) -> Iterator[Observation]:
    """Yield what the files that open with the factory login come to."""
    files = factory_files(view)
    stated = is_complete(view)
    if files and stated is None:
        yield either(view, files)
        return
    for file in files:
        subject = Subject(_FILE, FACTORY_CONFIGURATION, file.name)
        evidence = _evidence(view, [file])
        if stated:
            detail = say("it is the complete configuration, as somebody states")
            yield compliant(subject, _FILE, detail, evidence)
        else:
            fix = Fix(_FILE, file.name, say("no such file"))
            yield violated(subject, _FILE, STANDARD, evidence, fix)


def _evidence(view: AuditView, files: Sequence[SourceRecord]) -> list[Evidence]:
    found = [Evidence(file.name, None, None, _FILE, file.note) for file in files]
    setting = view.snapshot.settings.get(SAVED_AS_COMPLETE)
    if setting is not None:
        found.append(setting_evidence(setting, ", ".join(setting.values)))
    return found

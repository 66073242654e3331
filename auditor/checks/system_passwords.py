"""The passwords of the system itself: that of the PBX, and the administrator's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from auditor.checks.base_password import describe
from auditor.checks.password_strength import STRONGER, Threshold, judge
from auditor.checks.support.observe import compliant, undetermined, violated
from auditor.checks.support.parameters import Parameters
from auditor.messages.message import say
from auditor.model.result import Evidence, Fix, Observation, Subject
from auditor.model.snapshot import PasswordEvidence
from auditor.model.vocabulary import EvidenceMode, PasswordState, Verdict
from auditor.pbx.view import AuditView

_PROPERTY: Final = "pwd"


def pbx_password_is_strong(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Check that the PBX password is strong, and is not the administrator's."""
    subject = Subject("setting", "pbx_password", say("the PBX password"))
    password = view.snapshot.pbx_password_evidence
    threshold = Threshold(
        parameters.integer("min_score"),
        full_length=parameters.integer("full_length"),
        full_guesses=parameters.number("full_guesses_log10"),
    )
    if password is None or password.state is PasswordState.ABSENT:
        detail = say("no source shows the PBX password that _ADMIN_ holds")
        yield undetermined(subject, _PROPERTY, detail)
        return
    evidence = [Evidence("_ADMIN_", None, "_ADMIN_", _PROPERTY, describe(password))]
    found = judge(password, threshold)
    fix = Fix(_PROPERTY, password.state, say("a new random password"))
    if found.verdict is Verdict.VIOLATED:
        yield violated(subject, _PROPERTY, found.detail, evidence, fix)
    elif found.verdict is Verdict.COMPLIANT:
        yield compliant(subject, _PROPERTY, found.detail, evidence, found.shortfall)
    else:
        rejected = view.snapshot.evidence_mode is EvidenceMode.PBX_PASSWORD_REJECTED
        detail = say("the one that was supplied could not be proven right")
        yield undetermined(subject, _PROPERTY, detail if rejected else found.detail, evidence)
    yield _beside_the_admin(subject, password, evidence)


def _beside_the_admin(
    subject: Subject, password: PasswordEvidence, evidence: list[Evidence]
) -> Observation:
    prop = "admin password"
    if password.same_as_admin is None:
        detail = say(
            "whether the administrator has the same password is not known: supply both, the second "
            "as PBX_AUDITOR_ADMIN_PASSWORD; it is compared in memory and never sent"
        )
        return undetermined(subject, prop, detail, evidence)
    if password.same_as_admin:
        detail = say("the administrator has the same password, in all that counts of it")
        fix = Fix(_PROPERTY, say("the administrator's password"), say("a password of its own"))
        return violated(subject, prop, detail, evidence, fix)
    return compliant(subject, prop, say("the administrator has another password"), evidence)


def administrator_password_is_strong(
    view: AuditView, parameters: Parameters
) -> Iterator[Observation]:
    """Check that the administrator's password reaches the threshold of its class."""
    subject = Subject("setting", "administrator_password", say("the administrator's password"))
    threshold = Threshold(
        parameters.integer("min_score"),
        parameters.integer("min_length"),
        full_score=parameters.integer("full_score"),
    )
    password = view.snapshot.administrator_evidence
    if password is None:
        detail = say(
            "nobody handed it over: audit as the administrator once, or set "
            "PBX_AUDITOR_ADMIN_PASSWORD; it is scored in memory and never sent"
        )
        yield undetermined(subject, _PROPERTY, detail)
        return
    evidence = [Evidence("handed over", None, None, _PROPERTY, describe(password))]
    found = judge(password, threshold)
    if found.verdict is Verdict.VIOLATED:
        fix = Fix(_PROPERTY, password.state, STRONGER)
        yield violated(subject, _PROPERTY, found.detail, evidence, fix)
    elif found.verdict is Verdict.COMPLIANT:
        yield compliant(subject, _PROPERTY, found.detail, evidence, found.shortfall)
    else:
        yield undetermined(subject, _PROPERTY, found.detail, evidence)

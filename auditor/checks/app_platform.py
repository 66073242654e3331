"""The App Platform beside the PBX."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from auditor.checks.settings import fact_of, flag_is
from auditor.checks.support.app_services import (
    APP_PLATFORM,
    against_there_being_none,
    says_there_is_none,
)
from auditor.checks.support.observe import compliant, undetermined, violated
from auditor.checks.support.parameters import Parameters
from auditor.messages.message import NOTHING, say, together
from auditor.model.result import Evidence, Fix, Observation, Subject
from auditor.model.snapshot import PasswordEvidence
from auditor.pbx.view import AuditView

_SUBJECT: Final = Subject(
    "setting", "app_platform_password", say("the password of the App Platform")
)
_PROPERTY: Final = "password"
_WORDS: Final = {None: "not compared", True: "the same", False: "another"}
_OF_THE_ADMIN: Final = say("the administrator has the same password")
_OF_THE_PBX: Final = say("the PBX itself has the same password")
_NOT_WITH_THE_PBX: Final = say("it was not compared with the PBX password")
_NOT_SUPPLIED: Final = say(
    "it was not compared: supply both as PBX_AUDITOR_APP_PLATFORM_PASSWORD and "
    "PBX_AUDITOR_ADMIN_PASSWORD, which are compared in memory and never sent; or attest it in "
    "the site file"
)


def app_platform_password_differs(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Check that the App Platform has another password than the administrator and the PBX.

    Passwords that were supplied are compared; without them a person's statement counts. That
    there is no App Platform does not count where the PBX is connected to one.
    """
    _, stated = fact_of(view, parameters)
    is_none = says_there_is_none(view.snapshot.settings.get(APP_PLATFORM))
    doubt = against_there_being_none(view) if is_none else NOTHING
    if is_none and not doubt:
        return
    password = view.snapshot.app_platform_password_evidence
    if password is not None and (password.same_as_admin or password.equals_pbx_password):
        fix = Fix(_PROPERTY, say("the same password"), say("a password of its own"))
        detail = _OF_THE_ADMIN if password.same_as_admin else _OF_THE_PBX
        yield violated(_SUBJECT, _PROPERTY, detail, _evidence(password), fix)
    elif password is not None and password.same_as_admin is not None:
        known = password.equals_pbx_password is not None
        remark = together(doubt, NOTHING if known else _NOT_WITH_THE_PBX)
        detail = say("the administrator has another password")
        yield compliant(_SUBJECT, _PROPERTY, detail, _evidence(password), remark)
    elif stated is not None:
        yield from flag_is(view, parameters)
    else:
        yield undetermined(_SUBJECT, _PROPERTY, together(doubt, _NOT_SUPPLIED))


def _evidence(password: PasswordEvidence) -> list[Evidence]:
    compared = {
        "the administrator's": password.same_as_admin,
        "the PBX password": password.equals_pbx_password,
    }
    shown = "; ".join(f"{name}: {_WORDS[found]}" for name, found in compared.items())
    return [Evidence("passwords that were supplied", None, None, _PROPERTY, shown)]

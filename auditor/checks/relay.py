"""The TURN server that relays calls of remote phones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from auditor.checks.settings import (
    about_fact,
    fact_of,
    flag_is,
    note_of,
    says_nothing,
    secret_is_changed,
    setting_evidence,
    text_is_set,
    unknown_fact,
    with_note,
)
from auditor.checks.support.observe import compliant, undetermined
from auditor.checks.support.parameters import Parameters
from auditor.facts import UNCLEAR, known_facts
from auditor.messages.message import say
from auditor.model.result import Observation
from auditor.model.vocabulary import Verdict
from auditor.pbx.view import AuditView

_USERNAME: Final = "turn_username"
_PASSWORD: Final = "turn_password"  # noqa: S105 -- the name of a fact
_OWN: Final = "turn_password_own"
_LOGIN: Final = (_USERNAME, _PASSWORD, _OWN)
_NOT_CLEAR: Final = say("whether a TURN server is used is not clear")


def relay_has_its_own_credentials(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Check that a TURN server is used with a user and a password that nothing else has.

    Where it is not clear whether there is one, a login that is missing is not a finding.
    """
    fact, setting = fact_of(view, parameters)
    nothing = parameters.names("nothing")
    if setting is None:
        return
    shown = ", ".join(setting.values)
    if setting.values and all(says_nothing(value, nothing) for value in setting.values):
        evidence = [setting_evidence(setting, shown or "none")]
        detail = say("no TURN server is used, so there is nothing to relay")
        yield compliant(about_fact(fact), fact.name, detail, evidence, note_of(setting))
        return
    judged = [one for name in _LOGIN for one in _judge(view, name, list(nothing))]
    is_clear = any(v != UNCLEAR and not says_nothing(v, nothing) for v in setting.values)
    if is_clear or not setting.values or all(one.verdict is Verdict.COMPLIANT for one in judged):
        yield from judged
    else:
        yield from (one for one in judged if one.verdict is Verdict.UNDETERMINED)
        evidence = [setting_evidence(setting, shown)]
        detail = with_note(_NOT_CLEAR, note_of(setting))
        yield undetermined(about_fact(fact), fact.name, detail, evidence)


def _judge(view: AuditView, name: str, nothing: list[str]) -> Iterator[Observation]:
    """Yield what is known of one of the credentials; what nothing shows is open."""
    if name not in view.snapshot.settings:
        yield unknown_fact(view, known_facts()[name])
        return
    check = {_USERNAME: text_is_set, _PASSWORD: secret_is_changed, _OWN: flag_is}[name]
    yield from check(view, Parameters({"fact": name, "nothing": nothing, "wanted": True}))

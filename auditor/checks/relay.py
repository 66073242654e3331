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
)
from auditor.checks.support.observe import compliant
from auditor.checks.support.parameters import Parameters
from auditor.facts import known_facts
from auditor.messages.message import say
from auditor.model.result import Observation
from auditor.pbx.view import AuditView

_USERNAME: Final = "turn_username"
_PASSWORD: Final = "turn_password"  # noqa: S105 -- the name of a fact
_OWN: Final = "turn_password_own"


def relay_has_its_own_credentials(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Check that a TURN server is used with a user and a password that nothing else has."""
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
    yield from _judge(view, _USERNAME, list(nothing))
    yield from _judge(view, _PASSWORD, list(nothing))
    yield from _judge(view, _OWN, list(nothing))


def _judge(view: AuditView, name: str, nothing: list[str]) -> Iterator[Observation]:
    """Yield what is known of one of the credentials; what nothing shows is open."""
    if name not in view.snapshot.settings:
        yield unknown_fact(view, known_facts()[name])
        return
    check = {_USERNAME: text_is_set, _PASSWORD: secret_is_changed, _OWN: flag_is}[name]
    yield from check(view, Parameters({"fact": name, "nothing": nothing, "wanted": True}))

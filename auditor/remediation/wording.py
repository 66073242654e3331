"""What a runbook says for a property and for what was seen of it; of a secret, only a state."""

from __future__ import annotations

from typing import Final

from auditor.facts import FALSE, TRUE, FactKind, SecretState, known_facts
from auditor.messages.message import say
from auditor.model.vocabulary import PasswordState
from auditor.remediation.plan import Step

PASSWORD_STATES: Final = {
    PasswordState.ABSENT: say("no password"),
    PasswordState.EMPTY: say("an empty password"),
    PasswordState.ALL_ZERO: say("a password of zeros"),
    PasswordState.PLACEHOLDER: say("a placeholder"),
    PasswordState.SET: say("a password"),
    PasswordState.UNREADABLE: say("a password that cannot be read"),
}
SECRET_STATES: Final = {
    SecretState.EMPTY: say("empty"),
    SecretState.DEFAULT: say("the published default"),
    SecretState.SET: say("set"),
}


_SWITCHED: Final = {TRUE: say("on"), FALSE: say("off")}


def property_of(step: Step) -> str:
    """Return what a step changes of its subject; a setting is a value, and has no other name."""
    return say("value") if step.change.property in known_facts() else step.change.property


def seen(step: Step) -> str:
    """Return what was seen before a step, as a person reads it; only of a secret it is a state."""
    match step.precondition.value:
        case PasswordState() as state:
            return PASSWORD_STATES[state]
        case SecretState() as state:
            return SECRET_STATES[state]
        case None | "":
            return say("not set")
        case value:
            fact = known_facts().get(step.change.property)
            is_switch = fact is not None and fact.kind is FactKind.FLAG
            return _SWITCHED.get(value, value) if is_switch else value

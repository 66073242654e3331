"""What a runbook says for what is known of a secret, in the place of its value."""

from __future__ import annotations

from typing import Final

from auditor.facts import SecretState
from auditor.messages.message import say
from auditor.model.vocabulary import PasswordState

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


def seen(value: str) -> str:
    """Return what was seen, as a person reads it; only of a secret it is a state."""
    match value:
        case PasswordState():
            return PASSWORD_STATES[value]
        case SecretState():
            return SECRET_STATES[value]
        case _:
            return value

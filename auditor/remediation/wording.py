"""What a plan says in English and what a runbook can say in another language.

A plan is for programs too, so its texts are English. Those that the code writes itself are listed
here, with braces for what differs; the runbook finds its message by the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from auditor.facts import DEFAULT, EMPTY, SET, FactKind, known_facts
from auditor.messages.languages import Language, catalogue
from auditor.model.change import HARDWARE_TWICE, LOOK_THERE, SEVERAL_RIGHTS, TEMPLATE_GIVES
from auditor.model.vocabulary import PasswordState
from auditor.remediation import change_planner, filter_choice
from auditor.sources.snapshot.message_recognition import recognised

# Why a step is left to people.
BY_HAND: Final = (
    change_planner.DECIDE,
    change_planner.NO_OBJECT,
    change_planner.NO_PLACE,
    change_planner.NO_FORM,
    HARDWARE_TWICE,
    TEMPLATE_GIVES,
    SEVERAL_RIGHTS,
    change_planner.NO_NAME,
    change_planner.NO_NUMBER,
    change_planner.PARENT_UNKNOWN,
    LOOK_THERE,
    filter_choice.NO_FILTER,
    filter_choice.SEVERAL,
    filter_choice.NOT_NAMED,
    filter_choice.NOT_THERE,
    filter_choice.NOT_ENOUGH,
    "step {number} changes this value",
    "step {number} gives it another value: audit again after that",
)
# What a check wants to see.
WANTED: Final = (
    "on",
    "off",
    "none",
    "gone",
    "nothing",
    "an address",
    "a value of its own",
    "a device of its own",
    "a number above 0",
    "a number outside the numbering plan, for example #10",
    "a new certificate",
    "a new password of its own",
    "a new password that reaches the threshold of its class",
    "a new random password",
    "a new random password, or TLS only on every hardware id",
    "a password of its own",
    "a filter that blocks what nobody needs to dial",
    "a filter that lets nothing through behind a trunk prefix",
    "a row {row} -> ok",
    "a supported train",
    "a version that is not affected",
    "at most {limit} days ago",
    "no diversion to the outside",
    "no phone outside, or one that the site permits",
    "no such file",
    "none, or listed",
    "one object",
    "only people or groups that need it",
    "only the networks that need it, for IPv4 and IPv6",
    "only what is needed from outside",
    "the same on all of them",
    "TLS 1.2 or newer only",
    "{least} or newer",
    "{low} to {high}",
    "{rsa} bits of RSA or {ecdsa} of ECDSA",
)
# What a check saw, where it says that in words of its own.
SEEN: Final = (
    "no rows",
    "present",
    "the administrator's password",
    "the same password",
    "valid until {last}",
    "{algorithm} with {bits} bits",
)
PASSWORD_STATES: Final = {
    PasswordState.ABSENT: "no password",
    PasswordState.EMPTY: "an empty password",
    PasswordState.ALL_ZERO: "a password of zeros",
    PasswordState.PLACEHOLDER: "a placeholder",
    PasswordState.SET: "a password",
    PasswordState.UNREADABLE: "a password that cannot be read",
}
# What is known of a secret that is a setting.
SECRETS: Final = {EMPTY: "empty", DEFAULT: "the published default", SET: "set"}
# How a check names what it looked at, by kind. Facts have names of their own.
SUBJECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "setting": ("the password of the App Platform",),
    "device": ("{hw} of {owner}",),
    "expert script": ("{name} in a script",),
    "list": ("the firmware of {number} devices",),
    "filter": (
        "filter {filter}, {number} user: {users}",
        "filter {filter}, {number} users: {users}",
        "filter {filter}, {number} users: {users} and {more} more",
        "no call filter, {number} user: {users}",
        "no call filter, {number} users: {users}",
        "no call filter, {number} users: {users} and {more} more",
    ),
}
_PASSWORD: Final = "pwd"  # noqa: S105 -- the name of an attribute
# A property with names as values: what looks like a message with parameters may be such a name.
_NAMES: Final = "device"
_SEVERAL: Final = "; "


def by_hand(text: str, language: Language) -> str:
    """Return why a step is left to people."""
    return _said(text, BY_HAND, language)


def wanted(value: str, about: str, language: Language) -> str:
    """Return what a property should be; a value that is no text of a check stays as it is."""
    parts = value.split(_SEVERAL)
    return _SEVERAL.join(_said(part, _possible(WANTED, about), language) for part in parts)


def seen(value: str, about: str, language: Language) -> str:
    """Return what a property was; a value that is no text of a check stays as it is."""
    if about == _PASSWORD and value in set(PasswordState):
        return catalogue(language).gettext(PASSWORD_STATES[PasswordState(value)])
    fact = known_facts().get(about)
    if fact is not None and fact.kind is FactKind.SECRET and value in SECRETS:
        return catalogue(language).gettext(SECRETS[value])
    return _said(value, _possible(SEEN, about), language)


def subject(kind: str, name: str, language: Language) -> str:
    """Return the name of what a step changes; a name from the PBX stays as it is."""
    if kind == "setting" and name in {fact.label for fact in known_facts().values()}:
        return catalogue(language).gettext(name)
    return _said(name, SUBJECTS.get(kind, ()), language)


def _possible(messages: tuple[str, ...], about: str) -> tuple[str, ...]:
    if about != _NAMES:
        return messages
    return tuple(one for one in messages if "{" not in one)


def _said(text: str, messages: tuple[str, ...], language: Language) -> str:
    found = recognised(text, messages)
    if not found:
        return text
    known = catalogue(language)
    return found[0].told(lambda english, _plural, _count: known.gettext(english))

"""The password of base users."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from auditor.checks.support.observe import about, compliant, doubts, undetermined, violated
from auditor.checks.support.parameters import Parameters
from auditor.messages.message import NOTHING, Message, joined, say, say_count, together
from auditor.model.change import PasswordWanted
from auditor.model.result import Evidence, Fix, Observation, Subject
from auditor.model.snapshot import PasswordEvidence, PbxObject, ScriptedRegistration
from auditor.model.vocabulary import Area, PasswordState, Verdict
from auditor.pbx.view import AuditView
from auditor.values.names import folded, is_near_miss

_PROPERTY = "pwd"
# What a password is taken to be made of, by the names of zxcvbn's patterns.
_PATTERNS: Final = {
    "bruteforce": say("random characters"),
    "dictionary": say("known words"),
    "spatial": say("neighbouring keys"),
    "repeat": say("repetitions"),
    "sequence": say("sequences"),
    "regex": say("a year"),
    "date": say("a date"),
}
_NEW_PASSWORD = say("a new random password")
_HIDDEN = say("this source does not show passwords")
_NO_END = 999
# What can be compared: an empty password and the placeholder are texts like any other.
_COMPARABLE = frozenset({PasswordState.SET, PasswordState.EMPTY, PasswordState.PLACEHOLDER})
_STATES = {
    PasswordState.ABSENT: say("no password is set"),
    PasswordState.EMPTY: say("the password is empty"),
    PasswordState.PLACEHOLDER: say("the placeholder of the tutorial was left in place"),
}


def base_password_is_strong(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Check that passwords are strong: stored and scripted ones apart; the worse one decides."""
    base = view.base_users
    yield from doubts(base, say("base user"), _PROPERTY)
    for member in base.members:
        yield _judge_stored(view, member, parameters)
    for entry in _scripted(view):
        subject, evidence = _about_script(entry)
        yield judge(subject, entry.password, evidence, parameters)
    for entry in _misspelled(view):
        subject, evidence = _about_script(entry)
        if judge(subject, entry.password, evidence, parameters).verdict is not Verdict.COMPLIANT:
            detail = say("no object has this name, so it may be one of a base user, misspelled")
            yield undetermined(subject, _PROPERTY, detail, evidence)


def _misspelled(view: AuditView) -> Iterator[ScriptedRegistration]:
    """Yield registrations of scripts whose name nobody has, and that looks like a base user's."""
    if not view.snapshot.scripted:
        return
    stated = view.site.hot_desk.base_users or ()
    known = {folded(name) for one in view.snapshot.objects for name in (one.h323, one.cn, one.e164)}
    for entry in view.snapshot.scripted:
        name = folded(entry.h323)
        looks_alike = any(is_near_miss(name, folded(base)) for base in stated)
        if looks_alike and name not in known and entry.password.state is not PasswordState.ABSENT:
            yield entry


def _scripted(view: AuditView) -> Iterator[ScriptedRegistration]:
    """Yield the phone registrations of expert scripts that say something of base users' passwords.

    One without a password says nothing of it; one whose name is not understood may be of each.
    Those of one name come in an order that does not depend on the files they stand in, because
    their findings are told apart by it.
    """
    stated = view.site.hot_desk.base_users
    names = {"", *map(folded, stated or ())}
    for entry in sorted(view.snapshot.scripted, key=lambda one: (one.h323, repr(one.password))):
        if entry.password.state is PasswordState.ABSENT:
            continue
        if stated is None or folded(entry.h323) in names:
            yield entry


def _judge_stored(view: AuditView, member: PbxObject, parameters: Parameters) -> Observation:
    subject = about(member)
    evidence = [view.locate(member, _PROPERTY, describe(member.password))]
    if not view.was_read(Area.PASSWORDS) or not member.shows(_PROPERTY):
        return undetermined(subject, _PROPERTY, _HIDDEN, evidence)
    return judge(subject, member.password, evidence, parameters)


def _about_script(entry: ScriptedRegistration) -> tuple[Subject, list[Evidence]]:
    name = say("{name} in a script", name=entry.h323)
    subject = Subject("expert script", f"script:{entry.h323.casefold()}", name)
    place = "config add PHONE SIG /gk-pwd"
    return subject, [
        Evidence(entry.source, entry.line or None, entry.h323, place, describe(entry.password))
    ]


def judge(
    subject: Subject,
    password: PasswordEvidence,
    evidence: list[Evidence],
    parameters: Parameters,
) -> Observation:
    """Return the verdict about one password as evidence shows it."""
    fix = Fix(_PROPERTY, password.state, _NEW_PASSWORD, PasswordWanted())
    if password.state in _STATES:
        return violated(subject, _PROPERTY, _STATES[password.state], evidence, fix)
    if password.state is PasswordState.ALL_ZERO:
        detail = say("the stored field is all zero, which may be a dummy or an empty password")
        return undetermined(subject, _PROPERTY, detail, evidence)
    if password.state is PasswordState.UNREADABLE:
        return undetermined(subject, _PROPERTY, password.reason, evidence)
    if password.score is None:
        detail = say(
            "a password is set, its strength is not known: supply the PBX password "
            "(PBX_AUDITOR_PBX_PASSWORD) to have it scored in memory"
        )
        return undetermined(subject, _PROPERTY, detail, evidence)
    if password.score < parameters.integer("min_score"):
        detail = say("the password can be guessed: {evidence}", evidence=describe(password))
        return violated(subject, _PROPERTY, detail, evidence, fix)
    return compliant(
        subject,
        _PROPERTY,
        say("the password is strong"),
        evidence,
        _shortfall(password, parameters),
    )


def _shortfall(password: PasswordEvidence, parameters: Parameters) -> Message:
    """Return what a strong password lacks of what its class asks."""
    length = parameters.integer("min_length")
    if (password.length_from or 0) < length:
        return say(
            "it is shorter than the {length} characters a secret that nobody types should have",
            length=length,
        )
    guesses = parameters.number("min_guesses_log10")
    if (password.guesses_log10 or 0) < guesses:
        power = f"{guesses:g}"
        return say("it takes fewer than 10^{power} guesses", power=power)
    return NOTHING


def describe(password: PasswordEvidence) -> Message:
    """Return password evidence in words; there is no secret in it to leak."""
    parts = [say(password.state.value)]
    if password.score is not None:
        parts.append(say("score {score} of 4", score=password.score))
    if password.guesses_log10 is not None:
        power = f"{password.guesses_log10:g}"
        parts.append(say("about 10^{power} guesses", power=power))
    if password.length_from is not None:
        parts.append(_length(password.length_from, password.length_to, password.estimated))
    if password.patterns:
        made_of = [_PATTERNS.get(name, name) for name in password.patterns]
        parts.append(say("made of {what}", what=joined("{one}, {other}", made_of)))
    return together(*parts)


def _length(least: int, most: int | None, estimated: bool) -> Message:  # noqa: FBT001 -- a fact
    """Return a band of lengths in words; the last band has no end."""
    if most is None or most >= _NO_END:
        length = say("{least} or more bytes long", least=least)
    else:
        length = say("{least} to {most} bytes long", least=least, most=most)
    return say("{length}, estimated from ciphertext", length=length) if estimated else length


def base_password_is_its_own(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that no other object and not the PBX itself has the base user's password."""
    base = view.base_users
    yield from doubts(base, say("base user"), _PROPERTY)
    for member in base.members:
        subject = about(member)
        evidence = [view.locate(member, _PROPERTY, describe(member.password))]
        if not view.was_read(Area.PASSWORDS) or not member.shows(_PROPERTY):
            yield undetermined(subject, _PROPERTY, _HIDDEN, evidence)
        elif member.password.state is not PasswordState.ABSENT:
            yield _compare(view, subject, member.password, evidence)
    for entry in _scripted(view):
        if entry.password.shared_with is not None or entry.password.equals_pbx_password:
            subject, evidence = _about_script(entry)
            yield _compare(view, subject, entry.password, evidence)


def _compare(
    view: AuditView, subject: Subject, password: PasswordEvidence, evidence: list[Evidence]
) -> Observation:
    fix = Fix(_PROPERTY, password.state, _NEW_PASSWORD, PasswordWanted())
    if password.equals_pbx_password:
        detail = say("it is the PBX password, which opens every user's password")
        return violated(subject, _PROPERTY, detail, evidence, fix)
    if password.shared_with:
        detail = say_count(
            "{count} other object has the same password",
            "{count} other objects have the same password",
            password.shared_with,
        )
        return violated(subject, _PROPERTY, detail, evidence, fix)
    hidden = view.hiding(_PROPERTY) > 0
    comparable = password.shared_with is not None and password.equals_pbx_password is not None
    if password.state not in _COMPARABLE or not comparable or hidden:
        detail = say("not all passwords can be compared; supplying the PBX password may help")
        return undetermined(subject, _PROPERTY, detail, evidence)
    detail = say("no other object that was read has this password")
    return compliant(subject, _PROPERTY, detail, evidence)

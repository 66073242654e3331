"""How strong passwords are, by the class of secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from auditor.checks.base_password import describe
from auditor.checks.rights import Rights, rights_of
from auditor.checks.settings import about_fact, fact_of, note_of, setting_evidence
from auditor.checks.support.grouped_observations import OpenQuestions, names
from auditor.checks.support.observe import (
    about,
    about_list,
    compliant,
    doubts,
    undetermined,
    violated,
)
from auditor.checks.support.parameters import Parameters
from auditor.messages.message import NOTHING, Message, say, say_count, together
from auditor.model.change import PasswordWanted
from auditor.model.result import Fix, Observation
from auditor.model.snapshot import TEMPLATE_KIND, USER_KINDS, PasswordEvidence, PbxObject
from auditor.model.vocabulary import Area, PasswordState, Verdict
from auditor.pbx.view import AuditView

_PROPERTY: Final = "pwd"
STRONGER: Final = say("a new password that reaches the threshold of its class")
_HIDDEN: Final = say("this source does not show passwords")
_NOT_SCORED: Final = say(
    "a password is set, its strength is not known: supply the PBX password "
    "(PBX_AUDITOR_PBX_PASSWORD) to have it scored in memory"
)
_BAND: Final = say("the password is near the shortest length, and only a band of lengths is known")
_ADMIN_OR_NOT: Final = say(
    "whether it is an administrator's password is open, and that would decide"
)
_MACHINE_OR_NOT: Final = say("this source does not show what it is, and that would decide")
_BY_STATE: Final = {
    PasswordState.EMPTY: (Verdict.VIOLATED, say("the password is empty")),
    PasswordState.PLACEHOLDER: (Verdict.VIOLATED, say("a placeholder was left in place")),
    PasswordState.ALL_ZERO: (
        Verdict.UNDETERMINED,
        say("the stored field is all zero, which may be a dummy or an empty password"),
    ),
    PasswordState.UNREADABLE: (
        Verdict.UNDETERMINED,
        say("the stored value is not a password field"),
    ),
}


class SecretClass(StrEnum):
    """Whose secret it is, which decides how strong it has to be."""

    MACHINE = "machine"
    ADMIN = "administrator"
    USER = "user"


_AS: Final = {
    SecretClass.MACHINE: say("judged as what a machine keeps"),
    SecretClass.ADMIN: say("judged as what an administrator types"),
    SecretClass.USER: say("judged as what a user types"),
}
_KINDS: Final = {
    SecretClass.MACHINE: say("machine"),
    SecretClass.ADMIN: say("administrator"),
    SecretClass.USER: say("user"),
}


class Threshold(NamedTuple):
    """What a class of secrets asks: below the minimum is a violation, below the rest a remark."""

    min_score: int
    min_length: int = 0
    full_score: int = 0
    full_length: int = 0
    full_guesses: float = 0


class StrengthVerdict(NamedTuple):
    """What one password comes to. `shortfall` is what a good enough one lacks."""

    verdict: Verdict
    detail: Message
    shortfall: Message = NOTHING


def judge(password: PasswordEvidence, threshold: Threshold) -> StrengthVerdict:
    """Return what the evidence of one password that is not absent comes to."""
    if password.state in _BY_STATE:
        return StrengthVerdict(*_BY_STATE[password.state])
    if password.score is None:
        return StrengthVerdict(Verdict.UNDETERMINED, _NOT_SCORED)
    if password.score < threshold.min_score:
        detail = say("the password can be guessed: score {score} of 4", score=password.score)
        return StrengthVerdict(Verdict.VIOLATED, detail)
    if (password.length_to or 0) < threshold.min_length:
        detail = say(
            "the password is shorter than {length} characters", length=threshold.min_length
        )
        return StrengthVerdict(Verdict.VIOLATED, detail)
    if (password.length_from or 0) < threshold.min_length:
        return StrengthVerdict(Verdict.UNDETERMINED, _BAND)
    shortfall = _shortfall(password, threshold)
    return StrengthVerdict(Verdict.COMPLIANT, say("the password is strong"), shortfall)


def _shortfall(password: PasswordEvidence, threshold: Threshold) -> Message:
    if (password.score or 0) < threshold.full_score:
        return say("score below {score}", score=threshold.full_score)
    if (password.length_from or 0) < threshold.full_length:
        return say("shorter than {length} characters", length=threshold.full_length)
    if (password.guesses_log10 or 0) < threshold.full_guesses:
        power = f"{threshold.full_guesses:g}"
        return say("fewer than 10^{power} guesses", power=power)
    return NOTHING


def passwords_are_strong(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Check that every stored password reaches the threshold of its class."""
    thresholds = _thresholds(parameters)
    classes = _Classes(view, rights_of(view, parameters))
    questions = OpenQuestions(view, _PROPERTY)
    strong: dict[SecretClass, list[tuple[PbxObject, Message]]] = {}
    for member in view.snapshot.objects:
        if not view.was_read(Area.PASSWORDS) or not member.shows(_PROPERTY):
            questions.add(_HIDDEN, member)
        elif member.password.state is PasswordState.SET and member.password.score is None:
            questions.add(_NOT_SCORED, member)
        elif member.password.state is not PasswordState.ABSENT:
            found, secret_class = _judge_by_class(member, classes.of(member), thresholds)
            if found.verdict is Verdict.VIOLATED:
                yield _too_weak(view, member, secret_class, found.detail)
            elif found.verdict is Verdict.UNDETERMINED:
                questions.add(found.detail, member)
            else:
                strong.setdefault(secret_class, []).append((member, found.shortfall))
    yield from questions.observations()
    for secret_class, members in strong.items():
        yield _strong(secret_class, members)


def _thresholds(parameters: Parameters) -> Mapping[SecretClass, Threshold]:
    whole = parameters.integer
    return {
        SecretClass.MACHINE: Threshold(
            whole("machine_min_score"),
            full_length=whole("machine_full_length"),
            full_guesses=parameters.number("machine_full_guesses_log10"),
        ),
        SecretClass.ADMIN: Threshold(
            whole("admin_min_score"),
            full_score=whole("admin_full_score"),
            full_length=whole("admin_full_length"),
        ),
        SecretClass.USER: Threshold(
            whole("user_min_score"),
            whole("user_min_length"),
            full_length=whole("user_full_length"),
        ),
    }


class _Classes:
    """Says to which class of secrets the password of an object belongs."""

    def __init__(self, view: AuditView, rights: Rights) -> None:
        self._rights = rights
        hot_desk = (*view.base_users.members, *view.temporary_users.members)
        self._phones = {id(member) for member in hot_desk}

    def of(self, member: PbxObject) -> tuple[SecretClass, ...]:
        """Return the class, or those that remain where the kind or the rights are open."""
        if id(member) in self._phones or member.kind not in USER_KINDS | {TEMPLATE_KIND}:
            return (SecretClass.MACHINE,)
        found, problem = self._rights.of(member)
        classes = [SecretClass.ADMIN] if found else [SecretClass.USER]
        if problem and not found:
            classes.append(SecretClass.ADMIN)
        if not member.shows("pseudo"):
            classes.append(SecretClass.MACHINE)
        return tuple(classes)


def _judge_by_class(
    member: PbxObject,
    classes: tuple[SecretClass, ...],
    thresholds: Mapping[SecretClass, Threshold],
) -> tuple[StrengthVerdict, SecretClass]:
    """Return what a password comes to; if two classes disagree about it, that is open."""
    found = [judge(member.password, thresholds[secret_class]) for secret_class in classes]
    if len({one.verdict for one in found}) > 1:
        detail = _MACHINE_OR_NOT if SecretClass.MACHINE in classes else _ADMIN_OR_NOT
        return StrengthVerdict(Verdict.UNDETERMINED, detail), classes[0]
    return found[0], classes[0]


def _too_weak(
    view: AuditView, member: PbxObject, secret_class: SecretClass, detail: Message
) -> Observation:
    evidence = [view.locate(member, _PROPERTY, describe(member.password), _AS[secret_class])]
    fix = Fix(_PROPERTY, member.password.state, STRONGER, PasswordWanted())
    return violated(about(member, member.kind or "user"), _PROPERTY, detail, evidence, fix)


def _strong(secret_class: SecretClass, members: list[tuple[PbxObject, Message]]) -> Observation:
    size = say_count(
        "{count} {kind} password",
        "{count} {kind} passwords",
        count=len(members),
        kind=_KINDS[secret_class],
    )
    subject = about_list(f"{Area.PASSWORDS}:{secret_class}", size)
    lacking: dict[str, list[PbxObject]] = {}
    for member, shortfall in members:
        if shortfall:
            lacking.setdefault(shortfall, []).append(member)
    remarks = [
        say("{what}: {names}", what=text, names=names(some)) for text, some in lacking.items()
    ]
    detail = say("they reach the threshold of their class")
    return compliant(subject, _PROPERTY, detail, (), together(*remarks))


def hot_desk_passwords_are_strong(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Check that hot-desk users log in with a domain password, or a strong one of their own."""
    fact, setting = fact_of(view, parameters)
    threshold = Threshold(parameters.integer("min_score"), parameters.integer("min_length"))
    external = {name.casefold() for name in parameters.names("without_local_password")}
    yield from doubts(view.hot_desk_users, say("hot-desk user"), _PROPERTY)
    if setting is None or not view.hot_desk_users.members:
        return
    shown = ", ".join(setting.values)
    if setting.values and external >= {value.strip().casefold() for value in setting.values}:
        detail = say("the value is {value}, so no password of the PBX is used", value=shown)
        evidence = [setting_evidence(setting, shown)]
        yield compliant(about_fact(fact), _PROPERTY, detail, evidence, note_of(setting))
        return
    for member in view.hot_desk_users.members:
        yield _judge_hot_desk_user(view, member, threshold)


def _judge_hot_desk_user(view: AuditView, member: PbxObject, threshold: Threshold) -> Observation:
    subject, password = about(member), member.password
    evidence = [view.locate(member, _PROPERTY, describe(password))]
    if not view.was_read(Area.PASSWORDS) or not member.shows(_PROPERTY):
        return undetermined(subject, _PROPERTY, _HIDDEN, evidence)
    fix = Fix(_PROPERTY, password.state, STRONGER, PasswordWanted())
    if password.state is PasswordState.ABSENT:
        return violated(subject, _PROPERTY, say("no password is set"), evidence, fix)
    found = judge(password, threshold)
    if found.verdict is Verdict.VIOLATED:
        return violated(subject, _PROPERTY, found.detail, evidence, fix)
    if found.verdict is Verdict.UNDETERMINED:
        return undetermined(subject, _PROPERTY, found.detail, evidence)
    return compliant(subject, _PROPERTY, found.detail, evidence)

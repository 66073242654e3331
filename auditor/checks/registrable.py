"""Whether everything that can register has a password."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from auditor.checks.support.grouped_observations import OpenQuestions
from auditor.checks.support.observe import about, about_list, compliant, listed_objects, violated
from auditor.checks.support.parameters import Parameters
from auditor.messages.message import NOTHING, Message, say
from auditor.model.change import PasswordWanted
from auditor.model.result import Fix, Observation
from auditor.model.snapshot import GATEWAY_KIND, TRUNK_KIND, USER_KINDS, PbxObject
from auditor.model.vocabulary import Area, PasswordState
from auditor.pbx.grades import DEVICE
from auditor.pbx.view import AuditView

_PROPERTY: Final = "pwd"
_REGISTRABLE: Final = USER_KINDS | {TRUNK_KIND, GATEWAY_KIND}
_FINE: Final = frozenset({PasswordState.SET, PasswordState.PLACEHOLDER})
_NONE: Final = {
    PasswordState.ABSENT: say("it has no password, so anybody can register by its name"),
    PasswordState.EMPTY: say("its password is empty, so anybody can register by its name"),
}
_ALL_ZERO: Final = say("the stored field is all zero, which may be a dummy or an empty password")
_HIDDEN: Final = say("this source does not show passwords")
_TLS_HIDDEN: Final = say("it has no password, and this source does not show whether it is TLS only")
_TLS_UNCLEAR: Final = say("it has no password, and a flag TLS only is neither true nor false")
_TEMPLATE: Final = say(
    "it has no password, and whether a template hands its own down is not documented"
)
_MAX_LEVELS: Final = 2


def registrable_objects_have_passwords(
    view: AuditView, _parameters: Parameters
) -> Iterator[Observation]:
    """Check that users, trunks and gateways have a password, or take certificates only."""
    questions = OpenQuestions(view, _PROPERTY)
    fine = certified = 0
    for member in view.snapshot.objects:
        if member.kind not in _REGISTRABLE:
            continue
        if member.password.state in _FINE:
            fine += 1
        elif _takes_certificates_only(member):
            certified += 1
        elif question := _open_question(view, member):
            questions.add(question, member)
        else:
            yield _violated(view, member)
    yield from questions.observations()
    if fine or certified:
        subject = about_list(Area.PASSWORDS.value, listed_objects(fine + certified).name)
        detail = say(
            "{fine} have a password, {certified} take registrations with a certificate only",
            fine=fine,
            certified=certified,
        )
        yield compliant(subject, _PROPERTY, detail)


def _takes_certificates_only(member: PbxObject) -> bool:
    """Return whether an object has hardware ids, and each of them is TLS only."""
    flags = [device.flags.get("tls") for device in member.devices]
    return bool(flags) and member.shows("devices") and set(flags) == {"true"}


def _open_question(view: AuditView, member: PbxObject) -> Message:
    """Return why it is not certain that somebody can register without a password."""
    state = member.password.state
    if not view.was_read(Area.PASSWORDS) or not member.shows(_PROPERTY):
        return _HIDDEN
    if state not in _NONE:
        return member.password.reason or _ALL_ZERO
    if not member.shows("devices"):
        return _TLS_HIDDEN
    values = {device.flags.get("tls") for device in member.devices}
    if values and values.isdisjoint({None, "", "false"}):
        return _TLS_UNCLEAR
    if state is PasswordState.ABSENT and _template_may_give_one(view, member.templates, 0):
        return _TEMPLATE
    return NOTHING


def _template_may_give_one(view: AuditView, templates: tuple[str, ...], level: int) -> bool:
    """Return whether a template of an object has a password itself."""
    if level > _MAX_LEVELS:
        return False
    return any(
        template.password.state is not PasswordState.ABSENT
        or _template_may_give_one(view, view.parents_of(template), level + 1)
        for name in templates
        for template in view.templates.get(name, ())
    )


def _violated(view: AuditView, member: PbxObject) -> Observation:
    state = member.password.state
    evidence = [view.locate(member, _PROPERTY, state.value)]
    for device in member.devices:
        flag = device.flags.get("tls") or None
        via = device.hw if flag else say("{hw}: not set", hw=device.hw)
        evidence.append(view.locate(member, "tls", flag, via, element=DEVICE))
    kind = member.kind or "user"
    fix = Fix(
        _PROPERTY,
        state,
        say("a new random password, or TLS only on every hardware id"),
        PasswordWanted(),
    )
    return violated(about(member, kind), _PROPERTY, _NONE[state], evidence, fix)

"""App objects: what their interfaces allow, and how they are protected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from auditor.checks.app_users import rights_by_firmware
from auditor.checks.base_password import describe
from auditor.checks.password_strength import StrengthVerdict, Threshold, judge
from auditor.checks.support.grouped_observations import NAMED, OpenQuestions, names
from auditor.checks.support.observe import about, about_list, compliant, listed_objects, violated
from auditor.checks.support.parameters import Parameters
from auditor.facts import CONNECTED_APPS, FALSE, TRUE
from auditor.messages.message import NOTHING, Message, say, say_count
from auditor.model.change import ClearedMarks, PasswordWanted, set_to
from auditor.model.result import Evidence, Fix, Observation
from auditor.model.snapshot import APP_KIND, PbxObject
from auditor.model.vocabulary import Area, PasswordState, Verdict
from auditor.pbx.effective_values import effective_flag
from auditor.pbx.view import AuditView

_RIGHTS: Final = "rights"
_PASSWORD: Final = "pwd"  # noqa: S105 -- the name of an attribute
_APP: Final = "app"
_OFF: Final = frozenset({None, "", "false"})
_KIND_HIDDEN: Final = say("this source does not show whether it is an app")
_MARKS_HIDDEN: Final = say("it is an app, and this source does not show its check marks")
_UNCLEAR_MARK: Final = say("a check mark is neither true nor false")
_WITHOUT_PASSWORD: Final = StrengthVerdict(Verdict.VIOLATED, say("no password is stored with it"))
_PASSWORDS_HIDDEN: Final = say("this source does not show passwords")
_NEW: Final = say("a new random password")
_HIDDEN: Final = (say("hidden from LDAP"), say("it is not hidden from LDAP"))
_CRITICAL: Final = (say("marked as critical"), say("it is not marked as critical"))


def admin_apps_are_listed(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Check that every app that may administer, read all users or control calls is listed."""
    wanted = parameters.names("rights")
    listed = {name.casefold() for name in view.site.lists.admin_apps}
    questions = OpenQuestions(view, _RIGHTS)
    apps: list[PbxObject] = []
    for member in view.snapshot.objects:
        if not member.shows("pseudo"):
            questions.add(_KIND_HIDDEN, member)
        elif member.kind == APP_KIND:
            apps.append(member)
            found, question = _marks(view, member, wanted)
            if found:
                judged = _judge_marks(view, member, found, listed)
                yield judged
                if judged.verdict is Verdict.COMPLIANT:
                    yield from rights_by_firmware(view, member)
            elif question:
                questions.add(question, member)
    yield from questions.observations()
    if view.snapshot.objects:
        detail = say_count(
            "{count} app: none that is not named here has such a right",
            "{count} apps: none that is not named here has such a right",
            count=len(apps),
        )
        subject = listed_objects(len(view.snapshot.objects))
        yield compliant(subject, _RIGHTS, detail, (), _missing(view, listed))


def _marks(
    view: AuditView, member: PbxObject, wanted: Sequence[str]
) -> tuple[list[Evidence], Message]:
    """Return evidence of the rights that an app has, and why others may be open."""
    if _APP in member.unexplained:
        return [], _MARKS_HIDDEN
    values = {name: member.rights.get(name) for name in wanted}
    found = [view.locate(member, name, value) for name, value in values.items() if value == "true"]
    unclear = any(value not in _OFF and value != "true" for value in values.values())
    return found, _UNCLEAR_MARK if unclear else NOTHING


def _judge_marks(
    view: AuditView, member: PbxObject, found: Sequence[Evidence], listed: set[str]
) -> Observation:
    subject = about(member, _APP)
    marks = ", ".join(item.attribute or "" for item in found)
    shown = [*found, *_connection_of(view, member)]
    if not listed.isdisjoint({member.h323.casefold(), member.cn.casefold()} - {""}):
        detail = say("it may use {marks}, as [lists] admin_apps says", marks=marks)
        return compliant(subject, _RIGHTS, detail, shown)
    detail = say("it may use {marks}, and is not in [lists] admin_apps", marks=marks)
    return violated(
        subject,
        _RIGHTS,
        detail,
        shown,
        Fix(_RIGHTS, marks, say("none, or listed"), _unmarked(member, found)),
    )


def _connection_of(view: AuditView, member: PbxObject) -> Iterator[Evidence]:
    """Yield whether the service of an app is connected now: rights that nobody uses can go."""
    setting = view.snapshot.settings.get(CONNECTED_APPS)
    if setting is not None:
        state = TRUE if {member.cn, member.h323} & {*setting.values} else FALSE
        yield Evidence(
            setting.source, None, member.label, setting.place, state, setting.note, setting.grade
        )


def _unmarked(member: PbxObject, found: Sequence[Evidence]) -> ClearedMarks:
    marks = sorted(item.attribute or "" for item in found)
    return ClearedMarks(member.guid, member.cn, "pseudo/app", None, " ".join(marks))


def _missing(view: AuditView, listed: set[str]) -> Message:
    """Return a remark about names of the list that no app of the PBX has."""
    apps = [member for member in view.snapshot.objects if member.kind == APP_KIND]
    missing = sorted(listed - {name.casefold() for app in apps for name in (app.h323, app.cn)})
    if not missing:
        return NOTHING
    listed_only = ", ".join(missing)
    return say("listed in the site file, but no app of the PBX: {names}", names=listed_only)


def apps_are_protected(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Check that every app is hidden from LDAP, marked as critical, and has a strong password."""
    threshold = Threshold(
        parameters.integer("min_score"), full_length=parameters.integer("full_length")
    )
    questions = OpenQuestions(view, "pseudo")
    apps = []
    for member in view.snapshot.objects:
        if not member.shows("pseudo"):
            questions.add(_KIND_HIDDEN, member)
        elif member.kind == APP_KIND:
            apps.append(member)
    yield from questions.observations()
    yield from _flag_is_set(view, apps, "hide", _HIDDEN)
    yield from _flag_is_set(view, apps, "critical", _CRITICAL)
    yield from _passwords_are_strong(view, apps, threshold)


def _flag_is_set(
    view: AuditView, apps: Sequence[PbxObject], name: str, states: tuple[Message, Message]
) -> Iterator[Observation]:
    """Yield a violation for each app without a flag, and what else there is to say of all.

    `states` says what an app is with the flag, and what without.
    """
    with_it, without = states
    questions = OpenQuestions(view, name)
    fine = []
    for member in apps:
        found = effective_flag(view, member, name)
        if found.value is None:
            questions.add(found.problem, member)
        elif found.value:
            fine.append(member)
        else:
            current = found.evidence[0].value if found.evidence else None
            fix = Fix(name, current, "true", set_to(member, name, "true"))
            yield violated(about(member, _APP), name, without, found.evidence, fix)
    yield from questions.observations()
    if fine:
        subject = about_list(f"{_APP}:{name}", _counted(len(fine)))
        evidence = [
            item for app in fine[:NAMED] for item in effective_flag(view, app, name).evidence
        ]
        yield compliant(subject, name, with_it, evidence)


def _passwords_are_strong(
    view: AuditView, apps: Sequence[PbxObject], threshold: Threshold
) -> Iterator[Observation]:
    """Yield a violation for each app whose password is missing or weak, and the rest of them."""
    questions = OpenQuestions(view, _PASSWORD)
    short: list[PbxObject] = []
    fine = 0
    for member in apps:
        password = member.password
        if not view.was_read(Area.PASSWORDS) or not member.shows(_PASSWORD):
            questions.add(_PASSWORDS_HIDDEN, member)
            continue
        absent = password.state is PasswordState.ABSENT
        found = judge(password, threshold) if not absent else _WITHOUT_PASSWORD
        if found.verdict is Verdict.UNDETERMINED:
            questions.add(found.detail, member)
        elif found.verdict is Verdict.VIOLATED:
            evidence = [view.locate(member, _PASSWORD, describe(password))]
            fix = Fix(_PASSWORD, password.state, _NEW, PasswordWanted())
            yield violated(about(member, _APP), _PASSWORD, found.detail, evidence, fix)
        else:
            fine += 1
            short += [member] if found.shortfall else []
    yield from questions.observations()
    if fine:
        subject = about_list(f"{_APP}:{_PASSWORD}", _counted(fine))
        detail = say("protected by a strong password")
        yield compliant(subject, _PASSWORD, detail, (), _too_short(short, threshold))


def _too_short(short: Sequence[PbxObject], threshold: Threshold) -> Message:
    """Return a remark about passwords that are strong, but shorter than they should be."""
    if not short:
        return NOTHING
    length = threshold.full_length
    return say("shorter than {length} characters: {names}", length=length, names=names(short))


def _counted(number: int) -> Message:
    return say_count("{count} app", "{count} apps", count=number)

"""Small builders of observations, so that checks say only what they look at.

Details and remarks are made by `say`, so that a report can say them in German; those of checks that
are not ours may be plain text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.messages.message import NOTHING, Message, say, say_count
from auditor.model.result import Evidence, Fix, Observation, Subject
from auditor.model.snapshot import PbxObject
from auditor.model.vocabulary import Area, Verdict
from auditor.pbx.hot_desk_members import RoleMembers
from auditor.pbx.view import AuditView


def about(subject: PbxObject, kind: str = "user") -> Subject:
    """Return an object as a subject."""
    return Subject(kind, subject.key, subject.label, subject.key)


def about_list(name: str, text: str) -> Subject:
    """Return a list that was searched as a subject."""
    return Subject("list", name, text)


def compliant(
    subject: Subject,
    prop: str,
    detail: Message,
    evidence: Sequence[Evidence] = (),
    remark: Message = NOTHING,
) -> Observation:
    """Return an observation that the subject is as it should be."""
    return Observation(subject, Verdict.COMPLIANT, detail, prop, tuple(evidence), remark)


def violated(
    subject: Subject, prop: str, detail: Message, evidence: Sequence[Evidence], fix: Fix
) -> Observation:
    """Return an observation that the subject is not as it should be."""
    return Observation(subject, Verdict.VIOLATED, detail, prop, tuple(evidence), fix=fix)


def undetermined(
    subject: Subject, prop: str, detail: Message, evidence: Sequence[Evidence] = ()
) -> Observation:
    """Return an observation that could not be decided, with the reason."""
    return Observation(subject, Verdict.UNDETERMINED, detail, prop, tuple(evidence))


def doubts(selection: RoleMembers, role: str, prop: str) -> Iterator[Observation]:
    """Yield what keeps a selection of objects from being certain."""
    for number, doubt in enumerate(selection.doubts):
        subject = Subject("role", f"{role}:{number}", role)
        yield undetermined(subject, prop, doubt)


def listed_objects(count: int) -> Subject:
    """Return a list of objects that was searched as a subject, with its size."""
    size = say_count("the list of {count} object", "the list of {count} objects", count=count)
    return about_list(Area.OBJECTS.value, size)


def not_on_the_pbx(names: Sequence[str]) -> Message:
    """Return a remark about names of a list of the site file that the PBX does not have."""
    if not names:
        return NOTHING
    return say("listed in the site file, but not on the PBX: {names}", names=", ".join(names))


def searched_objects(view: AuditView) -> Subject:
    """Return the list of all PBX objects as a subject, with its size."""
    count = len(view.snapshot.objects)
    return about_list(Area.OBJECTS.value, say("the list of {count} PBX objects", count=count))

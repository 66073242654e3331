"""Small builders of observations, so that checks say only what they look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.model.result import Evidence, Fix, Observation, Subject
from auditor.model.snapshot import PbxObject
from auditor.model.vocabulary import Area, Verdict
from auditor.view import AuditView, Selection


def about(subject: PbxObject, kind: str = "user") -> Subject:
    """Return an object as a subject."""
    return Subject(kind, subject.key, subject.label)


def about_list(name: str, text: str) -> Subject:
    """Return a list that was searched as a subject."""
    return Subject("list", name, text)


def compliant(
    subject: Subject,
    prop: str,
    detail: str,
    evidence: Sequence[Evidence] = (),
    remark: str = "",
) -> Observation:
    """Return an observation that the subject is as it should be."""
    return Observation(subject, Verdict.COMPLIANT, detail, prop, tuple(evidence), remark)


def violated(
    subject: Subject, prop: str, detail: str, evidence: Sequence[Evidence], fix: Fix
) -> Observation:
    """Return an observation that the subject is not as it should be."""
    return Observation(subject, Verdict.VIOLATED, detail, prop, tuple(evidence), fix=fix)


def undetermined(
    subject: Subject, prop: str, detail: str, evidence: Sequence[Evidence] = ()
) -> Observation:
    """Return an observation that could not be decided, with the reason."""
    return Observation(subject, Verdict.UNDETERMINED, detail, prop, tuple(evidence))


def doubts(selection: Selection, role: str, prop: str) -> Iterator[Observation]:
    """Yield what keeps a selection of objects from being certain."""
    for number, doubt in enumerate(selection.doubts):
        subject = Subject("role", f"{role}:{number}", role)
        yield undetermined(subject, prop, doubt)


def searched_objects(view: AuditView) -> Subject:
    """Return the list of all PBX objects as a subject, with its size."""
    count = len(view.snapshot.objects)
    return about_list(Area.OBJECTS.value, f"the list of {count} PBX objects")

"""Whether an attribute of an object is in effect true, and the change that sets it."""

from __future__ import annotations

from auditor.checks.support.observe import about, compliant, undetermined, violated
from auditor.messages.message import Message
from auditor.model.change import set_to
from auditor.model.result import Fix, Observation
from auditor.model.snapshot import PbxObject
from auditor.pbx.effective_values import effective_flag
from auditor.pbx.view import AuditView


def flag_is_set(
    view: AuditView, member: PbxObject, attribute: str, yes: Message, no: Message
) -> Observation:
    """Return whether an attribute is in effect true: `yes` says that it is, `no` that it is not."""
    subject = about(member)
    found = effective_flag(view, member, attribute)
    if found.value is None:
        return undetermined(subject, attribute, found.problem, found.evidence)
    if found.value:
        return compliant(subject, attribute, yes, found.evidence)
    current = found.evidence[0].value if found.evidence else None
    fix = Fix(attribute, current, "true", set_to(member, attribute, "true"))
    return violated(subject, attribute, no, found.evidence, fix)

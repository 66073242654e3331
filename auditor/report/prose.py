"""What documents say, of a control or of a waiver, in each language that they say it in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from auditor.report import v1
from auditor.report.language import Both, Said, message

_NOTHING: Final = v1.Translation("", "", "", "")


@dataclass(frozen=True, slots=True)
class Remedy:
    """How to make a control compliant, in each language."""

    menu: Both
    fix: Both
    precondition: Both
    verification: Both
    undo: Both


def german_of(result: v1.Result) -> v1.Translation:
    """Return the German texts of a control; all are empty if nobody translated it."""
    return result.translations.get("de", _NOTHING)


def reason_of(result: v1.Result) -> Both | None:
    """Return the reason; only that of a control that does not apply stands in its document."""
    applies = result.status != "not-applicable"
    german = "" if applies else german_of(result).nothing_seen
    return Both(result.reason, german) if result.reason else None


def remedy_of(result: v1.Result) -> Remedy:
    """Return how to make a control compliant."""
    fix, german = result.remediation, german_of(result)
    return Remedy(
        menu=Both(fix.ui_path, german.ui_path or fix.ui_path),
        fix=Both(fix.text, german.remediation),
        precondition=Both(fix.precondition, german.precondition),
        verification=Both(fix.verification, german.verification),
        undo=Both(fix.undo, german.undo),
    )


def acceptance_of(entry: v1.Accepted) -> Said:
    """Return who accepted a violation, why and until when."""
    who: Said | str = entry.owner
    if entry.approver:
        who = message("{owner}, approved by {approver}", owner=entry.owner, approver=entry.approver)
    why = f"{entry.reason} ({entry.ticket})" if entry.ticket else entry.reason
    return message("Accepted by {who} until {day}: {why}", who=who, day=entry.expires, why=why)

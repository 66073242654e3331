"""What a report says of a rule, whatever came of it on one PBX.

It is made once for each rule: whoever audits a thousand PBXs says it a thousand times.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from auditor.model.rule import RuleDocument, Translation
from auditor.report.schema import v1
from auditor.values.kept_by_identity import kept_by_identity


class AboutRule(NamedTuple):
    """What a report says of a rule, whatever came of it."""

    remediation: v1.Remediation
    mappings: dict[str, list[str]]
    references: list[v1.Reference]
    translations: Mapping[str, v1.Translation]


@kept_by_identity(1024)
def about_rule(rule: RuleDocument) -> AboutRule:
    """Return what a report says of a rule; of each it is made once, for many reports."""
    fix = rule.remediation
    return AboutRule(
        v1.Remediation(
            fix.text,
            fix.ui_path,
            fix.action_class.value,
            fix.disruption.value,
            fix.verification,
            fix.undo,
            fix.precondition,
        ),
        {
            "BSI IT-Grundschutz 2023": rule.controls.bsi,
            "ISO/IEC 27002:2022": rule.controls.iso27002,
            "NIST SP 800-53r5": rule.controls.nist80053,
        },
        [v1.Reference(str(r.title), r.page, str(r.revision)) for r in rule.references],
        {"de": _translation(rule.de)} if rule.de != Translation() else {},
    )


def _translation(german: Translation) -> v1.Translation:
    return v1.Translation(
        title=german.title,
        rationale=german.rationale,
        expected=german.expected,
        remediation=german.remediation,
        nothing_seen=german.nothing_seen,
        ui_path=german.ui_path,
        precondition=german.precondition,
        verification=german.verification,
        undo=german.undo,
        title_failed=german.title_failed,
        title_unknown=german.title_unknown,
    )

"""OCSF 1.8 Compliance Findings (class 2003) as a JSON array: one per control and subject.

https://schema.ocsf.io/1.8.0/classes/compliance_finding
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from auditor.messages.both import Both
from auditor.report.flat_findings import Row, acceptances, rows
from auditor.report.prose import german_of, remedy_of
from auditor.report.schema import v1
from auditor.report.single_language import Telling
from auditor.report.text import prose, visible

VERSION: Final = "1.8.0"
_CLASS: Final = 2003
_CREATE: Final = 1
_SEVERITIES: Final = {"info": 1, "low": 2, "medium": 3, "high": 4, "critical": 5}
_WORDS: Final = ("Unknown", "Informational", "Low", "Medium", "High", "Critical")
_PASS, _FAIL, _UNKNOWN, _OTHER = (1, "Pass"), (3, "Fail"), (0, "Unknown"), (99, "Not Applicable")
_STATUS: Final = {
    "passed": _PASS,
    "failed": _FAIL,
    "waived": _FAIL,
    "not-applicable": _OTHER,
}
_NEW, _SUPPRESSED, _RESOLVED = (1, "New"), (3, "Suppressed"), (4, "Resolved")

Json = dict[str, Any]


def render(report: v1.Report) -> bytes:
    """Return all findings. `finding_info.uid` is the fingerprint, the same in every run."""
    accepted = acceptances(report)
    started = int(datetime.fromisoformat(report.run.started).timestamp() * 1000)
    telling = Telling(report)
    events = [
        _event(report, row, started, accepted.get(row.fingerprint), telling) for row in rows(report)
    ]
    return (json.dumps(events, indent=1, ensure_ascii=False) + "\n").encode()


def _event(
    report: v1.Report, row: Row, started: int, accepted: v1.Accepted | None, telling: Telling
) -> Json:
    result = row.result
    passed = row.outcome in {"passed", "not-applicable"}
    severity = 1 if passed else _SEVERITIES.get(result.severity, 0)
    status = _SUPPRESSED if row.outcome == "waived" else _RESOLVED if passed else _NEW
    event: Json = {
        "class_uid": _CLASS,
        "class_name": "Compliance Finding",
        "category_uid": 2,
        "category_name": "Findings",
        "activity_id": _CREATE,
        "activity_name": "Create",
        "type_uid": _CLASS * 100 + _CREATE,
        "time": started,
        "severity_id": severity,
        "severity": _WORDS[severity],
        "status_id": status[0],
        "status": status[1],
        "message": visible(telling.statement(row)),
        "metadata": _metadata(report),
        "finding_info": {
            "uid": row.fingerprint,
            "title": visible(telling.text(row.title)),
            "desc": prose(telling.text(Both(result.rationale, german_of(result).rationale))),
            "types": [visible(result.area)],
        },
        "compliance": _compliance(row),
        "remediation": {
            "desc": prose(telling.text(remedy_of(result).fix)) or "no remediation is documented",
            "references": [visible(reference.page) for reference in result.references],
        },
        "resources": [_resource(report, row)],
        "unmapped": _unmapped(report, row),
    }
    if accepted is not None:
        until = f"accepted until {accepted.expires} by {accepted.owner}: {accepted.reason}"
        event["status_detail"] = visible(until)
    return event


def _metadata(report: v1.Report) -> Json:
    tool = report.tool
    return {
        "version": VERSION,
        "product": {
            "name": visible(tool.name),
            "vendor_name": visible(tool.name),
            "version": visible(tool.version),
        },
        "correlation_uid": visible(report.run.id),
    }


def _compliance(row: Row) -> Json:
    result = row.result
    identifier, word = _STATUS.get(row.outcome, _UNKNOWN)
    return {
        "control": visible(result.id),
        "desc": prose(result.expected),
        "standards": [visible(name) for name in result.mappings],
        "requirements": [
            visible(f"{name} {control}")
            for name, controls in result.mappings.items()
            for control in controls
        ],
        "status": word,
        "status_id": identifier,
    }


def _resource(report: v1.Report, row: Row) -> Json:
    seen = row.observation
    if seen is None:
        return {
            "uid": visible(report.target.id),
            "name": visible(report.target.name),
            "type": "pbx",
        }
    return {
        "uid": visible(f"{report.target.id}/{seen.subject_id}"),
        "name": visible(seen.subject),
        "type": visible(seen.subject_kind),
    }


def _unmapped(report: v1.Report, row: Row) -> Json:
    evidence = row.observation.evidence if row.observation else []
    return {
        "outcome": row.outcome,
        "control_status": row.result.status,
        "profile": visible(report.run.profile),
        "evidence": [
            {
                "source": visible(entry.source),
                "line": entry.line,
                "attribute": visible(entry.attribute or ""),
                "value": visible(entry.value or ""),
                "grade": visible(entry.grade),
            }
            for entry in evidence
        ],
    }

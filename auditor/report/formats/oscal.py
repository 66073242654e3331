"""OSCAL 1.2 assessment results: observations, findings and risks.

OSCAL knows *satisfied* and *not-satisfied* only. A control that could not be decided is
not-satisfied with the reason `other`, never satisfied. Identifiers are made from fingerprints, so
that two runs can be compared.
https://pages.nist.gov/OSCAL/reference/latest/assessment-results/json-outline
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from auditor.report.flat_findings import Row, acceptances, rows_of
from auditor.report.prose import title_of
from auditor.report.schema import v1
from auditor.report.text import prose, visible

VERSION: Final = "1.2.1"
_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:pbx-auditor:oscal")
_STATES: Final = {
    "passed": ("satisfied", "pass"),
    "failed": ("not-satisfied", "fail"),
    "waived": ("not-satisfied", "fail"),
    "unknown": ("not-satisfied", "other"),
    "error": ("not-satisfied", "other"),
    "manual": ("not-satisfied", "other"),
}

Json = dict[str, Any]


def render(report: v1.Report) -> bytes:
    """Return the document; the same report gives the same bytes."""
    plan = _uuid("plan", report.run.id)
    document = {
        "uuid": _uuid("document", report.run.id),
        "metadata": {
            "title": f"Assessment of {visible(report.target.name) or report.target.id}",
            "last-modified": report.run.started,
            "version": visible(report.run.id).strip() or "1",
            "oscal-version": VERSION,
        },
        "import-ap": {"href": f"#{plan}"},
        "results": [_results(report)],
        "back-matter": {
            "resources": [
                {
                    "uuid": plan,
                    "title": "Controls of this run",
                    "description": _plan(report),
                }
            ]
        },
    }
    text = json.dumps({"assessment-results": document}, indent=1, ensure_ascii=False)
    return f"{text}\n".encode()


def _plan(report: v1.Report) -> str:
    tool = f"{report.tool.name} {report.tool.version}"
    return visible(f"{tool}, profile {report.run.profile}, rules {report.tool.rules_digest}")


def _results(report: v1.Report) -> Json:
    found = [(result, list(rows_of(result))) for result in report.results]
    profile = f"Profile {visible(report.run.profile)}"
    tokens = dict.fromkeys(_token(result.id) for result, _ in found)
    # There is no empty selection in OSCAL, so that one says what it comes to.
    selection: Json = (
        {"description": profile, "include-controls": [{"control-id": name} for name in tokens]}
        if tokens
        else {"description": f"{profile}: no control was run", "include-all": {}}
    )
    entry: Json = {
        "uuid": _uuid("result", report.run.id),
        "title": visible(report.summary.sentence) or report.summary.verdict,
        "description": visible("; ".join(report.summary.reasons), 2_000) or "nothing to add",
        "start": report.run.started,
        "reviewed-controls": {"control-selections": [selection]},
    }
    lists = {
        "observations": [_observation(report, row) for _, found_of in found for row in found_of],
        "risks": list(_risks(report, found)),
        "findings": [_finding(report, *pair) for pair in found if pair[0].status in _STATES],
    }
    items = _items(report, found)
    if items:
        entry["local-definitions"] = {"inventory-items": items}
    return {**entry, **{name: values for name, values in lists.items() if values}}


def _items(report: v1.Report, found: list[tuple[v1.Result, list[Row]]]) -> list[Json]:
    subjects = {
        _subject(report, row): row.observation
        for _, found_of in found
        for row in found_of
        if row.observation is not None
    }
    return [
        {"uuid": identifier, "description": visible(f"{seen.subject_kind} {seen.subject}") or "-"}
        for identifier, seen in subjects.items()
    ]


def _observation(report: v1.Report, row: Row) -> Json:
    detail = visible(row.detail or row.title) or "-"
    observation: Json = {
        "uuid": _uuid("observation", _key(report, row)),
        "title": visible(f"{row.result.id} {row.subject}") or "-",
        "description": detail,
        "props": [_prop("outcome", row.outcome)],
        "methods": ["EXAMINE" if row.result.automation == "attested" else "TEST"],
        "collected": report.run.started,
    }
    if row.observation is None:
        return observation
    subject = {"subject-uuid": _subject(report, row), "type": "inventory-item"}
    observation["subjects"] = [subject]
    evidence = [_evidence(entry) for entry in row.observation.evidence]
    return {**observation, "relevant-evidence": evidence} if evidence else observation


def _evidence(entry: v1.Evidence) -> Json:
    line = f":{entry.line}" if entry.line else ""
    what = f" {entry.attribute}={entry.value}" if entry.attribute else ""
    return {"description": visible(f"{entry.source}{line}{what} ({entry.grade})")}


def _finding(report: v1.Report, result: v1.Result, found: list[Row]) -> Json:
    state, reason = _STATES[result.status]
    status: Json = {"state": state, "reason": reason}
    if reason == "other":
        status["remarks"] = visible(f"not decided ({result.status}): {result.reason}")
    finding: Json = {
        "uuid": _uuid("finding", f"{report.target.id}\0{result.id}"),
        "title": visible(title_of(result)) or visible(result.id),
        "description": prose(result.expected) or visible(result.title) or "-",
        "props": [_prop("status", result.status), _prop("severity", result.severity)],
        "target": {"type": "objective-id", "target-id": _token(result.id), "status": status},
        "related-observations": [
            {"observation-uuid": _uuid("observation", _key(report, row))} for row in found
        ],
    }
    risks = [row for row in found if row.outcome in {"failed", "waived"}]
    if risks:
        finding["related-risks"] = [
            {"risk-uuid": _uuid("risk", _key(report, row))} for row in risks
        ]
    return finding


def _risks(report: v1.Report, found: list[tuple[v1.Result, list[Row]]]) -> Iterator[Json]:
    accepted = acceptances(report)
    for result, found_of in found:
        for row in found_of:
            if row.outcome in {"failed", "waived"}:
                yield _risk(report, result, row, accepted.get(row.fingerprint))


def _risk(report: v1.Report, result: v1.Result, row: Row, accepted: v1.Accepted | None) -> Json:
    waived = row.outcome == "waived"
    risk: Json = {
        "uuid": _uuid("risk", _key(report, row)),
        "title": visible(f"{result.id} {row.title}: {row.subject}") or "-",
        "description": visible(row.detail) or "-",
        "statement": prose(result.rationale) or "-",
        "props": [_prop("severity", result.severity)],
        "status": "deviation-approved" if waived else "open",
        "related-observations": [{"observation-uuid": _uuid("observation", _key(report, row))}],
    }
    if accepted is None:
        return risk
    names = {
        "owner": accepted.owner,
        "approver": accepted.approver,
        "ticket": accepted.ticket,
        "reason": accepted.reason,
    }
    risk["props"] += [_prop(name, value) for name, value in names.items() if value.strip()]
    day = _day(accepted.expires)
    return {**risk, "deadline": f"{day}T23:59:59Z"} if day else risk


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _prop(name: str, value: str) -> Json:
    return {"name": name, "ns": "urn:pbx-auditor", "value": visible(value).strip() or "-"}


def _token(text: str) -> str:
    """Return an id in the form that OSCAL calls a token."""
    safe = re.sub(r"[^\w.-]", "_", text)
    return safe if re.match(r"[^\W\d]", safe) else f"_{safe}"


def _subject(report: v1.Report, row: Row) -> str:
    seen = row.observation
    identifier = f"{seen.subject_kind}\0{seen.subject_id}" if seen else ""
    return _uuid("subject", f"{report.target.id}\0{identifier}")


def _key(report: v1.Report, row: Row) -> str:
    return f"{report.target.id}\0{row.fingerprint}"


def _uuid(kind: str, name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{kind}\0{name}".encode("utf-8", "replace").decode()))

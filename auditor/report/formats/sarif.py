"""SARIF 2.1.0 (errata 01) in two flavours: complete, and what GitHub code scanning takes.

GitHub opens an alert for every result, ignores suppressions, refuses a whole file if one result
has no place, and closes alerts whose result is gone. So its flavour holds violations that nobody
accepted, and one result for each control that could not be decided: such a control must not close
its alerts and look fine. A run that did not reach its target says `executionSuccessful: false`,
and GitHub refuses it.

Compared with a baseline, each violation says what became of it (`baselineState`), as far as that
can be compared. What was fixed is in the complete flavour only, as `absent`: GitHub would open an
alert.
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from auditor.errors import ExitCode
from auditor.report import v1
from auditor.report.compare import Comparison, Drift, DriftEntry
from auditor.report.flat_findings import Row, acceptances, rows, rows_of, undecided
from auditor.report.prose import title_of
from auditor.report.text import prose, visible

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
GITHUB_RESULTS: Final = 25_000
_LEVELS: Final = {"critical": "error", "high": "error", "medium": "warning"}
_SECURITY: Final = {"critical": "9.5", "high": "8.0", "medium": "5.0", "low": "2.0"}
_PRECISION: Final = {"high": "high", "medium": "medium", "low": "low"}
_KINDS: Final = {
    "passed": "pass",
    "failed": "fail",
    "waived": "fail",
    "not-applicable": "notApplicable",
    "manual": "review",
    "unknown": "open",
    "error": "open",
}
_STATES: Final = {
    Drift.NEW: "new",
    Drift.UNCHANGED: "unchanged",
    Drift.CHANGED: "updated",
}
_FINGERPRINT: Final = "pbxAuditorFinding/v1"
_GUID: Final = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
)
_BROKEN: Final = frozenset(
    {ExitCode.UNREACHABLE, ExitCode.INTERNAL, ExitCode.INTERRUPTED, ExitCode.TERMINATED}
)

Json = dict[str, Any]


def render(report: v1.Report, comparison: Comparison | None = None) -> bytes:
    """Return everything: passes, accepted risks as suppressions, and what is open."""
    accepted = acceptances(report)
    results = [_complete(report, row, accepted.get(row.fingerprint)) for row in rows(report)]
    entries = comparison.entries if comparison else []
    _state(results, entries)
    results += [_absent(report, entry) for entry in entries if entry.change is Drift.FIXED]
    return _write(report, results, [], comparison)


def render_github(report: v1.Report, comparison: Comparison | None = None) -> bytes:
    """Return what GitHub may open alerts for; see the top of this module."""
    results = [_alert(report, row) for row in _github_rows(report)]
    _state(results, comparison.entries if comparison else [])
    notes = []
    if len(results) > GITHUB_RESULTS:
        cut = len(results) - GITHUB_RESULTS
        notes.append(_notification(f"{cut} results are left out: GitHub takes {GITHUB_RESULTS}"))
    return _write(report, results[:GITHUB_RESULTS], notes, comparison)


def _github_rows(report: v1.Report) -> Iterator[Row]:
    """Yield rows for alerts, most severe first, so that a cut takes the least."""
    order = ["critical", "high", "medium", "low", "info"]
    found = [row for row in rows(report) if row.outcome == "failed"]
    yield from sorted(
        found, key=lambda r: order.index(r.result.severity) if r.result.severity in order else 9
    )
    for result in undecided(report):
        yield next(row for row in rows_of(result) if row.outcome not in {"passed", "waived"})


def _state(results: list[Json], entries: list[DriftEntry]) -> None:
    """Write into each violation what became of it; no other row is in a baseline."""
    known = {entry.fingerprint: entry for entry in entries}
    for result in results:
        entry = known.get(result["partialFingerprints"][_FINGERPRINT])
        if entry is None:
            continue
        if entry.change in _STATES:
            result["baselineState"] = _STATES[entry.change]
        if entry.note:
            result.setdefault("properties", {})["baselineNote"] = visible(entry.note)


def _absent(report: v1.Report, entry: DriftEntry) -> Json:
    """Return a violation of the baseline that was fixed."""
    return {
        "ruleId": visible(entry.rule),
        "kind": "fail",
        "level": _LEVELS.get(entry.severity, "note"),
        "message": {"text": visible(f"{entry.title}. {entry.subject}: {entry.detail}", 1_000)},
        "locations": [{"physicalLocation": _place(report.target.id, 1)}],
        "partialFingerprints": _fingerprints(entry.fingerprint),
        "baselineState": "absent",
    }


def _write(
    report: v1.Report, results: list[Json], notes: list[Json], comparison: Comparison | None
) -> bytes:
    code = report.summary.exit_code
    invocation = {
        "executionSuccessful": code not in _BROKEN,
        "exitCode": code,
        "exitCodeDescription": visible("; ".join(report.summary.reasons), 2_000),
        "startTimeUtc": report.run.started.replace("+00:00", "Z"),
        "toolExecutionNotifications": [*notes, *_notifications(report)],
    }
    run = {
        "tool": {"driver": _driver(report)},
        "invocations": [invocation],
        "automationDetails": {
            "id": f"innovaphone/{quote(visible(report.target.id), safe='')}/",
            **_guid("guid", report.run.id),
        },
        **(_guid("baselineGuid", comparison.earlier_run) if comparison else {}),
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return (json.dumps(log, indent=1, ensure_ascii=False) + "\n").encode()


def _guid(name: str, run: str) -> Json:
    """Return the id of a run as a property, if it has the form that SARIF wants."""
    return {name: run} if _GUID.fullmatch(run) else {}


def _driver(report: v1.Report) -> Json:
    tool = report.tool
    return {
        "name": visible(tool.name),
        "version": visible(tool.version),
        "rules": [_rule(result) for result in report.results],
        "properties": {"rulesDigest": visible(tool.rules_digest)},
    }


def _rule(result: v1.Result) -> Json:
    fix = result.remediation
    text = f"{prose(fix.text)}\n\nWhere: {visible(fix.ui_path)}\n\nUndo: {prose(fix.undo)}"
    properties: Json = {
        "tags": ["security", visible(result.area)],
        "precision": _PRECISION.get(result.confidence, "medium"),
        "version": result.version,
        "mappings": {visible(k): [visible(c) for c in v] for k, v in result.mappings.items()},
    }
    if result.severity in _SECURITY:
        properties["security-severity"] = _SECURITY[result.severity]
    return {
        "id": visible(result.id),
        "shortDescription": {"text": visible(result.title)},
        "fullDescription": {"text": prose(result.rationale) or visible(result.title)},
        "help": {"text": text},
        "defaultConfiguration": {"level": _LEVELS.get(result.severity, "note")},
        "properties": properties,
    }


def _complete(report: v1.Report, row: Row, accepted: v1.Accepted | None) -> Json:
    kind = _KINDS[row.outcome]
    result = _result(report, row)
    result["kind"] = kind
    result["level"] = _LEVELS.get(row.result.severity, "note") if kind == "fail" else "none"
    result["properties"] = {"outcome": row.outcome, "controlStatus": row.result.status}
    if row.observation and row.observation.waiver_note:
        result["properties"]["waiverNote"] = visible(row.observation.waiver_note)
    if row.outcome == "waived":
        result["suppressions"] = [_suppression(accepted)]
    elif kind == "fail":
        result["suppressions"] = []
    return result


def _suppression(accepted: v1.Accepted | None) -> Json:
    suppression: Json = {"kind": "external", "status": "accepted"}
    if accepted is not None:
        suppression["justification"] = prose(accepted.reason)
        suppression["properties"] = {
            "owner": visible(accepted.owner),
            "approver": visible(accepted.approver),
            "ticket": visible(accepted.ticket),
            "expires": visible(accepted.expires),
        }
    return suppression


def _alert(report: v1.Report, row: Row) -> Json:
    result = _result(report, row)
    if row.outcome == "failed":
        result["level"] = _LEVELS.get(row.result.severity, "note")
        return result
    result["level"] = "warning"
    return result


def _result(report: v1.Report, row: Row) -> Json:
    return {
        "ruleId": visible(row.result.id),
        "message": {"text": visible(row.statement, 1_000)},
        "locations": [_location(report, row)],
        "partialFingerprints": _fingerprints(row.fingerprint),
    }


def _fingerprints(whole: str) -> Json:
    short = whole if whole.startswith("control:") else whole[:16]
    return {_FINGERPRINT: whole, "primaryLocationLineHash": f"{short}:1"}


def _location(report: v1.Report, row: Row) -> Json:
    """Return the document that shows it, relative and the same in every run, and the object."""
    seen = row.observation
    first = seen.evidence[0] if seen and seen.evidence else None
    source = first.source if first and first.source else report.target.id
    line = first.line if first and first.line and first.line > 0 else 1
    location: Json = {"physicalLocation": _place(source, line)}
    if seen is not None:
        parts = (report.target.id, seen.subject_kind, seen.subject_id)
        name = "/".join(quote(visible(part), safe=" :") for part in parts)
        logical = {"name": visible(seen.subject), "fullyQualifiedName": name, "kind": "object"}
        location["logicalLocations"] = [logical]
    return location


def _place(source: str, line: int) -> Json:
    return {"artifactLocation": {"uri": _relative(source)}, "region": {"startLine": line}}


def _relative(source: str) -> str:
    """Return a relative reference without steps up, schemes or empty parts."""
    kept = [part for part in source.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    return "/".join(quote(part.encode("utf-8", "replace"), safe="") for part in kept) or "evidence"


def _notifications(report: v1.Report) -> Iterator[Json]:
    for result in undecided(report):
        reason = f": {result.reason}" if result.reason else ""
        text = f"{result.id}: {title_of(result)}{reason}"
        yield {**_notification(text), "associatedRule": {"id": visible(result.id)}}
    for gap in report.gaps:
        yield _notification(f"{gap.area} was not read whole: {gap.reason}")


def _notification(text: str) -> Json:
    return {"level": "warning", "message": {"text": visible(text, 1_000)}}

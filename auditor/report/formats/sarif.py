"""SARIF 2.1.0 (errata 01) in two flavours: complete, and what GitHub code scanning takes.

GitHub opens an alert for every result, ignores suppressions, refuses a whole file if one result
has no place, and closes alerts whose result is gone. So its flavour holds violations that nobody
accepted, and whatever could not be decided, subject by subject: what nobody looked at must not
close its alert and look fine. GitHub shows 5,000 results of a run; of more, each control says how
many violations it has beside those that are shown.

A run that did not read its target says `executionSuccessful: false` and why, whatever else it
found. Nothing documents what GitHub does with such a file, so it is not to be uploaded: see
docs/ci/README.md.

Compared with a baseline, each violation says what became of it (`baselineState`), as far as that
can be compared. What was fixed is in the complete flavour only, as `absent`: GitHub would open an
alert.
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import quote

from auditor.errors import ExitCode
from auditor.messages.both import Both
from auditor.messages.message import say
from auditor.report.compare import Comparison, DriftEntry, ViolationChange
from auditor.report.flat_findings import Row, acceptances, rows, undecided
from auditor.report.formats.sarif_places import Places
from auditor.report.prose import german_of, remedy_of, title_of
from auditor.report.schema import v1
from auditor.report.single_language import Telling
from auditor.report.text import prose, visible

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
GITHUB_RESULTS: Final = 5_000
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
_OPEN: Final = frozenset({"failed", "unknown", "error", "manual"})
_SEVERITIES: Final = ("critical", "high", "medium", "low", "info")
_STATES: Final = {
    ViolationChange.NEW: "new",
    ViolationChange.UNCHANGED: "unchanged",
    ViolationChange.CHANGED: "updated",
}
_FINGERPRINT: Final = "pbxAuditorFinding/v1"
_GUID: Final = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
)
# Of runs whose report does not say how reading ended.
_BROKEN: Final = frozenset(
    {ExitCode.UNREACHABLE, ExitCode.INTERNAL, ExitCode.INTERRUPTED, ExitCode.TERMINATED}
)

Json = dict[str, Any]


def render(report: v1.Report, comparison: Comparison | None = None) -> bytes:
    """Return everything: passes, accepted risks as suppressions, and what is open."""
    accepted, places = acceptances(report), Places(report)
    results = [_complete(places, row, accepted.get(row.fingerprint)) for row in rows(report)]
    entries = comparison.entries if comparison else []
    _state(results, entries)
    results += [
        _absent(places, entry) for entry in entries if entry.change is ViolationChange.FIXED
    ]
    return _write(report, results, [], comparison)


def render_github(report: v1.Report, comparison: Comparison | None = None) -> bytes:
    """Return what GitHub may open alerts for; see the top of this module."""
    places = Places(report)
    shown, left_out = _within(_github_rows(report))
    results = [_alert(places, row) for row in shown]
    cut_short = [one for one in report.results if left_out[one.id]]
    results += [_others(places, one, left_out[one.id]) for one in cut_short]
    _state(results, comparison.entries if comparison else [])
    notes = []
    if cut := left_out.total():
        text = f"{cut} results are left out: GitHub shows {GITHUB_RESULTS} of a run"
        notes.append(_notification(text))
    return _write(report, results, notes, comparison)


def _github_rows(report: v1.Report) -> list[Row]:
    """Return rows for alerts, most severe first, so that a cut takes the least."""
    found = [row for row in rows(report) if row.outcome in _OPEN]
    return sorted(found, key=_urgency)


def _urgency(row: Row) -> tuple[int, bool]:
    severity = row.result.severity
    rank = _SEVERITIES.index(severity) if severity in _SEVERITIES else len(_SEVERITIES)
    return rank, row.outcome != "failed"


def _within(found: Sequence[Row]) -> tuple[Sequence[Row], Counter[str]]:
    """Return the rows that GitHub shows, and how many of each control are left out."""
    if len(found) <= GITHUB_RESULTS:
        return found, Counter()
    controls = len({row.result.id for row in found})
    room = GITHUB_RESULTS - len({row.result.id for row in found[GITHUB_RESULTS - controls :]})
    return found[:room], Counter(row.result.id for row in found[room:])


def _others(places: Places, result: v1.Result, number: int) -> Json:
    """Return the one alert for what a control found beside the results that are shown."""
    row = Row(result, None, result.status)
    alert = _alert(places, row)
    text = f"{number} more findings of this control are not listed here: see the full report"
    alert["message"] = {"text": text}
    alert["partialFingerprints"] = _fingerprints(places, f"control:{visible(result.id)}:more")
    return alert


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


def _absent(places: Places, entry: DriftEntry) -> Json:
    """Return a violation of the baseline that was fixed."""
    return {
        "ruleId": visible(entry.rule),
        "kind": "fail",
        "level": _LEVELS.get(entry.severity, "note"),
        "message": {"text": visible(_gone(places, entry), 1_000)},
        "locations": [places.whole],
        "partialFingerprints": _fingerprints(places, entry.fingerprint),
        "baselineState": "absent",
    }


def _gone(places: Places, entry: DriftEntry) -> str:
    """Return what was violated before, as the message of a result says it."""
    telling = places.telling
    title, subject = telling.text(entry.title), telling.label(entry.subject)
    return f"{title}. {subject}: {telling.told(entry.detail)}"


def _write(
    report: v1.Report, results: list[Json], notes: list[Json], comparison: Comparison | None
) -> bytes:
    code = report.summary.exit_code
    invocation = {
        "executionSuccessful": _is_read(report),
        "exitCode": code,
        "exitCodeDescription": visible("; ".join(report.summary.reasons), 2_000),
        "startTimeUtc": report.run.started.replace("+00:00", "Z"),
        "toolExecutionNotifications": [*notes, *_notifications(report)],
    }
    telling = Telling(report)
    run = {
        "language": telling.language,
        "tool": {"driver": _driver(report, telling)},
        "invocations": [invocation],
        "automationDetails": {
            "id": f"innovaphone/{quote(visible(report.target.id), safe='')}/",
            **_guid("guid", report.run.id),
        },
        "originalUriBaseIds": Places(report).bases,
        **(_guid("baselineGuid", comparison.earlier_run) if comparison else {}),
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return (json.dumps(log, indent=1, ensure_ascii=False) + "\n").encode()


def _is_read(report: v1.Report) -> bool:
    """Return whether a result that is missing is gone, and not just unseen."""
    return report.run.ended == "complete" and report.summary.exit_code not in _BROKEN


def _guid(name: str, run: str) -> Json:
    """Return the id of a run as a property, if it has the form that SARIF wants."""
    return {name: run} if _GUID.fullmatch(run) else {}


def _driver(report: v1.Report, telling: Telling) -> Json:
    tool = report.tool
    return {
        "name": visible(tool.name),
        "version": visible(tool.version),
        "rules": [_rule(result, telling) for result in report.results],
        "properties": {"rulesDigest": visible(tool.rules_digest)},
    }


def _rule(result: v1.Result, telling: Telling) -> Json:
    fix, title = remedy_of(result), visible(telling.text(title_of(result, "passed")))
    rationale = telling.text(Both(result.rationale, german_of(result).rationale))
    where = f"{telling.text(say('Where'))}: {visible(telling.text(fix.menu))}"
    undo = f"{telling.text(say('Undo'))}: {prose(telling.text(fix.undo))}"
    text = f"{prose(telling.text(fix.fix))}\n\n{where}\n\n{undo}"
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
        "shortDescription": {"text": title},
        "fullDescription": {"text": prose(rationale) or title},
        "help": {"text": text},
        "defaultConfiguration": {"level": _LEVELS.get(result.severity, "note")},
        "properties": properties,
    }


def _complete(places: Places, row: Row, accepted: v1.Accepted | None) -> Json:
    kind = _KINDS[row.outcome]
    result = _result(places, row)
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


def _alert(places: Places, row: Row) -> Json:
    result = _result(places, row)
    region = result["locations"][0]["physicalLocation"]["region"]
    # GitHub wants all four; where the line ends is not known.
    region.update(startColumn=1, endLine=region["startLine"], endColumn=2)
    if row.outcome == "failed":
        result["level"] = _LEVELS.get(row.result.severity, "note")
        return result
    result["level"] = "warning"
    return result


def _result(places: Places, row: Row) -> Json:
    return {
        "ruleId": visible(row.result.id),
        "message": {"text": visible(places.telling.statement(row), 1_000)},
        "locations": [places.of(row)],
        "partialFingerprints": _fingerprints(places, row.fingerprint),
    }


def _fingerprints(places: Places, whole: str) -> Json:
    """Return what identifies a result; GitHub goes by the second, which has the PBX in it, too.

    Several PBXs can have one site file, and each of them its alert about a control as a whole.
    """
    short = whole
    if whole.startswith("control:"):
        short = hashlib.sha256(f"{places.target_id}\0{whole}".encode()).hexdigest()
    return {_FINGERPRINT: whole, "primaryLocationLineHash": f"{short[:16]}:1"}


def _notifications(report: v1.Report) -> Iterator[Json]:
    if not _is_read(report):
        why = "; ".join(report.summary.reasons) or report.summary.sentence
        text = f"The target was not read, so nothing says that a finding is gone: {why}"
        yield {**_notification(text), "level": "error"}
    for result in undecided(report):
        reason = f": {result.reason}" if result.reason else ""
        text = f"{result.id}: {title_of(result)}{reason}"
        yield {**_notification(text), "associatedRule": {"id": visible(result.id)}}
    for gap in report.gaps:
        yield _notification(f"{gap.area} was not read whole: {gap.reason}")


def _notification(text: str) -> Json:
    return {"level": "warning", "message": {"text": visible(text, 1_000)}}

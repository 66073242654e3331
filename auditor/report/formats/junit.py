"""JUnit XML as GitLab and Jenkins read it: one test case per control, or per object.

Both tell test cases apart by class name and name; of two with the same, GitLab drops one.
https://docs.gitlab.com/ci/testing/unit_test_reports
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, TypeAlias
from xml.etree.ElementTree import Element, SubElement, tostring

from auditor.errors import ExitCode
from auditor.messages.labels import word
from auditor.messages.message import Message
from auditor.report import v1
from auditor.report.accepted import expiring
from auditor.report.flat_findings import Row, acceptances, rows_of
from auditor.report.prose import title_of
from auditor.report.sentences import Sentences
from auditor.report.text import prose, visible

_LISTED: Final = 50
_MESSAGE: Final = 600
_FINGERPRINT: Final = 12
_SECONDS: Final = len("2026-11-22T21:04:09")
_ELEMENTS: Final = {
    "failed": "failure",
    "unknown": "error",
    "error": "error",
    "waived": "skipped",
    "not-applicable": "skipped",
    "manual": "skipped",
}


Per = Literal["rule", "object"]
# Accepted violations by fingerprint, and by their place the waivers that end soon.
_Waivers: TypeAlias = "tuple[dict[str, v1.Accepted], dict[str, Message]]"


def render(report: v1.Report, per: Per = "rule") -> bytes:
    """Return the report as JUnit XML in UTF-8."""
    suite = Element("testsuite", name=visible(report.target.name) or "pbx")
    properties = SubElement(suite, "properties")
    for name, value in _properties(report):
        SubElement(properties, "property", name=name, value=visible(value))
    accepted = acceptances(report)
    ends = {one.waiver.place: one.text for one in expiring(report)}
    sentences = Sentences(report)
    for result in report.results:
        found = list(rows_of(result, sentences))
        for case in _cases(report.target.name, result, found, per, (accepted, ends)):
            suite.append(case)
    nothing = not report.results and report.summary.exit_code == ExitCode.UNREACHABLE
    if nothing or report.run.ended == "unreached":
        suite.append(_nothing_read(report))
    _warn(suite, report)
    for name, value in _attributes(report, suite).items():
        suite.set(name, value)
    root = Element("testsuites")
    root.append(suite)
    content: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return content + b"\n"


def _warn(suite: Element, report: v1.Report) -> None:
    """Say which waivers end soon; JUnit knows no warnings, and these fail nothing."""
    lines = [
        f"warning: {one.waiver.rule} {one.waiver.value} ({one.waiver.place}): {one.text}"
        for one in expiring(report)
    ]
    if lines:
        SubElement(suite, "system-err").text = "\n".join(map(visible, lines))


def _attributes(report: v1.Report, suite: Element) -> dict[str, str]:
    return {
        "tests": str(len(suite.findall("testcase"))),
        "failures": str(len(suite.findall("testcase/failure"))),
        "errors": str(len(suite.findall("testcase/error"))),
        "skipped": str(len(suite.findall("testcase/skipped"))),
        "time": "0",
        "timestamp": visible(report.run.started)[:_SECONDS],
        "hostname": visible(report.target.address) or visible(report.target.id),
    }


def _properties(report: v1.Report) -> Iterator[tuple[str, str]]:
    yield "tool", f"{report.tool.name} {report.tool.version}"
    yield "rules", report.tool.rules_digest
    yield "profile", report.run.profile
    yield "target", report.target.id
    yield "verdict", report.summary.verdict
    yield "exit-code", str(report.summary.exit_code)
    yield "summary", report.summary.sentence


def _cases(
    target: str, result: v1.Result, found: Sequence[Row], per: Per, waivers: _Waivers
) -> Iterator[Element]:
    classname = f"{visible(target) or 'pbx'}.{visible(result.area)}"
    if per == "rule":
        name = f"{visible(result.id)} {visible(result.title)}"
        case = Element("testcase", classname=classname, name=name, time="0")
        _judge(case, result.status, result, [row for row in found if row.outcome != "passed"])
        _note_waivers(case, found, waivers)
        yield case
        return
    for row in found:
        case = Element("testcase", classname=classname, name=_name(row), time="0")
        _judge(case, row.outcome, result, [row])
        _note_waivers(case, [row], waivers)
        yield case


def _nothing_read(report: v1.Report) -> Element:
    """Return the error of a run without controls, so that nobody takes it for one that passed."""
    name = visible(report.target.name) or "pbx"
    case = Element("testcase", classname=f"{name}.box", name="the PBX is read", time="0")
    reasons = [gap.reason for gap in report.gaps] or [report.summary.sentence]
    error = SubElement(case, "error", message=f"error: {visible(reasons[0])}", type="error")
    error.text = "\n".join(
        visible(f"{gap.reason}. What to do: {gap.advice}") for gap in report.gaps
    )
    return case


def _name(row: Row) -> str:
    """Return a name that no other row has, whatever the subjects are called."""
    if row.observation is None:
        return f"{visible(row.result.id)} (the control)"
    shown = visible(row.label)
    return f"{visible(row.result.id)} {shown} [{row.fingerprint[:_FINGERPRINT]}]"


def _judge(case: Element, status: str, result: v1.Result, found: list[Row]) -> None:
    name = _ELEMENTS.get(status)
    if name is None:
        return
    detail = result.reason or next((row.detail for row in found), "")
    title = "" if detail and status == "not-applicable" else title_of(result, status)
    message = ": ".join(part for part in (word(status), title, detail) if part)
    element = SubElement(case, name, message=visible(message, _MESSAGE))
    if name == "skipped":
        return
    element.set("type", visible(result.severity) if name == "failure" else status)
    element.text = "\n".join(_lines(result, found))


def _lines(result: v1.Result, found: Iterable[Row]) -> Iterator[str]:
    listed = list(found)
    for row in listed[:_LISTED]:
        subject = f"{visible(row.label)}: " if row.label else ""
        yield f"{word(row.outcome)}: {subject}{visible(row.detail)}"
    if len(listed) > _LISTED:
        yield f"and {len(listed) - _LISTED} more, see the full report"
    yield f"Expected: {prose(result.expected)}"
    yield f"Fix: {prose(result.remediation.text)}"
    yield f"Where: {visible(result.remediation.ui_path)}"


def _note_waivers(case: Element, found: Iterable[Row], waivers: _Waivers) -> None:
    """Say who accepted what until when, so that an accepted risk is not just a skipped test."""
    accepted, ends = waivers
    skipped = case.find("skipped")
    who = [row for row in found if row.fingerprint in accepted]
    if skipped is None or not who:
        return
    first = accepted[who[0].fingerprint]
    more = f" and {len(who) - 1} more" if len(who) > 1 else ""
    words = f"until {first.expires}, {first.ticket or first.waiver}: {first.reason}"
    warning = f"; warning: {ends[first.waiver]}" if first.waiver in ends else ""
    said = f"{word('waived')} {visible(words)}{more}{visible(warning)}: {visible(who[0].title)}"
    skipped.set("message", said)
    skipped.text = visible(f"owner {first.owner}, approved by {first.approver}")

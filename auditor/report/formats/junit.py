"""JUnit XML as GitLab and Jenkins read it: one test case per control, or per object.

Both tell test cases apart by class name and name; of two with the same, GitLab drops one.
https://docs.gitlab.com/ci/testing/unit_test_reports
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal
from xml.etree.ElementTree import Element, SubElement, tostring

from auditor.errors import ExitCode
from auditor.messages.both import Both
from auditor.messages.message import Message, say
from auditor.report.accepted import expiring
from auditor.report.flat_findings import Row, acceptances, rows_of
from auditor.report.prose import german_of, reason_of, remedy_of, title_of
from auditor.report.schema import v1
from auditor.report.single_language import Telling
from auditor.report.terms import said
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


def render(report: v1.Report, per: Per = "rule") -> bytes:
    """Return the report as JUnit XML in UTF-8."""
    suite = Element("testsuite", name=visible(report.target.name) or "pbx")
    properties = SubElement(suite, "properties")
    for name, value in _properties(report):
        SubElement(properties, "property", name=name, value=visible(value))
    accepted = acceptances(report)
    ends = {one.waiver.place: one.text for one in expiring(report)}
    teller = _Teller(report, accepted, ends)
    for result in report.results:
        for case in teller.cases(result, per):
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
    telling = Telling(report)
    lines = []
    for one in expiring(report):
        place = f"{one.waiver.rule} {one.waiver.value} ({one.waiver.place})"
        what = say("{place}: {warning}", place=place, warning=one.text)
        lines.append(telling.text(say("warning: {what}", what=what)))
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
    yield "summary", Telling(report).told(report.summary.sentence)


class _Teller:
    """Makes the test cases of one report; what people read of them is in their language."""

    def __init__(
        self, report: v1.Report, accepted: Mapping[str, v1.Accepted], ends: Mapping[str, Message]
    ) -> None:
        self._report = report
        self._telling = Telling(report)
        self._accepted, self._ends = accepted, ends

    def cases(self, result: v1.Result, per: Per) -> Iterator[Element]:
        """Yield the one test case of a control, or one for each subject of it."""
        found = list(rows_of(result))
        area = f"{visible(self._report.target.name) or 'pbx'}.{visible(result.area)}"
        if per == "rule":
            name = f"{visible(result.id)} {visible(result.title)}"
            case = Element("testcase", classname=area, name=name, time="0")
            self._judge(case, result.status, result, [r for r in found if r.outcome != "passed"])
            self._note_waivers(case, found)
            yield case
            return
        for row in found:
            case = Element("testcase", classname=area, name=_name(row), time="0")
            self._judge(case, row.outcome, result, [row])
            self._note_waivers(case, [row])
            yield case

    def _text(self, value: str) -> str:
        return visible(self._telling.text(value))

    def _word(self, outcome: str) -> str:
        return self._text(said(outcome))

    def _judge(self, case: Element, status: str, result: v1.Result, found: list[Row]) -> None:
        name = _ELEMENTS.get(status)
        if name is None:
            return
        reason = self._telling.text(reason_of(result, self._telling.sentences) or "")
        detail = reason or next((self._telling.detail(row) for row in found), "")
        title = "" if detail and status == "not-applicable" else title_of(result, status)
        said_of = (self._word(status), self._telling.text(title), detail)
        message = ": ".join(part for part in said_of if part)
        element = SubElement(case, name, message=visible(message, _MESSAGE))
        if name == "skipped":
            return
        element.set("type", visible(result.severity) if name == "failure" else status)
        element.text = "\n".join(self._lines(result, found))

    def _lines(self, result: v1.Result, found: Iterable[Row]) -> Iterator[str]:
        listed = list(found)
        for row in listed[:_LISTED]:
            subject = f"{visible(self._telling.label(row.subject))}: " if row.subject else ""
            yield f"{self._word(row.outcome)}: {subject}{visible(self._telling.detail(row))}"
        if len(listed) > _LISTED:
            more = say("and {count} more, see the full report", count=len(listed) - _LISTED)
            yield self._text(more)
        expected = Both(result.expected, german_of(result).expected)
        remedy = remedy_of(result)
        yield f"{self._text(say('Expected'))}: {prose(self._telling.text(expected))}"
        yield f"{self._text(say('Fix'))}: {prose(self._telling.text(remedy.fix))}"
        yield f"{self._text(say('Where'))}: {self._text(remedy.menu)}"

    def _note_waivers(self, case: Element, found: Iterable[Row]) -> None:
        """Say who accepted what until when, so that it is not just a skipped test."""
        skipped = case.find("skipped")
        who = [row for row in found if row.fingerprint in self._accepted]
        if skipped is None or not who:
            return
        first = self._accepted[who[0].fingerprint]
        parts = [
            say("{outcome} until {day}", outcome=said("waived"), day=first.expires),
            f"{first.ticket or first.waiver}: {first.reason}",
            self._telling.text(who[0].title),
        ]
        if len(who) > 1:
            parts.append(say("and {count} more", count=len(who) - 1))
        if first.waiver in self._ends:
            parts.append(say("warning: {what}", what=self._ends[first.waiver]))
        skipped.set("message", "; ".join(map(self._text, parts)))
        skipped.text = self._text(
            say("owner {owner}, approved by {name}", owner=first.owner, name=first.approver)
        )


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
    shown = visible(row.subject)
    return f"{visible(row.result.id)} {shown} [{row.fingerprint[:_FINGERPRINT]}]"

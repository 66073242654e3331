"""`report.json` is encoded in parts; it has to be what encoding it at once would give."""

from dataclasses import replace

import pytest
from pydantic_core import to_json

from auditor.report.formats.json import render
from tests.report.factory import make_report, make_result

TRICKY = 'a "quote", a\nbreak, ä \\ and {}\r'
RESULT = make_result(title_failed=TRICKY, reason=TRICKY)
REPORTS = {
    "no result": make_report(),
    "one": make_report(RESULT),
    "several": make_report(RESULT, make_result(), make_result()),
    "no observations": make_report(replace(RESULT, observations=[])),
}


@pytest.mark.parametrize("name", REPORTS)
def test_it_is_what_encoding_the_report_at_once_gives(name):
    report = REPORTS[name]
    assert render(report) == to_json(report, indent=1) + b"\n"
    assert render(report) == render(report)


@pytest.mark.parametrize(
    "changes",
    [{"title_failed": "another"}, {"references": []}, {"translations": {}}, {"mappings": {}}],
    ids=lambda changes: next(iter(changes)),
)
def test_what_two_results_share_is_not_taken_for_the_rest(changes):
    other = replace(RESULT, **changes)
    assert other.remediation is RESULT.remediation
    for report in (make_report(RESULT, other, RESULT), make_report(other)):
        assert render(report) == to_json(report, indent=1) + b"\n"

"""`report.json` is encoded in parts; it has to be what encoding it at once would give."""

from dataclasses import replace

import pytest
from pydantic_core import to_json

from auditor.report.embedded import report_in_page
from auditor.report.formats.json import render
from auditor.report.html import html_page
from auditor.run.report_writer import write_formats
from tests.report.factory import make_report, make_result

TRICKY = 'a "quote", a\nbreak, ä \\ and {}\r'
RESULT = make_result(title_failed=TRICKY, reason=TRICKY)


def with_observations(count):
    some = [replace(RESULT.observations[0], subject=f"{TRICKY}{n}") for n in range(count)]
    return replace(RESULT, observations=some)


REPORTS = {
    "no result": make_report(),
    "one": make_report(RESULT),
    "several": make_report(RESULT, make_result(), make_result()),
    "no observations": make_report(replace(RESULT, observations=[])),
    "so many as are encoded at once": make_report(with_observations(500), RESULT),
    "more than are encoded at once": make_report(with_observations(501), with_observations(1200)),
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


@pytest.mark.parametrize(
    "formats", [["json"], ["html"], ["json", "html"], ["html", "json"], ["json", "csv"]], ids=str
)
def test_files_hold_the_same_whatever_is_written_beside_them(tmp_path, formats):
    report = REPORTS["more than are encoded at once"]
    for path in write_formats(tmp_path, formats, report):
        if path.name == "report.json":
            assert path.read_bytes() == render(report)
        elif path.name == "report.html":
            assert report_in_page(path.read_bytes()) == render(report)
            assert path.read_text(encoding="utf-8") == html_page.render(report)

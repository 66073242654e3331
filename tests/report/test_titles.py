"""A control that is shown with its outcome has the title of that outcome, in every format."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace

import pytest

from auditor.messages.languages import translated
from auditor.messages.message import say
from auditor.report.acceptance import open_points
from auditor.report.compare import baseline_of, compare
from auditor.report.explanation import explain_finding
from auditor.report.formats import csv, markdown, ocsf, oscal, terminal, terminal_changes
from auditor.report.formats import junit as junit_format
from auditor.report.formats import sarif as sarif_format
from auditor.report.formats.saved_reports import load_baseline, load_report
from auditor.report.formats.terminal_style import Look
from auditor.report.html import html_page
from auditor.report.sentences import gather
from tests.report.factory import (
    make_observation,
    make_report,
    make_result,
    make_waiver,
    with_waivers,
)

RESULT = make_result()
GERMAN = RESULT.translations["de"]
ASKED, WRONG, UNSEEN = RESULT.title, RESULT.title_failed, RESULT.title_unknown
TITLES = {
    "failed": WRONG,
    "waived": WRONG,
    "unknown": UNSEEN,
    "error": UNSEEN,
    "manual": UNSEEN,
    "passed": ASKED,
    "not-applicable": ASKED,
}
IN_GERMAN = {
    ASKED: GERMAN.title,
    WRONG: GERMAN.title_failed,
    UNSEEN: GERMAN.title_unknown,
}


def report_of(status: str):
    """Return a report of one control that came to this, and what it looked at."""
    verdict = {"passed": "compliant", "failed": "violated", "waived": "violated"}
    seen = make_observation(verdict=verdict.get(status, "undetermined"), waived=status == "waived")
    found = [] if status in {"not-applicable", "error", "manual"} else [seen]
    return make_report(make_result(status=status, observations=found))


def sarif(report):
    """Return the messages of results and notes, without the descriptions of rules."""
    run = json.loads(sarif_format.render(report))["runs"][0]
    notes = run["invocations"][0]["toolExecutionNotifications"]
    return json.dumps([run["results"], notes])


def junit(report):
    """Return the results of test cases, whose names stay the same."""
    return re.sub(r'name="[^"]*"', "", junit_format.render(report).decode())


FORMATS = {
    "terminal": lambda report: terminal.render(report, Look(width=300)),
    "html": html_page.render,
    "csv": lambda report: csv.render_findings(report).decode(),
    "markdown": lambda report: markdown.render(report).decode(),
    "sarif": sarif,
    "junit": junit,
    "ocsf": lambda report: ocsf.render(report).decode(),
    "oscal": lambda report: json.dumps(
        [
            found["title"]
            for found in json.loads(oscal.render(report))["assessment-results"]["results"][0].get(
                "findings", []
            )
        ]
    ),
}
# What lists only what somebody has to do, or says nothing of what is fine.
SILENT = {
    ("terminal", "passed"),
    ("terminal", "not-applicable"),
    ("markdown", "passed"),
    ("markdown", "not-applicable"),
    ("junit", "passed"),
    ("oscal", "not-applicable"),
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("status", TITLES)
def test_each_format_shows_the_title_of_the_outcome_and_no_other(name, status):
    written = shown_by(name, report_of(status))
    titles = {title for title in set(TITLES.values()) if title in written}
    assert titles == (set() if (name, status) in SILENT else {TITLES[status]})


def shown_by(name, report):
    """Return what a format writes, without the report that a page carries."""
    return re.sub(r"<script.*?</script>", "", FORMATS[name](report), flags=re.DOTALL)


@pytest.mark.parametrize("status", TITLES)
def test_a_page_shows_it_in_german_too(status):
    page = shown_by("html", report_of(status))
    assert {german for german in IN_GERMAN.values() if german in page} == {
        IN_GERMAN[TITLES[status]]
    }


@pytest.mark.parametrize("status", ["failed", "unknown", "error", "manual"])
def test_an_open_point_says_what_is_open(status):
    (point,) = open_points(report_of(status).results)
    assert point.title == TITLES[status]
    assert translated(point.title, "de") == IN_GERMAN[TITLES[status]]


def test_a_test_case_has_the_same_name_in_every_run():
    names = {
        re.search(r'<testcase [^>]*\bname="([^"]*)"', junit_format.render(report_of(s)).decode())[1]
        for s in TITLES
    }
    assert names == {f"HD-05 {ASKED}"}


def test_an_accepted_risk_is_named_in_a_skipped_test():
    accepted = with_waivers(make_report(make_result(status="waived")), make_waiver())
    assert WRONG in junit(accepted)


@pytest.mark.parametrize("verdict", ["violated", "undetermined", "compliant"])
def test_a_subject_has_the_title_of_what_was_found_about_it(verdict):
    """A control may fail for one subject, and be fine or open for another."""
    status = {"violated": "failed", "undetermined": "unknown", "compliant": "passed"}[verdict]
    others = [make_observation("other"), make_observation(verdict=verdict, fingerprint="f" * 64)]
    report = make_report(make_result(observations=others))
    rows = csv.render_findings(report).decode("utf-8-sig").splitlines()
    assert TITLES[status] in next(row for row in rows if "f" * 64 in row)
    assert TITLES[status] in explain_finding(report, "f" * 64, 300)


def test_what_was_fixed_is_named_by_what_was_wrong():
    """The control may be violated by another subject, so that nothing is as it should be yet."""
    comparison = compare(baseline_of(report_of("failed")), report_of("passed"))
    text = terminal_changes.render(comparison, Look(width=300), report=report_of("passed"))
    assert WRONG in text
    assert ASKED not in text


def test_changes_have_it_in_the_language_of_the_reader():
    report = report_of("failed")
    compared = compare(baseline_of(make_report()), report)
    assert compared.entries
    shown = terminal_changes.render(compared, Look(width=300, language="de"), report=report)
    assert GERMAN.title_failed in shown
    assert WRONG not in shown


@pytest.fixture
def earlier(tmp_path):
    """Return a report as programs wrote it before there were titles for outcomes."""
    content = asdict(report_of("failed"))
    for one in (*content["results"], *(r["translations"]["de"] for r in content["results"])):
        del one["title_failed"], one["title_unknown"]
    path = tmp_path / "report.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_report_of_before_is_read_and_does_not_praise_what_failed(earlier):
    report = load_report(earlier)
    for name in FORMATS:
        written = shown_by(name, report)
        assert WRONG not in written
        shown = [m.start() for m in re.finditer(re.escape(ASKED), written)]
        assert all(written[at - 2 : at] == ": " for at in shown), name
    assert f": {GERMAN.title}" in shown_by("html", report)


def test_a_baseline_of_before_is_compared_with(earlier, tmp_path):
    content = asdict(baseline_of(load_report(earlier)))
    for one in content["controls"]:
        del one["title_failed"], one["title_unknown"]
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    later = make_report(replace(make_result(status="passed")))
    (entry,) = compare(load_baseline(path), later).entries
    assert entry.title == WRONG


def test_a_name_that_we_gave_begins_a_line_with_a_capital_and_one_of_the_pbx_does_not():
    ours = say("no call filter, {users}", users="lobby")
    found = [
        make_observation(subject=str(ours), subject_kind="filter"),
        make_observation(subject="lobby (Lobby)"),
    ]
    made = gather((), (ours,))
    report = make_report(make_result(observations=found))
    report = replace(report, templates=made.templates, sentences=made.sentences)
    texts = [
        markdown.render(report).decode(),
        junit_format.render(report).decode(),
        sarif_format.render(report).decode(),
    ]
    for text in texts:
        assert "No call filter, lobby: The effective" in text
        assert "lobby (Lobby): The effective" in text

"""The history of a PBX in its report: in words, escaped, and never cut off without saying so."""

from __future__ import annotations

from dataclasses import replace

from auditor.report.formats import json as report_json
from auditor.report.formats.saved_reports import load_report
from auditor.report.html import html_page
from auditor.report.html.timeline import CHANGES, story
from auditor.report.schema.v1past import Past, PastChange, Repaired
from tests.report.factory import make_report, make_result

HOSTILE = "<img src=x onerror=owned()>\u202e" + "W" * 500


def change(number, **more):
    known = {"run": number, "day": "2026-03-02", "control": "HD-01", "severity": "high"}
    stood = {"subject": "anna", "before": "failed", "after": "fixed", "cause": "pbx", "also": []}
    return PastChange(**{**known, **stood, **more})


def repaired(**more):
    days = {"first_seen": "2026-03-01", "reopened": "", "fixed": "2026-03-09", "days": 8}
    known = {"control": "HD-01", "severity": "high", "subject": "anna", "is_gone": False}
    return Repaired(**{**known, **days, **more})


def a_report(*changes, fixed=()):
    past = Past("2026-03-01", 9, list(changes), list(fixed), 8 if fixed else None)
    return replace(make_report(make_result("HD-01", "passed")), past=past)


def shown(report):
    return html_page.render(report).partition('<section id="past"')[2].partition("</section>")[0]


def test_a_single_audit_has_none():
    assert shown(make_report(make_result("HD-01", "passed"))) == ""


def test_the_newest_change_comes_first_and_a_control_that_is_gone_is_no_link():
    part = shown(a_report(change(1), change(2, control="XY-01"), fixed=[repaired()]))
    assert part.index("XY-01") < part.index("HD-01")
    assert 'href="#control-HD-01"' in part
    assert 'href="#control-XY-01"' not in part


def test_of_one_night_the_worst_comes_first():
    one_night = [
        change(3, control=name, severity=severity)
        for name, severity in (
            ("AA-01", "low"),
            ("BB-01", "critical"),
            ("CC-01", "later"),
            ("DD-01", "critical"),
        )
    ]
    found = story(a_report(change(2, control="ZZ-01", severity="critical"), *one_night))
    assert [one.control for one in found.changes] == [
        "BB-01", "DD-01", "AA-01", "CC-01", "ZZ-01",
    ]  # fmt: skip


def test_of_what_was_fixed_the_latest_comes_first_and_of_one_day_the_worst():
    fixed = [
        repaired(control=name, severity=severity, fixed=day)
        for name, severity, day in (
            ("AA-01", "critical", "2026-03-08"),
            ("BB-01", "low", "2026-03-09"),
            ("CC-01", "high", "2026-03-09"),
        )
    ]
    found = story(a_report(fixed=fixed))
    assert [one.control for one in found.repaired] == ["CC-01", "BB-01", "AA-01"]


def test_values_of_later_programs_and_hostile_names_are_text():
    report = a_report(
        change(1, subject=HOSTILE, before="better", after=HOSTILE, cause=HOSTILE),
        fixed=[repaired(subject=HOSTILE, control=HOSTILE)],
    )
    part = shown(report)
    assert "<img" not in part
    assert "\u202e" not in part
    assert "better" in part


def test_what_two_properties_of_a_subject_did_in_one_run_is_told_once():
    found = story(a_report(change(1), change(1), change(2), change(2, subject="bert")))
    assert [one.subject for one in found.changes] == ["anna", "bert", "anna"]


def test_many_changes_are_counted_where_they_are_cut_off():
    found = story(a_report(*(change(number) for number in range(CHANGES + 7))))
    assert (len(found.changes), found.more_changes) == (CHANGES, 7)


def test_it_is_read_back(tmp_path):
    report = a_report(change(1), fixed=[repaired()])
    path = tmp_path / "report.json"
    path.write_bytes(report_json.render(report))
    assert load_report(path) == report

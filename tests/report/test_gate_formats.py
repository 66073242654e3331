"""The formats for programs: valid by the official schema, complete, and inert."""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from markdown_it import MarkdownIt

from auditor.report.compare import baseline_of, compare
from auditor.report.flat_findings import rows
from auditor.report.formats import csv as csv_format
from auditor.report.formats import junit, markdown, ocsf, oscal, sarif
from auditor.report.schema import v1, v1sources
from tests.report.factory import (
    ACCEPTED,
    make_evidence,
    make_large_report,
    make_observation,
    make_report,
    make_result,
    poisoned,
)

SCHEMAS = Path(__file__).parents[1] / "schemas"
CLOSED = {
    "schema_version", "verdict", "status", "started", "severity", "fingerprint", "automation",
    "confidence", "incomplete", "state", "expires", "grade",
}  # fmt: skip
HOSTILE = [
    "=cmd|' /C calc'!A0",
    '"><script>alert(1)</script>',
    "]]></failure><testcase/>",
    "@everyone see https://evil.example/ and #1 `code` | cell ![i](http://x/y.png)",
    "\x00\x1b[31m\ufffe\ud800 \u202e",
    "a\r\n## heading\r\n=1+1",
    "../../etc/passwd\\..\\x",
    "file:///etc/passwd?x#y",
    " ; =1+1",
]


def mixed():
    """Return a report with every outcome."""
    waived = make_observation("goetz", waived=True, fingerprint=ACCEPTED.fingerprint)
    return make_report(
        make_result("HD-01", "failed", severity="critical"),
        make_result("HD-02", "unknown", severity="high"),
        make_result("HD-03", "error", observations=[], reason="the check crashed"),
        make_result("HD-04", "manual", observations=[], reason="a person has to look"),
        make_result("HD-05", "passed"),
        make_result("HD-06", "not-applicable", observations=[], reason="no such object"),
        make_result("HD-16", "waived", observations=[waived]),
        make_result("HD-17", "failed", severity="info", observations=[
            make_observation("one"), make_observation("two", "undetermined"),
            make_observation("three", "compliant"),
        ]),
        accepted=[ACCEPTED],
        gaps=[v1.Gap("objects", "403", "/cfg.txt", None, "grant it", ["HD-02"])],
    )  # fmt: skip


def hostile(text):
    """Return a report with this text everywhere; what identifies keeps being distinct."""
    report = poisoned(mixed(), text, CLOSED)
    results = [replace(r, id=f"{text}{i}") for i, r in enumerate(report.results)]
    return replace(report, results=results)


REPORTS = {
    "empty": make_report(),
    "mixed": mixed(),
    **{f"hostile {i}": hostile(text) for i, text in enumerate(HOSTILE)},
}
every_report = pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS.keys())


@cache
def sarif_validator():
    schema = json.loads((SCHEMAS / "sarif" / "sarif-schema-2.1.0.json").read_bytes())
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


def sarif_run(content):
    log = json.loads(content)
    sarif_validator().validate(log)
    return log["runs"][0]


def test_each_outcome_occurs_in_the_sample():
    assert {row.outcome for row in rows(mixed())} == set(get_args(v1.StatusWord))


@pytest.mark.parametrize("status", ["unknown", "error", "manual"])
def test_an_undecided_control_has_an_undecided_row_even_if_all_subjects_comply(status):
    result = make_result("HD-01", status, observations=[make_observation(verdict="compliant")])
    assert status in {row.outcome for row in rows(make_report(result))}


# SARIF


@every_report
@pytest.mark.parametrize("render", [sarif.render, sarif.render_github])
def test_sarif_follows_the_schema_and_levels_follow_kinds(render, report):
    for result in sarif_run(render(report))["results"]:
        kind = result.get("kind", "fail")
        assert (result["level"] == "none") == (kind != "fail")


def test_complete_sarif_has_each_row_with_its_kind():
    found = sarif_run(sarif.render(mixed()))["results"]
    kinds = {(r["ruleId"], r["kind"]) for r in found}
    assert kinds == {
        ("HD-01", "fail"), ("HD-02", "open"), ("HD-03", "open"), ("HD-04", "review"),
        ("HD-05", "pass"), ("HD-06", "notApplicable"), ("HD-16", "fail"),
        ("HD-17", "fail"), ("HD-17", "open"), ("HD-17", "pass"),
    }  # fmt: skip


def test_an_accepted_risk_is_suppressed_with_its_reason():
    found = sarif_run(sarif.render(mixed()))["results"]
    suppressed = {r["ruleId"]: r["suppressions"] for r in found if r.get("suppressions")}
    assert set(suppressed) == {"HD-16"}
    assert suppressed["HD-16"][0]["status"] == "accepted"
    assert suppressed["HD-16"][0]["justification"] == "Home office"


def test_github_gets_violations_nobody_accepted_and_undecided_controls():
    found = sarif_run(sarif.render_github(mixed()))["results"]
    assert sorted(r["ruleId"] for r in found) == [
        *("HD-01", "HD-02", "HD-03", "HD-04"), *("HD-17", "HD-17")
    ]  # fmt: skip
    assert not any(key in r for r in found for key in ("kind", "suppressions"))


@every_report
def test_github_finds_a_relative_place_and_a_description_everywhere(report):
    run = sarif_run(sarif.render_github(report))
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        assert re.fullmatch(r"(?:[\w.~-]|%[0-9A-F]{2})+(?:/(?:[\w.~-]|%[0-9A-F]{2})+)*", uri)
        assert ".." not in uri.split("/")
        assert place["region"]["startLine"] >= 1
        assert result["partialFingerprints"]["primaryLocationLineHash"]
    for rule in run["tool"]["driver"]["rules"]:
        texts = [rule[k]["text"] for k in ("shortDescription", "fullDescription", "help")]
        assert all(text.strip() for text in texts)


@pytest.mark.parametrize(("code", "successful"), [
    (0, True), (1, True), (4, True), (3, False), (70, False), (130, False), (143, False),
])  # fmt: skip
def test_a_run_that_broke_does_not_close_alerts(code, successful):
    report = mixed()
    report = replace(report, summary=replace(report.summary, exit_code=code))
    for render in (sarif.render, sarif.render_github):
        assert sarif_run(render(report))["invocations"][0]["executionSuccessful"] is successful


@pytest.mark.parametrize("ended", ["unreached", "interrupted", "terminated"])
def test_a_target_that_was_not_read_whole_is_no_success_whatever_was_found(ended):
    """A refused certificate is a finding, so the exit code is 1, and nothing else was seen."""
    report = mixed()
    report = replace(report, run=replace(report.run, ended=ended))
    for render in (sarif.render, sarif.render_github):
        (invocation,) = sarif_run(render(report))["invocations"]
        assert not invocation["executionSuccessful"]
        assert invocation["toolExecutionNotifications"][0]["level"] == "error"


def test_a_subject_without_evidence_is_shown_where_another_control_saw_it():
    seen = make_observation("alice", evidence=[make_evidence(source="cfg.txt", line=9)])
    unseen = make_observation("alice", "undetermined", evidence=[])
    other = make_observation("bob", "undetermined", evidence=[])
    report = make_report(
        make_result("HD-01", "unknown", observations=[unseen, other]),
        make_result("HD-02", observations=[seen]),
    )
    source = replace(report.target.sources[0], uri="kept/cfg.txt")
    place = v1sources.Location("folder", "repository", "kept/a.xml")
    target = replace(report.target, sources=[source], location=place)
    found = sarif_run(sarif.render_github(replace(report, target=target)))["results"]
    physical = [one["locations"][0]["physicalLocation"] for one in found]
    shown = [(p["artifactLocation"]["uri"], p["region"]["startLine"]) for p in physical]
    assert sorted(shown) == [("kept/a.xml", 1), ("kept/cfg.txt", 9), ("kept/cfg.txt", 9)]


def test_two_systems_have_two_alerts_about_one_control():
    first = make_report(make_result("HD-03", "error", observations=[]))
    second = replace(first, target=replace(first.target, id="mac:ffffff"))
    marks = {sarif_run(sarif.render_github(one))["results"][0]["partialFingerprints"]
             ["primaryLocationLineHash"] for one in (first, second)}  # fmt: skip
    assert len(marks) == 2


def test_a_report_without_places_shows_what_its_evidence_is_called():
    run = sarif_run(sarif.render_github(mixed()))
    found = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
             for one in run["results"]}  # fmt: skip
    assert found == {"cfg.txt", "0090330000ab"}


@pytest.mark.slow
def test_github_gets_at_most_what_it_takes_and_the_worst_of_it():
    minor = make_result("HD-02", severity="low", observations=[
        make_observation(f"user{n}", fingerprint=f"{n:064x}") for n in range(sarif.GITHUB_RESULTS)
    ])  # fmt: skip
    report = make_report(minor, make_result("HD-01", severity="critical"))
    run = json.loads(sarif.render_github(report))["runs"][0]
    assert len(run["results"]) == sarif.GITHUB_RESULTS
    assert run["results"][0]["ruleId"] == "HD-01"
    cut = sarif.GITHUB_RESULTS + 1 - (len(run["results"]) - 1)
    (rest,) = (r for r in run["results"] if r["ruleId"] == "HD-02" and f"{cut} more" in words(r))
    assert rest["partialFingerprints"]["pbxAuditorFinding/v1"] == "control:HD-02:more"
    assert f"{cut} results are left out" in words(
        run["invocations"][0]["toolExecutionNotifications"][0]
    )


@pytest.mark.slow
def test_what_could_not_be_decided_is_not_what_is_left_out():
    several = [make_result(f"HD-{n:02}", severity="low", observations=[
        make_observation(f"user{m}", fingerprint=f"{m:064x}") for m in range(2_000)
    ]) for n in range(1, 6)]  # fmt: skip
    report = make_report(*several, make_result("HD-09", "unknown", severity="high"))
    found = json.loads(sarif.render_github(report))["runs"][0]["results"]
    assert len(found) <= sarif.GITHUB_RESULTS
    assert {r["ruleId"] for r in found} == {*(f"HD-{n:02}" for n in range(1, 6)), "HD-09"}


def words(entry):
    return entry["message"]["text"]


def now_and_before():
    """Return a run and how it compares with an earlier one, with everything that may become."""
    now, baseline = now_and_baseline()
    return now, compare(baseline, now)


def now_and_baseline():
    """Return a run and the baseline of an earlier one."""
    before = make_report(
        make_result("HD-01", observations=[make_observation("same"), make_observation("other")]),
        make_result("HD-02", observations=[make_observation("gone")]),
        make_result("HD-03", version=1, observations=[make_observation("judged anew")]),
        make_result("HD-04", "passed"),
    )
    now = make_report(
        make_result("HD-01", observations=[
            make_observation("same"), make_observation("other", detail="Worse"),
            make_observation("first seen"),
        ]),
        make_result("HD-02", "passed", observations=[make_observation("gone", "compliant")]),
        make_result("HD-03", version=2, observations=[make_observation("judged anew")]),
        make_result("HD-04", "passed"),
    )  # fmt: skip
    run = str(uuid.uuid5(uuid.NAMESPACE_URL, "an earlier run"))
    return now, replace(baseline_of(before), run_id=run)


def states(run):
    """Return what became of each subject, which a message names after its first sentence."""
    return {(r["message"]["text"].partition(". ")[2].partition(":")[0], r.get("baselineState"))
            for r in run["results"] if r["ruleId"] != "HD-04"}  # fmt: skip


def test_with_a_baseline_each_violation_says_what_became_of_it():
    now, comparison = now_and_before()
    run = sarif_run(sarif.render(now, comparison))
    of_violations = {("same", "unchanged"), ("other", "updated"), ("first seen", "new"),
                     ("judged anew", None)}  # fmt: skip
    # What was fixed is there twice: as what passes now, and as what the baseline had.
    assert states(run) == {*of_violations, ("gone", None), ("gone", "absent")}
    assert run["baselineGuid"] == comparison.earlier_run
    assert states(sarif_run(sarif.render_github(now, comparison))) == of_violations


def test_sarif_says_why_a_violation_cannot_be_compared():
    run = sarif_run(sarif.render(*now_and_before()))
    notes = {r["ruleId"]: r["properties"]["baselineNote"]
             for r in run["results"] if "baselineNote" in r.get("properties", {})}  # fmt: skip
    assert notes == {"HD-03": "the control has version 2, it had 1"}


def test_without_a_baseline_nothing_is_new():
    now, _ = now_and_before()
    for render in (sarif.render, sarif.render_github):
        run = sarif_run(render(now))
        assert "baselineGuid" not in run
        assert not any("baselineState" in result for result in run["results"])


def test_a_baseline_of_another_system_gives_no_states():
    now, baseline = now_and_baseline()
    other = replace(baseline, target_id="another", run_id="no uuid")
    run = sarif_run(sarif.render(now, compare(other, now)))
    assert not any("baselineState" in result for result in run["results"])
    assert "baselineGuid" not in run


@every_report
@pytest.mark.parametrize("render", [sarif.render, sarif.render_github])
def test_sarif_compared_with_anything_follows_the_schema(render, report):
    sarif_run(render(report, compare(baseline_of(mixed()), report)))
    sarif_run(render(mixed(), compare(baseline_of(report), mixed())))


# JUnit


@every_report
@pytest.mark.parametrize("per", ["rule", "object"])
def test_junit_follows_the_schema_with_unique_names(report, per):
    document = etree.fromstring(junit.render(report, per))
    etree.XMLSchema(etree.parse(SCHEMAS / "junit" / "junit-10.xsd")).assertValid(document)
    names = [(c.get("classname"), c.get("name")) for c in document.iter("testcase")]
    if per == "object":
        assert len(names) == len(set(names)) == len(list(rows(report)))


def test_two_controls_with_one_title_have_two_names():
    report = make_report(make_result("HD-01"), make_result("HD-02"))
    cases = etree.fromstring(junit.render(report)).iter("testcase")
    assert len({case.get("name") for case in cases}) == 2


@pytest.mark.parametrize(("per", "expected"), [
    ("rule", {"failure": 2, "error": 2, "skipped": 3, "": 1}),
    ("object", {"failure": 2, "error": 3, "skipped": 3, "": 2}),
])  # fmt: skip
def test_only_what_passed_is_green_in_junit(per, expected):
    root = etree.fromstring(junit.render(mixed(), per))
    found: dict[Any, Any] = {}
    for case in root.iter("testcase"):
        word = case[0].tag if len(case) else ""
        found[word] = found.get(word, 0) + 1
    assert found == expected
    suite = root[0]
    assert int(suite.get("failures")) == expected["failure"]
    assert int(suite.get("errors")) == expected["error"]
    assert int(suite.get("tests")) == sum(expected.values())


def test_a_pbx_that_was_not_read_is_an_error_in_junit_beside_what_was_seen():
    report = make_report(make_result("TLS-01", "failed"))
    report = replace(report, run=replace(report.run, ended="unreached"))
    (suite,) = etree.fromstring(junit.render(report))
    assert (suite.get("failures"), suite.get("errors")) == ("1", "1")


def test_junit_says_until_when_a_risk_is_accepted():
    root = etree.fromstring(junit.render(mixed()))
    said = [s.get("message") for s in root.iter("skipped")]
    assert any("2027-01-31" in text and "SEC-7" in text for text in said)


# CSV


@every_report
@pytest.mark.parametrize("render", [csv_format.render_findings, csv_format.render_objects])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_no_cell_is_a_formula_whatever_separates_cells(render, report, separator):
    text = render(report).decode("utf-8-sig")
    for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
        for cell in line:
            assert not re.match(r"[\s\"']*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]", cell) or (
                cell.lstrip("\"' \t").startswith("'") or cell.startswith("'")
            ), cell


@given(st.text(max_size=40))
@settings(max_examples=300)
def test_inert_text_starts_no_formula_and_keeps_to_one_line(text):
    shown = csv_format.inert(text)
    assert shown.isprintable()
    for cell in re.split(r"[;,|]", shown):
        bare = cell.lstrip()
        assert not bare or bare[0] not in "=+-@\uff1d\uff0b\uff0d\uff20"


def test_csv_has_each_row_and_each_object():
    findings = list(
        csv.DictReader(io.StringIO(csv_format.render_findings(mixed()).decode("utf-8-sig")))
    )
    assert [f["outcome"] for f in findings] == [row.outcome for row in rows(mixed())]
    objects = csv.DictReader(io.StringIO(csv_format.render_objects(mixed()).decode("utf-8-sig")))
    found = {one["subject"]: one for one in objects}
    assert found["one"]["failed controls"] == "HD-17"
    assert found["goetz"]["waived"] == "1"
    assert found["two"]["undecided controls"] == "HD-17"
    assert found["hot-desk-base (Hot Desk Base)"]["worst severity"] == "critical"


# Markdown


def elements(content):
    """Return the names of all HTML elements that GitHub-like Markdown makes of a comment."""
    html = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(content.decode())
    return set(re.findall(r"<([a-z0-9]+)", html)), html


@every_report
def test_nothing_foreign_is_active_in_markdown(report):
    names, html = elements(markdown.render(report))
    allowed = {"h3", "h4", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "br"}
    assert names <= allowed
    outside = re.sub(r"<code>.*?</code>", "", html)
    assert not re.search(r"@\w|https?:|www\.|#\d|&#", outside)


@pytest.mark.slow
@given(st.text(max_size=60))
@settings(max_examples=200)
def test_foreign_text_is_one_cell_of_a_table(text):
    assert_one_cell(text)


@pytest.mark.parametrize(
    "text",
    ["", "a | b", "a\nb", "a\r\n\r\nb", "`|`", "\\|", "<td>x</td>", "| a |\n|---|", "\x85|\u2028|"],
)
def test_what_ends_a_cell_is_in_one(text):
    assert_one_cell(text)


def assert_one_cell(text):
    cell = markdown.inert(text)
    table = f"| a | b |\n|---|---|\n| {cell} | end |\n"
    names, html = elements(table.encode())
    assert names <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert html.count("<td>") == 2
    assert "<td>end</td>" in html


@pytest.mark.slow
@pytest.mark.parametrize("distinct", [1, 100])
def test_a_comment_stays_below_the_limit(distinct):
    report = make_large_report(20_000, controls=500, distinct=distinct)
    content = markdown.render(report).decode()
    assert len(content) < 65_536
    assert len(content.encode()) < 65_536
    assert re.search(r"\d+ more lines are left out", content)


def test_a_comment_lists_what_is_undecided_too():
    content = markdown.render(mixed()).decode()
    for name in ("HD-01", "HD-02", "HD-03", "HD-04", "HD-16", "HD-17"):
        assert f" {name} " in content
    assert "HD-05" not in content


# OCSF


@every_report
def test_ocsf_has_what_the_class_requires(report):
    events = json.loads(ocsf.render(report))
    assert len(events) == len(list(rows(report)))
    for event in events:
        assert event["class_uid"] == 2003
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
        assert event["category_uid"] == 2
        assert event["time"] == 1_795_381_449_000
        assert event["severity_id"] in range(7)
        assert event["finding_info"]["uid"]
        assert event["metadata"]["version"]
        assert event["metadata"]["product"]["name"]
        assert event["compliance"]["status_id"] in {0, 1, 2, 3, 99}


@every_report
def test_ocsf_follows_the_schema_of_the_class(report):
    schema = json.loads((SCHEMAS / "ocsf" / "compliance_finding-1.8.0.json").read_bytes())
    validator = jsonschema.Draft202012Validator(schema)
    for event in json.loads(ocsf.render(report)):
        validator.validate(event)


def test_only_what_passed_has_the_status_pass_in_ocsf():
    events = json.loads(ocsf.render(mixed()))
    states = {(e["unmapped"]["outcome"], e["compliance"]["status_id"], e["status_id"])
              for e in events}  # fmt: skip
    assert states == {
        ("passed", 1, 4), ("failed", 3, 1), ("waived", 3, 3), ("unknown", 0, 1), ("error", 0, 1),
        ("manual", 0, 1), ("not-applicable", 99, 4),
    }  # fmt: skip


# OSCAL


@every_report
def test_oscal_has_what_the_model_requires_and_every_link_leads_somewhere(report):
    content = oscal.render(report)
    assert content == oscal.render(report)
    document = json.loads(content)["assessment-results"]
    resources = {r["uuid"] for r in document["back-matter"]["resources"]}
    assert document["import-ap"]["href"].removeprefix("#") in resources
    result = document["results"][0]
    known = {kind: {e["uuid"] for e in result.get(kind, [])} for kind in ("observations", "risks")}
    items = {i["uuid"] for i in result.get("local-definitions", {}).get("inventory-items", [])}
    for finding in result.get("findings", []):
        linked = {o["observation-uuid"] for o in finding["related-observations"]}
        assert linked <= known["observations"]
        assert {r["risk-uuid"] for r in finding.get("related-risks", [])} <= known["risks"]
        assert re.fullmatch(r"[^\W\d][\w.-]*", finding["target"]["target-id"])
    for observation in result.get("observations", []):
        assert observation["description"].strip()
        assert {s["subject-uuid"] for s in observation.get("subjects", [])} <= items
    for identifier in [document["uuid"], *known["observations"], *known["risks"], *items]:
        assert uuid.UUID(identifier).version == 5


@cache
def oscal_validator():
    text = (SCHEMAS / "oscal" / "oscal_assessment-results_schema.json").read_text("utf-8")
    # Python has no classes for letters and numbers of Unicode.
    known = text.replace(r"\\p{L}", r"[^\\W\\d_]").replace(r"\\p{N}", r"\\d")
    return jsonschema.Draft7Validator(json.loads(known), format_checker=jsonschema.FormatChecker())


@every_report
def test_oscal_follows_the_schema(report):
    oscal_validator().validate(json.loads(oscal.render(report)))


def test_only_what_passed_is_satisfied_in_oscal():
    result = json.loads(oscal.render(mixed()))["assessment-results"]["results"][0]
    states = {f["target"]["target-id"]: f["target"]["status"] for f in result["findings"]}
    satisfied = {name for name, status in states.items() if status["state"] == "satisfied"}
    assert satisfied == {"HD-05"}
    assert {n for n, s in states.items() if s["reason"] == "other"} == {"HD-02", "HD-03", "HD-04"}
    accepted = [r for r in result["risks"] if r["status"] == "deviation-approved"]
    assert [risk["deadline"] for risk in accepted] == ["2027-01-31T23:59:59Z"]
    said = {prop["name"]: prop["value"] for risk in accepted for prop in risk["props"]}
    assert (said["owner"], said["reason"]) == ("K. Koerner", "Home office")


def test_identifiers_of_oscal_are_those_of_the_earlier_run():
    again = replace(mixed(), run=replace(mixed().run, id="another", started="2027-01-01T00:00:00Z"))
    first, second = (
        json.loads(oscal.render(report))["assessment-results"] for report in (mixed(), again)
    )
    assert first["uuid"] != second["uuid"]
    for kind in ("observations", "findings", "risks"):
        one, two = ([e["uuid"] for e in d["results"][0][kind]] for d in (first, second))
        assert one == two


def test_a_line_of_evidence_leads_to_its_place():
    seen = make_observation(evidence=[make_evidence(source="/cfg.txt", line=7)])
    found = sarif_run(sarif.render(make_report(make_result(observations=[seen]))))["results"][0]
    place = found["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("cfg.txt", 7)

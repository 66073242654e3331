"""What DefectDojo makes of the SARIF of a PBX, by the rules of its parser, replayed here.

They are those of dojo/tools/sarif/parser.py of DefectDojo/django-DefectDojo (7cfa159a, of
2026-08-07): one finding for each place of each result of the kind `fail`; the severity from the
`security-severity` of its rule, or else from the level; what is suppressed is a false positive; and
a result is known again by its `partialFingerprints`, where the installation deduplicates by
`UNIQUE_ID_FROM_TOOL_OR_HASH_CODE`, as its settings have it. What is not in the next file is closed.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import NamedTuple

import pytest

from auditor.report.formats.sarif import render, render_github
from tests.fixtures.pbx import ROOT
from tests.report.factory import make_observation, make_report, make_result
from tests.report.test_gate_formats import REPORTS, every_report, mixed

_BY_LEVEL = {"note": "info", "error": "high"}
_MARKS = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"))
LONGEST_TITLE = 150


class Imported(NamedTuple):
    severity: str
    key: str
    title: str
    control: str
    is_false_positive: bool


def imported(content):
    """Return what is imported. Raises KeyError for what the parser needs and is not there."""
    (run,) = json.loads(content)["runs"]
    rules = {one["id"]: one for one in run["tool"]["driver"]["rules"]}
    found = []
    for result in run["results"]:
        if result.get("kind", "fail") != "fail":
            continue
        rule = rules[result["ruleId"]]
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
        for place in result.get("locations") or [{}]:
            if physical := place.get("physicalLocation"):
                assert physical["artifactLocation"]["uri"]
                assert physical.get("region", {"startLine": 1})["startLine"] >= 1
            found.append(
                Imported(
                    _severity(rule, result),
                    _key(result["partialFingerprints"]),
                    result["message"]["text"][:LONGEST_TITLE],
                    result["ruleId"],
                    bool(result.get("suppressions")),
                )
            )
    return found


def _severity(rule, result):
    score = rule["properties"].get("security-severity")
    if score is None:
        return _BY_LEVEL.get(result.get("level"), "medium")
    return next((name for least, name in _MARKS if float(score) >= least), "info")


def _key(fingerprints):
    return "|".join(f"{name.split('/')[0]}:{fingerprints[name]}" for name in sorted(fingerprints))


@every_report
def test_it_can_be_imported_and_nothing_is_taken_for_another(report):
    found = imported(render_github(report))
    assert len({one.key for one in found}) == len(found)
    assert all(one.title.strip() for one in found)


@pytest.mark.parametrize("severity", ["critical", "high", "medium", "low", "info"])
def test_it_is_as_severe_as_here(severity):
    report = make_report(make_result("HD-01", "failed", severity=severity))
    assert {one.severity for one in imported(render_github(report))} == {severity}


@pytest.mark.parametrize("status", ["unknown", "error", "manual"])
def test_what_cannot_be_decided_any_more_is_not_closed(status):
    """It is closed by the complete flavour, whose results of that kind are passed over."""
    one = make_observation("one", fingerprint="c3" * 32)
    open_again = replace(one, verdict="undetermined")
    seen = make_report(make_result("HD-01", "failed", observations=[one]))
    unseen = make_report(make_result("HD-01", status, observations=[open_again]))
    nobody = make_report(make_result("HD-01", status, observations=[], reason="nothing was seen"))
    before, after = imported(render_github(seen)), imported(render_github(unseen))
    assert {one.key for one in before} == {one.key for one in after}
    # Where nobody knows even of what, the control as a whole stands there instead.
    assert [one.control for one in imported(render_github(nobody))] == ["HD-01"]
    assert imported(render(unseen)) == imported(render(nobody)) == []


def test_what_somebody_accepted_is_no_false_positive():
    """The complete flavour would say that it is one."""
    assert not any(one.is_false_positive for one in imported(render_github(mixed())))
    assert any(one.is_false_positive for one in imported(render(mixed())))


def test_every_violation_and_everything_open_is_there():
    found = imported(render_github(REPORTS["mixed"]))
    assert {one.control for one in found} == {"HD-01", "HD-02", "HD-03", "HD-04", "HD-17"}


def test_the_guide_takes_the_flavour_that_is_tested_here():
    guide = (ROOT / "docs/fleet-sql.md").read_text(encoding="utf-8")
    text = guide.partition("## DefectDojo")[2].partition("\n## ")[0]
    assert "--format json,sarif-github" in text
    assert "latest/report.github.sarif" in text
    assert "report.sarif" not in text

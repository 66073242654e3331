"""Formats that show one language speak that of the reader, and identify in none."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from xml.etree.ElementTree import fromstring

import pytest

from auditor.messages.message import say
from auditor.report import sentences
from auditor.report.formats import csv as csv_format
from auditor.report.formats import junit, markdown, ocsf, sarif
from tests.report.factory import make_observation, make_report, make_result

FORMATS = {
    "markdown": markdown.render,
    "junit": junit.render,
    "sarif": sarif.render,
    "sarif-github": sarif.render_github,
    "csv": csv_format.render_findings,
    "ocsf": ocsf.render,
}
NAME = say("the IP filter")
DETAIL = say("it is hidden from LDAP")


def report_in(language):
    seen = make_observation(NAME, detail="It is hidden from LDAP")
    found = make_report(
        make_result("HD-05", "failed", observations=[seen]), make_result("HD-06", "unknown")
    )
    made = sentences.gather([DETAIL], [NAME])
    run = replace(found.run, language=language)
    return replace(found, run=run, templates=made.templates, sentences=made.sentences)


@pytest.mark.parametrize("name", FORMATS)
def test_a_german_reader_reads_german(name):
    english, german = (FORMATS[name](report_in(one)).decode() for one in ("en", "de"))
    titles = ("The base user can call outside numbers", "Der Basisbenutzer kann nach außen anrufen")
    assert titles[0] in english
    assert titles[1] not in english
    assert titles[1] in german
    assert titles[0] not in german
    assert "In LDAP verborgen" in german or "LDAP verborgen" in german
    assert "hidden from LDAP" not in german


@pytest.mark.parametrize("name", ["markdown", "sarif", "sarif-github", "ocsf"])
@pytest.mark.parametrize(("language", "begun"), [("en", "The IP filter"), ("de", "Der IP-Filter")])
def test_a_subject_of_ours_begins_its_sentence_with_a_capital(name, language, begun):
    assert f"{begun}: " in FORMATS[name](report_in(language)).decode()


def test_what_identifies_is_the_same_in_each_language():
    logs = [json.loads(sarif.render_github(report_in(one))) for one in ("en", "de")]
    assert [log["runs"][0]["language"] for log in logs] == ["en", "de"]
    results = [log["runs"][0]["results"] for log in logs]
    for one, other in zip(*results, strict=True):
        assert one["message"] != other["message"]
        for key in ("ruleId", "level", "locations", "partialFingerprints"):
            if key != "locations":
                assert one[key] == other[key]
    cases = [
        [(case.get("classname"), case.get("name")) for case in suite.iter("testcase")]
        for suite in (fromstring(junit.render(report_in(one))) for one in ("en", "de"))  # noqa: S314
    ]
    assert cases[0] == cases[1]
    tables = [
        list(
            csv.DictReader(
                io.StringIO(csv_format.render_findings(report_in(one)).decode("utf-8-sig"))
            )
        )
        for one in ("en", "de")
    ]
    keys = ("control", "severity", "status", "outcome", "subject id", "fingerprint")
    assert [[row[k] for k in keys] for row in tables[0]] == [
        [row[k] for k in keys] for row in tables[1]
    ]
    assert tables[0][0].keys() == tables[1][0].keys()

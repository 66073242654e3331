"""What the auditor says around values that a site stated or a handshake showed, in German too."""

from __future__ import annotations

import re
from html import unescape

import pytest

from auditor.messages.languages import translated
from auditor.model.decision import Thresholds
from auditor.model.site import ObjectCount
from auditor.model.site_choices import ControlChoice
from auditor.model.vocabulary import Area, Severity
from auditor.report.build import build_report
from auditor.report.html import html_page
from auditor.rules.catalogue import load_catalogue
from auditor.run.audit import Selection, audit, select
from auditor.run.engine import AssessmentTerms
from auditor.run.rule_examples import run_examples
from auditor.sources.saved_evidence import read_files
from tests.fixtures.contexts import CONTEXT
from tests.fixtures.pbx import TODAY, configuration_of, site_of, write
from tests.fleet.nights import with_certificate

DAY = "2026-11-01"
IN_GERMAN = CONTEXT._replace(language="de")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Return a report of a PBX whose site stated, weighed and changed what it may."""
    site = site_of("hardened")
    path = write(tmp_path_factory.mktemp("read"), {"cfg.txt": configuration_of("hardened")})
    number = len(read_files(path / "cfg.txt", site, None).objects)
    counted = ObjectCount(value=number, by="A. Muster", on=DAY)
    site = site.model_copy(
        update={
            "target": site.target.model_copy(update={"objects": counted}),
            "controls": {
                "HD-01": ControlChoice(reason="Absprache mit dem Kunden", severity=Severity.LOW),
                "PBX-01": ControlChoice(reason="so agreed", severity=Severity.LOW),
            },
            "parameters": {"HD-01": {"min_length": 20, "reason": "Unsere Richtlinie"}},
        }
    )
    snapshot = with_certificate(read_files(path / "cfg.txt", site, None))
    catalogue = load_catalogue()
    rules = select(catalogue, site, "baseline", ["HD-01", "PBX-01", "HD-05", "TLS-01", "TLS-06"])
    terms = AssessmentTerms(site.controls)
    outcome = audit(snapshot, site, Selection(rules, Thresholds(), terms=terms), TODAY)
    return build_report(outcome.snapshot, outcome.results, outcome.decision, IN_GERMAN)


def german_part(page):
    """Return what a reader of German sees: without what is marked as English."""
    bare = re.sub(r'<span lang="en">.*?</span>', "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", "", bare)).split())


def test_the_report_says_in_english_what_it_always_said(report):
    results = {one.id: one for one in report.results}
    (proof,) = [one for one in report.target.completeness if one.area == Area.OBJECTS]
    values = {e.value for r in report.results for o in r.observations for e in o.evidence}
    assert proof.note == f"{proof.count}, counted by A. Muster on {DAY}"
    assert proof.note in values
    assert results["HD-01"].overridden.startswith("Unsere Richtlinie; severity low instead of ")
    assert results["HD-01"].overridden.endswith(": Absprache mit dem Kunden")
    assert "CN=pbx, for pbx.example, issued by CN=ca, 2026-01-01 to " in next(
        v for v in values if v and "CN=pbx" in v
    )
    assert "TLSv1.3 with x" in values


@pytest.mark.parametrize(
    ("german", "english"),
    [
        ("Unsere Richtlinie; Schweregrad niedrig statt ", "instead of"),
        ("gezählt von A. Muster am 01.11.2026", "counted by"),
        ("CN=pbx, für pbx.example, ausgestellt von CN=ca, 01.01.2026 bis ", "issued by"),
        ("TLSv1.3 mit x", "TLSv1.3 with"),
        ("nur TLSv1.1 angeboten", "offered"),
    ],
)
def test_a_german_page_says_it_in_german(report, german, english):
    shown = german_part(html_page.render(report))
    assert german in shown
    assert english not in shown


@pytest.mark.parametrize(
    ("stated", "english"),
    [
        ({}, "7"),
        ({"by": "A"}, "7, counted by A"),
        ({"on": DAY}, f"7 on {DAY}"),
        ({"by": "A", "on": DAY}, f"7, counted by A on {DAY}"),
    ],
)
def test_who_counted_is_said_as_far_as_it_is_known(stated, english):
    words = ObjectCount(value=7, **stated).words
    assert words == english
    assert (translated(words, "de") == english) is (not stated)


def test_what_came_of_an_example_is_told_in_german():
    catalogue = load_catalogue(examples=True)
    rule = catalogue.rules["HD-04"]
    trials = [*run_examples(rule, catalogue.checks, TODAY)]
    said = [one.reason for one in trials if one.found == "failed"]
    assert said
    assert all(translated(one, "de") != one for one in said)

"""Sentences in German: made of what goes with the report, and of nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.messages.both import Both
from auditor.messages.message import begun, joined, say, say_count
from auditor.report.embedded import report_in_page
from auditor.report.formats import json as report_json
from auditor.report.formats.saved_reports import load_report
from auditor.report.html import html_page
from auditor.report.schema.v1sentences import Sentence, Template
from auditor.report.sentences import Sentences, gather
from auditor.report.translation import plain
from tests.fixtures.values import VALUES
from tests.report.factory import make_observation, make_report, make_result

NO_FILTER = say(
    "it has no {name}, so {what} to every number are allowed", name="filter", what=say("calls")
)
NO_FILTER_DE = "filter ist nicht gesetzt, also sind Anrufe zu jeder Nummer erlaubt"
APPS = say_count("{count} app", "{count} apps", count=2)
VERSIONS = say("it accepts {versions}", versions=joined("{one} and {other}", ["TLSv1", "TLSv1.1"]))


def report_of(*details, names=()):
    """Return a report with an observation for each detail, and what they were made of."""
    found = [make_observation(subject=f"user{n}", detail=str(d)) for n, d in enumerate(details)]
    made = gather((), names, details)
    report = make_report(make_result(observations=found))
    return replace(report, templates=made.templates, sentences=made.sentences)


def german_of(report, text):
    return Sentences(report).both(text).german


@pytest.mark.parametrize(
    ("said", "german"),
    [
        (NO_FILTER, NO_FILTER_DE),
        (APPS, "2 Apps"),
        (VERSIONS, "akzeptiert TLSv1 und TLSv1.1"),
        (say("it has a password"), "hat ein Passwort"),
        (joined("{one}; {other}", [APPS, say("it has a password")]), "2 Apps; hat ein Passwort"),
    ],
)
def test_a_sentence_is_said_in_german(said, german, tmp_path):
    report = report_of(said)
    assert german_of(report, str(said)) == german
    path = tmp_path / "report.json"
    path.write_bytes(report_json.render(report))
    assert load_report(path) == report
    assert german_of(load_report(path), str(said)) == german
    shown = html_page.render(report)
    assert f'<span lang="de">{german}</span>' in shown
    assert f'<span lang="en">{said}</span>' in shown


@pytest.mark.parametrize(
    ("said", "english", "german"),
    [
        (NO_FILTER, "It has no filter, so calls to every number are allowed", NO_FILTER_DE),
        (APPS, "2 apps", "2 Apps"),
        (VERSIONS, "It accepts TLSv1 and TLSv1.1", "Akzeptiert TLSv1 und TLSv1.1"),
        (say("it has a password"), "It has a password", "Hat ein Passwort"),
        (
            say("{name} is named in the site file, but not on the PBX", name="lobby"),
            "lobby is named in the site file, but not on the PBX",
            "lobby steht in der Standortdatei, aber nicht auf der PBX",
        ),
    ],
)
def test_a_sentence_begins_with_a_capital_but_a_name_stays_as_it_is(said, english, german):
    made = gather([said], ())
    report = replace(make_report(), templates=made.templates, sentences=made.sentences)
    assert begun(said) == english
    assert german_of(report, english) == german


def test_a_page_can_be_made_into_a_german_one_again(tmp_path):
    path = tmp_path / "report.html"
    path.write_text(html_page.render(report_of(NO_FILTER)), encoding="utf-8")
    assert german_of(load_report(path), str(NO_FILTER)) == NO_FILTER_DE


def test_a_sentence_without_parameters_needs_no_entry():
    report = report_of(say("it has a password"), say("it has a password"))
    assert report.sentences == {}
    assert report.templates == []


def test_a_template_is_written_once():
    report = report_of(*(say("filter {name} was not read", name=str(n)) for n in range(5)))
    assert report.templates == [Template("filter {name} was not read")]
    assert len(report.sentences) == 5


def test_an_older_report_is_read_and_its_sentences_stay_english(tmp_path):
    content = json.loads(report_json.render(report_of(NO_FILTER)))
    del content["templates"], content["sentences"]
    path = tmp_path / "report.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    report = load_report(path)
    assert german_of(report, str(NO_FILTER)) == ""
    assert f'<bdi lang="en">{NO_FILTER}</bdi>' in html_page.render(report)


@pytest.mark.parametrize(
    "said",
    [
        "a sentence of somebody's own check",
        say("a template that nobody translated: {name}", name="x"),
        say("filter {name}: {note}", name="x", note=say("a note that nobody translated")),
    ],
)
def test_what_nobody_translated_stays_english_and_is_marked(said):
    report = report_of(said)
    assert german_of(report, str(said)) == ""
    shown = html_page.render(report)
    assert '<bdi lang="en">' in shown
    assert re.search(r"<bdi lang=\"en\">[^<]*(nobody translated|own check)", shown)


def changed(report, **changes):
    (text,) = report.sentences
    return replace(report, sentences={text: replace(report.sentences[text], **changes)})


@pytest.mark.parametrize(
    "change",
    [
        {"template": 7},
        {"template": -1},
        {"parameters": {}},
        {"parameters": {"name": "cd-filter", "what": Sentence(1)}},
        {"parameters": {"name": "filter", "what": Sentence(9)}},
        {
            "parameters": {
                "name": "filter",
                "what": Sentence(0, {"name": "", "what": ""}),
            }
        },
        {"parameters": {"parts": ["filter", "calls"]}},
    ],
)
def test_parts_that_do_not_make_the_sentence_say_nothing_in_german(change):
    assert german_of(changed(report_of(NO_FILTER), **change), str(NO_FILTER)) == ""


def test_a_report_cannot_make_a_sentence_grow():
    """A template of its own could double its parameter, which doubles its own, and so on."""
    made = Sentence(0, {"a": "x"})
    for _ in range(60):
        made = Sentence(0, {"a": made})
    report = replace(make_report(), templates=[Template("{a}{a}")], sentences={"x": made})
    assert german_of(report, "x") == ""


@pytest.mark.parametrize("value", [*VALUES, "x" * 10_000])
def test_a_hostile_value_stays_text_in_the_page(value):
    said = say("filter {name} blocks {example}", name=value, example=say("an empty number"))
    report = report_of(said)
    assert german_of(report, str(said)) == f"Filter {value or '(leer)'} sperrt eine leere Nummer"
    shown = html_page.render(report)
    assert "<img" not in shown
    assert "<script>alert" not in shown


@pytest.mark.slow
@settings(deadline=None, derandomize=True, database=None)
@given(value=st.text(min_size=1, max_size=50))
def test_no_value_is_a_template(value):
    said = say("filter {name} blocks {example}", name=value, example=value)
    assert german_of(report_of(said), str(said)) == "Filter " + value + " sperrt " + value


def test_names_of_subjects_are_said_in_german_if_they_are_ours():
    listed = say("the PBX password")
    report = report_of(names=[listed, "high", say("the list of {count} PBX objects", count=3)])
    sentences = Sentences(report)
    assert sentences.named("the PBX password") == Both("the PBX password", "das PBX-Passwort")
    found = sentences.named("the list of 3 PBX objects")
    assert found == Both("the list of 3 PBX objects", "die Liste der PBX-Objekte (3)")
    # Somebody is called like a word that the catalogue has.
    assert sentences.named("high") == "high"


@pytest.mark.slow
def test_twenty_thousand_different_sentences_fit_into_a_page():
    said = [
        say(
            "filter {name} lets {what} out, for example to {example}{more}",
            name=f"extern-{number}",
            what=say("calls"),
            example=f"0049711{number}",
            more=say("; reachable are {numbers}", numbers=f"00{number}"),
        )
        for number in range(20_000)
    ]
    report = report_of(*said)
    page = html_page.render(report)
    assert len(page.encode()) <= 5_000_000
    assert report_in_page(page.encode()) == report_json.render(report)
    assert '<span lang="de">Filter extern-0 lässt Anrufe nach außen zu' in page


def test_a_line_begins_with_a_capital_unless_a_name_of_the_pbx_does():
    ours = say("the IP filter")
    sentences = Sentences(report_of("x", names=[ours]))
    assert plain(sentences.label(ours), "en") == "The IP filter"
    assert plain(sentences.label(ours), "de") == "Der IP-Filter"
    assert sentences.named(ours) == "the IP filter"
    assert sentences.label("hot-desk-base (Hot Desk Base)") == "hot-desk-base (Hot Desk Base)"

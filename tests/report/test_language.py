"""German and English: every message is translated, with the same parameters, and none is stale."""

from __future__ import annotations

import re
from dataclasses import replace
from string import Formatter

import pytest
from markupsafe import Markup, escape

from auditor.messages.both import Both
from auditor.messages.languages import LANGUAGES
from auditor.messages.message import NOTHING, joined, say, say_count
from auditor.model.vocabulary import (
    ActionClass,
    Area,
    Automation,
    Confidence,
    Disruption,
    EvidenceMode,
    Grade,
    Severity,
    Status,
    Verdict,
)
from auditor.report import terms
from auditor.report.html import html_page
from auditor.report.schema import v1
from auditor.report.translation import inside, is_said, plain, spans
from auditor.report.verdict import explanation, sentence
from auditor.rules.catalogue import load_catalogue
from tests import catalogue
from tests.report.factory import make_report, make_result

LANGUAGE = pytest.mark.parametrize("language", catalogue.translated())


def fields(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.slow
@LANGUAGE
def test_every_message_is_in_the_catalogue_and_nothing_else(language):
    written = catalogue.read(language)
    keys = {entry.id for entry in written if entry.id}
    assert keys == set(catalogue.messages())
    assert not written.obsolete


@LANGUAGE
def test_every_message_is_translated_with_its_parameters(language):
    for entry in catalogue.read(language):
        if not entry.id:
            continue
        assert not entry.fuzzy, entry.id
        wanted = fields(entry.id if isinstance(entry.id, str) else entry.id[1])
        forms = [entry.string] if isinstance(entry.string, str) else list(entry.string)
        assert len(forms) == (1 if isinstance(entry.id, str) else 2), entry.id
        for form in forms:
            assert form.strip(), entry.id
            assert fields(form) == wanted, entry.id
            assert not form.endswith(".") or str(entry.id).rstrip("')").endswith("."), entry.id


@LANGUAGE
def test_compiled_catalogue_is_what_the_written_one_says(language):
    assert catalogue.compiled_file(language).read_bytes() == catalogue.compiled(language)


@pytest.mark.parametrize(
    "vocabulary",
    [
        *(ActionClass, Area, Automation, Confidence, Disruption, EvidenceMode, Grade, Severity),
        *(Status, Verdict),
    ],
)
def test_every_word_of_a_closed_set_can_be_said_in_both_languages(vocabulary):
    assert [str(word) for word in vocabulary if not is_said(terms.said(str(word)))] == []


def test_every_area_of_a_rule_can_be_said_in_both_languages():
    areas = {rule.area for rule in load_catalogue().rules.values()}
    assert {area for area in areas if not is_said(terms.said(area))} == set()


def test_a_number_and_its_noun_agree_in_both_languages():
    shown = {
        (count, language): inside(
            say_count(
                "{count} control: {outcomes}.",
                "{count} controls: {outcomes}.",
                count,
                outcomes=NOTHING,
            ),
            language,
        )
        for count in (0, 1, 1_200)
        for language in LANGUAGES
    }
    assert shown[1, "en"] == "1 control: ."
    assert shown[1, "de"] == "1 Prüfpunkt: ."
    assert shown[1_200, "en"] == "1,200 controls: ."
    assert shown[1_200, "de"] == "1.200 Prüfpunkte: ."
    assert shown[0, "de"] == "0 Prüfpunkte: ."


def test_parameters_are_escaped_and_never_read_as_a_format():
    hostile = "<b>{0.__class__}</b>{name}\u202e"
    said = say("Security audit of {name}", name=hostile)
    for language in LANGUAGES:
        assert "&lt;b&gt;{0.__class__}&lt;/b&gt;{name}\\u202e" in inside(said, language)


def test_a_text_without_translation_is_marked_as_english():
    assert spans(Both("Only <English>")) == '<bdi lang="en">Only &lt;English&gt;</bdi>'


def test_a_text_in_two_languages_is_a_parameter_like_any_other():
    said = say(
        "{one}: {list}",
        one=Both("a <b>", "ä"),
        list=joined("{one}, {other}", ["x", Both("c", "d")]),
    )
    assert said == "a <b>: x, c"
    assert inside(said, "en") == "a &lt;b&gt;: x, c"
    assert plain(said, "de") == "ä: x, d"


def test_values_stay_values_where_a_message_is_put_out():
    said = say("{one}; {other}", one="{other}", other=say("{count} bytes", count=1_200))
    assert plain(said, "en") == "{other}; 1,200 bytes"
    assert plain(said, "de") == "{other}; 1.200 Bytes"
    assert inside(Markup("<b>"), "de") == "<b>"


STATUSES = [
    {"failed": 2, "unknown": 1, "waived": 1},
    {"unknown": 1, "passed": 3},
    {"passed": 3, "waived": 1},
    {"passed": 1},
    {"failed": 1},
    {"not-applicable": 4},
]


@pytest.mark.parametrize("counts", STATUSES)
def test_the_sentence_of_the_page_is_that_of_the_report(counts):
    by_severity = {"critical": counts.get("failed", 0)}
    said = explanation(counts, by_severity)
    written = sentence(dict.fromkeys(map(str, Status), 0) | counts, by_severity)
    assert written.endswith(str(said))
    assert plain(said, "de") != plain(said, "en")


def german_texts_of(result):
    german = result.translations["de"]
    return {
        result.remediation.precondition: german.precondition,
        result.remediation.verification: german.verification,
        result.remediation.undo: german.undo,
        result.remediation.ui_path: german.ui_path,
        result.remediation.text: german.remediation,
    }


def test_the_german_view_says_in_german_what_to_do_before_and_after():
    result = make_result()
    page = html_page.render(make_report(result))
    for english, german in german_texts_of(result).items():
        shown = f'<span lang="en">{escape(english)}</span><span lang="de">{escape(german)}</span>'
        assert shown in page
        assert f'<bdi lang="en">{escape(english)}</bdi>' not in page


def test_why_a_control_does_not_apply_is_said_in_german_and_other_reasons_are_not():
    reason = "The site file states that there is no base user."
    page = html_page.render(make_report(make_result(status="not-applicable", reason=reason)))
    shown = f'<span lang="en">{reason}</span><span lang="de">Es gibt keinen Basisbenutzer.</span>'
    assert shown in page
    page = html_page.render(make_report(make_result(status="error", reason=reason)))
    assert f'<bdi lang="en">{reason}</bdi>' in page
    assert "Es gibt keinen Basisbenutzer." not in page


def test_a_report_of_before_there_was_so_much_german_is_still_shown():
    result = make_result()
    de = result.translations["de"]
    old = v1.Translation(de.title, de.rationale, de.expected, de.remediation)
    fix = replace(result.remediation, precondition="")
    page = html_page.render(make_report(replace(result, translations={"de": old}, remediation=fix)))
    assert f'<bdi lang="en">{escape(fix.undo)}</bdi>' in page
    assert "Vorher" not in page


def test_the_chosen_language_is_the_one_of_the_document():
    report = make_report(make_result())
    german = html_page.render(replace(report, run=replace(report.run, language="de")))
    assert re.search(r'<html lang="de">', german)
    assert re.search(r'id="language-de" value="de" checked', german)
    assert "Sicherheitsprüfung von Beispiel GmbH, Stuttgart</title>" in german

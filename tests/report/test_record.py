"""What the record of a handover says: every point once, whatever there is room for."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from auditor.messages.languages import day, translated
from auditor.messages.message import say
from auditor.report import acceptance
from auditor.report.branding.branding_file import OpenPoint
from auditor.report.handover.record import Contents
from auditor.report.html import html_page
from auditor.report.schema import v1
from auditor.report.schema.v1branding import AgreedPoint
from auditor.report.sentences import Sentences, gather
from auditor.report.translation import plain
from tests.browser.record_samples import (
    RULES,
    handover,
    largest,
    ordinary,
    page_of,
    result_of,
)
from tests.report.factory import ACCEPTED, make_report
from tests.report.test_handover import a_branding, branded
from tests.report.test_html import Document, digest_of

UNTRUE = (
    *("No point is open", "nothing to change", "was audited on", "all were decided"),
    *("Kein Punkt ist offen", "nichts zu ändern", " geprüft. Umfang"),
)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202e"


def text_of(report):
    return " ".join(Document(page_of(report)).text.split())


def kinds(made):
    return made.failed, made.undecided, made.people


def numbers(groups):
    return sum(group.number for group in groups)


def whole(report, agreed=None):
    """Return a record that has room for everything."""
    contents = Contents(report, agreed or {})
    return contents.told(contents.steps)


def shortest(report, agreed=None):
    return Contents(report, agreed or {}).told(0)


def mostly(status):
    """Return a handover in which every control has this status."""
    return handover(make_report(*(result_of(rule, status) for rule in RULES)), "de")


SAMPLES = {
    "ordinary": ordinary(),
    "largest": largest(),
    "failed": mostly("failed"),
    "undecided": mostly("unknown"),
    "people": mostly("manual"),
}
each_sample = pytest.mark.parametrize("name", SAMPLES)


@each_sample
def test_each_point_is_counted_once_and_no_point_is_missing(name):
    report = SAMPLES[name]
    contents, counts = Contents(report, {}), Counter(result.status for result in report.results)
    for steps in (0, 1, contents.steps // 3, contents.steps // 2, contents.steps):
        made = contents.told(steps)
        for kind, status in zip(kinds(made), ("failed", "unknown", "manual"), strict=True):
            assert len(kind.listed) + numbers(kind.groups) == counts[status]
        assert sum(risk.number for risk in made.risks) + made.more_risks == len(report.accepted)
        assert sum(one.number for one in made.unseen) + made.more_unseen == len(report.gaps)
        for group in (group for kind in kinds(made) for group in kind.groups):
            assert len(group.ids) + group.more == group.number


@each_sample
def test_each_step_lists_one_point_more_the_worst_failed_one_first(name):
    contents = Contents(SAMPLES[name], {})
    ordered = [one.result.id for one in acceptance.open_points(SAMPLES[name].results)]
    for steps in (0, 1, 2, *range(3, contents.steps, 29), contents.steps):
        listed = [point.id for kind in kinds(contents.told(steps)) for point in kind.listed]
        assert listed == ordered[:steps]


def test_after_the_points_each_step_tells_more_of_what_was_accepted_and_not_seen():
    report = replace(largest(), results=largest().results[:5])
    contents = Contents(report, {})
    told = [contents.told(steps) for steps in (*range(5, contents.steps, 9), contents.steps)]
    left = [(one.more_risks, one.more_unseen) for one in told]
    assert min(left[0]) > 0
    assert left == sorted(left, reverse=True)
    assert (told[-1].more_risks, told[-1].more_unseen) == (0, 0)


@pytest.mark.parametrize(
    ("area", "english", "german"),
    [
        ("unknown_registrations", 'The setting "Unknown', "Die Einstellung „Unknown"),
        ("snmp_community", "The SNMP community", "Die SNMP-Community"),
        ("tls", "TLS", "TLS"),
    ],
)
def test_a_name_of_the_pages_of_a_pbx_is_told_as_one(area, english, german):
    gaps = [v1.Gap(area, "Not documented", "", None, "", [])]
    (one,) = whole(make_report(gaps=gaps)).unseen
    assert plain(one.what, "en").startswith(english)
    assert plain(one.what, "de").startswith(german)


def test_names_of_a_row_are_told_last():
    gaps = [v1.Gap(f"own_{n}", "Not documented", "", None, "", []) for n in range(9)]
    contents = Contents(make_report(result_of(RULES[0], "failed"), gaps=gaps), {})
    (least,), (most,) = contents.told(0).unseen, contents.told(contents.steps).unseen
    assert (least.number, least.more) == (9, 5)
    assert (most.number, most.more) == (9, 0)
    assert all(f"wn {n}" in plain(most.what, "de") for n in range(9))


@pytest.mark.parametrize("language", ["en", "de"])
def test_each_open_point_is_told_by_its_title_where_there_is_room(language):
    report = ordinary(language)
    text = text_of(report)
    for one in acceptance.open_points(report.results):
        assert text.count(plain(one.title, language)) == 1
    assert not any(kind.groups for kind in kinds(whole(report)))


def test_no_control_stands_in_a_record_twice():
    text = text_of(ordinary())
    for rule in RULES:
        assert len(re.findall(rf"\b{rule.id}\b", text.replace("HD-16 Hidden", ""))) <= 2
    failed = [rule.id for n, rule in enumerate(RULES) if n % 5 == 0]
    assert [name for name in failed if text.count(f"{name} ") > 1 and name != "HD-16"] == []


def test_points_that_others_close_are_not_in_one_row():
    report = mostly("unknown")
    first_grouped = acceptance.open_points(report.results)[0].result.id
    made = shortest(report, {first_grouped: AgreedPoint("K. Koerner", "2026-12-04")})
    (owned,) = [group for group in made.undecided.groups if group.owner]
    assert (owned.number, plain(owned.due, "de")) == (1, "04.12.2026")
    assert numbers(made.undecided.groups) == len(RULES)


def test_a_listed_point_has_who_closes_it_by_when():
    agreed = {RULES[1].id: AgreedPoint("K. Koerner", "2026-12-04", "with the vendor")}
    listed = whole(ordinary(), agreed).undecided.listed
    (owned,) = [point for point in listed if point.owner]
    assert (owned.id, plain(owned.due, "de")) == (RULES[1].id, "04.12.2026")
    assert owned.note == "with the vendor"


def test_violations_that_were_accepted_alike_are_one_row():
    accepted = [replace(ACCEPTED, subject=f"phone{n}") for n in range(7)]
    report = make_report(accepted=accepted)
    (least,), (most,) = shortest(report).risks, whole(report).risks
    assert (least.number, most.number) == (7, 7)
    assert plain(least.subjects, "de") == "phone0, phone1, 5 weitere"
    assert plain(most.subjects, "de") == ", ".join(f"phone{n}" for n in range(7))


def test_what_was_not_looked_at_is_told_by_its_cause():
    gaps = [v1.Gap(area, "Not documented", "", None, "", []) for area in ("tls", "objects", "tls")]
    made = whole(make_report(gaps=gaps))
    assert [(one.why, one.number) for one in made.unseen] == [("Not documented", 2)]


def test_a_record_of_nothing_open_says_so():
    report = handover(make_report(result_of(RULES[0], "passed")), "en")
    text = text_of(report)
    assert "No point is open." in text
    assert "Everything that was asked for was read." in text


@pytest.mark.parametrize("results", [(), (result_of(RULES[0], "failed"),)], ids=["none", "one"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_of_what_was_not_read_nobody_says_that_nothing_is_open(language, results):
    report = handover(make_report(*results), language)
    report = replace(report, run=replace(report.run, ended="unreached"))
    paper = html_page.render(report, paper=html_page.PrintedParts(annex=True))
    for text in (text_of(report), " ".join(Document(paper).text.split())):
        for untrue in UNTRUE:
            assert untrue not in text


def test_areas_begin_their_rows_with_a_capital_in_each_language():
    made = shortest(largest("en"))
    groups = [group for kind in kinds(made) for group in kind.groups]
    assert groups
    for group in groups:
        for language in ("en", "de"):
            assert plain(group.label, language)[0].isupper()


def test_a_record_is_in_one_language_and_inert():
    points = {RULES[0].id: OpenPoint(owner=HOSTILE, note=HOSTILE, due=date(2026, 12, 4))}
    branding = a_branding(disclaimer=HOSTILE, site=HOSTILE, open_points=points)
    source = page_of(branded(ordinary(), branding))
    document = Document(source)
    assert document.named("script") == []
    assert len(document.named("img")) == 1
    assert "\u202e" not in source
    assert f"style-src '{'sha256-' + digest_of(source, 'style')}'" in source
    assert "Handover record" not in document.text.replace(html_page.asset("record.css"), "")


@pytest.mark.parametrize(
    ("english", "german", "shown"),
    [
        ("Only then.", "Nur da.", {"en": "Only then.", "de": "Nur da."}),
        ("Only then.", "", {"en": "Only then.", "de": "Only then."}),
        ("", "Nur da.", {"en": "Nur da.", "de": "Nur da."}),
    ],
)
def test_a_disclaimer_is_in_the_language_of_the_record(english, german, shown):
    branding = a_branding(disclaimer=english, disclaimer_de=german)
    for language, text in shown.items():
        assert text in text_of(branded(ordinary(language), branding))
    page = html_page.render(branded(ordinary(), branding))
    assert all(text in page for text in shown.values())


@pytest.mark.parametrize(("language", "other"), [("de", "en"), ("en", "de")])
def test_paper_has_the_language_of_the_report_alone(language, other):
    page = html_page.render(
        ordinary(language), printed="all", paper=html_page.PrintedParts(annex=True)
    )
    assert f'<span lang="{other}"' not in page
    assert f'<span lang="{other}"' in html_page.render(ordinary(language))


def test_no_disclaimer_stands_before_the_verdict():
    report = branded(ordinary("en"), a_branding(disclaimer="Only then. " * 180))
    for page in (
        page_of(report),
        html_page.render(report, printed="all", paper=html_page.PrintedParts(annex=True)),
    ):
        assert page.index("Not compliant</") < page.index("Only then.")


@pytest.mark.parametrize(
    ("text", "german"),
    [
        ("2026-11-29", "29.11.2026"),
        ("2026-13-29", "2026-13-29"),
        ("2026-11-29 or so", "2026-11-29 or so"),
        ("0x2026-11-29", "0x2026-11-29"),
    ],
)
def test_a_day_is_german_in_german_and_iso_in_english(text, german):
    assert (day(text, "en"), day(text, "de")) == (text, german)


def test_days_in_sentences_are_german_wherever_they_come_from():
    told = say("the waiver ends today ({day})", day="2026-11-29")
    assert "29.11.2026" in translated(told, "de")
    assert "29.11.2026" in plain(told, "de")
    assert "2026-11-29" in plain(told, "en")
    made = gather([told], ())
    saved = make_report(templates=made.templates, sentences=made.sentences)
    (english,) = made.sentences
    assert "29.11.2026" in Sentences(saved).both(english).german


def test_the_scope_is_told_by_its_title():
    run = ordinary().run
    assert plain(acceptance.scope(run), "de") == "Alles, was ein Partner übergibt"
    part = replace(run, profile="handover, 3 of 102 controls")
    assert (
        plain(acceptance.scope(part), "en") == "Everything that a partner hands over (a part of it)"
    )
    assert acceptance.scope(replace(run, profile_title="")) == "handover"

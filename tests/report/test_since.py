"""What came and went since the last report: by name, and never fixed what was not looked at."""

from __future__ import annotations

from dataclasses import replace

from auditor.messages.both import Both
from auditor.messages.message import say
from auditor.report.change_summary import NAMED, changes
from auditor.report.compare import baseline_of, compare
from auditor.report.earlier_reports import with_history
from auditor.report.formats import json as report_json
from auditor.report.formats import markdown, terminal, terminal_changes
from auditor.report.formats.saved_reports import load_report
from auditor.report.formats.terminal_style import Look
from auditor.report.html import html_page
from auditor.report.sentences import Sentences, gather
from auditor.report.since import with_since
from tests.fixtures.sentences import says
from tests.report.factory import make_observation, make_report, make_result
from tests.report.test_html import Document


def at(day, *violated, fine=(), status="failed", **changes):
    found = [
        make_observation(name, verdict, fingerprint=f"{name:0>64}")
        for verdict, names in (("violated", violated), ("compliant", fine))
        for name in names
    ]
    report = make_report(make_result("HD-05", status, observations=found), **changes)
    return replace(report, run=replace(report.run, id=day, started=f"{day}T08:00:00+00:00"))


def since(now, *earlier, baseline=None):
    return with_since(with_history(now, earlier), earlier, baseline).since


def names(entries):
    return [one.subject for one in entries]


def test_what_came_and_went_is_named():
    found = since(at("2026-04-01", "b", fine=["a"]), at("2026-03-01", "a", fine=["b"]))
    assert (names(found.new), names(found.fixed)) == (["b"], ["a"])
    assert (found.started[:10], found.run, found.not_comparable) == ("2026-03-01", "2026-03-01", 0)


def test_it_is_compared_with_the_latest_report_on_the_same_system():
    now = at("2026-04-01", "a", "b")
    other = replace(at("2026-03-20"), target=replace(now.target, id="other"))
    later = at("2026-05-01", "a", "b")
    found = since(now, at("2026-01-01"), at("2026-03-01", "a"), other, later)
    assert found.started[:10] == "2026-03-01"
    assert names(found.new) == ["b"]


def test_new_is_what_no_report_has_seen_and_the_rest_came_back():
    found = since(at("2026-04-01", "a", "b"), at("2026-01-01", "a"), at("2026-03-01"))
    assert names(found.new) == ["b"]
    assert [(one.subject, one.first_seen[:10]) for one in found.returned] == [("a", "2026-01-01")]


def test_a_baseline_serves_where_there_is_no_report():
    baseline = baseline_of(at("2026-02-01", "a"))
    now = at("2026-04-01", "b", fine=["a"])
    assert names(since(now, baseline=baseline).fixed) == ["a"]
    assert since(now, at("2026-03-01"), baseline=baseline).started[:10] == "2026-03-01"
    assert since(now) is None


def test_what_nobody_looked_at_is_not_fixed_and_what_was_accepted_is_not_new():
    unread = at("2026-04-01", status="error")
    found = since(unread, at("2026-03-01", "a"))
    assert (found.fixed, found.not_comparable) == ([], 1)
    waived = at("2026-04-01", "b", status="waived")
    seen = [replace(one, waived=True) for one in waived.results[0].observations]
    waived = replace(waived, results=[replace(waived.results[0], observations=seen)])
    assert since(waived, at("2026-03-01", fine=["b"])).new == []


def with_many():
    now = at("2026-04-01", *(f"new{n}" for n in range(7)), fine=["old0"])
    before = at("2026-03-01", "old0")
    return with_since(with_history(now, [before]), [before])


def test_the_first_few_are_named_and_the_others_counted():
    told = changes(with_many(), Sentences(with_many()))
    assert [(one.kind, one.total, len(one.named), one.more) for one in told.changes] == [
        ("new", 7, NAMED, 3),
        ("fixed", 1, 1, 0),
    ]
    titles = {str(named.title) for one in told.changes for named in one.named}
    assert titles == {"The base user can call outside numbers"}
    shown = [named.title for one in told.changes for named in one.named]
    assert all(isinstance(title, Both) and title.german for title in shown)


def test_every_place_for_people_names_what_came_and_went(tmp_path):
    report = with_many()
    (tmp_path / "report.json").write_bytes(report_json.render(report))
    again = load_report(tmp_path / "report.json")
    assert again == report
    page = Document(html_page.render(again)).text
    for text in (page, terminal.render(again), markdown.render(again).decode()):
        flat = " ".join(text.split())
        for words in ("2026-03-01", "new3", "old0", "and 3 more", "Fixed"):
            assert words in flat
        assert "HD-05 The base user can call outside numbers" in flat


def test_that_nothing_changed_is_said():
    report = with_since(at("2026-04-01", "a"), [at("2026-03-01", "a")])
    assert says("nothing comparable changed", Document(html_page.render(report)).text)
    assert 'id="since"' not in html_page.render(at("2026-04-01", "a"))


NAME = say("the list of {count} PBX objects", count=44)


def with_a_name(report):
    """Return a report that knows what the name of a subject is made of."""
    made = gather([], [NAME])
    return replace(report, templates=made.templates, sentences=made.sentences)


def test_the_name_of_what_was_fixed_is_said_in_german():
    before, now = with_a_name(at("2026-03-01", str(NAME))), at("2026-04-01", fine=[str(NAME)])
    report = with_since(with_history(now, [before]), [before])
    (fixed,) = changes(report, Sentences(report)).changes
    assert isinstance(fixed.named[0].subject, Both)
    assert fixed.named[0].subject.german
    assert with_since(report, [before]).templates == report.templates


def test_what_only_the_earlier_report_has_is_said_in_german():
    before, now = with_a_name(at("2026-03-01", str(NAME))), make_report()
    shown = terminal_changes.render(
        compare(baseline_of(before), now),
        Look(width=300, language="de"),
        report=now,
        earlier=before,
    )
    german = before.results[0].translations["de"]
    assert (german.title_failed or german.title) in shown
    assert str(NAME) not in shown


def test_a_report_that_is_not_whole_lends_nothing():
    before = with_a_name(at("2026-03-01", str(NAME)))
    broken = replace(before, templates=[])
    now = at("2026-04-01", fine=[str(NAME)])
    assert with_since(now, [broken]).sentences == now.sentences


def test_why_violations_cannot_be_compared_is_said():
    before = at("2026-03-01", "a", "b")
    other = [replace(one, id="PBX-02") for one in at("2026-03-01", "c").results]
    now = replace(at("2026-04-01", status="error"), results=[*at("2026-04-01").results, *other])
    undecided = replace(at("2026-04-01", status="error").results[0])
    report = with_since(replace(now, results=[undecided, *other]), [before])
    assert [one.count for one in report.since.reasons] == [2, 1]
    told = changes(report, Sentences(report)).remarks
    assert says("cannot be compared because", told[1], count=2)
    assert says("cannot be compared because", told[2], count=1)
    assert len(told) == 3

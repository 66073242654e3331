"""A waiver that ends within 30 days is a warning wherever people look at a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from lxml import etree

from auditor.report.accepted import expiring
from auditor.report.formats import junit, markdown, terminal
from auditor.report.html import html_page
from tests.report.factory import (
    ACCEPTED,
    make_observation,
    make_report,
    make_result,
    make_waiver,
    with_waivers,
)

DAY = date(2026, 11, 22)


def ending(days, **changes):
    """Return a report with a waiver that counts so many days more."""
    day = (DAY + timedelta(days)).isoformat()
    waiver = make_waiver(state="used", detail="", place="waivers.toml:12", expires=day, **changes)
    accepted = replace(ACCEPTED, expires=day)
    waived = make_observation("goetz", waived=True, fingerprint=ACCEPTED.fingerprint)
    result = make_result("HD-16", "waived", observations=[waived])
    return with_waivers(make_report(result, accepted=[accepted]), waiver)


def said(report):
    """Return what each output says of the run."""
    suite = etree.fromstring(junit.render(report))[0]
    skipped = suite.find("testcase/skipped")
    return {
        "terminal": " ".join(terminal.render(report).split()),
        "markdown": markdown.render(report).decode(),
        "junit": suite.findtext("system-err") or "",
        "junit case": skipped.get("message"),
        "html": html_page.render(report),
    }


@pytest.mark.parametrize(("days", "warns"), [
    (-1, False), (0, True), (1, True), (29, True), (30, True), (31, False), (300, False),
])  # fmt: skip
def test_each_output_warns_within_30_days(days, warns):
    report = ending(days)
    assert bool(expiring(report)) is warns
    marks = {"terminal": "Warning ", "markdown": "| Warning |", "junit": "warning: HD-03",
             "junit case": "warning: ", "html": "Warning:"}  # fmt: skip
    found = {name: marks[name] in text for name, text in said(report).items()}
    assert found == dict.fromkeys(marks, warns)


@pytest.mark.parametrize("state", ["used", "unused", "lost", "gone", "undecided", "not-run"])
def test_whatever_it_did_in_the_run_it_ends(state):
    report = with_waivers(make_report(), make_waiver(state=state, expires="2026-12-01"))
    (found,) = expiring(report)
    assert dict(found.text.parameters) == {"count": 9, "day": "2026-12-01"}


def test_the_first_to_end_comes_first_and_none_hides_another():
    waivers = [make_waiver(place=f"w:{n}", expires=(DAY + timedelta(30 - n)).isoformat())
               for n in range(9)]  # fmt: skip
    report = with_waivers(make_report(), *waivers)
    assert [one.waiver.place for one in expiring(report)] == [f"w:{n}" for n in range(8, -1, -1)]
    assert "and 4 more" in terminal.render(report)
    assert markdown.render(report).decode().count("the waiver ends in") == 9
    assert len((etree.fromstring(junit.render(report))[0].findtext("system-err")).splitlines()) == 9


def test_the_page_says_it_in_german_too():
    assert "endet in 9 Tagen" in html_page.render(ending(9))


def test_a_date_of_somebody_else_is_none():
    assert not expiring(with_waivers(make_report(), make_waiver(expires="soon")))

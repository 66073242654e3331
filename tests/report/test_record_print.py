"""How much of a record is printed: as much as has room, by the pages that a browser made of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import OutputError
from auditor.messages.message import say
from auditor.report.formats import json as report_json
from auditor.report.formats import pdf
from auditor.report.handover import record_page, record_print
from auditor.report.handover.record import Contents
from tests.browser.record_samples import largest, ordinary

REPORT = ordinary()
FACTS = report_json.render(REPORT)
STEPS = record_page.contents(REPORT).steps


def browser_of(pages):
    """Return a browser for which a record has so many pages with so many steps."""

    def printed(told):
        return b"%%PDF-1.4 %d" % told + b"<</Type /Pages>>" + b"<</Type /Page\n>>" * pages(told)

    return printed


def render(monkeypatch, pages):
    """Return with how many steps a record is printed, and how many were tried for it."""
    tried, browser = [], browser_of(pages)

    def printed(steps):
        tried.append(steps)
        return browser(steps)

    monkeypatch.setattr(Contents, "told", lambda _, steps: steps)
    monkeypatch.setattr(record_page, "render", lambda _report, _facts, told: told)
    monkeypatch.setattr(pdf, "render", printed)
    content = record_print.render(REPORT, FACTS)
    return int(content.split(b" ")[1].split(b"<")[0]), tried


def test_what_fits_at_once_is_printed_once(monkeypatch):
    assert render(monkeypatch, lambda _: record_print.MOST_PAGES) == (STEPS, [STEPS])


@given(room=st.integers(0, STEPS - 1))
def test_as_much_is_printed_as_has_room_on_eight_pages(room):
    with pytest.MonkeyPatch.context() as patch:
        steps, tried = render(patch, lambda told: 8 if told <= room else 9)
    assert steps == room
    assert len(tried) <= STEPS.bit_length() + 2


def test_of_a_print_whose_pages_nobody_can_count_the_shortest_is_taken(monkeypatch):
    assert render(monkeypatch, lambda _: 0)[0] == 0


def test_a_browser_that_fails_is_not_asked_again(monkeypatch):
    asked = []

    def fail(page):
        asked.append(page)
        raise OutputError(say("cannot be written ({reason})", reason="full"))

    monkeypatch.setattr(pdf, "render", fail)
    with pytest.raises(OutputError):
        record_print.render(largest(), FACTS)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("content", "pages"),
    [
        (b"", 0),
        (b"<</Type /Pages /Count 2>>", 0),
        (b"<</Type /Page\n/Parent 3 0 R>> <</Type/Page/Parent 3 0 R>>", 2),
        (b"<</Type /PageLabel>>", 0),
    ],
)
def test_pages_are_counted_by_their_objects(content, pages):
    assert pdf.pages_of(content) == pages

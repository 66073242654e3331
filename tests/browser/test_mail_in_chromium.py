"""The HTML part of a digest as mail clients show it: narrow, dark, and without its style sheet."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from auditor.fleet.outward.digest.bodies import html_of
from auditor.fleet.outward.digest.digest_schema import (
    ControlMoved,
    Digest,
    Ending,
    Moves,
    NotRead,
    Others,
    Terms,
    Totals,
)
from auditor.fleet.outward.digest.written import written
from tests.browser.test_report_in_chromium import violations

pytestmark = pytest.mark.enable_socket

# A message is shown within the page of a client, which has the landmarks.
OF_PAGES = {"landmark-one-main", "region"}
LONG = "PBX" + "-of-a-long-name" * 12
STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)


def moved(severity, name="Graz", title="A password is too weak for what it protects"):
    return ControlMoved(
        name, name, "muster", "PBX-03", title, severity, 3, "pbx", whole=False, subjects=["W" * 200]
    )


def digest(language):
    controls = Moves([moved(one) for one in ("critical", "high", "medium", "low")], more=7)
    away = NotRead("linz", LONG, "muster", "unreachable", date(2026, 3, 1), None, news=True)
    ends = Ending("graz", "muster", "waiver", "HD-05", date(2026, 3, 9), news=True, pbx_name="Graz")
    return Digest(
        fleet="Systemhaus", recipient="officer",
        terms=Terms(["muster"], details=True, min_severity="info", language=language),
        run=3, day=date(2026, 3, 3), made=datetime(2026, 3, 3, 4, tzinfo=UTC), since=None,
        changed=True, totals=Totals(9, 8, 4, 1, 3, 1), failed=controls, not_read=[away],
        conflicts=[], undecided=controls, fixed=controls,
        ending=[ends],
        others=Others(1, 1, 1, 1), remarks=["A run did not happen."],
    )  # fmt: skip


@pytest.fixture
def shows(tab):
    """Show the mail as a client does; a client may take its style sheet away."""

    def show(language, width, scheme, *, has_style):
        page = tab(
            viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=True
        )
        html = html_of(written(digest(language)))
        page.set_content(html if has_style else STYLE.sub("", html))
        return page

    return show


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    ("width", "scheme", "has_style"),
    [
        (600, "light", True),
        (360, "dark", True),
        (360, "light", False),
        (600, "dark", False),
    ],
)
def test_a_client_shows_it(shows, language, width, scheme, has_style):
    page = shows(language, width, scheme, has_style=has_style)
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.evaluate(wide)
    # Contrast, headings and lists among them.
    assert [one for one in violations(page) if one[0] not in OF_PAGES] == []
    for place in ("h1", "h2", "li"):
        assert page.locator(place).first.is_visible()
    assert page.seen == []


def test_it_needs_no_style_sheet_to_say_how_bad_it_is(shows):
    page = shows("en", 360, "light", has_style=False)
    (worst, *_) = page.locator("li").all()
    assert worst.inner_text().startswith("critical: ")
    colour = "one => getComputedStyle(one).color"
    colours = [one.evaluate(colour) for one in page.locator("li").all()[:4]]
    assert len(set(colours)) == 3

"""The page is short at first, nothing in it is out of reach, and what is pointed at is large."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.report.earlier_reports import with_history
from auditor.report.formats.saved_reports import load_report
from auditor.report.since import with_since
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.record_samples import ordinary
from tests.browser.test_report_in_chromium import (
    MANAGER_LACKS,
    ONLY_IN_A_CLOSED_FOLD,
    a_handover,
    a_report,
    looked_at,
    page,
    show,
    violations,
    visit,
)
from tests.fixtures.program import execute
from tests.fixtures.soaked import crossed
from tests.report.factory import make_observation, make_report, make_result
from tests.report.test_gate_formats import mixed

__all__ = ["looked_at", "page", "show", "visit"]

pytestmark = pytest.mark.enable_socket

TITLE = "The base user can call internal and emergency numbers only"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    ended = execute(("demo", "--out", "."), folder, limit=300)
    assert (folder / "report.json").exists(), ended.said
    return load_report(folder / "report.json")


def height(page):
    return page.evaluate("document.documentElement.scrollHeight")


def test_the_demo_opens_at_most_six_screens_high(visit, demo):
    page = visit(demo, viewport=DESKTOP)
    assert height(page) <= 6 * 800
    page.locator("#view-manager").check()
    assert height(page) <= 1.5 * 800


def test_an_accepted_risk_and_a_gap_leave_the_manager_one_and_a_half_screens(visit):
    page = visit(a_report(), viewport=DESKTOP)
    page.locator("#view-manager").check()
    assert height(page) <= 1.5 * 800


def test_no_text_of_a_drawing_is_cut(visit, demo):
    page = visit(demo, viewport=PHONE)
    assert page.locator(".reach li").count() == 3
    cut = """[...document.querySelectorAll('.charts *')].filter(one => {
        const look = getComputedStyle(one);
        return !one.closest('.hidden') && (look.webkitLineClamp !== 'none'
            || (look.overflowX === 'hidden' && one.scrollWidth > one.clientWidth)
            || (look.overflowY === 'hidden' && one.scrollHeight > one.clientHeight));
    }).map(one => one.outerHTML)"""
    assert page.evaluate(cut) == []


@pytest.mark.parametrize("script", [True, False])
def test_a_page_of_all_controls_lists_each_once_until_somebody_asks(visit, script):
    page = visit(ordinary(), viewport=DESKTOP, java_script_enabled=script)
    assert height(page) <= 11 * 800
    control = page.locator("details.control", has_text="TRK-08")
    assert not control.is_visible()
    page.locator("nav").get_by_role("link", name="Prüfpunkte").click()
    page.locator("#controls").get_by_role("link", name="TRK-08").click()
    assert page.locator("#control-TRK-08").is_visible()


def test_search_shows_a_hit_in_a_folded_part_and_folds_it_again(visit):
    page = visit(ordinary())
    page.locator("#controls-title").click()
    page.locator("#search").fill("TRK-08")
    assert page.locator("#control-TRK-08").is_visible()
    page.locator("#search").fill("")
    assert not page.locator("#control-TRK-08").is_visible()


def test_nothing_is_unfolded_at_first(page):
    unfolded = page.locator("details:is(.control, .part, .step)[open]")
    assert unfolded.count() == 0


PARTS = [
    ("Subjects", "#subjects-title", "goetz29"),
    ("Frameworks", "#frameworks-title", "NET.4.1.A8"),
    ("Appendix", "#appendix-title", "Words"),
    ("What to do first", "#actions-title", "The base user can call outside numbers"),
    ("Not evaluated", "#not-evaluated-title", "Learn it"),
]


@pytest.mark.parametrize(
    ("part", "view", "script"), crossed(PARTS, ["manager", "technician"], [True, False])
)
def test_a_link_shows_the_part_that_it_leads_to(visit, script, view, part):
    link, heading, text = part
    page = visit(a_report(), java_script_enabled=script)
    page.locator(f"#view-{view}").check()
    page.locator("nav").get_by_role("link", name=link).click()
    assert page.locator(heading).is_visible()
    section = page.locator("section", has=page.locator(heading))
    assert section.get_by_text(text).first.is_visible()


def test_other_parts_stay_hidden_from_a_manager_who_followed_a_link(visit):
    page = visit(a_report(), java_script_enabled=False)
    page.locator("#view-manager").check()
    page.locator("nav").get_by_role("link", name="Frameworks").click()
    shown = [place for place in MANAGER_LACKS if page.locator(place).is_visible()]
    assert shown == ["#frameworks-title"]


def test_search_unfolds_and_marks_the_hits_and_folds_them_again(visit):
    page = visit(a_report())
    page.locator("#search").fill("goetz29")
    control = page.locator("details.control", has_text="HD-05")
    assert control.get_attribute("open") is not None
    assert control.locator(".members li", has_text="goetz29").is_visible()
    assert page.evaluate("CSS.highlights.get('hit').size") > 0
    page.locator("#search").fill("")
    assert page.locator("details.control[open]").count() == 0
    assert page.evaluate("CSS.highlights.get('hit').size") == 0


def test_search_does_not_fold_what_a_person_unfolded(visit):
    page = visit(a_report())
    page.locator("details.control summary", has_text="HD-04").first.click()
    page.locator("#search").fill("goetz29")
    page.locator("#search").fill("")
    assert page.get_by_text(ONLY_IN_A_CLOSED_FOLD).last.is_visible()


def test_search_points_at_other_parts_that_have_the_words(visit):
    page = visit(a_report())
    page.locator("#search").fill("NET.4.1.A8")
    hit = page.locator("details.part.hit")
    assert [one.strip() for one in hit.locator("summary").all_inner_texts()] == [
        "Requirements of frameworks"
    ]
    page.locator("#search").fill("")
    assert hit.count() == 0


def test_the_browser_finds_text_in_what_is_folded(visit):
    page = visit(a_report())
    assert page.evaluate(f"window.find({ONLY_IN_A_CLOSED_FOLD!r})") is True


SMALL = """least => [...document.querySelectorAll('a, button, summary, input, select')]
  .filter(one => one.checkVisibility({visibilityProperty: true}))
  .map(one => [one, (one.closest('.switch label') || one).getBoundingClientRect()])
  .filter(([one, box]) => box.right > 0 && (box.width < least - 0.01 || box.height < least - 0.01))
  .map(([one, box]) => `${one.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)"""


@pytest.mark.parametrize(("make", "width"), crossed([a_report, a_handover, mixed], [1280, 375]))
def test_whatever_is_pointed_at_is_24_pixels_wide_and_high(visit, make, width):
    page = visit(make(), viewport={"width": width, "height": 812})
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert page.evaluate(SMALL, 24) == []


PRINTED = """[...document.querySelectorAll('details > :not(summary)')]
  .filter(one => !one.parentElement.closest('.short .complete, .short .settled, td'))
  .filter(one => one.getBoundingClientRect().height === 0 && one.textContent.trim())
  .map(one => one.outerHTML.slice(0, 80))"""


def test_paper_has_every_part_unfolded(page):
    page.emulate_media(media="print")
    hidden = [one for one in page.evaluate(PRINTED) if "to-evidence" not in one]
    assert hidden == []
    for words in ("Requirements of frameworks", "Words", "Exit codes", "Signatures"):
        assert page.get_by_role("heading", name=words, exact=True).is_visible()


def changed(new, fixed):
    """Return a report with so many violations that came and went since the one before."""

    def at(day, violated, fine):
        found = [
            make_observation(f"{name} (Björn Götz)", verdict, fingerprint=f"{name:0>64}")
            for verdict, group in (("violated", violated), ("compliant", fine))
            for name in group
        ]
        report = make_report(*a_report().results, make_result("HD-06", title=TITLE,
                                                              observations=found))  # fmt: skip
        return replace(report, run=replace(report.run, started=f"{day}T08:00:00+00:00"))

    came, went = [f"n{n}" for n in range(new)], [f"f{n}" for n in range(fixed)]
    before, now = at("2026-10-01", went, came), at("2026-11-01", came, went)
    return with_since(with_history(now, [before]), [before])


@pytest.mark.parametrize(("new", "fixed"), [(0, 0), (9, 9)])
def test_what_came_and_went_is_on_the_first_screen(visit, new, fixed):
    page = visit(changed(new, fixed), viewport=DESKTOP)
    box = page.locator("#since").bounding_box()
    assert box["y"] + box["height"] <= 800
    assert page.locator("#since li").count() == min(new, 4) + min(fixed, 4)
    assert page.locator("#first-title").bounding_box()["y"] < 800
    assert violations(page) == []


def test_the_bar_adds_up_and_has_the_words_of_the_filters(visit):
    page = visit(mixed())
    legend = [" ".join(one.split()) for one in page.locator(".legend li").all_inner_texts()]
    assert legend == [
        "failed 2", "could not be decided 2", "for people 1", "accepted 1", "passed 1",
        "not applicable 1",
    ]  # fmt: skip
    filters = page.locator("#controls .filter label").filter(has=page.locator("[id^=show-]"))
    assert [one.strip().replace("(", "").replace(")", "") for one in filters.all_inner_texts()] == (
        legend
    )
    page.locator("#show-unknown").uncheck()
    rows = page.locator("#control-table tbody tr")
    assert [one.is_visible() for one in rows.filter(has_text="could not be decided").all()] == (
        [False, False]
    )


@pytest.mark.parametrize(("language", "width"), crossed(["de", "en"], [320, 768, 1280]))
def test_changes_trend_and_every_outcome_fit_beside_each_other(visit, language, width):
    report = replace(mixed(), run=replace(mixed().run, started="2026-11-22T21:04:09+00:00"))
    before = replace(report, run=replace(report.run, started="2026-10-01T08:00:00+00:00"))
    page = visit(with_since(with_history(report, [before]), [before]),
                 viewport={"width": width, "height": 800})  # fmt: skip
    page.locator(f"#language-{language}").check()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # No badge runs into the title beside it.
    assert (
        page.evaluate("""[...document.querySelectorAll('.control > summary')].filter(one => {
        const [badge, title] = one.children;
        const a = badge.getBoundingClientRect(), b = title.getBoundingClientRect();
        return b.top < a.bottom && a.top < b.bottom && a.right > b.left;
    }).length""")
        == 0
    )

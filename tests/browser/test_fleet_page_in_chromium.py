"""The pages of a fleet in a real browser: no request, no script needed, readable everywhere."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.fleet.history_model import AuditEnding, Expiry
from auditor.fleet.store.history import History
from auditor.model.vocabulary import Severity
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_report_in_chromium import violations
from tests.fixtures.fleet_story import Story, failed, passed, unknown, waived
from tests.fixtures.program import execute
from tests.fleet.conftest import Folder, pbx

pytestmark = pytest.mark.enable_socket

HOSTILE = "<script>window.owned = 1</script>\"'><img src=x onerror='window.owned = 1'>"
MANY_ROWS = """selector => {
    const body = document.querySelector(selector + " tbody");
    const rows = Array.from(body.rows);
    for (let at = 0; at < 1000; at += 1) { body.append(rows[at % rows.length].cloneNode(true)); }
}"""
NEXT_FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
NAMES = {
    "a-graz": "Graz",
    "a-linz": HOSTILE,
    "a-wien": "W" * 200,
    "b-enns": "Enns",
    "b-krems": "Krems",
    "b-new": "Neu",
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Write the pages of a fleet that has everything once."""
    folder = Folder(tmp_path_factory.mktemp("fleet"))
    folder.path.chmod(0o700)
    blocks = [
        pbx(one, tenant=one[0], tags=["hotel"] if one == "a-graz" else ["clinic"])
        + f"name = '''{name}'''\n"
        for one, name in NAMES.items()
    ]
    tenants = "".join(
        f'[[tenant]]\nid = "{one}"\nname = "Kunde {one} {"W" * 150}"\n' for one in "ab"
    )
    folder.inventory(*blocks, beginning=f'[fleet]\nname = "Systemhaus"\n{tenants}')
    with History.open(folder.path / "history.db") as history:
        _tell(Story(history))
    ended = execute(("fleet", "page", "--today", "2026-03-03"), folder.path)
    assert ended.code == 0, ended.said
    return folder.path / "reports"


def _tell(story):
    worst = {"severity": Severity.CRITICAL}
    first = {
        "a-graz": [failed("HD-01", **worst), passed("HD-02")],
        "a-linz": [passed("HD-01"), failed("HD-02", HOSTILE)],
        "a-wien": [passed("HD-01"), waived("HD-02")],
        "b-enns": [passed("HD-01"), passed("TRK-01")],
        "b-krems": [passed("HD-01")],
    }
    story.night(first)
    story.night({**first, "b-krems": AuditEnding.UNREACHABLE})
    story.night(
        {
            "a-graz": [failed("HD-01", **worst), unknown("HD-02")],
            "a-linz": [failed("HD-01"), passed("HD-02")],
            "a-wien": [passed("HD-01"), waived("HD-02")],
            "b-enns": [passed("HD-01"), passed("TRK-01")],
            "b-krems": AuditEnding.UNREACHABLE,
        },
        expiries={"a-wien": (Expiry("waiver", HOSTILE + "W" * 500, date(2026, 3, 9)),)},
    )


@pytest.fixture
def visit(tab, pages):
    """Open a page for one test."""
    opened = []

    def open_page(tenant="", **options):
        page = tab(**options)
        opened.append(page)
        page.address = (pages / tenant / "index.html").as_uri()
        page.goto(page.address)
        return page

    yield open_page
    for page in opened:
        page.close()


def shown(page):
    """Return the PBXs that the table shows."""
    return [row.get_attribute("id")[4:] for row in page.locator("#pbx-table tbody tr").all()
            if row.is_visible()]  # fmt: skip


def test_nothing_runs_and_nothing_is_requested(visit):
    page = visit()
    assert page.seen == [page.address]
    assert page.evaluate("window.owned") is None


@pytest.mark.parametrize(
    ("viewport", "scheme", "media"),
    [(DESKTOP, "dark", "screen"), (PHONE, "light", "screen"), (DESKTOP, "light", "print")],
    ids=["dark", "phone", "paper"],
)
def test_axe_finds_nothing(visit, viewport, scheme, media):
    page = visit(viewport=viewport, color_scheme=scheme)
    page.locator("#language-de").check()
    page.emulate_media(media=media, color_scheme=scheme)
    assert violations(page) == []


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_page_never_scrolls_sideways(visit, viewport):
    page = visit(viewport=viewport)
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.evaluate(wide)


def test_the_first_screen_says_who_needs_somebody_and_what_changed(visit):
    page = visit(viewport=DESKTOP)
    for place in ("#verdict", ".states", ".today"):
        box = page.locator(place).bounding_box()
        assert box["y"] + min(box["height"], 100) <= 800
    assert page.get_by_role("heading", name="5 of 6 PBXs need you today").is_visible()


def test_everything_is_there_without_script(visit):
    page = visit(java_script_enabled=False)
    assert not page.locator(".tools").is_visible()
    assert shown(page) == ["b-new", "b-krems", "a-graz", "a-linz", "a-wien", "b-enns"]
    page.locator("#language-de").check()
    assert page.get_by_role("heading", name="5 von 6 PBXs brauchen Sie heute").is_visible()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_filters(visit, viewport):
    page = visit(viewport=viewport)
    assert page.locator(".tools").is_visible()
    everything = shown(page)
    for choices, expected in (
        ({"state": "!"}, [one for one in everything if one != "b-enns"]),
        ({"state": "unreachable"}, ["b-krems"]),
        ({"tenant": "b"}, ["b-new", "b-krems", "b-enns"]),
        ({"tag": "1"}, ["a-graz"]),
        ({"outcome": "f"}, ["a-graz", "a-linz"]),
        ({"outcome": "f", "severity": "f1"}, ["a-graz"]),
        ({"outcome": "u"}, ["a-graz"]),
        ({"outcome": "u", "severity": "f2"}, ["a-graz"]),
        ({"outcome": "u", "severity": "f1"}, []),
        ({"outcome": "w"}, ["a-wien"]),
        ({"outcome": "w", "severity": "f2"}, ["a-wien"]),
        ({"outcome": "w", "severity": "f1"}, []),
        ({"control": "HD-02"}, ["a-graz", "a-wien"]),
        ({"area": "toll-fraud"}, []),
    ):
        for name, value in choices.items():
            page.select_option(f"#by-{name}", value)
        assert shown(page) == expected, choices
        assert page.locator("#found-count").inner_text() == str(len(expected))
        visible = page.locator(".heat tbody tr:not([hidden])").count()
        assert visible == len([one for one in expected if one != "b-new"])
        for name in choices:
            page.select_option(f"#by-{name}", "")
    page.locator("#search").fill("krems b")
    assert shown(page) == ["b-krems"]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_one_button_takes_every_filter_back(visit, viewport):
    page = visit(viewport=viewport)
    everything = shown(page)
    button = page.get_by_role("button", name="Show all")
    assert button.count() == 0
    page.select_option("#by-tenant", "b")
    page.select_option("#by-outcome", "w")
    page.locator("#search").fill("nowhere")
    assert shown(page) == []
    button.click()
    assert shown(page) == everything
    assert page.locator("#found-count").inner_text() == str(len(everything))
    assert button.count() == 0
    assert page.evaluate("document.activeElement.id") == "search"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_rows_that_are_far_away_are_not_laid_out(visit, viewport):
    page = visit(viewport=viewport)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    before = _laid_out(session)
    for table in ("#pbx-table", ".heat"):
        page.evaluate(MANY_ROWS, table)
    page.evaluate(NEXT_FRAME)
    page.locator("#language-de").check()
    page.evaluate(NEXT_FRAME)
    assert _laid_out(session) - before < 2 * 1_000 * 8


def _laid_out(session):
    known = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return known["LayoutObjects"]


def test_columns_are_under_their_headings(visit):
    page = visit(viewport=DESKTOP)
    heads = page.locator("#pbx-table thead th").all()
    cells = page.locator("#pbx-a-graz > *").all()
    assert len(heads) == len(cells) == 8
    for head, cell in zip(heads, cells, strict=True):
        assert head.bounding_box()["x"] == pytest.approx(cell.bounding_box()["x"], abs=1)


def test_a_reader_of_screens_has_a_table(visit):
    page = visit(viewport=DESKTOP)
    table = page.get_by_role("table").filter(has=page.locator("#pbx-a-graz"))
    assert table.count() == 1
    assert table.get_by_role("row").count() == 7
    assert table.get_by_role("rowheader").count() == 6
    assert table.get_by_role("columnheader").count() == 8


def test_a_cell_says_what_it_is(visit):
    page = visit(viewport=DESKTOP)
    drawing = page.locator('.heat tr[data-p="a-graz"] td svg')
    drawing.hover(position={"x": 5, "y": 5})
    told = page.locator("#cell").inner_text()
    assert "Graz, HD-01" in told
    assert "failed, critical" in told
    page.locator("#language-de").check()
    drawing.hover(position={"x": 6, "y": 6})
    assert "kritisch" in page.locator("#cell").inner_text()


def test_a_long_name_in_the_heat_map_is_cut_visibly(visit):
    page = visit(viewport=DESKTOP)
    page.locator("#map").scroll_into_view_if_needed()
    link = page.locator('.heat tr[data-p="a-wien"] th a')
    cell = page.locator('.heat tr[data-p="a-wien"] th').bounding_box()
    box = link.bounding_box()
    assert box["x"] + box["width"] <= cell["x"] + cell["width"]
    assert link.evaluate("one => getComputedStyle(one).textOverflow") == "ellipsis"


def test_a_phone_reads_what_the_drawing_says(visit):
    page = visit(viewport=PHONE)
    page.locator("#map").scroll_into_view_if_needed()
    assert not page.locator(".heat tr[data-p=a-graz] svg").is_visible()
    # What is near is drawn in a later frame.
    page.locator(".heat tr[data-p=a-graz] td p").get_by_text("HD-01").wait_for()


def test_a_tenant_has_no_choice_of_tenants(visit):
    page = visit("a")
    assert page.locator("#by-tenant").count() == 0
    assert shown(page) == ["a-graz", "a-linz", "a-wien"]
    assert page.seen == [page.address]


def test_on_paper_each_row_names_what_it_draws(visit):
    page = visit(viewport=DESKTOP)
    page.emulate_media(media="print")
    told = page.locator(".heat tbody p", has=page.locator("i")).first
    assert told.bounding_box()["width"] > 100
    ends = page.locator(".pbxs td:nth-child(8)").first
    assert ends.evaluate("cell => getComputedStyle(cell).whiteSpace") == "nowrap"

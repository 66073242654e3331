"""No word is broken where its column has room for it, and no text of a drawing is cut."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.remediation import runbook_page
from auditor.report.html import html_page
from auditor.report.schema import v1
from auditor.report.schema.v1since import Earlier
from tests.browser.record_samples import largest, ordinary, page_of
from tests.browser.test_report_in_chromium import violations
from tests.fixtures.pbx import configuration_of
from tests.report.factory import make_evidence, make_observation, make_waiver, with_waivers
from tests.run.test_session import session_of

pytestmark = pytest.mark.enable_socket
# A4 without its margins, in CSS pixels, has the last width.
# The narrowest and paper show most of it; the others take long.
SCREENS = [
    (320, "screen"),
    *(pytest.param(width, "screen", marks=pytest.mark.soak) for width in (375, 768, 1280)),
    (672, "print"),
]

# Words of text on several lines, each with what it stands in, though that is wide enough for it.
# An id and an arrow are words. Where a hyphen was put in, or a word may break at a mark inside,
# nothing is broken.
BROKEN = """() => {
  const broken = [], canvas = document.createElement('canvas').getContext('2d');
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, holder = node.parentElement;
    if (!holder.checkVisibility() || holder.closest('.hidden, script, style, svg, code')) continue;
    for (const word of node.data.matchAll(/[A-Z]{2,4}-\\d\\d|->|[\\p{L}\\p{N}]+/gu)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const boxes = [...range.getClientRects()].filter(box => box.width > 0);
      if (new Set(boxes.map(box => Math.round(box.top))).size < 2) continue;
      let block = holder;
      while (getComputedStyle(block).display.startsWith('inline')) block = block.parentElement;
      const style = getComputedStyle(block), own = getComputedStyle(holder);
      const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
      const room = block.clientWidth - padding;
      canvas.font = `${own.fontWeight} ${own.fontSize} ${own.fontFamily}`;
      const wide = canvas.measureText(word[0]).width;
      if (wide <= room || word[0].length < 20)
        broken.push(`${word[0]} in ${block.tagName}.${block.className} ${Math.round(room)}`);
    }
  }
  return [...new Set(broken)];
}"""
CUT = """() => [...document.querySelectorAll('svg text')].filter(text => {
  if (!text.checkVisibility() || getComputedStyle(text).display === 'none') return false;
  const box = text.getBBox(), view = text.ownerSVGElement.viewBox.baseVal;
  return box.x < view.x || box.y < view.y || box.x + box.width > view.x + view.width ||
    box.y + box.height > view.y + view.height;
}).map(text => text.textContent)"""
CLIPPED = """() => [...document.querySelectorAll('.reach li, .reach small, .reach strong')]
  .filter(part => part.scrollHeight > part.clientHeight + 1 && part.clientHeight > 0)
  .map(part => part.textContent)"""

# Cells whose words reach into the next one, which has them too.
COLLIDING = """() => [...document.querySelectorAll('.areas tr')].flatMap(row => {
  const cells = [...row.cells].filter(cell => cell.checkVisibility()).map(cell => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    const boxes = [...range.getClientRects()].filter(box => box.width > 1);
    return {text: cell.innerText, left: Math.min(...boxes.map(box => box.left)),
      right: Math.max(...boxes.map(box => box.right))};
  });
  return cells.slice(1).filter((cell, at) => cell.left < cells[at].right + 2).map(one => one.text);
})"""


def a_report(language):
    """Return a handover of everything, with names as users and devices have them."""
    report = ordinary(language)
    names = [
        "hot-desk-base (Hot Desk Base)",
        "max.mustermann@telefonanlage.example.com",
        "IP222-03",
    ]
    seen = [
        make_observation(subject=name, evidence=[make_evidence(), make_evidence(value="x" * 40)])
        for name in names
    ]
    results = [replace(one, observations=seen) for one in report.results[::20]]
    scores = (None, 45, None, 100, 0)
    earlier = [
        Earlier(f"2026-0{n}-11T10:00:00+00:00", "handover", score, {"failed": 20 * n, "unknown": 9})
        for n, score in enumerate(scores, 1)
    ]
    run = replace(report.run, history=earlier)
    gap = v1.Gap("native_authentication_disabled", "Not documented", "", None, "", ["ADM-06"])
    made = replace(report, results=results, run=run, gaps=[*report.gaps, gap])
    return with_waivers(made, make_waiver())


@pytest.fixture(scope="module", params=["de", "en"])
def page(request, browser, tmp_path_factory):
    path = tmp_path_factory.mktemp("words") / "report.html"
    path.write_text(html_page.render(a_report(request.param), printed="all"), encoding="utf-8")
    opened = browser.new_page(bypass_csp=True)
    opened.goto(path.as_uri())
    opened.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    opened.add_style_tag(content=".body { content-visibility: visible !important; }")
    yield opened
    opened.close()


@pytest.mark.parametrize(("width", "media"), SCREENS)
def test_no_word_of_the_page_is_broken(page, width, media):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(media=media)
    assert page.evaluate(BROKEN) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [320, 390, 430, 700])
def test_no_column_runs_into_the_next_one(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(media="screen")
    assert page.evaluate(COLLIDING) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "media"), SCREENS)
def test_no_text_of_a_drawing_is_cut(page, width, media):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(media=media)
    assert page.evaluate(CUT) == []
    assert page.evaluate(CLIPPED) == []


def shown(browser, path, content, width, media="screen"):
    path.write_text(content, encoding="utf-8")
    opened = browser.new_page(viewport={"width": width, "height": 900}, bypass_csp=True)
    opened.emulate_media(media=media)
    opened.goto(path.as_uri())
    return opened


@pytest.mark.parametrize("language", ["de", "en"])
def test_no_word_of_the_record_is_broken(browser, tmp_path, language):
    report = ordinary(language)
    content = page_of(report)
    opened = shown(browser, tmp_path / "record.html", content, 665, "print")
    assert opened.evaluate(BROKEN) == []
    opened.close()


def test_no_name_makes_the_record_wider_than_its_sheet(browser, tmp_path):
    report = largest("de", "W" * 190)
    content = page_of(report)
    opened = shown(browser, tmp_path / "record.html", content, 665, "print")
    assert opened.evaluate("document.documentElement.scrollWidth") <= 665
    opened.close()


@pytest.mark.parametrize("width", [375, 768])
def test_no_word_of_a_runbook_is_broken_and_what_is_done_can_be_ticked(
    browser,
    tmp_path,
    width,
):
    path = tmp_path / "cfg.txt"
    path.write_bytes(configuration_of("insecure"))
    session = session_of("insecure", profile="handover")
    plan = session.plan(session.audit(str(path)).outcome, "PBX-Köln", "run-1").plan
    content = runbook_page.render(plan, "de", session.setup.catalogue.rules)
    opened = shown(browser, tmp_path / "runbook.html", content, width)
    assert violations(opened) == []
    folded = opened.evaluate("document.documentElement.scrollHeight")
    for chapter in opened.locator(".chapter > summary").all():
        assert chapter.bounding_box()["height"] >= 24
        chapter.click()
    assert opened.evaluate("document.documentElement.scrollHeight") > 2 * folded
    assert opened.evaluate(BROKEN) == []
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.locator(".steps .tick").first.bounding_box()["width"] > 10
    assert violations(opened) == []
    opened.close()

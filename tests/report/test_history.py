"""Earlier reports: since when a finding is known, and the way of the score."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.errors import InputError
from auditor.report.earlier_reports import with_history
from auditor.report.embedded import NoReportError, embed, report_in_page
from auditor.report.formats import json as report_json
from auditor.report.formats.saved_reports import load_report
from auditor.report.html import charts, html_page
from tests.report.factory import make_observation, make_report, make_result


def at(day, *observations, score=50, target="0090330000ab"):
    report = make_report(make_result(observations=list(observations)))
    return replace(
        report,
        run=replace(report.run, started=f"{day}T08:00:00+00:00"),
        target=replace(report.target, id=target),
        summary=replace(report.summary, score=score),
    )


OLD, NEW = make_observation("old"), make_observation("new")


def seen(report):
    return {found.subject: found.first_seen[:10] for found in report.results[0].observations}


def test_first_seen_is_the_oldest_report_with_the_same_finding():
    known = [at("2026-03-01", OLD), at("2026-01-01", OLD), at("2026-02-01")]
    assert seen(with_history(at("2026-04-01", OLD, NEW), known)) == {
        "old": "2026-01-01",
        "new": "2026-04-01",
    }


def test_what_an_earlier_report_knew_from_still_earlier_ones_is_kept():
    known = at("2026-03-01", replace(OLD, first_seen="2025-01-01T00:00:00+00:00"))
    assert seen(with_history(at("2026-04-01", OLD), [known]))["old"] == "2025-01-01"


def test_another_verdict_is_another_finding():
    known = at("2026-03-01", replace(OLD, verdict="compliant"))
    assert seen(with_history(at("2026-04-01", OLD), [known]))["old"] == "2026-04-01"


def test_reports_of_other_systems_and_later_ones_are_left_out():
    known = [at("2026-03-01", OLD, target="other"), at("2026-05-01", OLD)]
    report = at("2026-04-01", OLD)
    assert with_history(report, known) == report


def test_the_trend_draws_scores():
    known = [at("2026-01-01", score=0), at("2026-03-01", score=100)]
    trend = charts.trend(with_history(at("2026-04-01", NEW, score=50), known))
    assert [point.score for point in trend.points] == [0, 100, 50]
    assert [point.y for point in trend.points] == [125, 20, 72.5]
    assert len(trend.line.split()) == 3
    assert trend.blocks == []


def counted(day, score, **counts):
    report = at(day, score=score)
    return replace(report, summary=replace(report.summary, counts=counts))


def test_where_a_score_was_withheld_the_trend_draws_what_failed_and_what_was_left_open():
    known = [counted("2026-01-01", None, failed=4, unknown=1, error=1, passed=9),
             counted("2026-02-01", 80, passed=15)]  # fmt: skip
    now = counted("2026-04-01", 50, failed=2, passed=13)
    trend = charts.trend(with_history(now, known))
    assert trend.line == ""
    assert [(one.tone, one.controls) for one in trend.blocks] == [
        ("failed", 4),
        ("unknown", 2),
        ("failed", 2),
    ]
    first, above, last = trend.blocks
    assert above.y + above.height < first.y < last.y
    assert min(one.height for one in trend.blocks) >= 14
    page = html_page.render(with_history(now, known))
    assert "could not be decided, over time" in page


def test_a_long_trend_stays_inside_its_drawing():
    known = [counted(f"2025-{month:02}-{day:02}", None, failed=month, unknown=999)
             for month in range(1, 13) for day in range(1, 28)]  # fmt: skip
    trend = charts.trend(with_history(at("2026-04-01"), known))
    assert min(one.y for one in trend.blocks) >= 0
    assert all(0 <= one.x - trend.width / 2 <= 640 - trend.width for one in trend.blocks)


def test_a_page_is_read_back_as_the_report_that_it_shows(tmp_path):
    report = at("2026-04-01", OLD)
    page = tmp_path / "report.html"
    page.write_text(html_page.render(report), encoding="utf-8")
    assert load_report(page) == report


ELEMENT = '<!DOCTYPE html><script type="application/octet-stream" id="report-json">{}</script>'
DAMAGED = {
    "no report": "<!DOCTYPE html><p>Hello",
    "two reports": html_page.render(at("2026-04-01", OLD)) * 2,
    "not a report": ELEMENT.format(embed([b"[1]"]).data),
    "no base64": ELEMENT.format("A"),
    "cut off": ELEMENT.format(embed([report_json.render(at("2026-04-01", OLD))]).data[:400]),
}


@pytest.mark.parametrize("damage", list(DAMAGED))
def test_a_damaged_page_is_refused(tmp_path, damage):
    page = tmp_path / "report.html"
    page.write_text(DAMAGED[damage], encoding="utf-8")
    with pytest.raises(InputError):
        load_report(page)


def test_a_bomb_is_refused(monkeypatch):
    monkeypatch.setattr("auditor.report.embedded.LIMIT", 1_000)
    packed = embed([b" " * 2_000]).data
    page = f'<script type="application/octet-stream" id="report-json">{packed}</script>'.encode()
    with pytest.raises(NoReportError):
        report_in_page(page)


def test_packing_gives_the_same_for_the_same():
    content = report_json.render(at("2026-04-01", OLD))
    assert embed([content]) == embed(content[at : at + 7] for at in range(0, len(content), 7))

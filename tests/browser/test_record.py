"""The record of a handover, printed by a real Chromium: short for any system, and in order."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from auditor.errors import OutputError
from auditor.messages.message import say
from auditor.report.formats import json as report_json
from auditor.report.formats import pdf
from auditor.report.handover import record_print
from auditor.run.report_writer import Rendering, write_formats
from tests.browser.conftest import CHROMIUM, need
from tests.browser.record_samples import RULES, ordinary
from tests.browser.test_pdf import text_of, titles
from tests.fixtures.pbx import write

pytestmark = pytest.mark.enable_socket
ORDER = [
    *("Übergabeprotokoll", "Nicht konform", "Zusammenfassung", "Offene Punkte", "Zu beheben"),
    *("Nicht zu entscheiden", "Von Menschen zu prüfen", "Akzeptierte Risiken", "Zugangsdaten"),
    *("Übergeben und vereinbart", "Was nicht angesehen wurde", "Abnahme"),
]


def printed(report):
    need(Path(CHROMIUM).exists(), CHROMIUM)
    return PdfReader(BytesIO(record_print.render(report, report_json.render(report))))


@pytest.fixture(scope="module")
def record():
    return printed(ordinary())


def test_an_ordinary_record_is_shorter_still(record):
    assert len(record.pages) <= 6


def test_parts_come_in_the_order_in_which_people_read_and_sign(record):
    assert titles(record.outline) == ORDER


def test_the_verdict_is_on_the_first_page_and_the_signature_on_the_last(record):
    assert "Nicht konform" in record.pages[0].extract_text()
    assert "Für den Kunden" in record.pages[-1].extract_text()


def test_pages_are_a4_and_numbered_in_german(record):
    for number, page in enumerate(record.pages, 1):
        assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]
        assert f"Seite {number} von {len(record.pages)}" in " ".join(page.extract_text().split())


def test_days_are_german(record):
    text = text_of(record)
    assert "22.11.2026" in text
    assert "31.01.2027" in text
    assert not re.search(r"\d{4}-\d\d-\d\d", text)


@pytest.mark.soak
def test_the_annex_has_every_control_and_no_signature(tmp_path):
    need(Path(CHROMIUM).exists(), CHROMIUM)
    rendering = Rendering(runbook=lambda: '<section id="runbook"><h2>Schritt 4711</h2></section>')
    report = ordinary()
    written = [path.name for path in write_formats(tmp_path, ["pdf"], report, rendering)]
    assert written == ["report.pdf", "report-annex.pdf"]
    text = text_of(PdfReader(tmp_path / "report-annex.pdf"))
    assert [rule.id for rule in RULES if rule.id not in text] == []
    assert "Anhang zum Übergabeprotokoll" in text
    assert "Für den Kunden" not in text
    assert text.index("Schritt 4711") > text.index("Prüfsumme des Berichts")


def test_all_details_make_one_file_with_everything(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "render", lambda page, *_: page.encode())
    rendering = Rendering(details="all", runbook=lambda: "<p>Schritt 4711</p>")
    written = [path.name for path in write_formats(tmp_path, ["pdf"], ordinary(), rendering)]
    assert written == ["report.pdf"]
    page = (tmp_path / "report.pdf").read_text(encoding="utf-8")
    assert "Schritt 4711" in page
    assert 'id="acceptance"' in page


@pytest.mark.parametrize("failing", ["report.pdf", "report-annex.pdf"])
def test_a_print_that_fails_loses_nothing_else_and_leaves_no_earlier_one(
    tmp_path, monkeypatch, failing
):
    def browser(page, name="report.pdf", *_):
        if name == failing:
            raise OutputError(say("cannot be written ({reason})", reason=name))
        return page.encode()

    monkeypatch.setattr(pdf, "render", browser)
    earlier = {"report.pdf", "report-annex.pdf", "report.json"}
    write(tmp_path, dict.fromkeys(earlier, "earlier"))
    with pytest.raises(OutputError, match=failing):
        list(write_formats(tmp_path, ["pdf", "json", "csv"], ordinary()))
    left = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    printed = {"report.pdf"} if failing == "report-annex.pdf" else set()
    assert left.keys() == {"report.json", "findings.csv", "objects.csv", *printed}
    assert "earlier" not in left.values()


def test_one_file_of_everything_leaves_no_earlier_annex(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "render", lambda page, *_: page.encode())
    write(tmp_path, {"report-annex.pdf": "earlier"})
    list(write_formats(tmp_path, ["pdf"], ordinary(), Rendering(details="all")))
    assert {path.name for path in tmp_path.iterdir()} == {"report.pdf"}

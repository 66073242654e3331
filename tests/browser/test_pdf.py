"""The PDF: printed by a real Chromium, with pages, bookmarks and everything unfolded."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from auditor.errors import InputError, OutputError
from auditor.report import html, pdf
from tests.browser.test_report_in_chromium import CHROMIUM, a_report, need

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def document():
    need(Path(CHROMIUM).exists(), CHROMIUM)
    report = a_report()
    report = replace(report, run=replace(report.run, language="de", profile="handover"))
    return PdfReader(BytesIO(pdf.render(html.render(report))))


def titles(outline):
    for entry in outline:
        if isinstance(entry, list):
            yield from titles(entry)
        else:
            yield entry.title


def text_of(document):
    return " ".join(" ".join(page.extract_text() for page in document.pages).split())


def test_pages_are_a4_and_numbered_in_the_language_of_the_report(document):
    for number, page in enumerate(document.pages, 1):
        assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]
        assert f"Seite {number} von {len(document.pages)}" in " ".join(page.extract_text().split())


def test_bookmarks_lead_to_every_part(document):
    found = set(titles(document.outline))
    wanted = {"Übergabeprotokoll", "Offene Punkte", "Abnahme", "Einzelheiten", "Anhang"}
    assert wanted <= found
    assert any(title.startswith("HD-05") for title in found)


def test_folded_parts_are_printed_in_one_language_only(document):
    text = text_of(document)
    assert "Hidden by the template" in text
    assert "goetz29" in text
    assert "Nicht konform" in text
    assert "Not compliant" not in text
    assert not re.search(r"\bKopieren\b", text)


def test_the_steps_of_a_remedy_stay_on_one_page(document):
    for page in document.pages:
        text = " ".join(page.extract_text().split())
        assert text.count("Abhilfe") == text.count("Rückweg") == text.count("Kontrolle")


def test_without_a_browser_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _name: None)
    monkeypatch.delenv(pdf.VARIABLE, raising=False)
    with pytest.raises(InputError, match="Chromium"):
        pdf.find_browser()


def test_a_browser_that_does_not_print_is_an_output_error(monkeypatch):
    need(Path("/bin/true").exists(), "/bin/true")
    monkeypatch.setenv(pdf.VARIABLE, "/bin/true")
    with pytest.raises(OutputError):
        pdf.render("<!DOCTYPE html>")

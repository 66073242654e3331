"""The PDF: printed by a real Chromium, with pages, bookmarks and everything unfolded."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import gettempdir

import pytest
from pypdf import PdfReader

from auditor.errors import InputError, OutputError
from auditor.report.formats import pdf
from auditor.report.formats.saved_reports import load_report
from auditor.report.html import html_page
from tests.browser.conftest import CHROMIUM, need
from tests.browser.test_report_in_chromium import a_report
from tests.fixtures.pbx import PBX_PASSWORD, configuration_of, write
from tests.fixtures.program import execute, site_option

pytestmark = pytest.mark.enable_socket


# Titles that take two lines on paper; a space at the end of the first one is easily lost.
LONG_TITLE = "Kein Gerät und keine App Platform hat eine Version mit veröffentlichter Schwachstelle"


def a_handover():
    report = a_report()
    long = dict.fromkeys(("title", "title_failed", "title_unknown"), LONG_TITLE)
    told = [replace(r, translations={"de": replace(r.translations["de"], **long)})
            for r in report.results]  # fmt: skip
    run = replace(report.run, language="de", profile="handover")
    return replace(report, run=run, results=told)


def printed(report, details=None):
    need(Path(CHROMIUM).exists(), CHROMIUM)
    return PdfReader(
        BytesIO(
            pdf.render(html_page.render(report, printed=details, paper=html_page.PrintedParts()))
        )
    )


@pytest.fixture(scope="module")
def document():
    return printed(a_handover(), "all")


@pytest.fixture(scope="module")
def short():
    return printed(a_handover())


def flat(outline):
    for entry in outline:
        if isinstance(entry, list):
            yield from flat(entry)
        else:
            yield entry


def entries(document):
    return [(entry.title, entry) for entry in flat(document.outline)]


def titles(outline):
    return [entry.title for entry in flat(outline)]


@cache  # to take the text out of a document takes longer than to print it
def pages_of(document):
    return [" ".join(page.extract_text().split()) for page in document.pages]


def text_of(document):
    return " ".join(filter(None, pages_of(document)))


def test_pages_are_a4_and_numbered_in_the_language_of_the_report(document):
    for page in document.pages:
        assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]
    texts = pages_of(document)
    for number, text in enumerate(texts, 1):
        assert f"Seite {number} von {len(texts)}" in text


def test_bookmarks_lead_to_every_part(document):
    found = set(titles(document.outline))
    wanted = {"Übergabeprotokoll", "Offene Punkte", "Abnahme", "Einzelheiten", "Anhang"}
    assert wanted <= found
    assert {f"{result.id} {LONG_TITLE}" for result in a_handover().results} <= found


def test_a_short_record_has_details_of_what_is_not_settled_only(short):
    found = [title.split()[0] for title in titles(short.outline)]
    assert [title for title in found if title.startswith("HD-")] == ["HD-05", "HD-02", "HD-16"]
    text = text_of(short)
    assert "die Einzelheiten von 1 Prüfpunkt" in text
    assert "All das steht in report.html und report.json" in text
    assert "Hidden by the template" not in text
    for word in ("HD-04", "Restrisik", "Zugangsdaten", "Für den Kunden", "SEC-7"):
        assert word in text


def test_a_short_record_leaves_out_evidence_of_what_was_not_decided(short, document):
    assert text_of(document).count("Anforderungen der Regelwerke") > 0
    assert "Anforderungen der Regelwerke" not in text_of(short)
    assert "goetz29" in text_of(document)
    assert "goetz29" not in text_of(short)
    assert "30 Gegenstände" in text_of(short)


def test_paper_says_that_the_first_page_lists_a_part_only(short):
    assert "Warum, und was zu tun ist" in text_of(short)


def test_the_acceptance_is_a_page_of_its_own_after_the_open_points(short):
    pages = {title: short.get_destination_page_number(entry) for title, entry in entries(short)}
    assert pages["Übergabeprotokoll"] <= pages["Offene Punkte"] < pages["Abnahme"]
    assert [title for title, page in pages.items() if page == pages["Abnahme"]] == ["Abnahme"]


@pytest.mark.soak
def test_the_handover_of_a_whole_system_can_be_read_from_start_to_end(tmp_path):
    need(Path(CHROMIUM).exists(), CHROMIUM)
    write(tmp_path, {"hardened.txt": configuration_of("hardened")})
    audit = ("audit", "hardened.txt", *site_option("hardened"), "--profile", "handover")
    made = ("--language", "de", "--format", "json,pdf", "--out", ".")
    # Chromium ends where the path of its socket is too long, as that of a test's folder may be.
    variables = {"PBX_AUDITOR_PBX_PASSWORD": PBX_PASSWORD, "TMPDIR": gettempdir()}
    # A browser that shares two cores with other tests takes its time over all controls.
    ended = execute((*audit, *made), tmp_path, limit=700, **variables)
    assert "report.pdf" in ended.err, ended.said
    report = load_report(tmp_path / "report.json")
    assert len(report.results) > 100
    assert len(PdfReader(tmp_path / "report.pdf").pages) <= 8
    text = text_of(PdfReader(tmp_path / "report-annex.pdf"))
    assert [result.id for result in report.results if result.id not in text] == []
    assert "\\" not in text[text.index("Abhilfe für") :]


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

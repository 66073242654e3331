"""What customers read says it in their words: no names of ours, and German days in German."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from auditor.facts import known_facts
from auditor.messages.languages import LANGUAGES
from auditor.remediation import runbook_page
from auditor.report.html import html_page
from auditor.report.prose import title_of
from auditor.report.sentences import Sentences
from auditor.report.translation import plain
from tests.browser.record_samples import page_of
from tests.fixtures.pbx import configuration_of
from tests.run.test_session import session_of

# Libraries, kinds of passwords, results of programs, and profiles by their names: "baseline" is
# a word of firmware too, and "handover" one of English.
_ANY = "zxcvbn|bruteforce|exit.?codes?|dialects?|Dialekte?|Rückgabewerte?"
INTERNAL = {
    "en": rf"\b(?:{_ANY}|(?:profile|scope:?) (?:tutorial|baseline|handover|strict))\b",
    "de": rf"\b(?:{_ANY}|tutorial|handover|(?:Profil|Umfang:?) (?:baseline|strict))\b",
}
ISO_DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")
OTHER = {"en": "de", "de": "en"}


def told(page, language):
    """Return what a page says to readers of a language, without its sources and what was read."""
    for hidden in (
        r"<(script|style|code)\b.*?</\1>",
        rf'<span lang="{OTHER[language]}">.*?</span>',
        r'<bdi lang="en">.*?</bdi>' if language == "de" else r"<bdi [^>]*>Deutsch</bdi>",
        r"<dt>(?:<span[^>]*>[^<]*</span>)*</dt><dd><ul>.*?</ul></dd>",
    ):
        page = re.sub(hidden, " ", page, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", page.replace("<wbr>", "")))


@pytest.fixture(scope="module", params=LANGUAGES)
def documents(request, tmp_path_factory):
    """Return a language, and what the customer of a handover reads in it."""
    path = tmp_path_factory.mktemp("handover") / "cfg.txt"
    path.write_bytes(configuration_of("insecure"))
    session = session_of("insecure", profile="handover")
    audited = session.audit(str(path))
    report = audited.report
    report = replace(report, run=replace(report.run, language=request.param))
    plan = session.plan(audited.outcome, report.target.name, report.run.id).plan
    pages = {
        "record": page_of(report),
        "page": html_page.render(report),
        "runbook": runbook_page.render(plan, request.param, session.setup.catalogue.rules),
    }
    return request.param, {name: told(page, request.param) for name, page in pages.items()}


def test_a_finding_says_more_than_the_title_of_its_control(tmp_path):
    path = tmp_path / "cfg.txt"
    path.write_bytes(configuration_of("insecure"))
    report = session_of("insecure", profile="handover").audit(str(path)).report
    sentences = Sentences(report)
    for result in report.results:
        for seen in result.observations:
            title, detail = title_of(result), sentences.both(seen.detail)
            same = [one for one in LANGUAGES if plain(title, one) == plain(detail, one)]
            assert same == [], result.id


@pytest.mark.parametrize("name", ["record", "page", "runbook"])
def test_no_internal_word_is_in_what_customers_read(documents, name):
    language, texts = documents
    found = re.finditer(INTERNAL[language], texts[name], re.IGNORECASE)
    assert [texts[name][max(0, one.start() - 60) : one.end() + 40] for one in found] == []


@pytest.mark.parametrize("name", ["record", "runbook"])
def test_days_are_those_of_the_language(documents, name):
    language, texts = documents
    if language == "de":
        assert ISO_DAY.findall(texts[name]) == []
    assert "22.11.2026" in texts["record"] if language == "de" else "2026-11-22" in texts["record"]


def test_a_runbook_has_no_marks_of_another_form(documents):
    _, texts = documents
    assert not re.search(r"\\|`|\*\*|\|---|</?\w+>", texts["runbook"])


def test_a_runbook_calls_no_setting_by_our_name_for_it(documents):
    _, texts = documents
    steps = re.sub(r"\[facts\.\w+\]", "", texts["runbook"])
    assert [
        name for name in known_facts() if "_" in name and re.search(rf"\b{name}\b", steps)
    ] == []

"""The runbook as a page: everything that the Markdown one says, escaped, and nothing that runs."""

from __future__ import annotations

import re
from html import unescape

import pytest

from auditor.messages.languages import LANGUAGES
from auditor.remediation.runbook_page import render, render_part
from tests.report.test_html import digest_of
from tests.unit.test_german_runbook import RULES, finding, plan_of, result

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>`rm`"


def text_of(page):
    page = re.sub(r"<style>.*?</style>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_step_says_what_it_changes_and_how_to_take_it_back(language):
    rule = RULES["HD-04"]
    text = text_of(render(plan_of(result(finding("lobby", "false"))), language, RULES))
    document = rule.de if language == "de" else rule.remediation
    assert "lobby" in text
    assert " ".join(document.undo.split()) in text
    assert " ".join(document.verification.split()) in text


def test_what_the_pbx_says_stays_text():
    plan = plan_of(result(finding(HOSTILE, HOSTILE)), name=HOSTILE)
    page = render(plan, "de", RULES)
    assert "<script" not in page
    assert "<img" not in page
    assert HOSTILE in text_of(page)


def test_nothing_runs_and_nothing_is_asked_for():
    page = render(plan_of(result(finding("lobby"))), "en", RULES)
    assert "default-src 'none'" in page
    assert "script-src" not in page
    assert f"style-src 'sha256-{digest_of(page, 'style')}'" in page
    assert not re.search(r"(?:src|href)=\"(?!#)", page)


def test_a_part_of_a_page_is_the_same_runbook():
    plan = plan_of(result(finding("lobby")))
    page = render(plan, "de", RULES)
    assert text_of(render_part(plan, "de", RULES)) in text_of(page)
    assert re.findall(r"<h(\d)", page)[:2] == ["1", "2"]


def test_a_plan_without_steps_says_so():
    assert "Nothing to do" in text_of(render(plan_of(), "en", RULES))

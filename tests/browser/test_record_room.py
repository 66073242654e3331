"""A record in a real Chromium says all that has room on eight pages, and never takes a ninth."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from unicodedata import normalize

import pytest

from auditor.report import acceptance
from auditor.report.branding.branding_file import OpenPoint, Party
from auditor.report.formats import json as report_json
from auditor.report.formats import pdf
from auditor.report.handover import record_page, record_print
from auditor.report.schema import v1
from auditor.report.translation import plain
from tests.browser.conftest import need
from tests.browser.record_samples import (
    RULES,
    WORDS,
    handover,
    largest,
    ordinary,
    page_of,
    result_of,
)
from tests.fixtures.pbx import configuration_of
from tests.report.factory import ACCEPTED, make_report
from tests.report.test_handover import a_branding, branded
from tests.run.test_session import session_of

pytestmark = [pytest.mark.enable_socket, pytest.mark.usefixtures("_printing_here")]
# German is the longer one.
languages = pytest.mark.parametrize("language", ["de", pytest.param("en", marks=pytest.mark.soak)])
STARTED = pdf.render
WIDE = "电话系统管理公司" * 20
# What is said where something is left out, in each language.
LEFT_OUT = re.compile(
    r"und weitere \(\d|\d weitere|Weitere[rs]? .* im Anhang|and \d+ more|\d more|More .* annex"
)


@cache
def audited(config, folder):
    path = Path(folder) / f"{config}.txt"
    path.write_bytes(configuration_of(config))
    return session_of(config, profile="handover").audit(str(path)).report


def all_of(status):
    return make_report(*(result_of(rule, status) for rule in RULES))


def mostly_undecided():
    statuses = ["unknown"] * 8 + ["failed", "manual"]
    gaps = [v1.Gap(f"own_setting_{n}", f"Cause {n % 3}", "cfg.txt", n, "", []) for n in range(40)]
    results = [result_of(rule, statuses[n % 10]) for n, rule in enumerate(RULES)]
    return make_report(*results, gaps=gaps)


def owned():
    """Return a report with waivers, and a branding with an owner, a date and a note of each."""
    accepted = [
        replace(ACCEPTED, rule=rule.id, subject=f"phone{n}", reason=f"Reason {n // 3}")
        for n, rule in enumerate(RULES[:12])
    ]
    statuses = ["failed", "unknown", "manual", "passed", "passed", "passed"]
    results = [result_of(rule, statuses[n % 6]) for n, rule in enumerate(RULES)]
    points = {
        rule.id: OpenPoint(owner="K. Koerner, Netzhaus", due=date(2026, 12, 4), note="bestellt")
        for rule in RULES
    }
    branding = a_branding(site="Werk 2", project="P-4711", open_points=points)
    return branded(make_report(*results, accepted=accepted), branding)


def named(text):
    """Return an ordinary report of a system and parties of such a name, and somebody's owners."""
    points = {rule.id: OpenPoint(owner=text[:60], due=date(2026, 12, 4)) for rule in RULES}
    party = Party(name=text[:120].strip())
    branding = a_branding(partner=party, customer=party, site=text[:120], open_points=points)
    report = branded(ordinary(), branding)
    return replace(report, target=replace(report.target, name=text * 2, address=text))


SYSTEMS = {
    "empty": make_report,
    "all-passed": lambda: all_of("passed"),
    "all-failed": lambda: all_of("failed"),
    "all-undecided": lambda: all_of("unknown"),
    "all-for-people": lambda: all_of("manual"),
    "mostly-undecided": mostly_undecided,
    "ordinary": ordinary,
    "owned": owned,
    "long-names": lambda: named(WORDS),
    "wide-names": lambda: named(WIDE),
}


def printed(report):
    return record_print.render(report, report_json.render(report))


def squeezed(text):
    """Return a text without what a line that ends somewhere puts into it, and ligatures."""
    return "".join(character for character in normalize("NFKC", text) if character.isalnum())


def texts_of(content):
    """Return the text of each page, which a program in C finds ten times as fast as pypdf."""
    reader = shutil.which("pdftotext")
    need(reader, "pdftotext (poppler-utils)")
    done = subprocess.run(  # noqa: S603 -- what is installed
        [reader, "-raw", "-", "-"], input=content, capture_output=True, check=True
    )
    return done.stdout.decode().split("\f")[:-1]


def check_that_all_is_told(report, language):
    content = printed(handover(report, language))
    pages = texts_of(content)
    assert pdf.pages_of(content) == len(pages)
    assert 1 <= pdf.pages_of(content) <= record_print.MOST_PAGES
    text = squeezed("".join(pages))
    points = acceptance.open_points(report.results)
    missing = [one.result.id for one in points if squeezed(plain(one.title, language)) not in text]
    assert missing == []
    assert LEFT_OUT.findall(" ".join("".join(pages).split())) == []


def test_a_browser_that_runs_prints_what_one_that_is_started_prints(printed_here):
    document = page_of(handover(owned(), "de"))
    here, there = printed_here(document), STARTED(document)
    assert texts_of(here) == texts_of(there) != []
    assert pdf.pages_of(here) == pdf.pages_of(there)


@languages
@pytest.mark.parametrize("name", SYSTEMS)
def test_every_open_point_is_told_by_its_title(name, language):
    check_that_all_is_told(SYSTEMS[name](), language)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("config", ["insecure", "hardened"])
def test_so_is_every_one_of_the_simulated_pbx(config, language, tmp_path_factory):
    report = audited(config, str(tmp_path_factory.getbasetemp()))
    check_that_all_is_told(report, language)


@pytest.mark.slow
def test_of_what_has_no_room_the_last_points_are_told_by_groups():
    report = largest("de")
    content = printed(report)
    assert pdf.pages_of(content) == record_print.MOST_PAGES
    text = squeezed("".join(texts_of(content)))
    titles = [
        squeezed(plain(one.title, "de"))
        for one in acceptance.open_points(report.results)
        if one.result.status == "failed"
    ]
    listed = [title in text for title in titles]
    assert sum(listed) > 30
    assert listed == sorted(listed, reverse=True)


@languages
@pytest.mark.parametrize("status", ["failed", "unknown", "manual", "all"])
@pytest.mark.parametrize("text", [WORDS, "W" * 190, WIDE], ids=["long", "W", "wide"])
def test_the_shortest_record_of_any_system_has_room(text, status, language):
    report = largest(language, text)
    results = [one if status == "all" else replace(one, status=status) for one in report.results]
    report = replace(report, results=results)
    told = record_page.contents(report).told(0)
    content = pdf.render(record_page.render(report, report_json.render(report), told))
    assert pdf.pages_of(content) <= record_print.MOST_PAGES

"""A reader of German meets no English sentence about a subject of the simulated PBX."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from html import unescape

import pytest

from auditor.model.decision import Thresholds
from auditor.model.site import Site
from auditor.report.build import build_report
from auditor.report.formats import json as report_json
from auditor.report.formats.saved_reports import load_report
from auditor.report.html import html_page
from auditor.report.text import prose
from auditor.report.translation import is_said
from auditor.rules.catalogue import load_catalogue
from auditor.run.audit import Selection, audit, select
from auditor.simulator.server import SimulatorServer
from auditor.site.credentials import Credentials
from auditor.sources.live.live_pbx import read_live
from auditor.sources.saved_evidence import read_files
from tests.fixtures.contexts import CONTEXT
from tests.fixtures.pbx import (
    PBX_PASSWORD,
    TODAY,
    configuration_of,
    simulated,
    site_of,
    write,
)
from tests.fixtures.waivers import entry

EVERYTHING = sorted(load_catalogue().rules)
IN_GERMAN = CONTEXT._replace(language="de")


CREATED = date(2026, 1, 1)
# One that counts, one that expired, one that is lost, and one for nothing.
WAIVERS = [
    entry(1, rule="HD-12", name="hot-desk-base"),
    entry(
        2, rule="HD-01", name="hot-desk-base", created=date(2026, 1, 1), expires=date(2026, 2, 1)
    ),
    entry(3, rule="HD-04", name="hot-desk-base", configuration="0" * 64),
    entry(4, rule="HD-04", name="nobody"),
]


def live(config, _folder, site):
    pbx = simulated(config)
    viewer = next(one for one in pbx.accounts if one.role == "viewer")
    with SimulatorServer(pbx) as server:
        login = Credentials(viewer.username, viewer.password, PBX_PASSWORD)
        return read_live(server.url, site, login)


def saved(config, folder, site):
    path = write(folder, {"cfg.txt": configuration_of(config)}) / "cfg.txt"
    return read_files(path, site, None)


# Any two of how it is read, what it is, and whether there is a site file meet in one of these.
PAIRED = [
    (live, "insecure", True),
    (live, "hardened", False),
    (saved, "insecure", False),
    (saved, "hardened", True),
]


@pytest.fixture(
    scope="module",
    params=PAIRED,
    ids=lambda given: f"{given[0].__name__}-{given[1]}-{'its site' if given[2] else 'no site'}",
)
def report(request, tmp_path_factory):
    read, config, own = request.param
    site = site_of(config) if own else Site()
    rules = select(load_catalogue(), site, "baseline", EVERYTHING)
    selection = Selection(rules, Thresholds(), waivers=WAIVERS)
    outcome = audit(read(config, tmp_path_factory.mktemp("read"), site), site, selection, TODAY)
    return build_report(
        outcome.snapshot, outcome.results, outcome.decision, IN_GERMAN, outcome.waivers
    )


@pytest.fixture(scope="module")
def page(report):
    return html_page.render(report)


def marked_as_english(page):
    return {unescape(text) for text in re.findall(r'<bdi lang="en">(.*?)</bdi>', page, re.DOTALL)}


def in_english_for_everybody(report):
    """Return what the page has in English only: how to verify and to undo is not translated."""
    steps = [result.remediation for result in report.results]
    name_of_the_language = "English"
    return {
        name_of_the_language,
        *(prose(text) for one in steps for text in (one.verification, one.undo)),
    }


def said_about_subjects(report):
    """Return the details and remarks of all observations."""
    seen = [one for result in report.results for one in result.observations]
    return {prose(text) for one in seen for text in (one.detail, one.remark) if text}


def test_nothing_about_a_subject_is_in_english(report, page):
    assert len(report.results) == len(EVERYTHING)
    said = said_about_subjects(report)
    assert len(said) > 50
    assert marked_as_english(page) & said == set()


def test_nothing_else_is_in_english_but_what_is_known_to_be(report, page):
    """Neither reasons and advice of gaps, nor notes of waivers and of what was read."""
    assert marked_as_english(page) <= in_english_for_everybody(report)


def test_a_report_holds_texts_so_that_a_saved_one_is_shown_the_same(report, page, tmp_path):
    assert list(messages_in(report)) == []
    path = tmp_path / "report.json"
    path.write_bytes(report_json.render(report))
    assert html_page.render(load_report(path)) == page


def messages_in(value):
    """Yield what is said in a report as a message, and not as a text."""
    if is_said(value):
        yield value
    elif is_dataclass(value):
        yield from messages_in([getattr(value, one.name) for one in fields(value)])
    elif isinstance(value, Mapping):
        yield from messages_in([*value, *value.values()])
    elif isinstance(value, list | tuple):
        for one in value:
            yield from messages_in(one)


def test_what_nobody_translated_would_be_found(report):
    """The page is looked at rightly: without the templates, the same sentences are English."""
    bare = html_page.render(replace(report, templates=[], sentences={}))
    assert marked_as_english(bare) & said_about_subjects(report)

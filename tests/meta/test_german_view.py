"""A reader of German meets no English sentence about a subject of the simulated PBX."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from auditor.catalogue import load_catalogue
from auditor.gate import Thresholds
from auditor.model.site import Site
from auditor.report import html
from auditor.report.build import RunContext, build_report
from auditor.report.text import prose
from auditor.settings import Credentials
from auditor.simulator.server import SimulatorServer
from auditor.sources.files import read_files
from auditor.sources.live import read_live
from tests.fixtures.pbx import (
    CONFIGURATIONS,
    PBX_PASSWORD,
    configuration_of,
    judge,
    simulated,
    site_of,
    write,
)

EVERYTHING = sorted(load_catalogue().rules)
CONTEXT = RunContext(
    run_id="00000000-0000-0000-0000-000000000000",
    started="2026-11-22T10:00:00+00:00",
    profile="baseline",
    thresholds=Thresholds(),
    site_file="site.toml",
    target_name="Werk",
    address="cfg.txt",
    rules_digest="0" * 64,
    language="de",
)


def live(config, _folder, site):
    pbx = simulated(config)
    viewer = next(one for one in pbx.accounts if one.role == "viewer")
    with SimulatorServer(pbx) as server:
        login = Credentials(viewer.username, viewer.password, PBX_PASSWORD)
        return read_live(server.url, site, login)


def saved(config, folder, site):
    path = write(folder, {"cfg.txt": configuration_of(config)}) / "cfg.txt"
    return read_files(path, site, None)


@pytest.fixture(
    params=[
        (read, config, own)
        for read in (live, saved)
        for config in CONFIGURATIONS
        for own in (True, False)
    ],
    ids=lambda given: f"{given[0].__name__}-{given[1]}-{'its site' if given[2] else 'no site'}",
)
def report(request, tmp_path):
    read, config, own = request.param
    site = site_of(config) if own else Site()
    outcome = judge(read(config, tmp_path, site), site, EVERYTHING)
    return build_report(outcome.snapshot, outcome.results, outcome.decision, CONTEXT)


def marked_as_english(page):
    return {unescape(text) for text in re.findall(r'<bdi lang="en">(.*?)</bdi>', page, re.DOTALL)}


def said_about_subjects(report):
    """Return the details and remarks of all observations."""
    seen = [one for result in report.results for one in result.observations]
    return {prose(text) for one in seen for text in (one.detail, one.remark) if text}


def test_nothing_about_a_subject_is_in_english(report):
    assert len(report.results) == len(EVERYTHING)
    said = said_about_subjects(report)
    assert len(said) > 50
    assert marked_as_english(html.render(report)) & said == set()


def test_what_nobody_translated_would_be_found(report):
    """The page is looked at rightly: without the templates, the same sentences are English."""
    page = html.render(replace(report, templates=[], sentences={}))
    assert marked_as_english(page) & said_about_subjects(report)

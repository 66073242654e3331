"""What a gap says it costs is what becomes undecided by it: no more, and no less."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from auditor.facts import known_facts
from auditor.messages.message import say
from auditor.model.decision import Thresholds
from auditor.model.snapshot import Gap
from auditor.model.vocabulary import Area, Coverage
from auditor.report.build import RunContext, build_report
from auditor.site.attestations import attest
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import (
    CONFIGURATIONS,
    PBX_PASSWORD,
    TODAY,
    configuration_of,
    judge,
    site_of,
    statuses,
    write,
)

DECIDED = {"passed", "failed", "not-applicable"}
CONTEXT = RunContext(
    *("run", "2026-11-22T10:00:00+00:00", "strict", Thresholds(), "", "pbx", "cfg.txt", "0" * 64)
)
FACTS = list(known_facts())
TOPICS = [*Area, *FACTS]


@pytest.fixture(scope="session")
def snapshots(tmp_path_factory):
    """Return what a configuration shows, and a site file states, by its name."""
    folder = tmp_path_factory.mktemp("gaps")

    @cache
    def read(config):
        path = write(folder / config, {"cfg.txt": configuration_of(config)})
        snapshot = read_files(path, site_of(config), PBX_PASSWORD)
        return attest(snapshot, site_of(config).facts, TODAY)

    return read


def audited(snapshot, config):
    """Return the status of each control, and the controls that gaps of each topic name."""
    outcome = judge(snapshot, site_of(config), profile="strict")
    report = build_report(outcome.snapshot, outcome.results, outcome.decision, CONTEXT)
    named: dict[str, set[str]] = {}
    for gap in report.gaps:
        named.setdefault(gap.area, set()).update(gap.controls)
    return statuses(outcome), named


def with_gap(snapshot, topic):
    """Return a snapshot of which one area or fact was read in part only."""
    gap = Gap(topic, say("it contradicts itself"), "cfg.txt", doubtful=True)
    areas = {**snapshot.areas, topic: Coverage.PARTIAL}
    if topic in known_facts() and topic not in snapshot.settings:
        del areas[topic]
    held = {f for f, one in snapshot.settings.items() if one.read_with == topic}
    areas |= dict.fromkeys(held, Coverage.PARTIAL)
    return replace(snapshot, gaps=(*snapshot.gaps, gap), areas=areas)


def without(snapshot, fact):
    """Return a snapshot of which two sources contradict each other about a fact."""
    gap = Gap(fact, say("it contradicts itself"), "cfg.txt", doubtful=True)
    settings = {name: one for name, one in snapshot.settings.items() if name != fact}
    areas = {name: one for name, one in snapshot.areas.items() if name != fact}
    return replace(snapshot, gaps=(*snapshot.gaps, gap), areas=areas, settings=settings)


@pytest.mark.slow
@pytest.mark.parametrize("config", CONFIGURATIONS)
@pytest.mark.parametrize(
    ("change", "topics"), [(with_gap, TOPICS), (without, FACTS)], ids=["with_gap", "without"]
)
def test_what_a_gap_costs_is_what_it_leaves_open(snapshots, config, change, topics):
    assert wrongly_told(snapshots(config), config, change, topics) == {}


@pytest.mark.parametrize(
    ("change", "topics"), [(with_gap, [*Area]), (without, FACTS[::20])], ids=["areas", "facts"]
)
def test_what_some_gaps_cost_is_what_they_leave_open(snapshots, change, topics):
    assert wrongly_told(snapshots("insecure"), "insecure", change, topics) == {}


def wrongly_told(snapshot, config, change, topics):
    """Return the topics of which a gap names too few controls, or some that are decided."""
    before, _ = audited(snapshot, config)
    wrong = {}
    for topic in topics:
        after, named = audited(change(snapshot, topic), config)
        lost = {one for one in after if before[one] in DECIDED and after[one] not in DECIDED}
        claimed = named.get(topic, set())
        if {one for one in claimed if after[one] in DECIDED} or not lost <= claimed:
            wrong[str(topic)] = (lost - claimed, {one for one in claimed if after[one] in DECIDED})
    return wrong

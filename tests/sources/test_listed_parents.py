"""What templates inherit from, as the PBX lists it: documented, and never against what is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.dialects import load_dialect
from auditor.model.account import ProofKind
from auditor.model.vocabulary import Area, Coverage, Grade
from auditor.site.attestations import attest
from auditor.site.site_file import parse_site_file
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.parse.reading import Reading
from auditor.sources.snapshot.assemble import Batch, assemble
from auditor.sources.snapshot.saved import dump_snapshot, parse_snapshot
from tests.fixtures.pbx import TODAY, item, judge, statuses, text

SOURCE = "/PBX0/APPS/websocket"
BASE = "Hot Desk Base Template"
PARENT = '<user uclic="true"><pseudo type="config"/></user>'
PLAIN = '<user filter="intern" cd-filter="intern"><pseudo type="config"/></user>'
NAMED = '<user filter="intern" config="Config User"><pseudo type="config"/></user>'
ODD = '<user filter="intern"><pseudo type="config"><parents n="1"/></pseudo></user>'


def configuration(template):
    return text(
        "# 13r3 service-release-02 IP411[13.5202/135202/304]",
        item(
            f'<user hide="true" config="{BASE}"/>',
            cn="Hot Desk Base",
            guid="01",
            h323="hot-desk-base",
        ),
        item(template, cn=BASE, guid="02", h323="base-template"),
        item(PARENT, cn="Config User", guid="03", h323="config-user"),
    )


def snapshot_of(template, parents, *, whole=True, site="", dialect="documented"):
    known = load_dialect(dialect)
    stated = parse_site_file(
        f'[target]\ndialect = "{dialect}"\nobjects = 3\n{site}', Path("site.toml")
    ).site
    readings = [read_configuration([configuration(template)], "cfg.txt", known)]
    if parents is not None:
        listed = {"Config User": (), **parents}
        readings.append(Reading(SOURCE, "app-socket", parents=listed, lists_templates=whole))
    snapshot = assemble(Batch(readings, [], known), stated, None)
    return attest(snapshot, stated.facts, TODAY), stated


def hd_08(*given, **more):
    snapshot, site = snapshot_of(*given, **more)
    outcome = judge(snapshot, site, ["HD-08"])
    return next(one for one in outcome.results if one.rule.id == "HD-08")


@pytest.mark.parametrize(
    ("template", "parents", "status"),
    [
        (PLAIN, {BASE: ()}, "passed"),
        (PLAIN, {BASE: ("Config User",)}, "failed"),
        (NAMED, {BASE: ("Config User",)}, "failed"),
        # What nothing explains is explained by the list.
        (ODD, None, "unknown"),
        (ODD, {BASE: ()}, "passed"),
        (ODD, {BASE: ("Config User",)}, "failed"),
        # The list does not say it: what was read stands.
        (ODD, {BASE: None}, "unknown"),
        (NAMED, {BASE: None}, "failed"),
        (ODD, {}, "unknown"),
        # They contradict: nobody is believed.
        (NAMED, {BASE: ()}, "unknown"),
        (NAMED, {BASE: ("Other",)}, "unknown"),
    ],
)
def test_the_verdict(template, parents, status):
    assert hd_08(template, parents).status.value == status


def test_where_the_dialect_knows_the_place_none_is_a_statement_too():
    assert hd_08(PLAIN, {BASE: ("Config User",)}, dialect="simulated").status.value == "unknown"
    assert hd_08(PLAIN, {BASE: ()}, dialect="simulated").status.value == "passed"


def test_the_evidence_is_the_list_and_documented():
    [observation] = [one.observation for one in hd_08(PLAIN, {BASE: ("Config User",)}).findings]
    evidence = observation.evidence[-1]
    assert (evidence.source, evidence.grade, evidence.value) == (
        SOURCE,
        Grade.DOCUMENTED,
        "Config User",
    )


def test_effective_values_follow_the_list():
    snapshot, site = snapshot_of(
        '<user cd-filter="intern"><pseudo type="config"><parents n="1"/></pseudo></user>',
        {BASE: ("Config User",)},
    )
    outcome = judge(snapshot, site, ["HD-13"])
    [result] = [one for one in outcome.results if one.rule.id == "HD-13"]
    assert result.status.value == "failed"
    assert "uclic" in {one.observation.property for one in result.findings}


def test_a_list_without_any_template_is_one():
    readings = [read_configuration([configuration(PLAIN)], "cfg.txt", load_dialect("documented"))]
    readings.append(Reading(SOURCE, "app-socket", lists_templates=True))
    stated = parse_site_file('[target]\ndialect = "documented"\nobjects = 3\n', Path("s")).site
    snapshot = assemble(Batch(readings, [], load_dialect("documented")), stated, None)
    assert [gap.doubtful for gap in snapshot.gaps_in(Area.OBJECTS)] == [True]
    [result] = [r for r in judge(snapshot, stated, ["HD-08"]).results if r.rule.id == "HD-08"]
    assert result.status.value == "unknown"


@pytest.mark.parametrize("parents", [{BASE: (), "Ghost": ()}, {}])
def test_lists_that_differ_leave_the_objects_open(parents):
    snapshot, _ = snapshot_of(PLAIN, parents)
    assert snapshot.coverage(Area.OBJECTS) is Coverage.PARTIAL
    assert snapshot.proofs[Area.OBJECTS].kind is not ProofKind.COUNTED


def test_a_list_that_was_cut_off_lacks_nothing():
    whole, _ = snapshot_of(PLAIN, None)
    cut, _ = snapshot_of(PLAIN, {}, whole=False)
    assert cut.gaps == whole.gaps


ATTESTED = """
[facts.template_parents."Hot Desk Base Template"]
value = ["Config User"]
by = "A. Muster"
on = 2026-11-01
until = 2099-12-31
"""


def test_what_is_listed_beats_what_is_attested():
    result = hd_08(PLAIN, {BASE: ()}, site=ATTESTED)
    assert result.status.value == "passed"
    assert [one.observation.remark for one in result.findings] != [""]
    assert hd_08(PLAIN, {BASE: ("Config User",)}, site=ATTESTED).status.value == "failed"


@pytest.mark.parametrize("parents", [{BASE: ()}, {BASE: ("Config User",)}, {BASE: None}, None])
def test_a_saved_snapshot_says_the_same(parents):
    snapshot, site = snapshot_of(ODD, parents)
    loaded = parse_snapshot(b"".join(dump_snapshot(snapshot)), Path("saved.json"))
    assert loaded == snapshot
    assert statuses(judge(loaded, site)) == statuses(judge(snapshot, site))

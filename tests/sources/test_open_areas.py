"""A line that nobody understands takes the proof from its areas, and each finding says why."""

from __future__ import annotations

import pytest

from auditor.model.account import ProofKind
from auditor.model.vocabulary import Area, Coverage, Status
from tests.fixtures.pbx import configuration_of, judge_file, site_of, write


def judged(tmp_path, line):
    write(tmp_path, {"cfg.txt": configuration_of("hardened") + line.encode()})
    return judge_file(tmp_path / "cfg.txt", site_of("hardened"))


@pytest.mark.parametrize(
    ("line", "open_areas"),
    [
        ("", set()),
        ("mod cmd FLASHDIR7 add-item 101 (cn=x)\r\n", {Area.OBJECTS, Area.SETTINGS}),
        ("set everything open\r\n", {Area.OBJECTS, Area.SETTINGS}),
    ],
)
def test_a_document_that_was_not_understood_proves_nothing(tmp_path, line, open_areas):
    snapshot = judged(tmp_path, line).snapshot
    unproven = {area for area, proof in snapshot.proofs.items() if proof.kind is ProofKind.NONE}
    assert unproven == open_areas
    for area in open_areas:
        assert snapshot.proofs[area].note in {gap.reason for gap in snapshot.gaps_in(area)}


def test_a_setting_in_an_area_read_in_part_says_why(tmp_path):
    outcome = judged(tmp_path, "set everything open\r\n")
    results = {result.rule.id: result for result in outcome.results}
    for name in ("HD-02", "HD-03"):
        (fact,) = results[name].rule.facts
        assert outcome.snapshot.coverage(fact) is Coverage.PARTIAL
        reason = outcome.snapshot.gaps_behind(fact)[0].reason
        details = [one.observation.detail for one in results[name].findings]
        assert results[name].status is Status.UNKNOWN
        assert any(reason in detail for detail in details)

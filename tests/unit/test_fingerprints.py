"""Fingerprints: unique in a run, and the same whatever does not matter."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.sources.files import read_files
from tests.fixtures.pbx import PBX_PASSWORD, configuration_of, judge, site_of, write


def prints(outcome):
    """Return subject and control by fingerprint, and prove that none occurs twice."""
    found = [
        (finding.fingerprint, (result.rule.id, finding.observation.subject.id))
        for result in outcome.results
        for finding in result.findings
    ]
    assert len(dict(found)) == len(found)
    return dict(found)


def snapshot_of(folder):
    path = write(folder, {"cfg.txt": configuration_of("insecure")}) / "cfg.txt"
    return read_files(path, site_of("insecure"), PBX_PASSWORD)


def test_each_profile_gives_unique_fingerprints(tmp_path):
    snapshot = snapshot_of(tmp_path)
    for profile in ("tutorial", "baseline", "strict", "handover"):
        assert prints(judge(snapshot, site_of("insecure"), profile=profile))


def test_the_order_of_objects_does_not_matter(tmp_path_factory):
    snapshot = snapshot_of(tmp_path_factory.mktemp("cfg"))
    site = site_of("insecure")
    expected = prints(judge(snapshot, site))

    @given(st.randoms(use_true_random=False))
    @settings(max_examples=15, deadline=None)
    def shuffled(source: random.Random):
        objects = list(snapshot.objects)
        source.shuffle(objects)
        assert prints(judge(replace(snapshot, objects=tuple(objects)), site)) == expected

    shuffled()


def test_the_common_name_of_an_object_does_not_matter(tmp_path):
    snapshot = snapshot_of(tmp_path)
    site = site_of("insecure")
    used = {name for one in snapshot.objects for name in one.templates}
    renamed = replace(
        snapshot,
        objects=tuple(
            one if one.cn in used else one._replace(cn=f"Renamed {number}")
            for number, one in enumerate(snapshot.objects)
        ),
    )
    changed = {one.cn for one in renamed.objects} - {one.cn for one in snapshot.objects}
    assert len(changed) > len(snapshot.objects) // 2
    assert prints(judge(renamed, site)) == prints(judge(snapshot, site))


def test_the_language_of_the_report_does_not_matter(tmp_path):
    snapshot = snapshot_of(tmp_path)
    site = site_of("insecure")
    german = site.model_copy(update={"report": site.report.model_copy(update={"language": "de"})})
    assert prints(judge(snapshot, german)) == prints(judge(snapshot, site))

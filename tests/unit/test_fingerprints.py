"""Fingerprints: unique in a run, and the same whatever does not matter."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.snapshot import TlsEndpoint
from auditor.model.vocabulary import Identity, TlsAnswer, Verdict
from auditor.rules.catalogue import load_catalogue
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import (
    PBX_PASSWORD,
    configuration_of,
    export_of,
    judge,
    simulated,
    site_of,
    write,
)


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


@pytest.mark.slow
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


SCRIPTS = {
    "hot-desk.txt": "config add PHONE SIG /h323 hot-desk-base /gk-pwd <your secure password>\n",
    "old.txt": "config add PHONE SIG /h323 hot-desk-base /gk-pwd test\n",
    "third.txt": "config add PHONE SIG /h323 Hot-Desk-Base /gk-pwd Kr7-zzQ4.pLx9+aaVw\n",
}


def as_bytes(content):
    return content.encode() if isinstance(content, str) else content


def described(outcome):
    """Return what a waiver hangs on: fingerprint, verdict and detail of every finding."""
    return {
        (f.fingerprint, f.observation.subject.id, f.observation.verdict, f.observation.detail)
        for result in outcome.results
        for f in result.findings
    }


@pytest.mark.slow
def test_names_and_places_of_files_and_lines_do_not_matter(tmp_path_factory):
    site = site_of("insecure")
    files = {
        "cfg.txt": configuration_of("insecure"),
        "pbx.xml": export_of(simulated("insecure")),
        "cfg-standard.txt": "x",
        "standard (1).txt": "x",
        **SCRIPTS,
    }
    controls = list(load_catalogue().rules)

    def found(folder, contents):
        snapshot = read_files(write(folder, contents), site, None)
        return described(judge(snapshot, site, controls))

    expected = found(tmp_path_factory.mktemp("a"), files)
    assert {verdict for _, _, verdict, _ in expected} == set(Verdict)
    names = st.lists(
        st.text("abcz09-_ä", min_size=1, max_size=6),
        min_size=len(files),
        max_size=len(files),
        unique_by=str.casefold,
    )

    @given(names, st.integers(1, 9), st.randoms(use_true_random=False))
    @settings(max_examples=8, deadline=None)
    def renamed(stems, lines, source):
        moved = {}
        for stem, (name, content) in zip(stems, files.items(), strict=True):
            kept = f"standard {stem}" if "standard" in name else stem
            shifted = content
            if name.endswith(".txt"):
                comments = "# shifted\n" * lines
                shifted = comments.encode() + as_bytes(content)
            place = source.choice(["", "deep/er/"])
            moved[f"{place}{kept}{name[-4:]}"] = shifted
        assert found(tmp_path_factory.mktemp("b"), moved) == expected

    renamed()


def endpoint(address):
    outdated = {"TLSv1": TlsAnswer.ACCEPTED}
    return TlsEndpoint(address, "TLSv1.2", "", Identity.SYSTEM, None, outdated)


def test_the_address_of_the_pbx_does_not_matter(tmp_path):
    snapshot, site = snapshot_of(tmp_path), site_of("insecure")
    seen = [
        prints(judge(replace(snapshot, tls=(endpoint(address),)), site, ["TLS-01", "TLS-06"]))
        for address in ("192.0.2.1:443", "pbx.example.com:8443")
    ]
    assert seen[0] == seen[1]


def test_how_much_of_a_serial_number_is_shown_does_not_matter(tmp_path):
    snapshot, site = snapshot_of(tmp_path), site_of("insecure")
    (box,) = snapshot.boxes
    boxes = (
        replace(box, serial="41-0c-7e", name="A"),
        replace(box, serial="0090.3341.0C7E", name="B"),
    )
    seen = [prints(judge(replace(snapshot, boxes=(one,)), site, ["FW-01"])) for one in boxes]
    assert seen[0] == seen[1]

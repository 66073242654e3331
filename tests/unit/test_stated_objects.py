"""The site file against the objects: a contradiction that no order resolves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.messages.message import Message
from auditor.model.account import ProofKind
from auditor.model.site import Site
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Area, Coverage
from auditor.report.translation import german
from auditor.simulator import responses
from auditor.site.stated_objects import against_site
from auditor.sources.saved_evidence import read_files
from auditor.sources.snapshot.saved import dump_snapshot
from tests.fixtures.pbx import PBX_PASSWORD, judge, simulated, site_of, statuses, write

PAPER = {"by": "A. Muster", "on": "2026-11-20", "until": "2027-05-20"}
OF_LISTS = ("PBX-02", "PBX-06", "PBX-17", "HD-10", "HD-15")


def stating(**tables):
    """Return the site file of the hardened PBX with other tables."""
    known = site_of().model_dump(exclude_none=True)
    for name, table in tables.items():
        known[name] = {**known.get(name, {}), **table}
    return Site.model_validate(known)


def without(*names):
    pbx = simulated()
    return replace(pbx, objects=tuple(o for o in pbx.objects if o.names.get("h323") not in names))


@pytest.fixture
def read(tmp_path):
    def run(pbx, site):
        body = responses.configuration(pbx, 1)
        return read_files(write(tmp_path, {"cfg.txt": body}) / "cfg.txt", site, PBX_PASSWORD)

    return run


@pytest.mark.parametrize("name", ["a.celik", "hot-desk-base", "fax-gateway"])
def test_an_object_that_the_site_file_names_and_the_list_lacks(read, name):
    snapshot = read(without(name), site_of())
    assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE
    outcome = judge(snapshot, site_of(), profile="baseline")
    found = statuses(outcome)
    assert {found[control] for control in OF_LISTS} == {"unknown"}
    assert outcome.snapshot.proofs[Area.OBJECTS].kind is ProofKind.NONE
    (gap,) = outcome.snapshot.gaps_in(Area.OBJECTS)
    assert name in str(gap.reason)
    assert isinstance(gap.reason, Message)
    assert isinstance(gap.advice, Message)


STATEMENTS = [
    {"hot_desk": {"base_users": ["hot-desk-base", "gone"]}},
    {"hot_desk": {"users": ["a.celik", "gone"]}},
    {"lists": {"internal_gateways": ["gone"]}},
    {"lists": {"internal_gateways": ["999999"]}},
    {"lists": {"service_objects": ["gone"]}},
    {"lists": {"internal_objects": ["gone"]}},
    {"dialling": {"escapes": {"gone": "0"}}},
    {"facts": {"template_parents": {"gone": {"value": [], **PAPER}}}},
    {"facts": {"template_parents": {"Config User": {"value": ["gone"], **PAPER}}}},
    {"target": {"objects": 45}},
    {"target": {"objects": 43}},
]


@pytest.mark.parametrize("tables", STATEMENTS, ids=str)
def test_whatever_the_site_file_states_and_the_list_lacks(read, tables):
    site = stating(**tables)
    snapshot = read(simulated(), site_of())
    found = statuses(judge(snapshot, site, profile="baseline"))
    assert {found[control] for control in OF_LISTS} == {"unknown"}
    assert found["HD-01"] in {"passed", "unknown"}


AGREEING = [
    {"hot_desk": {"users": [" A.Celik ", "S.GRUENWALD"]}},
    {"hot_desk": {"base_users": []}},
    {"hot_desk": {"temporary_users": ["temp", "temp2"]}},
    {"lists": {"internal_gateways": ["Fax-Gateway"]}},
    # What is only allowed need not be there; its own control has a remark.
    {"lists": {"admins": ["gone"], "admin_apps": ["gone"]}},
    {"lists": {"no_ip_filter_devices": ["gone", "0090334a1199"]}},
    {"dialling": {"escapes": {"root": "0", "master": ""}}},
    {"facts": {"template_parents": {"Config User": {"value": [], **PAPER}}}},
    {"target": {"objects": 44}},
]


@pytest.mark.parametrize("tables", AGREEING, ids=str)
def test_what_contradicts_nothing(read, tables):
    snapshot = read(simulated(), site_of())
    assert against_site(snapshot, stating(**tables)) is snapshot


def test_what_the_list_shows_still_fails(tmp_path):
    pbx = simulated("insecure")
    path = write(tmp_path, {"cfg.txt": responses.configuration(pbx, 1)}) / "cfg.txt"
    snapshot = read_files(path, site_of("insecure"), PBX_PASSWORD)
    known = site_of("insecure").model_dump(exclude_none=True)
    site = Site.model_validate({**known, "target": {**known["target"], "objects": 999}})
    before = statuses(judge(snapshot, site_of("insecure"), profile="baseline"))
    after = statuses(judge(snapshot, site, profile="baseline"))
    assert after.items() >= {(k, v) for k, v in before.items() if v == "failed"}


def test_a_saved_snapshot_is_held_against_the_site_file_of_the_day(tmp_path, read):
    taken = read(without("a.celik"), Site(target=site_of().target))
    path = tmp_path / "s.json"
    path.write_bytes(b"".join(dump_snapshot(taken)))
    found = statuses(judge(read_files(path, site_of(), None), site_of()))
    assert {found["HD-15"], found["PBX-17"]} == {"unknown"}


def test_a_list_that_is_not_whole_contradicts_nothing(read):
    snapshot = read(without("a.celik", "master"), site_of())
    assert snapshot.coverage(Area.OBJECTS) is Coverage.PARTIAL
    assert against_site(snapshot, site_of()) is snapshot


@pytest.mark.parametrize(
    ("site", "place"),
    [
        ({"hot_desk": {"base_users": ["gone"]}}, "[hot_desk] base_users"),
        ({"hot_desk": {"users": ["gone"]}}, "[hot_desk] users"),
        ({"lists": {"internal_gateways": ["gone"]}}, "[lists] internal_gateways"),
        ({"lists": {"service_objects": ["gone"]}}, "[lists] service_objects"),
        ({"lists": {"internal_objects": ["gone"]}}, "[lists] internal_objects"),
        ({"dialling": {"escapes": {"gone": "9"}}}, "[dialling] escapes"),
    ],
)
def test_what_is_absent_is_named_with_its_place_in_the_site_file(site, place):
    snapshot = Snapshot("t", areas={Area.OBJECTS: Coverage.COMPLETE})
    found = against_site(snapshot, Site.model_validate(site))
    (gap,) = found.gaps_in(Area.OBJECTS)
    assert dict(gap.reason.parameters) == {"count": 1, "names": f"gone ({place})"}
    assert (gap.source, found.coverage(Area.OBJECTS)) == ("site file", Coverage.PARTIAL)
    assert gap.advice.told(german)
    assert gap.reason.told(german)
    proof = found.proofs[Area.OBJECTS]
    assert (proof.kind, proof.count, proof.note) == (ProofKind.NONE, 0, gap.reason)
    for coverage in (Coverage.PARTIAL, Coverage.MISSING):
        part = replace(snapshot, areas={Area.OBJECTS: coverage})
        assert against_site(part, Site.model_validate(site)) == part


def test_built_in_places_need_no_object_to_have_escape_digits():
    snapshot = Snapshot("t", areas={Area.OBJECTS: Coverage.COMPLETE})
    site = Site.model_validate({"dialling": {"escapes": {"root": "9"}}})
    assert against_site(snapshot, site) == snapshot


def test_three_of_many_are_named():
    snapshot = Snapshot("t", areas={Area.OBJECTS: Coverage.COMPLETE})
    site = Site.model_validate({"hot_desk": {"users": ["a", "b", "c", "d", "a" * 50]}})
    (gap,) = against_site(snapshot, site).gaps
    names = ", ".join(f"{name} ([hot_desk] users)" for name in "abc")
    assert dict(gap.reason.parameters) == {"count": 5, "names": names}

"""Saved snapshots: what was written is what is read, and damage is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from auditor.errors import SourceError
from auditor.model.site import Site
from auditor.model.snapshot import Lead
from auditor.pbx.relays import leads_of
from auditor.sources.saved_evidence import read_files
from auditor.sources.snapshot.saved import dump_snapshot, load_snapshot
from tests.fixtures.pbx import (
    CONFIGURATIONS,
    END,
    EVIDENCE,
    PBX_PASSWORD,
    ROOT,
    configuration_of,
    judge,
    row,
    simulated,
    site_of,
    statuses,
    table,
    write,
)
from tests.fixtures.texts import as_texts

KEY = "pbx-auditor-snapshot"
EVIDENCE_FILES = ["wrapped-items.txt", "expert-script.txt", "import.xml", "table-users.json"]


def whole(snapshot):
    return b"".join(dump_snapshot(snapshot))


@pytest.fixture
def saved(tmp_path):
    def save(content):
        path = tmp_path / "snapshot.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    return save


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def snapshot(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    write(folder, {"cfg.txt": configuration_of(request.param)})
    write(folder, {"script.txt": (EVIDENCE / "expert-script.txt").read_bytes()})
    return request.param, read_files(folder, site_of(request.param), PBX_PASSWORD)


def test_a_round_trip_changes_nothing(snapshot, saved):
    _, before = snapshot
    assert load_snapshot(saved(whole(before))) == before


def test_a_round_trip_changes_no_verdict(snapshot, saved):
    config, before = snapshot
    after = load_snapshot(saved(whole(before)))
    assert judge(after, site_of(config)) == judge(before, site_of(config))


@pytest.mark.parametrize("name", EVIDENCE_FILES)
def test_every_kind_of_evidence_survives(name, saved):
    before = read_files(EVIDENCE / name, Site(), None)
    assert load_snapshot(saved(whole(before))) == before


def test_equal_snapshots_give_equal_bytes(snapshot):
    _, before = snapshot
    assert whole(before) == whole(before)


def test_bytes_do_not_depend_on_the_hash_seed(tmp_path):
    columns = dict.fromkeys(("cn", "h323", "e164", "guid", "dn", "filter", "hide", "text"), "x")
    write(tmp_path, {"users.json": table(row(**columns), END)})
    program = (
        "import sys; from pathlib import Path; from auditor.model.site import Site;"
        "from auditor.sources.saved_evidence import read_files;"
        "from auditor.sources.snapshot.saved import dump_snapshot;"
        "pieces = dump_snapshot(read_files(Path('users.json'), Site(), None));"
        "sys.stdout.buffer.write(b''.join(pieces))"
    )
    written = {
        subprocess.run(  # noqa: S603 -- this interpreter
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(seed)},
            check=True,
            capture_output=True,
        ).stdout
        for seed in (1, 2, 3)
    }
    assert len(written) == 1


def test_a_row_with_an_odd_column_can_be_saved(tmp_path, saved):
    write(tmp_path, {"users.json": table(row(**{"cn": "B", "\ud800": "x"}), END)})
    before = read_files(tmp_path / "users.json", Site(), None)
    assert load_snapshot(saved(whole(before))) == before


def damaged_contents():
    snapshot = read_files(EVIDENCE / "import.xml", Site(), None)
    good = json.loads(whole(snapshot))
    inner = good[KEY]

    def changed(**changes):
        return {KEY: {**inner, **changes}}

    first = inner["objects"][0]
    without = {key: value for key, value in inner.items() if key != "target"}
    return {
        "half": whole(snapshot)[: len(whole(snapshot)) // 2],
        "no json": f'{{"{KEY}"'.encode(),
        "not utf-8": whole(snapshot).replace(b"Erika", b"\xff\xfe\xff"),
        "a list": [KEY],
        "a string": KEY,
        "a string inside": {KEY: "x"},
        "a list inside": {KEY: []},
        "nothing inside": {KEY: None},
        "empty": {KEY: {}},
        "no version": {KEY: {k: v for k, v in inner.items() if k != "schema_version"}},
        "another version": changed(schema_version="9.9"),
        "an odd version": changed(schema_version=["1.0"]),
        "no target": {KEY: without},
        "objects of another type": changed(objects="x"),
        "an object too short": changed(objects=[first[:-2]]),  # the last part came later
        "an object too long": changed(objects=[[*first, 1]]),
        "an object with a bad value": changed(objects=[[1, *first[1:]]]),
        "an unknown area": changed(areas={"everything": "complete"}),
        "an unknown coverage": changed(areas={"objects": "perfect"}),
        "an unknown mode": changed(evidence_mode="trust-me"),
        "a gap without reason": changed(gaps=[{"area": "objects"}]),
        "deep": (f'{{"{KEY}": ' + "[" * 100_000).encode(),
        "a long number": f'{{"{KEY}": {"9" * 5000}}}'.encode(),
    }


@pytest.mark.parametrize("damage", list(damaged_contents()))
def test_a_damaged_snapshot_is_refused(damage, saved):
    path = saved(damaged_contents()[damage])
    with pytest.raises(SourceError) as refused:
        read_files(path, Site(), None)
    assert str(path) in refused.value.where
    assert "collect" in refused.value.advice


def test_another_version_is_called_by_its_name(saved):
    with pytest.raises(SourceError, match=r"9\.9"):
        load_snapshot(saved(damaged_contents()["another version"]))


def test_a_snapshot_without_areas_passes_nothing(snapshot, saved):
    config, before = snapshot
    content = json.loads(whole(before))
    content[KEY]["areas"] = {}
    with pytest.raises(SourceError):
        load_snapshot(saved(content))
    content[KEY] = {**as_texts(content[KEY]), "schema_version": "1.0"}
    found = statuses(judge(load_snapshot(saved(content)), site_of(config)))
    assert "passed" not in found.values()


def test_a_saved_snapshot_holds_no_secret(snapshot):
    config, before = snapshot
    pbx = simulated(config)
    content = whole(before).decode().lower()
    secrets = [PBX_PASSWORD, pbx.admin_key.hex(), *(account.password for account in pbx.accounts)]
    secrets += [one.password.hex() for one in pbx.objects if one.password]
    assert not [secret for secret in secrets if secret.lower() in content]


def test_what_older_snapshots_lack_is_open_or_off(saved):
    names, password = ("g", "Kurz", "kurz", "55"), {"state": "absent"}
    forks, diversions = [["22", "", ""]], [["cfu", "23", "", ""]]
    old = {
        "target": "t",
        "schema_version": "1.0",
        "objects": [
            [*names, "map", {}, [], [], forks, diversions, [], {}, None, [], password, "cfg.txt", 1]
        ],
    }
    (member,) = load_snapshot(saved({KEY: old})).objects
    assert (member.leads, leads_of(member)) == ((), (Lead("", ""),))
    ends = [*(one.off for one in member.forks), *(one.off for one in member.diversions)]
    assert ends == [False, False]

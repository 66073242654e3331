"""What a collector needs is looked at before it reads anything."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.errors import InputError
from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.fleet.scale.bundle import Gathered
from auditor.fleet.scale.bundling import Bundling, write_next_bundle
from auditor.fleet.scale.collector_setup import (
    collected,
    collecting_of,
    signing_key,
    tenant_of_new,
)
from auditor.fleet.scale.ready_queue import check_hands_out
from auditor.messages.message import say
from auditor.report.handover.signing import key_line, new_key

NOW = datetime(2026, 11, 30, 2, tzinfo=UTC)
TABLE = '[collector]\nname = "graz"\ntenant = "alpen"\nkey_file = "graz.key"\n'


@pytest.fixture
def key(folder):
    made = new_key()
    folder.write("graz.key", key_line(made)).chmod(0o600)
    return made


def inventory(listed, *names, table=TABLE):
    file = listed(*names)
    file.write_text(file.read_text(encoding="utf-8") + table, encoding="utf-8")
    return read_inventory(file)


def test_an_inventory_without_a_table_is_no_collectors(listed):
    with pytest.raises(InputError):
        collecting_of(inventory(listed, "alpen-graz", table=""))


def test_the_key_is_that_of_the_table(listed, key, folder):
    table = collecting_of(inventory(listed, "alpen-graz"))
    assert key_line(signing_key(table)) == key_line(key)
    folder.write("graz.key", "not a key")
    with pytest.raises(InputError) as refused:
        signing_key(table)
    assert "not a key" not in str(refused.value)


@pytest.mark.usefixtures("key")
def test_pbxs_of_other_tenants_are_not_read(listed):
    found = inventory(listed, "alpen-graz", "city-linz", "alpen-wien")
    table = collecting_of(found)
    assert [one.id for one in collected(found, table, ())] == ["alpen-graz", "alpen-wien"]
    assert [one.id for one in collected(found, table, ["alpen-wien"])] == ["alpen-wien"]
    with pytest.raises(InputError):
        collected(found, table, ["city-linz"])


def test_a_collector_has_a_name_and_a_tenant(listed):
    found = inventory(listed, "alpen-graz", table="")
    assert tenant_of_new(found, "graz", "ALPEN") == "alpen"
    for name, tenant, where in (("g z", "alpen", "NAME"), ("graz", "city", "--tenant")):
        with pytest.raises(InputError) as refused:
            tenant_of_new(found, name, tenant)
        assert refused.value.where == where


def test_each_bundle_has_a_number_of_its_own_and_says_who_wrote_it(
    listed, key, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    table = collecting_of(inventory(listed, "alpen-graz"))
    unread = Gathered("alpen-graz", NOW, NOW, reason=say("there is no host of this name"))
    bundling = Bundling(table, key, tmp_path / ".numbers", None)
    first, second = (write_next_bundle([unread], bundling, NOW) for _ in range(2))
    assert (first.read, second.read) == (0, 0)
    assert first.place != second.place
    assert {one.name for one in Path().glob("graz-*.zip")} == {
        first.place.name,
        second.place.name,
    }
    named = write_next_bundle([unread], bundling._replace(place=tmp_path / "b.zip"), NOW)
    assert named.place.is_file()


def test_runs_that_audit_by_themselves_have_no_workers(listed):
    found = inventory(listed, "alpen-graz", table="")
    with pytest.raises(InputError):
        check_hands_out(found.fleet, found.path)
    check_hands_out(found.fleet._replace(is_queued=True), found.path)

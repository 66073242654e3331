from __future__ import annotations

import tomllib
from collections import Counter

import pytest

from auditor.errors import InputError
from auditor.model.site import Site
from auditor.pbx import crypt
from auditor.simulator.simulated_pbx import CONFIGURATIONS, SimulatedPbx


def clear_passwords(pbx):
    key = crypt.pbx_key(pbx.pbx_password, pbx.admin_key)
    return {
        one.names["h323"]: crypt.decrypt(key, one.password).decode()
        for one in pbx.objects
        if one.password is not None
    }


def named(pbx, name):
    return next(one for one in pbx.objects if one.names.get("h323") == name)


def devices(one):
    return [child.attributes for child in one.children if child.tag == "device"]


def filter_rows(pbx, name):
    (found,) = [c for c in pbx.admin.children if c.attributes.get("name") == name]
    return [(row.attributes["number"], row.attributes["next"]) for row in found.children]


def site_of(pbx):
    return Site.model_validate(tomllib.loads(pbx.site.read_text(encoding="utf-8")))


def test_the_same_seed_gives_the_same_pbx():
    assert SimulatedPbx.create("insecure", seed=3) == SimulatedPbx.create("insecure", seed=3)
    assert SimulatedPbx.create("insecure", seed=3) != SimulatedPbx.create("insecure", seed=4)


def test_without_a_seed_every_start_is_different():
    first, second = SimulatedPbx.create(), SimulatedPbx.create()
    assert first.pbx_password != second.pbx_password
    assert first.admin_key != second.admin_key
    assert {one.password for one in first.accounts}.isdisjoint(
        one.password for one in second.accounts
    )
    assert [one.guid for one in first.objects] == [one.guid for one in second.objects]


def test_passwords_can_be_given():
    pbx = SimulatedPbx.create("hardened", "secret", passwords={"viewer": "look"})
    assert pbx.pbx_password == "secret"
    assert {one.role: one.password for one in pbx.accounts}["viewer"] == "look"


def test_no_password_is_in_a_representation():
    pbx = SimulatedPbx.create("hardened", "the-pbx-password", passwords={"viewer": "the-viewer"})
    shown = repr(pbx)
    assert "the-pbx-password" not in shown
    assert "the-viewer" not in shown
    assert str(pbx.admin.password) not in shown


def test_an_unknown_configuration_is_an_input_error():
    with pytest.raises(InputError, match="no simulated configuration"):
        SimulatedPbx.create("perfect")


@pytest.mark.parametrize("config", CONFIGURATIONS)
def test_every_object_is_named_once(config):
    pbx = SimulatedPbx.create(config, seed=1)
    everything = [*pbx.objects, pbx.admin]
    assert all(count == 1 for count in Counter(one.guid for one in everything).values())
    assert all(len(one.guid) == 32 for one in everything)
    for name in ("cn", "h323", "e164"):
        values = [one.names[name] for one in everything if name in one.names]
        assert len(values) == len(set(values))
    assert 25 <= sum(one.kind == "" for one in pbx.objects) <= 42
    assert {one.kind for one in pbx.objects} == {
        "", "app", "config", "gw", "loc", "map", "trunk", "waiting"
    }  # fmt: skip


@pytest.mark.parametrize("config", CONFIGURATIONS)
def test_the_admin_password_is_the_pbx_password(config):
    pbx = SimulatedPbx.create(config, seed=1)
    key = crypt.pbx_key(pbx.pbx_password, pbx.admin_key)
    assert crypt.decrypt(key, pbx.admin.password).decode() == pbx.pbx_password
    assert len(pbx.admin.password) == crypt.FIELD_BYTES


@pytest.mark.parametrize("config", CONFIGURATIONS)
def test_the_site_file_fits(config):
    pbx = SimulatedPbx.create(config, seed=1)
    site = site_of(pbx)
    assert site.target.dialect == "simulated"
    assert len(site.hot_desk.users) == 8
    for name in (*site.hot_desk.users, *site.hot_desk.base_users, *site.lists.internal_gateways):
        assert named(pbx, name)
    hardware = {device["hw"] for one in pbx.objects for device in devices(one)}
    assert set(site.lists.reverse_proxy_devices) <= hardware


def test_the_hardened_base_user_follows_the_tutorial(hardened):
    base = named(hardened, "hot-desk-base")
    assert (base.cn, base.names["e164"]) == ("Hot Desk Base", "#10")
    assert base.attributes == {
        "hide": "true",
        "config": "Hot Desk Base Template",
        "rej-ext": "true",
    }
    template = named(hardened, "hot-desk-base-template")
    assert template.parents == ()
    assert template.attributes == {
        "filter": "intern",
        "cd-filter": "intern",
        "phone-config": "true",
    }
    assert filter_rows(hardened, "intern") == [("0", "nok"), ("0110", "ok"), ("0112", "ok")]
    assert "temp" not in {one.names["h323"] for one in hardened.objects}
    assert "PBX0 /sim-regs-without-pwd 0" in hardened.modules


def test_hardened_passwords_are_random_and_unique(hardened):
    passwords = clear_passwords(hardened).values()
    assert {len(password) for password in passwords} == {22}
    assert len(set(passwords)) == len(passwords)
    for one in hardened.objects:
        assert one.password is not None or one.kind in {"config", "loc", "map", "waiting"}


def test_hardened_devices_are_unique_and_explained(hardened):
    site = site_of(hardened)
    seen = [device["hw"] for one in hardened.objects for device in devices(one)]
    assert len(seen) == len(set(seen))
    for one in hardened.objects:
        for device in devices(one):
            assert "no-filter" not in device
            if device.get("trusted"):
                assert device["tls"] == "true"
                assert device["hw"] in site.lists.reverse_proxy_devices
    for name in site.hot_desk.users:
        assert name in {device["hw"] for device in devices(named(hardened, name))}


def test_the_insecure_pbx_is_insecure_where_the_demo_says_so(pbx):
    base = named(pbx, "hot-desk-base")
    passwords = clear_passwords(pbx)
    shared = [name for name, password in passwords.items() if password == "hotdesk1"]
    assert sorted(shared) == ["hot-desk-base", "p.krause", "temp"]
    assert base.names["e164"] == "190"
    assert "hide" not in base.attributes
    assert named(pbx, "hot-desk-base-template").parents == ("Config User",)
    assert filter_rows(pbx, "intern") == [("00", "nok"), ("01", "nok")]
    assert not any("cd-filter" in one.attributes for one in pbx.objects)
    assert not any("phone-config" in one.attributes for one in pbx.objects)
    assert "PBX0 /sim-regs-without-pwd 10" in pbx.modules
    every = Counter(device["hw"] for one in pbx.objects for device in devices(one))
    assert max(every.values()) == 2
    unmatched = [
        name
        for name in site_of(pbx).hot_desk.users
        if name not in {device["hw"] for device in devices(named(pbx, name))}
    ]
    assert sorted(unmatched) == ["k.vogel", "m.schaefer"]

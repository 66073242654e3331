"""As which App each PBX of a fleet is asked over WebSocket, and where its password is."""

from __future__ import annotations

import pytest

from auditor.errors import InventoryError
from auditor.fleet.inventory.credential_places import socket_of
from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.fleet.outward.units.needs import needs_of
from auditor.fleet.runner.setup_cache import site_for
from auditor.model.site import AppSocket, Site
from tests.fleet.conftest import pbx

LIVE = "[[pbx]]\nid='{id}'\ntenant='muster'\ntarget='https://{id}.example'\n"


def apps(folder, site=None):
    stated = Site() if site is None else Site(websocket=site)
    return [socket_of(one, stated) for one in read_inventory(folder.file).pbxs]


def levels(folder):
    folder.inventory(
        LIVE.format(id="a") + "websocket={app='own',password_env='OWN'}",
        pbx("b"),
        "[[tenant]]\nid='other'",
        pbx("c", tenant="other"),
        "[defaults.websocket]\napp='all'\npassword_env='ALL'\n",
        beginning="[[tenant]]\nid='muster'\nwebsocket={app='muster',password_file='pw'}\n",
    )


def test_the_nearest_counts_as_a_whole(folder):
    levels(folder)
    own, tenant, rest = apps(folder)
    assert (own.app, own.password_env) == ("own", "OWN")
    assert (tenant.app, tenant.password_env, tenant.password_file) == (
        "muster",
        "",
        str(folder.path / "pw"),
    )
    assert (rest.app, rest.password_env) == ("all", "ALL")


def test_a_site_file_comes_after_the_pbx_and_before_its_tenant(folder):
    levels(folder)
    assert [one.app for one in apps(folder, AppSocket(app="site"))] == ["own", "site", "site"]


def test_nobody_says_any(folder):
    folder.inventory(pbx("a"))
    assert apps(folder) == [None]
    assert apps(folder, AppSocket()) == [AppSocket()]


def test_the_audit_of_a_pbx_takes_it(folder):
    levels(folder)
    sites = [site_for(one, Site()) for one in read_inventory(folder.file).pbxs]
    assert [one.websocket.app for one in sites if one.websocket] == ["own", "muster", "all"]


def test_a_program_beside_the_inventory_is_found(folder):
    folder.inventory(
        LIVE.format(id="a") + "websocket={app='own',password_command=['./secret','linz']}"
    )
    (found,) = apps(folder)
    assert found.password_command == [str(folder.path / "secret"), "linz"]


@pytest.mark.parametrize(
    "table", ["{app='x',password='geheim'}", "{app='x',password_env='A',password_file='b'}", "1"]
)
def test_no_secret_and_no_two_places(folder, table):
    folder.inventory(LIVE.format(id="a") + f"websocket={table}")
    with pytest.raises(InventoryError) as refused:
        read_inventory(folder.file)
    assert "geheim" not in str(refused.value)


def test_what_starts_a_run_is_told_where_the_passwords_are(folder):
    folder.inventory(
        LIVE.format(id="a") + "websocket={app='own',password_env='OWN'}",
        LIVE.format(id="b") + "websocket={app='other'}",
        LIVE.format(id="c") + "websocket={}",
    )
    needed = needs_of(read_inventory(folder.file))
    assert {"OWN", "PBX_AUDITOR_APP_PASSWORD"} <= set(needed.variables)


def test_a_check_says_what_is_wrong_with_a_place(console, folder, monkeypatch):
    monkeypatch.delenv("OWN", raising=False)
    folder.inventory(
        LIVE.format(id="a") + "websocket={app='own',password_env='OWN'}",
        LIVE.format(id="b") + "websocket={app='own',password_file='nowhere'}",
    )
    said = console("fleet", "check", str(folder.file)).said
    assert "password_env" in said
    assert "password_file" in said

"""Systems of several PBXs: settings of every allowed box, objects of the audited one only."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import pytest

from auditor.dialects import load_dialect
from auditor.errors import InputError
from auditor.model.site import BoxPlace, Site
from auditor.model.vocabulary import Area, Coverage
from auditor.simulator.element import Element
from auditor.simulator.server import SimulatorServer
from auditor.site.credentials import Credentials
from auditor.sources.live.further_boxes import read_further_boxes
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from tests.fixtures.hostile import HostilePbx
from tests.fixtures.pbx import judge, simulated, site_of, statuses

FAST = LiveOptions(timeout=5.0, back_off=0.0)
NO_ROOM = "No of Regs w/o Pwd."


def system(*names):
    """Return a PBX with further PBX objects."""
    pbx = simulated()
    first = next(one for one in pbx.objects if one.kind == "loc")
    others = tuple(
        replace(
            first,
            guid=f"{number:032x}",
            names={**first.names, "cn": name, "h323": name},
            children=(Element("pseudo", {"type": "loc"}), Element("ep", {"addr": "192.0.2.9"})),
        )
        for number, name in enumerate(names, 1)
    )
    return replace(pbx, objects=(*pbx.objects, *others))


def slave(registrations="0", serial="0090334199aa"):
    pbx = simulated()
    bare = [line.partition(" /sim-regs")[0] for line in pbx.modules]
    stated = f" /sim-regs-without-pwd {registrations}" if registrations else ""
    modules = tuple(f"{line}{stated}" if line == "PBX0" else line for line in bare)
    return replace(pbx, modules=modules, box=replace(pbx.box, name="Branch", serial=serial))


@contextmanager
def running(*pbxs, **options):
    servers = [SimulatorServer(pbx, **options).__enter__() for pbx in pbxs]
    try:
        yield servers
    finally:
        for server in servers:
            server.__exit__(None, None, None)
            assert server.writes == 0


def read(server, boxes=(), options=FAST):
    account = next(one for one in server.pbx.accounts if one.role == "viewer")
    given = Credentials(account.username, account.password, server.pbx.pbx_password)
    site = site_with(boxes)
    return read_live(server.url, site, given, options), site


def site_with(boxes):
    content = {"boxes": [{"name": name, "url": url} for name, url in boxes]}
    return site_of().model_copy(update={"boxes": Site.model_validate(content).boxes})


def found(snapshot, site):
    return statuses(judge(snapshot, site))


def test_one_pbx_object_is_the_audited_one():
    with running(simulated()) as (server,):
        snapshot, site = read(server)
    assert snapshot.coverage(Area.SETTINGS) is Coverage.COMPLETE
    assert set(found(snapshot, site).values()) == {"passed"}


def test_a_further_pbx_that_nobody_allowed_leaves_settings_open_and_is_not_asked():
    with running(system("branch")) as (server,):
        snapshot, site = read(server)
    assert found(snapshot, site)["HD-03"] == "unknown"
    (gap,) = snapshot.gaps_in(Area.SETTINGS)
    assert "branch" in gap.reason
    assert "[[boxes]]" in gap.advice
    assert len(snapshot.boxes) == 1


@pytest.mark.parametrize(
    ("registrations", "status"), [("0", "passed"), ("1", "failed"), ("", "unknown")]
)
def test_the_settings_of_an_allowed_one_count(registrations, status):
    with running(system("branch"), slave(registrations)) as (master, branch):
        snapshot, site = read(master, [("branch", branch.url)])
        asked = {path for _, path in branch.requests}
    assert found(snapshot, site)["HD-03"] == status
    assert asked == {"/CMD0/box_info.xml", "/cfg.txt"}
    assert len(snapshot.objects) == len(master.pbx.objects)
    assert [box.serial[-6:] for box in snapshot.boxes] == ["410c7e", "4199aa"]
    assert snapshot.target == "mac:410c7e"
    assert {one.name for one in snapshot.sources} >= {"branch: /cfg.txt", "/cfg.txt"}


def test_evidence_says_which_box_a_setting_is_from():
    with running(system("branch"), slave("7")) as (master, branch):
        snapshot, site = read(master, [("branch", branch.url)])
    (result,) = [r for r in judge(snapshot, site).results if r.rule.id == "HD-03"]
    assert "7" in result.findings[0].observation.detail


@pytest.mark.parametrize("case", ["closed port", "refused login", "forbidden", "silent"])
def test_one_that_cannot_be_read_leaves_settings_open_and_loses_nothing_else(case):
    options = {"refuse": frozenset({"cfg"})} if case == "forbidden" else {}
    other = slave()
    if case == "refused login":
        accounts = tuple(replace(one, password="other") for one in other.accounts)
        other = replace(other, accounts=accounts)
    with (
        running(system("branch")) as (master,),
        running(other, **options) as (branch,),
        HostilePbx({"/CMD0/box_info.xml": None}) as silent,
    ):
        url = {"closed port": "http://127.0.0.1:1", "silent": silent.url}.get(case, branch.url)
        snapshot, site = read(master, [("branch", url)], FAST._replace(timeout=0.5))
    verdicts = found(snapshot, site)
    assert verdicts.pop("HD-03") == "unknown"
    assert set(verdicts.values()) == {"passed"}
    reasons = " ".join(gap.reason for gap in snapshot.gaps_in(Area.SETTINGS))
    assert reasons.startswith("branch: ")


def test_credentials_go_to_listed_addresses_only():
    with running(system("branch", "standby")) as (master,), HostilePbx({}) as stranger:
        read(master, [("branch", "http://127.0.0.1:1")])
        assert stranger.requests == []


def test_a_wrong_address_stops_the_run_before_any_traffic():
    with running(system("branch")) as (master,):
        with pytest.raises(InputError):
            read(master, [("branch", "https://user:pw@host")])
        assert master.requests == []


def test_the_time_is_shared():
    with running(system("branch", "standby"), slave()) as (_, branch):
        boxes = tuple(BoxPlace(name=name, url=branch.url) for name in ("branch", "standby"))
        site = Site(boxes=boxes)
        access = (Credentials("viewer", "x"), FAST._replace(deadline=0.0))
        readings = list(read_further_boxes(site, load_dialect("documented"), access, [], []))
        assert branch.requests == []
    assert [one.gaps[0].reason.endswith("ran out") for one in readings] == [True, True]

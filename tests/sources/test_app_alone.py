"""A live PBX that only the auditor's App logs in to: the least of privileges that shows objects."""

from __future__ import annotations

import pytest

from auditor.doctor.diagnosis import diagnose
from auditor.errors import ExitCode, InputError, TargetError
from auditor.model.site import AppSocket, BoxPlace
from auditor.model.vocabulary import Area
from auditor.rules.by_rights import decided_anyway
from auditor.rules.catalogue import load_catalogue
from auditor.simulator.app_object import NAME, with_app
from auditor.simulator.server import SimulatorServer
from auditor.simulator.socket_behaviour import SocketBehaviour, SocketFault
from auditor.site.credentials import Credentials
from auditor.sources.live.app_socket import table_of_objects
from auditor.sources.live.download import download_configuration
from auditor.sources.live.live_pbx import read_live
from auditor.sources.live.probe import probe_pbx
from auditor.sources.options import LiveOptions
from auditor.sources.parse.table_users import read_table_users
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import CONFIGURATIONS, judge, simulated, site_of, statuses
from tests.fixtures.scripted_socket import trusted
from tests.fixtures.sentences import says
from tests.fixtures.silence import certain_silence

PASSWORD = "gruen-3141592653"
APP = Credentials(app_password=PASSWORD)
DECIDED = {"passed", "failed", "not-applicable"}
LIMITS = LiveOptions(timeout=3.0, deadline=60.0, back_off=0.0, pause=lambda _: None)


def serve(*faults, config="hardened", rights=("tableusers",), tls=True, **switches):
    pbx = with_app(simulated(config), rights, PASSWORD)
    return SimulatorServer(pbx, tls=tls, sockets=SocketBehaviour(faults=faults, **switches))


def site_for(server, **changes):
    plain = site_of(server.pbx.config)
    target = plain.target.model_copy(update={"dialect": "documented"})
    tls = {"tls": trusted(server)} if server.url.startswith("https") else {}
    asked = {**tls, "websocket": AppSocket(app=NAME), "target": target, **changes}
    return plain.model_copy(update=asked)


def read(server, site=None, credentials=APP):
    with certain_silence():
        return read_live(server.url, site or site_for(server), credentials, LIMITS)


@pytest.mark.parametrize("config", CONFIGURATIONS)
def test_it_decides_what_its_rows_decide_from_a_file(config, monkeypatch, tmp_path):
    saved = tmp_path / "rows.json"

    def saving(data, *more):
        saved.write_bytes(data)
        return read_table_users(data, *more)

    monkeypatch.setattr(table_of_objects, "read_table_users", saving)
    with serve(config=config) as server:
        site = site_for(server)
        live = read(server, site)
        assert server.writes == 0
    file = statuses(judge(read_files(saved, site, None), site, profile="baseline"))
    found = statuses(judge(live, site, profile="baseline"))
    decided = {rule: status for rule, status in file.items() if status in DECIDED}
    assert len(decided) > 10
    assert {rule: found[rule] for rule in decided} == decided
    assert {rule for rule in ("TLS-01", "TLS-02", "ADM-10") if found[rule] in DECIDED}


@pytest.mark.parametrize("is_open", [True, False])
def test_what_needs_an_account_is_a_gap_that_says_so(is_open):
    """Which box it is may be told to strangers, or not."""
    pbx = with_app(simulated(), ("tableusers",), PASSWORD)
    with SimulatorServer(pbx, tls=True, protect_pages=not is_open) as server:
        snapshot = read(server)
        asked = {path for _, path in server.requests}
    for area in (Area.SETTINGS, *(() if is_open else (Area.BOX,))):
        (gap,) = snapshot.gaps_in(area)
        assert "PBX_AUDITOR_USERNAME" in str(gap.advice)
    assert bool(snapshot.boxes) is is_open
    assert snapshot.objects
    assert not snapshot.gaps_in(Area.OBJECTS)
    assert not any("cfg.txt" in path or "ADMIN" in path for path in asked)


@pytest.mark.parametrize(
    ("faults", "switches", "credentials", "word"),
    [
        ([], {}, Credentials(app_password="wrong"), "password of that App"),
        ([], {"rights": ()}, APP, "check mark TableUsers"),
        ([], {"offered": False}, APP, "WebSockets"),
        ([SocketFault("close")], {}, APP, "run again"),
    ],
)
def test_without_any_answer_to_the_app_nothing_was_read(faults, switches, credentials, word):
    with serve(*faults, **switches) as server, pytest.raises(TargetError) as caught:
        read(server, credentials=credentials)
    assert word in str(caught.value.advice)
    assert caught.value.exit_code is ExitCode.UNREACHABLE


@pytest.mark.parametrize("kind", ["silence", "cut", "error"])
def test_a_part_of_the_table_passes_nothing_that_needs_all(kind):
    with serve(SocketFault(kind, mt="ReplicateNext", skip=9)) as server:
        site = site_for(server)
        found = statuses(judge(read(server, site), site))
    assert "passed" not in {found[one] for one in ("HD-04", "HD-08", "HD-10")}


@pytest.mark.parametrize(
    "credentials", [Credentials(username="x", app_password=PASSWORD), Credentials()]
)
def test_half_an_account_is_a_mistake(credentials):
    with serve() as server, pytest.raises(InputError):
        read(server, credentials=credentials)
    assert server.requests == []


def test_an_app_needs_tls():
    with serve(tls=False) as server, pytest.raises(InputError):
        read(server)
    assert server.requests == []


def test_a_download_needs_an_account():
    with serve() as server, pytest.raises(InputError):
        download_configuration(server.url, site_for(server), APP, LIMITS)


ALL = frozenset({"box_info", "cfg", "show", "soap"})


def of_viewer(server, password=PASSWORD):
    viewer = next(one for one in server.pbx.accounts if one.role == "viewer")
    return Credentials(viewer.username, viewer.password, app_password=password)


def test_an_account_that_may_read_nothing_takes_nothing_away():
    pbx = with_app(simulated(), ("tableusers",), PASSWORD)
    with SimulatorServer(pbx, tls=True, refuse=ALL) as server:
        site = site_for(server)
        beside, alone = read(server, site, of_viewer(server)), read(server, site)
    assert not beside.boxes
    assert {one.guid for one in beside.objects} == {one.guid for one in pbx.objects}
    before, after = (statuses(judge(one, site)) for one in (alone, beside))
    assert {r: after[r] for r in before if before[r] in DECIDED} == {
        r: before[r] for r in before if before[r] in DECIDED
    }


def test_neither_an_account_nor_an_app_that_may_read():
    pbx = with_app(simulated(), ("tableusers",), PASSWORD)
    with SimulatorServer(pbx, tls=True, refuse=ALL) as server:
        with pytest.raises(TargetError) as caught:
            read(server, credentials=of_viewer(server, "wrong"))
        assert says("read nothing", caught.value.message)


def test_further_boxes_stay_open():
    with serve() as server, serve() as other:
        place = BoxPlace(name="Branch", url=other.url, tls=trusted(other))
        snapshot = read(server, site_for(server, boxes=[place]))
        assert other.requests == []
    assert any("Branch" in str(gap.reason) for gap in snapshot.gaps_in(Area.SETTINGS))


def test_doctor_says_what_needs_an_account_and_that_the_app_reads():
    rules = list(load_catalogue().rules.values())
    with serve() as server:
        site = site_for(server)
        with certain_silence():
            found = probe_pbx(server.url, site, APP, LIMITS)
    assert found.failure is None
    rows, code = diagnose(found, server.url, site.tls, rules)
    assert code is ExitCode.INCOMPLETE
    by_check = {str(row.check): row for row in rows}
    assert str(by_check["PbxTableUsers"].state) == "open"
    assert "PBX_AUDITOR_USERNAME" in str(by_check["cfg.txt"].detail)
    costs = str(by_check["object list"].detail)
    assert "HD-05" in costs
    assert not [one for one in decided_anyway("TableUsers") if one in costs]
    assert "PbxTableUsers" in str(by_check["second count"].detail)

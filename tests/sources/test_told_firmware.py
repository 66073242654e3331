"""The firmware of a box by several sources: agreed, older in Devices, or nobody's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.dialects import load_dialect
from auditor.messages.message import NOTHING
from auditor.model.site import Site
from auditor.model.site_policies import FirmwarePolicy
from auditor.model.snapshot import Box, Gap, Setting
from auditor.model.vocabulary import Area, Coverage, Grade, Status
from auditor.sources.live.live_pbx import read_live
from auditor.sources.parse.app_answers import AnswerReader
from auditor.sources.parse.ledger import Ledger
from auditor.sources.parse.reading import Reading, ToldFirmware
from auditor.sources.snapshot.assemble import Batch, assemble
from auditor.sources.snapshot.told_firmware import agreed_firmware
from tests.fixtures.devices import platform, quick
from tests.fixtures.pbx import PBX_PASSWORD, judge, site_of

SERIAL = "00-90-33-00-00-01"
INFO = "13r3 service-release-12 IP411[13.5212/135212/304]"
NEWER_TRAIN, NEWER, OLDER, OLDER_TRAIN = "14r1 sr1", "13r3 sr14 [1]", "13r3 sr2 [1]", "12r2 sr9"
SAFE, VULNERABLE = "16r1 sr1", "10.00 sr1"


def box(firmware=INFO, serial=SERIAL, name="PBX"):
    return Box(name, "IP411", firmware, serial)


def of_info(*told, firmware=INFO, **more):
    shown = box(firmware) if firmware is not None else None
    return Reading("/CMD0/box_info.xml", "box-info", box=shown, told_firmware=[*told], **more)


def listed(label):
    return ToldFirmware(label, "Devices", may_lag=True)


def built(train):
    return ToldFirmware(train, "CheckBuild")


@pytest.mark.parametrize(
    ("told", "is_agreed"),
    [
        ([], True),
        ([listed("13r3 sr12 [13.5212/135212/304]"), built("13r3")], True),
        ([listed(OLDER)], True),
        ([listed(""), listed("garbage"), listed("13r3 dvl [1]")], True),
        ([listed(NEWER)], False),
        ([listed(OLDER_TRAIN)], False),
        ([listed("12r2 sr9 [13.5212/135212/304]")], False),
        ([listed("13r3 sr14 [12.1/121/1]")], False),
        ([listed("13r3 sr12 [12.1/121/1]")], True),
        ([listed(NEWER_TRAIN)], False),
        ([listed(OLDER), listed(OLDER_TRAIN)], False),
        ([built("13r1")], False),
        ([built("14r1")], False),
        ([built("garbage")], True),
    ],
)
def test_who_is_believed(told, is_agreed):
    gaps: list[Gap] = []
    reading = of_info(*told)
    (found,), trains = agreed_firmware([box()], [reading], gaps)
    assert found.firmware == (INFO if is_agreed else "")
    assert [(one.area, one.doubtful) for one in gaps] == [(Area.BOX, True)] * (not is_agreed)
    assert "13r3" in trains
    assert (len(trains) == 1) or not is_agreed
    if is_agreed:
        assert len(reading.notes) == any(one.label == OLDER for one in told)


@pytest.mark.parametrize("header", ["13r3 sr12", OLDER, NEWER, OLDER_TRAIN, ""])
def test_two_documents_of_one_box(header):
    gaps: list[Gap] = []
    readings = [of_info(), Reading("cfg.txt", "configuration", box=box(header))]
    (found,), _ = agreed_firmware([box()], readings, gaps)
    assert (found.firmware == INFO) is (header in {"13r3 sr12", ""})
    assert bool(gaps) is not bool(found.firmware)


def test_each_box_by_itself():
    gaps: list[Gap] = []
    there = box("14r1 sr1", "00-90-33-00-00-02", "Branch")
    readings = [
        of_info(),
        Reading("b", "box-info", box=there, further=True, told_firmware=[built("13r3")]),
        Reading("c", "app-socket", told_firmware=[built("13r3")]),
    ]
    found, trains = agreed_firmware([box(), there], readings, gaps)
    assert [one.firmware for one in found] == [INFO, ""]
    assert trains == {"13r3", "14r1"}


def test_what_names_no_box_is_of_the_audited_one():
    gaps: list[Gap] = []
    readings = [
        of_info(listed(OLDER_TRAIN), firmware=None),
        Reading("cfg.txt", "configuration", box=box()),
    ]
    (found,), _ = agreed_firmware([box()], readings, gaps)
    assert (found.firmware, len(gaps)) == ("", 1)


STATED = {
    "supported_trains": Setting(("13r3",), Grade.ATTESTED, "a person"),
    "app_platform_version": Setting(("none",), Grade.ATTESTED, "a person"),
}


@pytest.mark.parametrize("control", ["FW-01", "FW-02", "FW-04"])
@pytest.mark.parametrize(("shown", "listed_as"), [(SAFE, VULNERABLE), (VULNERABLE, SAFE)])
def test_a_contradiction_is_neither_passed_nor_failed(control, shown, listed_as):
    site = Site(firmware=FirmwarePolicy(baseline="16r1 final"))

    def status(*told):
        batch = Batch([of_info(*told, firmware=shown)], [], load_dialect("documented"))
        snapshot = assemble(batch, site, None)
        areas = {**snapshot.areas, **dict.fromkeys(STATED, Coverage.COMPLETE)}
        trains = Setting(("16r1",), Grade.ATTESTED, "a person")
        settings = {**STATED, "supported_trains": trains}
        known = replace(snapshot, settings=settings, areas=areas)
        outcome = judge(known, site, [control], "baseline")
        return next(one.status for one in outcome.results if one.rule.id == control)

    assert status(listed(shown)) is (Status.PASSED if shown == SAFE else Status.FAILED)
    assert status(listed(listed_as)) in {Status.UNKNOWN, Status.MANUAL}


def test_what_devices_lists_of_the_box_that_is_read_through_it():
    with platform() as running:
        server = running.server
        serial = running.serial()

        def read_as(version):
            devices = tuple(
                replace(one, version=version) if one.hardware_id == serial else one
                for one in server.platform.devices
            )
            server.platform = replace(server.platform, devices=devices)
            url, given = running.box(), running.credentials(pbx_password=PBX_PASSWORD)
            return read_live(url, site_of("hardened"), given, quick())

        assert read_as("13r3 sr1 [1/1/1]").boxes[0].firmware
        snapshot = read_as("12r2 sr1 [1/1/1]")
        assert snapshot.boxes[0].firmware == ""
        assert [one.source for one in snapshot.gaps_in(Area.BOX)] == ["Devices"]


def test_what_a_pbx_says_of_its_train_over_the_socket_of_clients():
    reading = of_info()
    ledger = Ledger("socket", NOTHING)
    AnswerReader(reading, ledger).build(
        {"mt": "CheckBuildResult", "version": "13r1", "build": "132940"}
    )
    assert reading.told_firmware == [built("13r1")]

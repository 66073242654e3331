"""FW-01, FW-02 and FW-04 about devices that Devices lists beside the boxes that were read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.checks import firmware as checks
from auditor.checks.support.parameters import Parameters
from auditor.model.listed_devices import ListedDevices
from auditor.model.site import Site
from auditor.model.site_policies import FirmwarePolicy
from auditor.model.snapshot import Box, Setting, Snapshot
from auditor.model.vocabulary import Area, Belonging, Coverage, Grade, Status
from auditor.pbx.view import AuditView
from tests.fixtures.pbx import judge

NEW, OLD = "13r3 sr12 [13.5212/135212/304]", "13r2 sr1 [13.4001/134001/304]"
BOX = Box("PBX", "IP411", "13r3 service-release-12", "009033000001")


def snapshot(*listed, **more):
    return Snapshot(
        "mac:000001",
        boxes=(BOX,),
        listed_devices=tuple(ListedDevices(*one) for one in listed),
        areas={Area.BOX: Coverage.COMPLETE, "app_platform_version": Coverage.COMPLETE},
        **more,
    )


def result(control, shown, site=None):
    site = site or Site(firmware=FirmwarePolicy(baseline="13r3 sr12"))
    outcome = judge(shown, site, [control], "baseline")
    return next(one for one in outcome.results if one.rule.id == control)


@pytest.mark.parametrize(
    ("listed", "status"),
    [
        ([], Status.PASSED),
        ([("IP222", NEW, 26)], Status.PASSED),
        ([("IP222", NEW, 26), ("IP112", OLD, 1)], Status.FAILED),
        ([("IP222", NEW, 26), ("IP222", OLD, 1)], Status.FAILED),
        ([("IP222", "", 1)], Status.UNKNOWN),
        ([("", "of its own", 2)], Status.UNKNOWN),
    ],
)
def test_each_product_is_held_to_the_baseline(listed, status):
    assert result("FW-01", snapshot(*listed)).status is status


def test_the_worst_of_a_product_decides_and_all_are_shown():
    found = result("FW-01", snapshot(("IP222", NEW, 26), ("IP222", OLD, 2)))
    (one,) = [
        finding.observation
        for finding in found.findings
        if finding.observation.subject.id == "ip222"
    ]
    assert "28" in str(one.subject.name)
    shown = [(each.value, each.object) for each in one.evidence if each.attribute == "firmware"]
    assert shown == [(NEW, "26 x IP222"), (OLD, "2 x IP222")]


def test_its_identity_does_not_change_with_the_firmware():
    keys = [
        {one.observation.subject.id for one in result("FW-01", snapshot((p, f, n))).findings}
        for p, f, n in (("IP222", NEW, 26), ("ip222", OLD, 1))
    ]
    assert keys[0] == keys[1]


def test_the_same_everywhere_counts_devices():
    found = result("FW-01", snapshot(("IP222", OLD, 26)))
    labels = [str(one.observation.subject.name) for one in found.findings]
    assert any("27" in label for label in labels)


def test_vulnerabilities_and_trains():
    listed = snapshot(("IP222", NEW, 26), ("IP112", "11r1 sr1 [11.0/110000/304]", 1))
    view = AuditView(listed, Site())
    found = {one.subject.id: one.verdict for one in checks.firmware_is_not_vulnerable(view, None)}
    assert {"ip222", "ip112"} <= found.keys()
    supported = Setting(("13r3",), Grade.ATTESTED, "a person")
    view = AuditView(replace(listed, settings={"supported_trains": supported}), Site())
    verdicts = {one.subject.id: one.verdict for one in checks.firmware_is_supported(view, None)}
    assert verdicts["ip222"] == "compliant"
    assert verdicts["ip112"] == "violated"


VULNERABLE, SAFE = "10.00 sr1 [10.1/1/1]", "16r1 sr1 [16.1/1/1]"
NONE = Setting(("none",), Grade.ATTESTED, "a person")
TRAINS = Setting(("16r1",), Grade.ATTESTED, "a person")


def new_box(*listed, platform=NONE):
    shown = snapshot(
        *listed, settings={"app_platform_version": platform, "supported_trains": TRAINS}
    )
    box = replace(BOX, firmware="16r1 sr1")
    areas = {**shown.areas, "supported_trains": Coverage.COMPLETE}
    return replace(shown, boxes=(box,), areas=areas)


@pytest.mark.parametrize("control", ["FW-01", "FW-02", "FW-04"])
@pytest.mark.parametrize(
    ("firmware", "belonging", "status"),
    [
        (SAFE, Belonging.CERTAIN, Status.PASSED),
        (VULNERABLE, Belonging.CERTAIN, Status.FAILED),
        *((SAFE, one, Status.PASSED) for one in [*Belonging][1:]),
        *((VULNERABLE, one, Status.UNKNOWN) for one in [*Belonging][1:]),
        *(("", one, Status.UNKNOWN) for one in Belonging),
    ],
)
def test_a_device_that_may_be_anothers_opens_what_it_would_violate(
    control, firmware, belonging, status
):
    shown = new_box(("IP222", SAFE, 3), ("IP0011", firmware, 2, belonging))
    found = result(control, shown, Site(firmware=FirmwarePolicy(baseline="16r1 final")))
    undecided = Status.MANUAL if control == "FW-04" else Status.UNKNOWN
    assert found.status is (undecided if status is Status.UNKNOWN else status)
    names = {str(one.observation.subject.name) for one in found.findings}
    assert any("2" in name and "IP0011" in name for name in names)


@pytest.mark.parametrize("control", ["FW-01", "FW-02", "FW-04"])
@pytest.mark.parametrize("belonging", Belonging)
@pytest.mark.parametrize("firmware", [SAFE, VULNERABLE, ""])
def test_a_device_of_an_unknown_type_proves_nothing(control, firmware, belonging):
    """What is not known to be a device of a system is not known to have its versions, either."""
    shown = new_box(("IP222", SAFE, 3), ("IP222", firmware, 2, belonging, False))
    found = result(control, shown, Site(firmware=FirmwarePolicy(baseline="16r1 final")))
    assert found.status is (Status.MANUAL if control == "FW-04" else Status.UNKNOWN)
    worse = replace(
        shown, listed_devices=(*shown.listed_devices, ListedDevices("IP112", VULNERABLE, 1))
    )
    found = result(control, worse, Site(firmware=FirmwarePolicy(baseline="16r1 final")))
    assert found.status is Status.FAILED


@pytest.mark.parametrize(
    ("firmware", "baselines", "verdicts"),
    [
        ("16r1 sr1", {}, {"compliant"}),
        ("16r1 sr1", {"IP0011": "16r1 sr9"}, {"undetermined"}),
        ("16r1 sr9", {"IP0011": "16r1 sr9"}, {"compliant"}),
        ("13r3 sr1", {"IP0011": "16r1 sr9"}, {"violated"}),
        ("13r3 sr1", {"IP0011": "13r3 sr1"}, {"undetermined"}),
        ("13r3 sr1", {"13r3": "13r3 sr1", "IP0011": "13r3 sr1"}, {"compliant"}),
        ("", {"IP0011": "13r3 sr1"}, {"undetermined"}),
    ],
)
def test_a_device_without_a_product_may_be_of_each(firmware, baselines, verdicts):
    policy = FirmwarePolicy(baseline="16r1 final", baselines=baselines)
    view = AuditView(snapshot(("", firmware, 1)), Site(firmware=policy))
    terms = Parameters({"same_everywhere": False})
    found = [*checks.firmware_meets_baseline(view, terms)]
    assert {one.verdict for one in found if one.subject.kind == "devices"} == verdicts


@pytest.mark.parametrize("grade", [one for one in Grade if one is not Grade.ATTESTED])
@pytest.mark.parametrize("word", ["none", "None ", "NONE"])
def test_only_a_person_says_by_a_word_that_there_is_no_app_platform(word, grade):
    read = Setting((word,), grade, "a source")
    assert result("FW-02", new_box(platform=read)).status is Status.UNKNOWN
    assert result("APP-02", new_box(platform=read)).status is Status.UNKNOWN
    assert result("FW-02", new_box(platform=NONE)).status is Status.PASSED


@pytest.mark.parametrize(
    ("versions", "status"),
    [
        (("16r1 sr1",), Status.PASSED),
        (("12r2 sr2",), Status.FAILED),
        (("12r2 sr2", "12r2 sr3"), Status.FAILED),
        (("16r1 sr1", "12r2 sr3"), Status.FAILED),
        (("", "16r1 sr1"), Status.UNKNOWN),
        (("", "12r2 sr3"), Status.FAILED),
        (("",), Status.UNKNOWN),
    ],
)
def test_the_worst_app_platform_of_a_domain_decides(versions, status):
    platform = Setting(versions, Grade.DOCUMENTED, "Devices")
    assert result("FW-02", new_box(platform=platform)).status is status
    assert result("APP-02", new_box(platform=platform)).status is Status.UNKNOWN

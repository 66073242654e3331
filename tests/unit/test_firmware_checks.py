"""Controls about firmware: how a device is named, what differs, and what a label does not say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.checks.firmware import (
    firmware_is_not_vulnerable,
    firmware_is_supported,
    firmware_meets_baseline,
)
from auditor.checks.support.parameters import Parameters
from auditor.messages.languages import translated
from auditor.model.site import Site
from auditor.model.snapshot import Box, Setting, Snapshot
from auditor.model.vocabulary import Grade, Verdict
from auditor.pbx.view import AuditView
from auditor.vulnerabilities import known_vulnerabilities

OUT, OPEN, FINE = Verdict.VIOLATED, Verdict.UNDETERMINED, Verdict.COMPLIANT
EVERYWHERE = Parameters({"same_everywhere": True})
NEWEST = "14r1 service-release-02"


def view(*boxes, baseline=None, **facts):
    settings = {name: Setting(values, Grade.ATTESTED, "site") for name, values in facts.items()}
    firmware = {"baseline": baseline} if baseline else {}
    return AuditView(
        Snapshot("t", boxes=boxes, settings=settings), Site.model_validate({"firmware": firmware})
    )


@pytest.mark.parametrize(
    ("box", "name", "key"),
    [
        (Box("Head", "IP411", NEWEST, "009033410c7e"), "Head IP411", "41-0c-7e"),
        (Box("", "IP411", NEWEST, "009033410c7e"), "009033410c7e IP411", "41-0c-7e"),
        (Box("Head", "", NEWEST, ""), "Head", "box"),
        (Box("", "", NEWEST, ""), "the device", "box"),
    ],
)
def test_a_device_is_named_as_people_know_it_and_kept_apart_by_its_serial(box, name, key):
    (seen,) = firmware_meets_baseline(view(box), Parameters({"same_everywhere": False}))
    assert (seen.subject.name, seen.subject.id) == (name, key)


@pytest.mark.parametrize(
    ("labels", "verdict"),
    [
        ((NEWEST, NEWEST), FINE),
        ((NEWEST, NEWEST.upper()), FINE),
        ((NEWEST, "14r1 service-release-03"), OUT),
        ((NEWEST, "13r3 service-release-02"), OUT),
        ((NEWEST, NEWEST, "13r3 service-release-02"), OUT),
        (("14r1", "14r1"), OPEN),
        (("14r1", NEWEST), OPEN),
        (("", ""), OPEN),
        ((NEWEST, "odd"), OPEN),
        (("odd", NEWEST), OPEN),
        ((NEWEST, "odd", "13r3 service-release-02"), OUT),
    ],
)
def test_devices_of_one_baseline_have_the_same_firmware(labels, verdict):
    boxes = [Box("", "IP411", label, f"00000{n}") for n, label in enumerate(labels)]
    seen = list(firmware_meets_baseline(view(*boxes), EVERYWHERE))
    assert [one.verdict for one in seen if one.property == "same"] == [verdict]


def test_one_device_differs_from_none():
    seen = firmware_meets_baseline(view(Box("", "IP411", NEWEST, "000001")), EVERYWHERE)
    assert [one.property for one in seen] == ["firmware"]


@pytest.mark.parametrize("label", ["", "odd"])
def test_a_label_that_says_nothing_decides_nothing(label):
    box = Box("", "IP411", label, "000001")
    seen = [
        *firmware_meets_baseline(view(box, baseline=NEWEST), Parameters({"same_everywhere": True})),
        *firmware_is_supported(view(box, supported_trains=("14r1",)), Parameters({})),
        *(
            one
            for one in firmware_is_not_vulnerable(view(box), Parameters({}))
            if not one.detail.endswith("this is IP411")
        ),
    ]
    assert {one.verdict for one in seen} == {OPEN}
    said = [str(one.detail) for one in seen]
    expected = label or "not state"
    assert all(expected in text for text in said), said


def test_every_product_that_an_entry_is_about_is_named(monkeypatch):
    (entry, *_) = (one for one in known_vulnerabilities() if one.products)
    several = replace(entry, products=["IP232", "IP241"])
    monkeypatch.setattr("auditor.checks.firmware.known_vulnerabilities", lambda: (several,))
    (seen,) = firmware_is_not_vulnerable(view(Box("", "IP411", NEWEST, "000001")), Parameters({}))
    assert seen.verdict is FINE
    assert "about IP232, IP241, this is IP411" in seen.detail


def test_how_sure_an_entry_is_is_said_in_german():
    (seen, *_) = firmware_is_not_vulnerable(
        view(Box("", "IP411", NEWEST, "000001")), Parameters({})
    )
    told = [translated(one.value, "de") for one in seen.evidence if one.value]
    assert any("nachgesehen" in value for value in told)
    assert not any("confidence" in value or "checked" in value for value in told)

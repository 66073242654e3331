"""What Devices lists oddly: a field that is not understood decides for no device to be let be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.model.attestation import Facts
from auditor.model.site import Site
from auditor.model.site_policies import FirmwarePolicy
from auditor.model.snapshot import (
    NO_PASSWORD,
    Box,
    Device,
    PbxObject,
    Snapshot,
    SourceRecord,
)
from auditor.model.vocabulary import Area, Belonging, Coverage
from auditor.sources.live.devices import tunnel
from auditor.sources.live.devices.neighbouring_devices import gaps_of, with_devices
from auditor.values.devices_addresses import box_address
from tests.fixtures.devices import FIRST, quick, scripted_devices
from tests.fixtures.pbx import TODAY, judge, statuses

SERIAL = "009033000001"
BOX = {
    "id": 1, "hwId": SERIAL, "domainId": 2, "product": "IP411", "version": "16r1 sr1",
    "type": "GW", "pbxActive": True, "online": True,
}  # fmt: skip
OLD, NEW = "10.00 sr1 [10.1/1/1]", "16r1 sr1 [16.1/1/1]"
GATEWAY = {**BOX, "id": 7, "hwId": "009033000007", "version": OLD, "pbxActive": False}
PLATFORM = {
    **GATEWAY, "id": 8, "hwId": "009033000008", "product": "App Platform", "type": "APP_PLATFORM",
    "version": "12r2 sr2",
}  # fmt: skip
CONTROLS = ("FW-01", "FW-02", "FW-04", "APP-02")
FINE = ("passed", "passed", "passed", "not-applicable")
OPEN = ("unknown", "unknown", "manual", "not-applicable")
FAILED = ("failed", "failed", "failed", "not-applicable")
NO_PLATFORM_KNOWN = ("passed", "unknown", "passed", "unknown")
MISSING = ...


def entry(shape, **more):
    return {name: it for name, it in {**shape, **more}.items() if it is not MISSING}


def listed(entries, domain="", box=BOX, objects=()):
    """Return the snapshot of a new box, with what Devices lists beside it."""
    answers = {
        "GetDomains": {"domains": [{"id": 2, "name": FIRST}], "last": True},
        "GetDevices": {"devices": [box, *entries], "last": True},
    }
    with scripted_devices(answers) as server:
        account = replace(server.account, domain=domain)
        address = f"{server.address}/passthrough/{SERIAL}".replace("wss://", "https://")
        with tunnel.Tunnel(box_address(address), account, quick()) as way:
            beside = way.beside
    gaps = gaps_of(beside)
    whole = not any(one.area == Area.BOX for one in gaps)
    shown = Snapshot(
        "mac:000001",
        boxes=(Box("PBX", "IP411", "16r1 sr1", SERIAL),),
        objects=objects,
        areas={Area.BOX: Coverage.COMPLETE if whole else Coverage.PARTIAL},
        gaps=tuple(gaps),
        sources=(SourceRecord("box_info.xml", "box-info", 1, "0" * 64),),
    )
    return with_devices(shown, beside)


def judged(snapshot):
    stated = {"by": "E. Muster", "on": TODAY, "until": TODAY}
    facts = {
        "app_platform_version": {"value": "none", **stated},
        "supported_trains": {"value": ["16r1"], **stated},
    }
    firmware = FirmwarePolicy(baseline="16r1 final")
    site = Site(firmware=firmware, facts=Facts.model_validate(facts))
    found = statuses(judge(snapshot, site, CONTROLS, "baseline"))
    return tuple(found[one] for one in CONTROLS)


def notes(snapshot):
    return " ".join(str(one.note) for one in snapshot.sources)


ODD: tuple[object, ...] = (
    MISSING,
    None,
    "",
    "x",
    "2 ",
    "-2",
    "2.0",
    -2,
    2.5,
    10**12,
    True,
    [2],
    {"id": 2},
    [],
)


@pytest.mark.parametrize("domain", ["", FIRST])
class TestDomain:
    @pytest.mark.parametrize("number", ODD, ids=repr)
    def test_one_that_is_not_understood_leaves_open_what_it_would_fail(self, number, domain):
        assert judged(listed([entry(GATEWAY, domainId=number)], domain)) == OPEN
        fine = entry(GATEWAY, domainId=number, version=NEW)
        assert judged(listed([fine], domain)) == FINE
        found = judged(listed([entry(PLATFORM, domainId=number)], domain))
        assert found == NO_PLATFORM_KNOWN

    @pytest.mark.parametrize(
        ("number", "status"),
        [(2, FAILED), ("2", FAILED), ("0002", FAILED), (9, FINE), ("9", FINE)],
        ids=repr,
    )
    def test_one_that_is_understood_decides(self, number, status, domain):
        assert judged(listed([entry(GATEWAY, domainId=number)], domain)) == status

    @pytest.mark.parametrize("spelling", [GATEWAY["hwId"], "00-90-33-00-00-07"])
    @pytest.mark.parametrize("versions", [(NEW, OLD), (OLD, NEW), (OLD, OLD)], ids=repr)
    def test_what_is_listed_in_two_is_open(self, versions, spelling, domain):
        for shape in (GATEWAY, PLATFORM):
            copy = {**shape, "id": 9, "domainId": 3, "version": versions[1]}
            if shape is GATEWAY:
                copy["hwId"] = spelling
            found = judged(listed([{**shape, "version": versions[0]}, copy], domain))
            assert found == (OPEN if shape is GATEWAY else NO_PLATFORM_KNOWN)

    def test_one_that_is_assigned_to_none(self, domain):
        """Where only a domain was asked for, it may be of it all the same."""
        found = judged(listed([entry(GATEWAY, domainId=0)], domain))
        assert found == (OPEN if domain else FINE)


@pytest.mark.parametrize("number", [MISSING, None, "x", [2]], ids=repr)
def test_a_box_whose_domain_is_not_understood_has_what_is_in_any(number):
    box = entry(BOX, domainId=number)
    found = listed([entry(GATEWAY, domainId=3), PLATFORM], box=box)
    assert judged(found) == ("unknown", "unknown", "manual", "unknown")
    assert found.listed_devices == ()  # for they may be another customer's


@pytest.mark.parametrize("hardware_id", [MISSING, None, "", 7, ["009033000007"]], ids=repr)
def test_a_device_that_does_not_say_which_it_is(hardware_id):
    of_ours = entry(GATEWAY, hwId=hardware_id, version=NEW)
    assert judged(listed([of_ours])) == OPEN
    assert judged(listed([{**of_ours, "domainId": 9}])) == FINE
    platform = entry(PLATFORM, hwId=hardware_id)
    assert judged(listed([platform])) == (*OPEN[:3], "unknown")


KINDS: tuple[object, ...] = (
    MISSING,
    None,
    "",
    "AP",
    "app_platform",
    "APP_PLATFORM_2",
    "gw",
    "Phone",
    7,
    ["GW"],
)


@pytest.mark.parametrize("kind", KINDS, ids=repr)
class TestType:
    @pytest.mark.parametrize("version", [OLD, NEW, "", MISSING], ids=repr)
    def test_one_that_is_not_known_proves_nothing(self, kind, version):
        found = listed([entry(GATEWAY, type=kind, version=version)])
        assert judged(found) == (*OPEN[:3], "unknown")
        assert [one.is_of_known_type for one in found.listed_devices] == [False]

    def test_in_another_domain_it_is_nothing_to_us(self, kind):
        assert judged(listed([entry(GATEWAY, type=kind, domainId=9)])) == FINE

    def test_what_is_vulnerable_beside_it_stays_so(self, kind):
        assert judged(listed([entry(GATEWAY, type=kind), PLATFORM]))[1] == "failed"


@pytest.mark.parametrize("version", ["none", " None", "NONE", "n/a", "", MISSING, None, 16, ["16"]])
def test_an_app_platform_is_there_whatever_it_calls_its_version(version):
    found = judged(listed([entry(PLATFORM, version=version)]))
    assert found == NO_PLATFORM_KNOWN
    assert judged(listed([])) == FINE


@pytest.mark.parametrize("version", [MISSING, None, "", 16, ["16r1"], {"v": 1}], ids=repr)
def test_a_version_that_is_not_understood_is_not_new(version):
    assert judged(listed([entry(GATEWAY, version=version)])) == OPEN


@pytest.mark.parametrize(
    "version",
    [
        "16r1 sr1 [10.1/101/1]",
        "16r1 [10.00]",
        f"{NEW} 10.00",
        f"{NEW}\n10.00",
        f"{NEW}, 10.00 sr1 [10.1/1/1]",
        "16r1 sr1 [16.1/1/1",
    ],
)
@pytest.mark.parametrize("kind", ["GW", "PHONE", "APP_PLATFORM"])
def test_a_version_that_contradicts_itself_is_not_new(version, kind):
    found = judged(listed([entry(GATEWAY, version=version, type=kind)]))
    assert found == (OPEN if kind != "APP_PLATFORM" else NO_PLATFORM_KNOWN)


@pytest.mark.parametrize("product", [MISSING, None, "", 7, ["IP411"]], ids=repr)
def test_a_product_that_is_not_understood_is_none(product):
    (one,) = listed([entry(GATEWAY, product=product)]).listed_devices
    assert one.product == ""


class TestOfOthers:
    @pytest.mark.parametrize("kind", ["GW", "PHONE", "DECT", "VA", "something"])
    def test_what_is_not_of_innovaphone_is_counted(self, kind):
        found = listed([{**GATEWAY, "other": True, "type": kind}])
        assert judged(found) == FINE
        assert "1" in notes(found)
        assert not notes(listed([GATEWAY]))

    def test_but_an_app_platform_is_of_innovaphone(self):
        found = judged(listed([{**PLATFORM, "other": True}]))
        assert found == NO_PLATFORM_KNOWN

    @pytest.mark.parametrize("other", ["true", "", 1, 0, [True], {}], ids=repr)
    def test_what_may_be_leaves_open_what_it_would_fail(self, other):
        assert judged(listed([{**GATEWAY, "other": other}])) == OPEN
        assert judged(listed([{**GATEWAY, "other": other, "version": NEW}])) == FINE
        found = judged(listed([{**PLATFORM, "other": other}]))
        assert found == NO_PLATFORM_KNOWN

    @pytest.mark.parametrize("other", [MISSING, None, False], ids=repr)
    def test_what_is_not_said_to_be_is_not(self, other):
        assert judged(listed([entry(GATEWAY, other=other)])) == FAILED


class TestPbxs:
    def test_others_of_the_domain_are_counted(self):
        others = [{**GATEWAY, "hwId": f"00903300001{n}", "pbxActive": True} for n in range(3)]
        found = listed([*others, others[0]])
        assert judged(found) == FINE
        assert "3" in notes(found)
        assert not notes(listed([{**others[0], "domainId": 9}]))

    def test_one_that_was_read_as_well_is_judged(self):
        other = {**GATEWAY, "pbxActive": True}
        assert not notes(listed([{**other, "hwId": "00-90-33-00-00-01"}]))

    @pytest.mark.parametrize("kind", ["GW", "PHONE", "APP_PLATFORM"])
    @pytest.mark.parametrize("active", ["true", 1, "", [True]], ids=repr)
    def test_what_may_be_one_may_have_what_is_beside_it(self, kind, active):
        phone = {**GATEWAY, "type": "PHONE", "product": "IP222", "hwId": "009033000009"}
        found = listed([{**GATEWAY, "type": kind, "pbxActive": active, "version": NEW}, phone])
        assert {one.belonging for one in found.listed_devices if one.product == "IP222"} == {
            Belonging.OTHER_PBX
        }
        assert judged(found)[0] == "unknown"

    def test_an_app_platform_with_a_pbx_is_judged_and_counted(self):
        found = listed([{**PLATFORM, "pbxActive": True}])
        assert judged(found)[1] == "failed"
        assert "1" in notes(found)


PHONE = {**GATEWAY, "type": "PHONE", "product": "IP222"}
LET_BE: tuple[dict[str, object], ...] = ({"pbxActive": True}, {"other": True})


class TestEntriesThatDisagree:
    """Of one device, one entry says that nothing is said of it here, and another one does not."""

    @pytest.mark.parametrize("spelling", [GATEWAY["hwId"], "00-90-33-00-00-07"])
    @pytest.mark.parametrize("let_be", LET_BE, ids=repr)
    @pytest.mark.parametrize("shape", [GATEWAY, PHONE], ids=["gateway", "phone"])
    @pytest.mark.parametrize("domain", [2, 9])
    def test_what_either_would_fail_is_open(self, shape, let_be, spelling, domain):
        for ours, other in ((NEW, OLD), (OLD, NEW), (OLD, OLD)):
            first = {**shape, "version": ours}
            second = {**shape, **let_be, "id": 9, "hwId": spelling, "domainId": domain}
            second["version"] = other
            for entries in ([first, second], [second, first]):
                found = judged(listed(entries))
                assert not {"passed", "failed"} & {*found[:3]}

    @pytest.mark.parametrize("let_be", LET_BE, ids=repr)
    def test_what_neither_would_fail_is_not(self, let_be):
        fine = {**GATEWAY, "version": NEW}
        assert judged(listed([fine, {**fine, **let_be, "id": 9}])) == FINE

    @pytest.mark.parametrize("let_be", LET_BE, ids=repr)
    def test_entries_that_agree_about_that_are_let_be(self, let_be):
        other = {**GATEWAY, **let_be}
        found = listed([other, {**other, "id": 9, "version": NEW}])
        assert (judged(found), found.listed_devices) == (FINE, ())

    def test_an_app_platform_that_is_a_pbx_as_well(self):
        new = {**PLATFORM, "version": NEW}
        pbx = {**new, "type": "GW", "id": 9, "version": OLD, "pbxActive": True}
        assert not {"passed"} & {*judged(listed([new, pbx]))[:3]}

    @pytest.mark.parametrize("let_be", LET_BE, ids=repr)
    def test_in_another_domain_they_are_nothing_to_us(self, let_be):
        far = {**GATEWAY, "domainId": 9}
        assert judged(listed([far, {**far, **let_be, "id": 9}])) == FINE


class TestPhonesWithAPbx:
    """What cannot be together decides nothing, unless an object says whose it is."""

    @pytest.mark.parametrize("kind", ["PHONE", "DECT"])
    def test_one_that_nobody_names_is_open(self, kind):
        phone = {**PHONE, "type": kind, "pbxActive": True}
        assert judged(listed([phone])) == OPEN
        assert judged(listed([{**phone, "version": NEW}])) == FINE
        assert judged(listed([{**phone, "domainId": 9}])) == FINE
        assert not notes(listed([phone]))  # of a PBX that nobody judges

    def test_one_that_an_object_names_is_of_this_pbx(self):
        device = Device(str(PHONE["hwId"]), "", {})
        named = PbxObject(
            "guid", "A", "a", "", "", {}, (), (device,), (), (), (), {}, None, (), NO_PASSWORD,
            "cfg.txt", 1,
        )  # fmt: skip
        found = listed([{**PHONE, "pbxActive": True}], objects=(named,))
        assert judged(found)[:3] == FAILED[:3]


def test_a_copy_of_the_box_without_a_domain_takes_nothing_from_it():
    copy = entry(BOX, id=2, domainId=MISSING)
    assert judged(listed([copy, GATEWAY])) == FAILED


VALUES: tuple[object, ...] = (
    *(MISSING, None, "", "x", "1", 0, -1, 1.5, 10**12),
    *([], [1], {}, {"a": 1}),
)
# What a field says that lets a device be, and rightly so.
DECIDES = {("domainId", "1"), ("domainId", 0)}


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("name", BOX)
def test_no_field_of_a_vulnerable_device_makes_it_fine(name, value):
    if any((name, value) == one for one in DECIDES):
        return
    found = judged(listed([entry(GATEWAY, **{name: value})]))
    assert not {"passed"} & {*found[:3]}
    found = judged(listed([entry(PLATFORM, **{name: value})]))
    assert (found[1] in {"failed", "unknown"}, found[3]) == (True, "unknown")

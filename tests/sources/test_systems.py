"""One folder is one system: boxes that belong together, generations of one box, and strangers."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from pydantic import ValidationError

from auditor.errors import SourceError
from auditor.facts import REGISTRATIONS_WITHOUT_PASSWORD
from auditor.model.site import Site
from auditor.model.snapshot import Box
from auditor.model.vocabulary import Area, Coverage
from auditor.simulator import responses
from auditor.simulator.element import Element
from auditor.sources.saved_evidence import read_files
from auditor.sources.snapshot.merge import is_another_box
from tests.fixtures.pbx import END, export_of, item, row, simulated, site_of, table, text, write
from tests.fixtures.sentences import sentence

OWN, OTHER = "41-0c-7e", "aa-bb-cc"
SLAVE = "aabbcc"


def pbx_of(serial="0090334199aa", name="Branch", *, objects=True, guids=True, places=()):
    """Return a PBX whose box is another one; `places` are further PBX objects of its list."""
    pbx = simulated()
    own = pbx.objects if objects else ()
    if not guids:
        own = tuple(replace(one, guid=f"{number:032x}") for number, one in enumerate(own, 7))
    return replace(
        pbx,
        box=replace(pbx.box, serial=serial, name=name),
        modules=(f"CMD0 /name {name}", *pbx.modules[1:]),
        objects=(*own, *(place_of(*place) for place in places)),
    )


def place_of(name, hardware="", parent="master"):
    """Return a PBX object."""
    first = next(one for one in simulated().objects if one.kind == "loc")
    children = (
        (*first.children, Element("device", {"hw": hardware})) if hardware else first.children
    )
    names = {**first.names, "cn": name, "h323": name, "loc": parent}
    return replace(first, guid=f"{name:x<32}", names=names, children=children)


def master(*places):
    return responses.configuration(pbx_of("009033410c7e", "Main", places=places), 1)


def settings_of(serial="009033aabbcc", name="branch"):
    """Return the configuration of a box without objects."""
    return text(
        "vars check 00",
        "# 13r3 service-release-02 IP411[13.5202], Bootcode[135202], HW[304]",
        f"# IP411-{serial[-6:-4]}-{serial[-4:-2]}-{serial[-2:]}",
        f"config change CMD0 /name {name}",
        "config change PBX0 /sim-regs-without-pwd 4",
        "vars create UPDATE/CHECK p 1",
    )


def read(folder, files, **content):
    site = site_of().model_copy(update=dict(Site.model_validate(content)) if content else {})
    site = site.model_copy(update={"target": site_of().target})
    return read_files(write(folder / "evidence", files), site, None)


def fates(snapshot):
    return {record.name: record.kind for record in snapshot.sources}


class TestTwoSystems:
    @pytest.mark.parametrize("objects", [True, False])
    @pytest.mark.parametrize("guids", [True, False])
    def test_they_are_refused_naming_both_serials(self, tmp_path, objects, guids):
        files = {
            "a/cfg.txt": responses.configuration(simulated(), 1),
            "b/cfg.txt": responses.configuration(pbx_of(objects=objects, guids=guids), 1),
        }
        with pytest.raises(SourceError) as refused:
            read(tmp_path, files)
        assert OWN in refused.value.message
        assert "41-99-aa" in refused.value.message
        assert refused.value.advice

    def test_a_further_export_of_both_does_not_join_them(self, tmp_path):
        files = {
            "a.txt": responses.configuration(simulated(), 1),
            "b.txt": responses.configuration(pbx_of(), 1),
            "c.xml": export_of(simulated()),
        }
        with pytest.raises(SourceError, match=sentence("more than one system")):
            read(tmp_path, files)

    def test_the_type_of_the_box_tells_them_apart_too(self, tmp_path):
        pbx = simulated()
        same_end = replace(pbx, box=replace(pbx.box, product="IP6000"))
        files = {
            "a.txt": responses.configuration(simulated(), 1),
            "b.txt": responses.configuration(same_end, 1),
        }
        with pytest.raises(SourceError, match=r"41-0c-7e .* 41-0c-7e"):
            read(tmp_path, files)

    @pytest.mark.parametrize(
        "other",
        [
            '<info><user cn="A" h323="a"/><user cn="B" h323="b"/><user cn="C"/></info>',
            '<info><user cn="Nobody" guid="01"/><user cn="master" guid="02"/></info>',
            table(row(cn="A", h323="a", guid="99"), END),
        ],
    )
    def test_objects_that_have_nothing_in_common(self, tmp_path, other):
        name = "b.json" if isinstance(other, bytes) else "b.xml"
        with pytest.raises(SourceError, match=sentence("more than one system")):
            read(tmp_path, {"a.txt": responses.configuration(simulated(), 1), name: other})

    def test_names_that_every_pbx_has_join_nothing(self, tmp_path):
        everywhere = '<user cn="_MASTER_"/><user cn="_STANDBY_"/>'
        files = {
            "a.xml": f'<info>{everywhere}<user cn="A"/><user cn="B"/></info>',
            "b.xml": f'<info>{everywhere}<user cn="C"/><user cn="D"/></info>',
        }
        with pytest.raises(SourceError, match=sentence("more than one system")):
            read(tmp_path, files)

    def test_scripts_and_settings_are_no_system_of_their_own(self, tmp_path):
        files = {
            "a.txt": responses.configuration(simulated(), 1),
            "s.txt": "config add PHONE SIG /h323 hot-desk-base /gk-pwd x\n",
            "b.json": table(row(cn="Hot Desk Base", h323="hot-desk-base"), END),
        }
        assert len(read(tmp_path, files).boxes) == 1


class TestOneSystem:
    @pytest.mark.parametrize(
        "place", [("branch",), ("elsewhere", "009033aabbcc"), ("x", "IP411-AA-BB-CC")]
    )
    def test_by_its_own_pbx_objects(self, tmp_path, place):
        snapshot = read(tmp_path, {"z.txt": master(place), "a.txt": settings_of()})
        assert [box.short_serial for box in snapshot.boxes] == ["410c7e", SLAVE]
        assert snapshot.target == "mac:410c7e"
        setting = snapshot.settings[REGISTRATIONS_WITHOUT_PASSWORD]
        assert set(setting.values) == {"0", "4"}
        assert snapshot.coverage(Area.SETTINGS) is Coverage.COMPLETE

    def test_a_replica_with_the_same_objects(self, tmp_path):
        replica = pbx_of("009033aabbcc", "branch", places=[("branch",)])
        files = {"a.txt": responses.configuration(replica, 1), "b.txt": master(("branch",))}
        assert len(read(tmp_path, files).boxes) == 2

    @pytest.mark.parametrize(
        ("places", "other"),
        [
            ([], settings_of(name="master")),
            ([("branch",)], settings_of(name="master")),
            ([("branch", "009033000001")], settings_of()),
            ([("branch",)], settings_of(name="other")),
            ([("branch",)], settings_of(name="")),
        ],
    )
    def test_what_its_objects_do_not_name(self, tmp_path, places, other):
        with pytest.raises(SourceError, match=sentence("more than one system")):
            read(tmp_path, {"a.txt": master(*places), "b.txt": other})

    def test_one_pbx_object_is_not_two_boxes(self, tmp_path):
        files = {
            "a.txt": master(("branch",), ("third",)),
            "b.txt": settings_of(),
            "c.txt": settings_of("009033aabbcd"),
        }
        with pytest.raises(SourceError, match=sentence("more than one system")):
            read(tmp_path, files)

    def test_another_customer_whose_names_are_alike(self, tmp_path):
        other = pbx_of("009033aabbcc", "branch", guids=False, places=[("branch2",)])
        files = {"a.txt": responses.configuration(other, 1), "b.txt": master(("branch",))}
        with pytest.raises(SourceError, match=sentence("more than one system")):
            read(tmp_path, files)

    @pytest.mark.parametrize(
        "entry",
        [
            {"serial": "00-90-33-AA-BB-CC"},
            {"serial": "aabbcc"},
            {"serial": "AA.BB.CC"},
            {"url": "https://x", "name": "BRANCH"},
        ],
    )
    def test_by_the_site_file(self, tmp_path, entry):
        boxes = [{"name": "gateway", **entry}]
        snapshot = read(tmp_path, {"a.txt": settings_of(), "b.txt": master()}, boxes=boxes)
        assert snapshot.target == "mac:410c7e"
        assert len(snapshot.boxes) == 2

    def test_an_entry_that_fits_two_means_neither(self, tmp_path):
        files = {"a.txt": settings_of(), "b.txt": master(), "c.txt": settings_of("009033aabbcd")}
        with pytest.raises(SourceError, match=sentence("more than one system")):
            read(tmp_path, files, boxes=[{"name": "branch", "url": "https://x"}])

    def test_an_entry_needs_an_address_or_a_serial(self):
        for entry in ({}, {"serial": "xx"}, {"serial": "aabb"}):
            with pytest.raises(ValidationError):
                Site.model_validate({"boxes": [{"name": "branch", **entry}]})
        assert not Site.model_validate(
            {"boxes": [{"name": "branch", "serial": "aabbcc"}]}
        ).boxes_with_address


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("00-90-33-41-0c-7e", "0090.3341.0C7E", False),
        ("00-90-33-41-0c-7e", "41:0C:7E", False),
        ("00-90-33-41-0c-7e", "00-90-34-41-0c-7e", True),
        ("41-0c-7e", "41-0c-7f", True),
        ("41-0c-7e", "", False),
    ],
)
def test_serials_are_compared_without_case_and_separators(one, other, expected):
    assert is_another_box(Box(serial=one), Box(serial=other)) is expected


def generation(registrations):
    line = f"config change PBX0 /sim-regs-without-pwd {registrations}"
    return text(
        "vars check 00",
        "# 13r3 sr2 IP411[13.5202]",
        "# IP411-41-0c-7e",
        line,
        item('<user><pseudo type="loc"/></user>', cn="A", h323="a"),
        item("<user/>", cn="_ADMIN_"),
    )


class TestGenerations:
    def read(self, folder, files):
        return read(folder, {name: generation(value) for name, value in files.items()})

    def values(self, snapshot):
        return snapshot.settings[REGISTRATIONS_WITHOUT_PASSWORD].values

    @pytest.mark.parametrize("stem", ["IP411-41-0c-7e/IP411-41-0c-7e", "backup", "ip.411"])
    def test_the_highest_number_is_used(self, tmp_path, stem):
        files = {f"{stem}.{number}.txt": number for number in (2, 9, 10, 11)}
        snapshot = self.read(tmp_path, files)
        assert self.values(snapshot) == ("11",)
        assert fates(snapshot) == {
            name: "configuration" if number == 11 else "older" for name, number in files.items()
        }
        assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE
        assert all(f"{stem}.11.txt" in one.note for one in snapshot.sources if one.kind == "older")

    def test_times_of_files_do_not_decide_and_are_noted(self, tmp_path):
        folder = write(
            tmp_path / "evidence",
            {f"b.{number}.txt": generation(number) for number in (1, 2)},
        )
        os.utime(folder / "b.1.txt", (2_000_000_000, 2_000_000_000))
        os.utime(folder / "b.2.txt", (1_000_000_000, 1_000_000_000))
        snapshot = read(tmp_path, {})
        assert self.values(snapshot) == ("2",)
        (used,) = [one for one in snapshot.sources if one.kind == "configuration"]
        assert "b.1.txt" in used.note

    @pytest.mark.parametrize(
        "names",
        [
            ("a.txt", "b.txt"),
            ("cfg.txt", "b.1.txt"),
            ("a/b.1.txt", "c/b.2.txt"),
            ("b.1.txt", "b.01.txt"),
            ("b.1.txt", "c.2.txt"),
            ("2026-01-01.txt", "2026-02-01.txt"),
        ],
    )
    def test_without_an_order_none_wins(self, tmp_path, names):
        with pytest.raises(SourceError, match=sentence("newest")) as refused:
            self.read(tmp_path, {name: number for number, name in enumerate(names)})
        assert all(name in refused.value.message for name in names)

    def test_a_copy_of_the_newest_and_one_of_an_older(self, tmp_path):
        files = {"b.1.txt": 1, "b.2.txt": 2, "b.3.txt": 1, "cfg.txt": 1, "old.txt": 2}
        snapshot = self.read(tmp_path, files)
        assert self.values(snapshot) == ("1",)
        assert fates(snapshot) == {
            "b.1.txt": "copy",
            "b.2.txt": "older",
            "b.3.txt": "configuration",
            "cfg.txt": "copy",
            "old.txt": "older",
        }

    def test_a_name_orders_nothing_of_another_box(self, tmp_path):
        files = {"b.1.txt": generation(1), "b.2.txt": settings_of()}
        with pytest.raises(SourceError, match=sentence("more than one system")):
            read(tmp_path, files)

    @pytest.mark.parametrize("newest", [b"", b"\0\1\2", b"# IP411-41-0c-7e\r\n"])
    def test_a_newest_one_that_cannot_be_read_has_no_older_in_its_place(self, tmp_path, newest):
        with pytest.raises(SourceError, match=sentence("newest generation unusable")) as refused:
            read(tmp_path, {"b.1.txt": generation(0), "b.2.txt": newest})
        assert refused.value.where == "b.2.txt"

    def test_an_empty_older_one_leaves_none(self, tmp_path):
        snapshot = read(tmp_path, {"b.1.txt": b"", "b.2.txt": generation(0)})
        assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE

    def test_equal_documents_count_once(self, tmp_path):
        export = export_of(simulated())
        files = {"a.txt": responses.configuration(simulated(), 1), "b.xml": export, "c.xml": export}
        snapshot = read(tmp_path, files)
        assert fates(snapshot)["c.xml"] == "copy"
        assert len(snapshot.sources) == len(files)


@pytest.mark.parametrize(("files", "coverage"), [(1, Coverage.PARTIAL), (2, Coverage.COMPLETE)])
def test_settings_of_every_pbx_have_to_be_there(tmp_path, files, coverage):
    contents = {"a.txt": master(("branch", "009033aabbcc")), "b.txt": settings_of()}
    folder = write(tmp_path, dict(list(contents.items())[:files]))
    snapshot = read_files(folder, site_of(), None)
    assert snapshot.coverage(Area.SETTINGS) is coverage
    assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE

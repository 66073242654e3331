"""What an update server saved: what it leaves out is open, and its newest generation counts."""

from __future__ import annotations

import os

import pytest

from auditor.errors import SourceError
from auditor.model.site import Site
from auditor.model.snapshot import Box
from auditor.model.vocabulary import Area, Coverage
from auditor.simulator import responses
from auditor.sources.saved_evidence import read_files
from auditor.sources.update_server import contradiction, device_folder, hardware_id_of
from tests.fixtures.pbx import configuration_of, judge, simulated, site_of, statuses, write
from tests.fixtures.sentences import says, sentence
from tests.fixtures.update_server import LEFT_OUT, save, saved_form

HARDWARE_ID = "IP411-41-0c-7e"
FACTS = ("update_url", "update_url_without_dhcp")


@pytest.fixture
def folder(tmp_path):
    save(tmp_path, HARDWARE_ID, configuration_of())
    return tmp_path / HARDWARE_ID


def read(folder, site=None):
    return read_files(folder, site or site_of(), None)


def fates(snapshot):
    return {one.name.rpartition("/")[2]: one.kind for one in snapshot.sources}


def add(folder, number, content):
    path = folder / f"{HARDWARE_ID}.{number}.txt"
    path.write_bytes(content)
    return path


class TestLeftOut:
    def test_the_writer_leaves_out_what_the_notes_name(self):
        whole = configuration_of().split(b"\r\n")
        left = [line for line in whole if LEFT_OUT.match(line)]
        kinds = {line.split(b" ")[0] for line in left}
        assert kinds == {b"config", b"vars", b"mod"}
        saved = saved_form(configuration_of())
        assert not saved.endswith(b"\n")
        assert not any(line in saved.split(b"\r\n") for line in left)

    def test_each_fact_of_such_lines_has_a_gap_that_says_so(self, folder):
        snapshot = read(folder)
        for fact in FACTS:
            (gap,) = snapshot.gaps_in(fact)
            assert says("update server leaves out", gap.reason)
            assert snapshot.coverage(fact) is Coverage.MISSING

    def test_controls_of_such_lines_are_undecided_all_others_are_not(self, tmp_path, folder):
        site = site_of()
        write(tmp_path / "whole", {"cfg.txt": configuration_of()})
        whole, saved = (
            statuses(judge(read(one), site, profile="strict"))
            for one in (tmp_path / "whole", folder)
        )
        assert (whole.pop("FW-03"), saved.pop("FW-03")) == ("passed", "unknown")
        assert whole == saved

    def test_what_a_person_attests_fills_the_gap(self, folder):
        attested = {"by": "A. Muster", "on": "2026-11-01", "until": "2099-12-31"}
        facts = {
            "update_url": {"value": "https://update.example.com", **attested},
            "update_url_without_dhcp": {"value": True, **attested},
        }
        site = Site.model_validate({**site_of().model_dump(exclude={"facts"}), "facts": facts})
        assert statuses(judge(read(folder, site), site, ["FW-03"]))["FW-03"] == "passed"

    @pytest.mark.parametrize("kept", ["UP1", "UPDATE/CHECK", "TLS0/TICKET", "(info="])
    def test_what_has_such_a_line_was_not_saved_by_it(self, tmp_path, kept):
        lines = configuration_of().decode().split("\r\n")
        whole = [one for one in lines if kept in one or not LEFT_OUT.match(one.encode())]
        content = {f"{HARDWARE_ID}/{HARDWARE_ID}.0.txt": "\r\n".join(whole)}
        snapshot = read(write(tmp_path, content) / HARDWARE_ID)
        assert not any(says("update server leaves out", gap.reason) for gap in snapshot.gaps)
        assert (kept == "UP1") is (snapshot.coverage("update_url") is Coverage.COMPLETE)

    def test_what_another_command_says_of_it_is_a_part(self, folder):
        content = (folder / f"{HARDWARE_ID}.0.txt").read_bytes()
        at = content.index(b"vars create")
        line = b"config add UP1 /url http%3A%2F%2Fupdate.example.com%2F\r\n"
        add(folder, 1, content[:at] + line + content[at:])
        snapshot = read(folder)
        assert snapshot.coverage("update_url") is Coverage.PARTIAL
        assert statuses(judge(snapshot, site_of(), ["FW-03"]))["FW-03"] == "failed"

    @pytest.mark.parametrize("name", ["cfg.txt", "backup.3.txt"])
    def test_other_files_are_not_taken_for_it(self, tmp_path, name):
        write(tmp_path / "evidence", {name: saved_form(configuration_of())})
        assert read(tmp_path / "evidence").gaps_in("update_url") == ()

    def test_a_single_file_is_read_alike(self, folder):
        assert len(read(folder / f"{HARDWARE_ID}.0.txt").gaps_in("update_url")) == 1

    def test_that_its_age_says_nothing_is_told(self, folder):
        (source,) = read(folder).sources
        assert says("age of a backup", source.note)


class TestGenerations:
    def test_number_counts_whatever_its_digits(self, folder):
        newer = configuration_of().replace("Zöller".encode(), b"Zimmer")
        for number in (8, 9, 10):
            add(folder, number, saved_form(newer if number == 10 else configuration_of()))
        snapshot = read(folder)
        assert fates(snapshot)[f"{HARDWARE_ID}.10.txt"] == "configuration"
        assert fates(snapshot)[f"{HARDWARE_ID}.9.txt"] == "older"

    @pytest.mark.parametrize("lines", range(4))
    def test_a_newest_one_that_names_no_box_has_no_older_in_its_place(self, folder, lines):
        content = saved_form(configuration_of().replace("Zöller".encode(), b"Zimmer"))
        path = add(folder, 1, b"".join(content.splitlines(keepends=True)[: max(lines - 1, 0)]))
        if lines == 0:
            path.unlink()
            path.symlink_to("nowhere")
        with pytest.raises(SourceError, match=sentence("newest generation unusable")) as refused:
            read(folder)
        assert refused.value.where == path.name

    @pytest.mark.parametrize("lines", range(4, 60, 8))
    def test_a_newest_one_without_its_end_is_not_whole(self, folder, lines):
        """Nothing that the older one shows is taken for what is so now."""
        content = saved_form(configuration_of().replace("Zöller".encode(), b"Zimmer"))
        add(folder, 1, b"".join(content.splitlines(keepends=True)[:lines]))
        snapshot = read(folder)
        assert fates(snapshot)[f"{HARDWARE_ID}.0.txt"] == "older"
        assert snapshot.coverage(Area.OBJECTS) is not Coverage.COMPLETE
        assert {one.source for one in snapshot.objects} <= {f"{HARDWARE_ID}.1.txt"}

    def test_an_older_one_that_does_not_say_its_box_is_older(self, folder):
        content = (folder / f"{HARDWARE_ID}.0.txt").read_bytes()
        add(folder, 0, b"\r\n".join(content.split(b"\r\n")[:2]))
        add(folder, 1, content)
        snapshot = read(folder)
        assert fates(snapshot)[f"{HARDWARE_ID}.0.txt"] == "older"
        assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE

    def test_a_later_time_of_an_older_one_is_told(self, folder):
        add(folder, 1, saved_form(configuration_of().replace("Zöller".encode(), b"Zimmer")))
        os.utime(folder / f"{HARDWARE_ID}.1.txt", (1_000_000_000, 1_000_000_000))
        used = next(one for one in read(folder).sources if one.kind == "configuration")
        assert f"{HARDWARE_ID}.0.txt" in used.note


class TestIdentity:
    def test_content_decides_and_the_contradiction_is_named(self, tmp_path):
        save(tmp_path, "IP411-00-00-01", configuration_of())
        snapshot = read(tmp_path / "IP411-00-00-01")
        assert snapshot.target == "mac:410c7e"
        (source,) = snapshot.sources
        assert says("content counts", source.note)

    @pytest.mark.parametrize(
        ("name", "serial", "differs"),
        [
            ("ip411-00-00-01", "00-00-01", False),
            ("ip411-00-00-01", "009033000001", False),
            ("ip411-00-00-01", "00-00-02", True),
            ("graz", "00-00-02", False),
            ("ip411-00-00-01", "", False),
        ],
    )
    def test_a_name_that_is_a_hardware_id_can_contradict(self, name, serial, differs):
        assert bool(contradiction(name, Box(product="IP411", serial=serial))) is differs

    @pytest.mark.parametrize(
        ("path", "known"),
        [
            ("IP411-00-00-01/IP411-00-00-01.3.txt", "ip411-00-00-01"),
            ("elsewhere/IP411-00-00-01.3.txt", "ip411-00-00-01"),
            ("graz/graz.3.txt", "graz"),
            ("graz/wien.3.txt", ""),
            ("IP411-00-00-01/IP411-00-00-01.txt", ""),
            ("IP411-00-00-01/IP411-00-00-01.3.xml", ""),
        ],
    )
    def test_what_the_server_saved_is_told_by_its_place(self, tmp_path, path, known):
        assert hardware_id_of(tmp_path / path) == known


class TestFolders:
    def test_two_with_one_number_are_in_no_order(self, folder):
        add(folder, "00", b"x")
        assert device_folder(folder).problem

    def test_files_of_several_devices_are_none_of_it(self, tmp_path):
        write(tmp_path / "x", {"a.1.txt": "", "b.2.txt": ""})
        assert device_folder(tmp_path / "x").problem

    def test_a_folder_under_another_name_has_its_only_series(self, tmp_path):
        write(tmp_path / "graz", {f"{HARDWARE_ID}.{number}.txt": "" for number in (3, 20)})
        names = [one.name for one in device_folder(tmp_path / "graz").generations]
        assert names == [f"{HARDWARE_ID}.20.txt", f"{HARDWARE_ID}.3.txt"]


def test_the_simulated_pbx_saves_what_the_fixture_leaves_out():
    first, second = (responses.configuration(simulated(), number) for number in (1, 2))
    assert first != second
    assert saved_form(first) == saved_form(second)

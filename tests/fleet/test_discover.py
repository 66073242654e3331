"""`fleet discover backups`: what an update server saved becomes an inventory, or is named."""

from __future__ import annotations

import json
import os
import tracemalloc
from functools import partial

import pytest

from auditor.errors import ExitCode
from auditor.files.toml_reading import parse_toml
from auditor.fleet.inventory.backups import discover
from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.fleet.inventory.saved_devices import DeviceKind
from auditor.sources import update_server
from tests.fixtures.update_server import gateway, phone, save, saved_form
from tests.fleet.conftest import pbx as block
from tests.fleet.runner.conftest import saved

OWN = "IP411-00-00-01"


class Backups:
    """A folder of an update server, and the command that looks into it."""

    def __init__(self, folder, console):
        self.folder = folder
        self.root = folder.path / "backups"
        self.root.mkdir()
        self.console = console
        self.save = partial(save, self.root)

    def found(self, *options, tenant="muster"):
        """Return how the command ended, and each folder by its name."""
        ended = self.console(
            *("fleet", "discover", "backups", "backups", "--tenant", tenant),
            *("--format", "json", *options),
        )
        self.ended = ended
        return {one["folder"]: one for one in json.loads(ended.out)["devices"]}

    def kinds(self):
        return {name: one["kind"] for name, one in self.found().items()}

    def proposed(self, *options):
        self.ended = self.console(
            "fleet", "discover", "backups", "backups", "--tenant", "muster", *options
        )
        return parse_toml(self.ended.out)

    def write(self, *options):
        self.ended = self.console(
            *("fleet", "discover", "backups", "backups", "--tenant", "muster"),
            *("-o", "fleet.toml", *options),
        )
        return read_inventory(self.folder.file)


@pytest.fixture
def backups(folder, console):
    return Backups(folder, console)


class TestProposed:
    def test_pbxs_are_proposed_and_others_are_listed_apart(self, backups):
        backups.save(OWN, saved(1))
        backups.save("IP222-00-00-09", phone())
        backups.save("IP811-00-00-0a", gateway())
        found = backups.found()
        assert {name: one["kind"] for name, one in found.items()} == {
            OWN: "pbx",
            "IP222-00-00-09": "phone",
            "IP811-00-00-0a": "gateway",
        }
        assert all(one["recognised_by"] for one in found.values())
        assert [one["id"] for one in found.values() if one["id"]] == ["ip411-00-00-01"]
        assert backups.ended.code == ExitCode.OK
        assert "PHONE" in backups.ended.err
        assert "CANARY" not in backups.ended.said

    def test_blocks_are_an_inventory(self, backups):
        backups.save(OWN, saved(1))
        assert backups.proposed() == {
            "tenant": [{"id": "muster", "name": "muster"}],
            "pbx": [
                {
                    "id": "ip411-00-00-01",
                    "tenant": "muster",
                    "name": "PBX Köln",
                    "target": "backups/IP411-00-00-01",
                    "serial": "00-00-01",
                }
            ],
        }

    def test_paths_are_those_of_the_file_that_has_them(self, backups):
        backups.save(OWN, saved(1))
        (backups.folder.path / "fleet.d").mkdir()
        backups.folder.inventory(block("live"))
        backups.proposed("--inventory", "fleet.toml", "-o", "fleet.d/more.toml")
        _, pbx = read_inventory(backups.folder.file).pbxs
        assert pbx.target.text == str(backups.root / OWN)

    def test_the_first_pbx_of_an_inventory(self, backups):
        backups.save(OWN, saved(1))
        head = '[fleet]\nname = "S"\n[[tenant]]\nid = "muster"\n'
        backups.folder.inventory(beginning=head)
        proposed = backups.proposed("--inventory", "fleet.toml", "-o", "fleet.d/more.toml")
        assert "tenant" not in proposed
        (pbx,) = read_inventory(backups.folder.file).pbxs
        assert pbx.target.text == str(backups.root / OWN)

    def test_a_file_that_is_there_is_never_overwritten(self, backups):
        backups.save(OWN, saved(1))
        backups.folder.write("fleet.toml", "x")
        backups.proposed("-o", "fleet.toml")
        assert backups.ended.code == ExitCode.USAGE
        assert backups.folder.file.read_text() == "x"

    def test_what_the_inventory_has_is_not_proposed_again(self, backups):
        backups.save(OWN, saved(1))
        backups.write()
        backups.save("IP411-00-00-02", saved(2))
        found = backups.found("--inventory", "fleet.toml")
        assert found[OWN]["known_as"] == "ip411-00-00-01"
        assert found[OWN]["id"] is None
        proposed = backups.proposed("--inventory", "fleet.toml")
        assert [one["id"] for one in proposed["pbx"]] == ["ip411-00-00-02"]
        assert "tenant" not in proposed

    @pytest.mark.parametrize("tenant", ["", "a b", "con", "ä"])
    def test_a_tenant_that_can_be_none(self, backups, tenant):
        backups.save(OWN, saved(1))
        ended = backups.console(
            "fleet", "discover", "backups", "backups", "--tenant", tenant, "-o", "x.toml"
        )
        assert ended.code == ExitCode.USAGE
        assert not (backups.folder.path / "x.toml").exists()

    def test_in_german(self, backups):
        backups.save(OWN, saved(1))
        english, german = (
            backups.proposed("--language", one) and backups.ended.err for one in ("en", "de")
        )
        shared = {*english.splitlines()} & {*german.splitlines()}
        assert shared <= {"PBXs:"}


class TestNothing:
    def test_an_empty_folder_is_nothing_to_do(self, backups):
        backups.found()
        assert backups.ended.code == ExitCode.NOTHING_TO_DO

    def test_nothing_is_written_then(self, backups):
        backups.save("IP222-00-00-09", phone())
        backups.proposed("-o", "fleet.toml")
        assert backups.ended.code == ExitCode.NOTHING_TO_DO
        assert not backups.folder.file.exists()

    @pytest.mark.parametrize("error", [PermissionError, FileNotFoundError, NotADirectoryError])
    def test_a_folder_that_cannot_be_read_is_an_error(self, backups, monkeypatch, error):
        backups.save(OWN, saved(1))

        def fails(_):
            raise error(13, "no")

        monkeypatch.setattr(os, "scandir", fails)
        backups.proposed("-o", "fleet.toml")
        assert backups.ended.code == ExitCode.USAGE
        assert not backups.folder.file.exists()

    def test_the_folder_of_one_device_is_the_wrong_one(self, backups):
        backups.save(OWN, saved(1))
        ended = backups.console(
            "fleet", "discover", "backups", f"backups/{OWN}", "--tenant", "muster"
        )
        assert ended.code == ExitCode.USAGE


class TestOpen:
    def test_a_device_that_cannot_be_read_is_no_missing_pbx(self, backups, monkeypatch):
        backups.save(OWN, saved(1))
        real = os.scandir

        def fails(path):
            if str(path).endswith(OWN):
                raise PermissionError(13, "no")
            return real(path)

        monkeypatch.setattr(os, "scandir", fails)
        assert backups.kinds() == {OWN: "undecided"}
        assert backups.ended.code == ExitCode.INCOMPLETE

    def test_an_empty_folder_of_a_device(self, backups):
        (backups.root / OWN).mkdir()
        (backups.root / "status").mkdir()
        assert backups.kinds() == {OWN: "undecided", "status": "no-device"}
        assert backups.ended.code == ExitCode.INCOMPLETE

    @pytest.mark.parametrize("newest", [b"", b"\0" * 100, b"vars check 00", b"<html></html>"])
    def test_a_newest_one_that_cannot_be_used_is_named(self, backups, newest):
        backups.save(OWN, saved(1))
        (backups.root / OWN / f"{OWN}.1.txt").write_bytes(newest)
        (one,) = backups.found().values()
        assert backups.ended.code == ExitCode.INCOMPLETE
        assert any(f"{OWN}.1.txt" in doubt for doubt in one["doubts"])
        assert one["kind"] == "pbx"

    def test_none_that_can_be_used(self, backups):
        backups.save(OWN, b"")
        (one,) = backups.found().values()
        assert (one["kind"], one["id"]) == ("undecided", None)
        assert backups.ended.code == ExitCode.INCOMPLETE

    @pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
    def test_a_pbx_that_is_cut_is_doubted(self, backups, part):
        content = saved_form(saved(1))
        path = backups.root / OWN / f"{OWN}.0.txt"
        path.parent.mkdir()
        path.write_bytes(content[: int(len(content) * part)])
        (one,) = backups.found().values()
        assert one["kind"] in {"pbx", "undecided"}
        assert backups.ended.code == ExitCode.INCOMPLETE

    def test_what_ends_before_objects_could_come_may_be_a_pbx(self, backups):
        content = saved_form(gateway())
        cut = content[: content.index(b"vars create")]
        path = backups.root / OWN / f"{OWN}.0.txt"
        path.parent.mkdir()
        path.write_bytes(cut)
        assert backups.kinds() == {OWN: "undecided"}

    def test_two_folders_with_one_box(self, backups):
        backups.save(OWN, saved(1))
        backups.save("IP411-00-00-00", saved(1))
        assert backups.kinds() == {"IP411-00-00-00": "undecided", OWN: "pbx"}
        assert backups.ended.code == ExitCode.INCOMPLETE

    def test_content_decides_whose_it_is(self, backups):
        backups.save("IP411-00-00-07", saved(1))
        (one,) = backups.found().values()
        assert (one["id"], one["serial"]) == ("ip411-00-00-01", "00-00-01")
        assert one["doubts"]
        assert backups.ended.code == ExitCode.INCOMPLETE

    def test_names_of_several_devices_in_one_folder(self, backups):
        for name in ("a", "b"):
            path = backups.root / "mixed" / f"{name}.0.txt"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(saved_form(saved(1)))
        assert backups.kinds() == {"mixed": "undecided"}


class TestHostile:
    def test_links_out_of_the_folder_are_not_followed(self, backups):
        elsewhere = backups.folder.path / "elsewhere"
        save(elsewhere, OWN, saved(1))
        (backups.root / OWN).symlink_to(elsewhere / OWN)
        (backups.root / "gone").symlink_to("nowhere")
        folder = backups.root / "IP411-00-00-02"
        folder.mkdir()
        (folder / "IP411-00-00-02.0.txt").symlink_to(elsewhere / OWN / f"{OWN}.0.txt")
        assert backups.kinds() == dict.fromkeys([OWN, "gone", "IP411-00-00-02"], "undecided")
        assert "Köln" not in backups.ended.said

    def test_a_link_to_another_device_is_that_device(self, backups):
        backups.save(OWN, saved(1))
        (backups.root / "main").symlink_to(OWN)
        assert backups.kinds() == {OWN: "pbx", "main": "no-device"}
        assert backups.ended.code == ExitCode.OK

    @pytest.mark.parametrize(
        "name", ["a\nb", "a\x1b[31mb", "a\u202eb", os.fsdecode(b"k\xf6ln"), '"]]\n[[pbx]]', "# x"]
    )
    def test_a_name_acts_upon_nothing(self, backups, name):
        path = backups.root / name / f"{name}.0.txt"
        path.parent.mkdir()
        path.write_bytes(saved_form(saved(1)))
        (shown, one), *more = backups.found().items()
        assert shown.isprintable()
        assert more == []
        proposed = backups.proposed().get("pbx", [])
        assert len(proposed) == (one["kind"] == "pbx")
        assert backups.ended.err.isprintable() or set(backups.ended.err) - {"\n"}
        assert "\x1b" not in backups.ended.said

    @pytest.mark.parametrize("name", ["x[1]", "x*", "con", "x y"])
    def test_odd_names_lead_to_their_folder(self, backups, name):
        path = backups.root / name / f"{name}.0.txt"
        path.parent.mkdir()
        path.write_bytes(saved_form(saved(1)))
        inventory = backups.write()
        assert [one.target.text for one in inventory.pbxs] == [str(path.parent)]

    def test_other_things_between(self, backups):
        backups.save(OWN, saved(1))
        (backups.root / "readme.txt").write_text("x")
        (backups.root / "status" / "queries").mkdir(parents=True)
        (backups.root / "status" / "009033000001.xml").write_text("<x/>")
        (backups.root / OWN / "notes.txt").write_text("x")
        assert backups.kinds() == {OWN: "pbx", "status": "no-device"}
        assert backups.ended.code == ExitCode.OK

    def test_a_pipe_is_not_waited_for(self, backups):
        (backups.root / OWN).mkdir()
        os.mkfifo(backups.root / OWN / f"{OWN}.0.txt")
        assert backups.kinds() == {OWN: "undecided"}

    def test_more_than_anybody_can_mean(self, backups, monkeypatch):
        monkeypatch.setattr(update_server, "MAX_ENTRIES", 1)
        backups.save(OWN, saved(1))
        backups.save("IP411-00-00-02", saved(2))
        backups.proposed()
        assert backups.ended.code == ExitCode.USAGE


def many(folder, count):
    """Save phones, and a PBX after each hundred of them."""
    for number in range(count):
        tail = f"{number >> 16:02x}-{number >> 8 & 255:02x}-{number & 255:02x}"
        path = folder / f"IP222-{tail}" / f"IP222-{tail}.0.txt"
        path.parent.mkdir(parents=True)
        path.write_bytes(saved_form(phone(tail)))
    for number in range(count // 100):
        save(folder, f"IP411-00-{number >> 8:02x}-{number & 255:02x}", saved(number))


@pytest.mark.parametrize(
    "count", [200, pytest.param(10_000, marks=pytest.mark.soak)], ids=["some", "many"]
)
def test_of_many_devices_nothing_is_kept_but_what_is_listed(tmp_path, count):
    many(tmp_path / "backups", count)
    tracemalloc.start()
    found = discover(tmp_path / "backups", "muster", None, None, lambda _: None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    kinds = [one.kind for one in found.devices]
    assert kinds.count(DeviceKind.PHONE) == count
    assert found.proposed == count // 100
    assert peak < 20_000_000 + 10_000 * count

"""Folders: each entry is read or named, and what could have been evidence leaves a question."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from auditor.errors import SourceError
from auditor.model.vocabulary import Area, Coverage
from auditor.sources import folder
from auditor.sources.folder import list_folder, shown_name
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import (
    END,
    PBX_PASSWORD,
    configuration_of,
    export_of,
    judge,
    row,
    simulated,
    site_of,
    statuses,
    table,
    write,
)
from tests.fixtures.sentences import says, sentence

AREAS = (Area.OBJECTS, Area.DEVICES, Area.PASSWORDS, Area.CALL_FILTERS, Area.SETTINGS)


@pytest.fixture
def evidence(tmp_path):
    return write(tmp_path / "evidence", {"cfg.txt": configuration_of()})


def read(path, pbx_password=None):
    return read_files(path, site_of(), pbx_password)


def fates(snapshot):
    return {record.name: (record.kind, record.note) for record in snapshot.sources}


def assert_open(snapshot, name):
    """Assert that all that a file could have shown is partial, and that it is named as why."""
    for area in AREAS:
        assert snapshot.coverage(area) is Coverage.PARTIAL
        assert name in [gap.source for gap in snapshot.gaps_in(area)]
    assert snapshot.coverage("ip_filter") is not Coverage.COMPLETE


def assert_whole(snapshot):
    assert [snapshot.coverage(area) for area in AREAS] == [Coverage.COMPLETE] * len(AREAS)


class TestLinks:
    def test_a_linked_folder_is_read(self, tmp_path):
        write(tmp_path / "elsewhere", {"sub/cfg.txt": configuration_of()})
        (tmp_path / "evidence").mkdir()
        (tmp_path / "evidence" / "linked").symlink_to(tmp_path / "elsewhere")
        snapshot = read(tmp_path / "evidence")
        assert list(fates(snapshot)) == ["linked/sub/cfg.txt"]
        assert_whole(snapshot)

    def test_a_linked_file_is_read_whatever_the_link_is_called(self, tmp_path):
        write(tmp_path / "elsewhere", {"cfg.txt": configuration_of()})
        (tmp_path / "evidence").mkdir()
        (tmp_path / "evidence" / "current").symlink_to(tmp_path / "elsewhere" / "cfg.txt")
        assert_whole(read(tmp_path / "evidence"))

    @pytest.mark.parametrize("target", [".", "..", "../evidence", "deep/down"])
    def test_loops_end_and_are_named(self, evidence, target):
        (evidence / "deep" / "down").mkdir(parents=True)
        (evidence / "deep" / "down" / "loop").symlink_to(evidence)
        (evidence / "again").symlink_to(evidence / target)
        snapshot = read(evidence)
        assert fates(snapshot)["deep/down/loop"][0] == "copy"
        assert [name for name, (kind, _) in fates(snapshot).items() if kind == "configuration"] == [
            "cfg.txt"
        ]
        assert_whole(snapshot)

    @pytest.mark.parametrize("link", [os.symlink, os.link])
    def test_a_file_under_two_names_is_read_once(self, evidence, link):
        link(evidence / "cfg.txt", evidence / "a.txt")
        snapshot = read(evidence)
        assert sorted(kind for kind, _ in fates(snapshot).values()) == ["configuration", "copy"]
        assert_whole(snapshot)

    @pytest.mark.parametrize("link", [os.symlink, os.link])
    def test_another_name_hides_no_standard_configuration(self, evidence, link):
        link(evidence / "cfg.txt", evidence / "cfg-standard.txt")
        snapshot = read(evidence)
        assert fates(snapshot)["cfg-standard.txt"][0] == "standard-configuration"
        assert fates(snapshot)["cfg.txt"][0] == "configuration"

    @pytest.mark.parametrize("name", ["gone.txt", "gone.XML", "backups", "gone"])
    def test_a_broken_one_leaves_all_open(self, evidence, name):
        (evidence / name).symlink_to("nowhere")
        snapshot = read(evidence)
        assert fates(snapshot)[name][0] == "not-read"
        assert_open(snapshot, name)

    def test_a_broken_one_to_something_else_is_named_only(self, evidence):
        (evidence / "logo.png").symlink_to("nowhere.png")
        snapshot = read(evidence)
        assert fates(snapshot)["logo.png"][0] == "not-read"
        assert_whole(snapshot)

    def test_one_that_leads_to_itself(self, evidence):
        (evidence / "self.txt").symlink_to("self.txt")
        snapshot = read(evidence)
        assert_open(snapshot, "self.txt")


class TestWhatIsNoFile:
    @pytest.mark.parametrize("name", ["pipe.txt", "pipe.JSON"])
    def test_a_fifo_with_the_name_of_evidence(self, evidence, name):
        os.mkfifo(evidence / name)
        snapshot = read(evidence)
        assert fates(snapshot)[name][0] == "not-read"
        assert_open(snapshot, name)

    def test_a_link_to_a_fifo(self, evidence, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        (evidence / "pipe.txt").symlink_to(tmp_path / "pipe")
        assert_open(read(evidence), "pipe.txt")

    def test_a_socket(self, evidence, monkeypatch):
        monkeypatch.chdir(evidence)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("socket.xml")
            assert_open(read(evidence), "socket.xml")

    def test_a_device(self, evidence):
        (evidence / "null.cfg").symlink_to("/dev/null")
        assert_open(read(evidence), "null.cfg")

    def test_with_another_name_they_are_named_only(self, evidence):
        os.mkfifo(evidence / "pipe")
        snapshot = read(evidence)
        assert fates(snapshot)["pipe"][0] == "not-read"
        assert_whole(snapshot)

    def test_alone_a_fifo_is_refused(self, tmp_path):
        os.mkfifo(tmp_path / "cfg.txt")
        with pytest.raises(SourceError, match="regular"):
            read(tmp_path / "cfg.txt")
        with pytest.raises(SourceError, match=sentence("no evidence")):
            read(tmp_path)


def failing(real, name, code):
    """Return a function of the file system that fails for one name."""

    def fails(path, *arguments, **options):
        if Path(path).name == name:
            raise OSError(code, os.strerror(code), str(path))
        return real(path, *arguments, **options)

    return fails


class TestFailures:
    @pytest.mark.parametrize("code", [errno.EACCES, errno.ENOENT, errno.EIO, errno.ESTALE])
    @pytest.mark.parametrize("name", ["other.txt", "OTHER.CFG"])
    def test_a_file_that_cannot_be_opened(self, evidence, monkeypatch, name, code):
        write(evidence, {name: "x"})
        monkeypatch.setattr(Path, "open", failing(Path.open, name, code))
        snapshot = read(evidence)
        assert fates(snapshot)[name][0] == "not-read"
        assert_open(snapshot, name)

    @pytest.mark.parametrize("name", ["backups", "old.d"])
    @pytest.mark.parametrize("code", [errno.EACCES, errno.ENOENT])
    def test_a_folder_that_cannot_be_listed(self, evidence, monkeypatch, name, code):
        write(evidence / name, {"x.md": "x"})
        monkeypatch.setattr(os, "scandir", failing(os.scandir, name, code))
        snapshot = read(evidence)
        assert fates(snapshot)[name][0] == "not-read"
        assert_open(snapshot, name)

    def test_a_file_that_vanishes_while_the_folder_is_listed(self, evidence, monkeypatch):
        write(evidence, {"other.txt": "x", "readme.md": "x"})
        for name in ("other.txt", "readme.md"):
            monkeypatch.setattr(Path, "lstat", failing(Path.lstat, name, errno.ENOENT))
        snapshot = read(evidence)
        assert fates(snapshot)["readme.md"][0] == "not-read"
        assert_open(snapshot, "other.txt")

    def test_the_folder_itself(self, evidence, monkeypatch):
        monkeypatch.setattr(os, "scandir", failing(os.scandir, "evidence", errno.EACCES))
        with pytest.raises(SourceError, match=sentence("cannot be read")):
            read(evidence)

    def test_alone_a_file_that_cannot_be_opened_is_refused(self, evidence, monkeypatch):
        monkeypatch.setattr(Path, "open", failing(Path.open, "cfg.txt", errno.EACCES))
        for path in (evidence, evidence / "cfg.txt"):
            with pytest.raises(SourceError, match=sentence("cannot be read")):
                read(path)

    def test_more_than_anybody_can_mean(self, evidence, monkeypatch):
        monkeypatch.setattr(folder, "MAX_ENTRIES", 2)
        write(evidence, {"1.md": "", "2.md": ""})
        with pytest.raises(SourceError, match="more than 2"):
            read(evidence)


class TestNames:
    def test_one_that_is_not_utf_8_is_read_and_shown(self, tmp_path):
        name = os.fsdecode(b"k\xf6ln.txt")
        write(tmp_path / "evidence", {name: configuration_of()})
        snapshot = read(tmp_path / "evidence")
        assert list(fates(snapshot)) == [r"k\xf6ln.txt"]
        assert_whole(snapshot)

    def test_two_of_them_are_told_apart(self, tmp_path):
        names = [shown_name(tmp_path / os.fsdecode(n), tmp_path) for n in (b"\xf6", b"\xe4")]
        assert len(set(names)) == len(names)

    def test_control_characters_reach_no_terminal(self, tmp_path):
        assert shown_name(tmp_path / "a\x1b[31m\n\u202eb", tmp_path).isprintable()

    def test_a_name_with_a_question_mark_keeps_its_note(self, evidence):
        write(evidence, {"list?.xml": '<info><user cn="master" h323="master"/></info>'})
        assert says("list page", fates(read(evidence))["list?.xml"][1])

    def test_a_name_that_is_nothing_but_an_ending(self, tmp_path):
        write(tmp_path / "evidence", {".txt": configuration_of()})
        assert_whole(read(tmp_path / "evidence"))

    def test_a_folder_with_the_name_of_evidence(self, tmp_path):
        write(tmp_path / "evidence", {"cfg.txt/cfg.txt": configuration_of()})
        assert_whole(read(tmp_path / "evidence"))


class TestUnrelated:
    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("empty.txt", b""),
            ("bom.txt", b"\xef\xbb\xbf"),
            ("blank.cfg", b"\n" * 10_000),
            ("build.xml", b"<project><target name='x'/></project>"),
            ("drawing.xml", b"<?xml version='1.0'?><svg/>"),
            ("page.xml", b"<!DOCTYPE html><html><br></html>"),
            ("saved.xml", b"<?xml version='1.0'?>\n<!-- a --><!-- b --> <HTML><br></HTML>"),
            ("broken.json", b'{"name": '),
            ("list.json", b"[1, 2]"),
            ("package.json", b'{"name": "x", "version": 1}'),
            ("readme.txt", "Gespeichert am 3.4. mit config change: grün\n".encode("latin-1")),
            ("wide.txt", "Hello".encode("utf-16")),
            ("._cfg.txt", b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X"),
        ],
    )
    def test_is_named_and_left_out(self, evidence, name, content):
        write(evidence, {name: content})
        snapshot = read(evidence)
        kind, note = fates(snapshot)[name]
        assert (kind, bool(note)) == ("ignored", True)
        assert_whole(snapshot)
        (evidence / "cfg.txt").unlink()
        with pytest.raises(SourceError):
            read(evidence)

    def test_our_own_report_beside_the_evidence_is_no_evidence(self, evidence):
        text = '{"advice": "save all PbxTableUsers messages, up to the ReplicateNextResult"}'
        write(evidence, {"report.json": text})
        assert_whole(read(evidence))


# So much of a table is cut off within its first message.
_FIRST_MESSAGE = 0.02


class TestDamaged:
    @pytest.mark.parametrize("keep", [0.02, 0.3, 0.9])
    @pytest.mark.parametrize(
        "kind", ["export", "messages", "binary", "packed", "wide", "head", "cut at the front"]
    )
    def test_evidence_leaves_all_open(self, evidence, kind, keep):
        pbx = simulated()
        export = export_of(pbx)
        messages = table(*(row(cn=o.cn, guid=o.guid) for o in pbx.objects), END)
        configuration = configuration_of()
        at = int(len(configuration) * keep)
        name, content = {
            "export": ("x.xml", export[: max(int(len(export) * keep), 1)]),
            "messages": ("x.json", messages[: int(len(messages) * keep)]),
            "binary": ("x.txt", configuration[:at] + b"\0\x01\x02" + configuration[at:]),
            "packed": ("x.txt", b"\x1f\x8b\x08" + bytes(range(256)) * 20),
            "wide": ("x.txt", configuration.decode().encode("utf-16")),
            "head": ("x.cfg", b"# 13r3 service-release-02 IP411[13.5202]\r\n# IP411-41-0c-7e\r\n"),
            "cut at the front": ("x.xml", export[int(len(export) * keep) + 1 :].lstrip(b"<")),
        }[kind]
        write(evidence, {name: content})
        snapshot = read(evidence)
        if kind == "messages" and keep > _FIRST_MESSAGE:
            # Of a table of users that is cut, the rows before that are read; it shows no settings.
            assert fates(snapshot)[name][0] == "table-users"
            assert snapshot.coverage(Area.OBJECTS) is Coverage.PARTIAL
            return
        assert fates(snapshot)[name][0] == "damaged"
        assert_open(snapshot, name)

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("nested.xml", '<a><b><user cn="x" h323="y"/></b></a>'),
            ("doctype.xml", '<!DOCTYPE a><info><user cn="x"/></info>'),
            ("other.json", '{"mt": "ReplicateNextResult", "columns": {"cn": "x"}}'),
            ("none.json", '{"api": "PbxTableUsers", "mt": "ReplicateStartResult"}'),
            ("admin.json", '{"api": "PbxAdminApi", "mt": "GetObjectResult", "cn": "x"}'),
            ("indented.txt", "  config change PBX0 /x\n  config change UP1 /url x\n"),
            ("long.txt", "x" * (5 << 20)),
            ("newlines.txt", "\n" * (1 << 19) + "(pbx=<"),
            ("elements.xml", "<user " * (1 << 19)),
            ("comments.xml", "<!---->" * (1 << 17) + "<x"),
        ],
    )
    def test_what_holds_something_of_a_pbx_is_not_unrelated(self, evidence, name, content):
        write(evidence, {name: content})
        snapshot = read(evidence)
        assert fates(snapshot)[name][0] == "damaged"
        assert_open(snapshot, name)

    def test_a_mark_is_found_across_blocks(self, evidence):
        text = b"x\n" * ((1 << 19) - 5) + b"aaaaa\0" + b"\nmod cmd FLASHDIR0 add-item 101 (cn=x)\n"
        write(evidence, {"big.txt": text})
        assert_open(read(evidence), "big.txt")


def test_every_entry_is_named_once(evidence):
    files = {"a/b.md": "x", "a/c.txt": "", "d.xml": "<x/>", "cfg-standard.txt": "x", "e.png": "x"}
    write(evidence, files)
    (evidence / "l.txt").symlink_to("nowhere")
    os.mkfifo(evidence / "p.txt")
    names = [record.name for record in read(evidence).sources]
    assert names == sorted({*files, "cfg.txt", "l.txt", "p.txt"})


def test_verdicts_follow(evidence):
    write(evidence, {"unrelated.xml": "<x/>"})
    verdicts = statuses(judge(read(evidence, PBX_PASSWORD), site_of()))
    assert set(verdicts.values()) == {"passed"}
    write(evidence, {"broken.xml": "<info><user "})
    verdicts = statuses(judge(read(evidence, PBX_PASSWORD), site_of()))
    assert verdicts["HD-02"] == verdicts["HD-03"] == verdicts["HD-10"] == "unknown"


def test_a_listing_is_sorted_and_whole(evidence):
    write(evidence, {"b/x.txt": "", "a.txt": ""})
    assert [entry.name for entry in list_folder(evidence).files] == ["a.txt", "b/x.txt", "cfg.txt"]

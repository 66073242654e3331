"""What can be known to be wrong is said before a PBX is asked for anything; a socket listens."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
from pathlib import Path

import pytest

from auditor.run.outputs import PLAN_FILES, names_of
from tests.fixtures.pbx import configuration_of, simulated, write
from tests.fixtures.program import site_option
from tests.fixtures.sentences import says


@pytest.fixture
def listener(console):
    """A socket that notes whether anybody connects; the account for it is there."""
    console.login(simulated())
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:
        server.setblocking(False)  # noqa: FBT003 -- the name of the standard library
        yield server


def address(server):
    return f"http://127.0.0.1:{server.getsockname()[1]}"


def was_asked(server):
    """Return whether anybody connected; the system accepts connections by itself."""
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def in_the_way(folder):
    write(folder, {"taken": "a file", "bad.toml": "a = [", "note.txt": "Hello"})
    for name in ("out/report.json", "html/report.html", "plan/remediation/plan.json"):
        (folder / name).mkdir(parents=True)
    write(folder, {"folder/remediation": "a file"})
    (folder / "loop").symlink_to("nowhere")
    (folder / "shared").mkdir()
    (folder / "shared").chmod(0o777)


BAD = {
    "a file": (6, ["--out", "taken"]),
    "in a file": (6, ["--out", "taken/in/it"]),
    "a name that is too long": (6, ["--out", "o" * 300]),
    "a path that is too long": (6, ["--out", f"{'o' * 200}/" * 30]),
    "where nobody can write": (6, ["--out", "/proc/pbx-auditor"]),
    "a link to nothing": (6, ["--out", "loop"]),
    "a folder in place of a file": (6, ["--out", "out"]),
    "the same, another format": (6, ["--out", "html", "--format", "html"]),
    "the same, below": (6, ["--out", "plan"]),
    "a file in place of a folder": (6, ["--out", "folder"]),
    "shared": (2, ["--out", "shared"]),
    "a format": (2, ["--out", "new", "--format", "json,docx"]),
    "no format": (2, ["--out", "new", "--format", ","]),
    "no browser": (2, ["--out", "new", "--format", "pdf"]),
    "waivers that are not there": (2, ["--waivers", "none.toml"]),
    "waivers": (2, ["--waivers", "bad.toml"]),
    "a site file that is not there": (2, ["--site", "none.toml"]),
    "a site file": (2, ["--site", "bad.toml"]),
    "a baseline that is not there": (2, ["--baseline", "none.json"]),
    "a baseline": (2, ["--baseline", "note.txt"]),
    "no baseline": (2, ["--fail-on-new"]),
    "an earlier report": (2, ["--earlier", "note.txt"]),
    "controls": (2, ["--rules", "none"]),
    "a control": (2, ["--control", "XX-99"]),
    "a profile": (2, ["--profile", "none"]),
}


@pytest.mark.parametrize("what", BAD)
def test_audit_asks_for_nothing(console, listener, what):
    in_the_way(console.folder)
    console.setenv("PBX_AUDITOR_CHROMIUM", "no-such-browser")
    before = sorted(console.folder.rglob("*"))
    code, arguments = BAD[what]
    ended = console("audit", address(listener), *arguments)
    assert (ended.code, was_asked(listener)) == (code, False), ended.err
    assert says("What to do", ended.err)
    assert sorted(console.folder.rglob("*")) == before
    assert console.crashes() == []


def test_audit_of_several_asks_for_nothing(console, listener):
    in_the_way(console.folder)
    write(console.folder, {"cfg.txt": configuration_of()})
    assert console("audit", "cfg.txt", address(listener), "--out", "taken").code == 6
    options = ("--out", "both", "--format", "json", "--timeout", "0.5")
    console("audit", "cfg.txt", "note.txt", *options)
    (folder,) = (console.folder / "both").iterdir()
    (folder / "report.json").unlink()
    (folder / "report.json").mkdir()
    assert console("audit", address(listener), "cfg.txt", *options).code == 6
    assert not was_asked(listener)


@pytest.mark.parametrize("command", [
    ("collect", "{url}", "-o", "{out}"),
    ("remediate", "plan", "{url}", "--out", "{out}"),
])  # fmt: skip
@pytest.mark.parametrize("out", ["taken/in/it", "o" * 300, "/proc/pbx-auditor/x"])
def test_neither_does_another_command(console, listener, command, out):
    in_the_way(console.folder)
    before = sorted(console.folder.rglob("*"))
    ended = console(*(part.format(url=address(listener), out=out) for part in command))
    assert (ended.code, was_asked(listener)) == (6, False), ended.err
    assert sorted(console.folder.rglob("*")) == before


@pytest.mark.parametrize("output", ["out", "taken/x.json"])
def test_a_snapshot_has_no_place(console, listener, output):
    in_the_way(console.folder)
    assert console("collect", address(listener), "-o", output).code == 6
    assert not was_asked(listener)


def test_all_well_asks_and_leaves_nothing_of_the_look(console, listener):
    """The other side: the listener notices who comes."""
    console.setenv("PBX_AUDITOR_PASSWORD", "x")
    ended = console("audit", address(listener), "--out", "new/deep", "--timeout", "0.3")
    assert was_asked(listener)
    assert ended.code == 3
    assert {path.name for path in (console.folder / "new/deep").iterdir()} == {
        "report.json", "report.html"
    }  # fmt: skip


def test_a_refused_target_leaves_no_folder(console):
    write(console.folder, {"note.txt": "Hello"})
    assert console("audit", "note.txt", "--out", "new/deep").code == 2
    assert not (console.folder / "new").exists()


@pytest.mark.slow
def test_the_names_that_are_looked_for_are_those_that_are_written(console, evidence):  # noqa: ARG001
    formats = "json,html,sarif,sarif-github,junit,csv,markdown,ocsf,oscal,remediation"
    console("audit", "insecure.txt", *site_option("insecure"), "--out", "o", "--format", formats)
    found = {p.relative_to("o").as_posix() for p in Path("o").rglob("*") if p.is_file()}
    assert found == set(names_of(formats.split(",")))
    assert {*PLAN_FILES} == {path.name for path in Path("o/remediation").iterdir()}


@pytest.mark.slow
def test_formats_without_a_folder_are_said_to_go_nowhere(console, evidence):  # noqa: ARG001
    ended = console("audit", "hardened.txt", *site_option(), "--format", "html")
    assert "--out" in ended.err
    assert "--format" not in console("audit", "hardened.txt", *site_option()).err
    out = ("--out", "o", "--format", "html")
    assert "--format" not in console("audit", "hardened.txt", *site_option(), *out).err


class TestEarlier:
    @pytest.fixture
    def reports(self, console, evidence):
        """Write one report about each of two systems, both of yesterday."""
        options = ("--format", "json", "--control", "HD-04")
        console("audit", "hardened.txt", "--out", "o", *options)
        document = json.loads((evidence / "o/report.json").read_bytes())
        document["run"]["started"] = "2020-01-01T00:00:00+00:00"
        (evidence / "same.json").write_text(json.dumps(document))
        document["target"] |= {"id": "mac:ffffff", "name": "PBX Wien"}
        (evidence / "other.json").write_text(json.dumps(document))
        return evidence

    def said(self, console, *targets, earlier=("same.json", "other.json")):
        named = [part for name in earlier for part in ("--earlier", name)]
        return console("audit", *targets, "--control", "HD-04", *named).err

    def test_one_of_another_pbx_is_named(self, console, reports):  # noqa: ARG002
        said = self.said(console, "hardened.txt")
        assert re.search(r"other\.json.*PBX Wien.*mac:ffffff", said)
        assert "same.json" not in said

    def test_one_that_is_not_earlier_is_named(self, console, reports):
        document = json.loads((reports / "same.json").read_bytes())
        document["run"]["started"] = "2999-01-01T00:00:00+00:00"
        (reports / "later.json").write_text(json.dumps(document))
        assert "later.json" in self.said(console, "hardened.txt", earlier=("later.json",))

    def test_what_fits_one_of_several_targets_is_fine(self, console, reports):
        config = configuration_of().replace(b"41-a5-5b", b"41-a5-5c")
        write(reports, {"two.txt": config})
        assert "same.json" not in self.said(console, "two.txt", "hardened.txt")

    def test_a_pbx_that_was_not_read_could_be_any(self, console, reports, listener):  # noqa: ARG002
        said = self.said(console, address(listener), "--timeout", "0.3")
        assert "other.json" not in said


class TestFolders:
    def names(self, out="out"):
        return sorted(path.name for path in Path(out).iterdir())

    def audit(self, console, *targets, out="out"):
        options = ("--control", "HD-04", "--out", out, "--format", "json")
        return console("audit", *targets, *options)

    def test_they_are_readable_and_not_named_by_the_site_file(self, console, evidence):
        (evidence / "site.toml").write_text('[target]\nname = "Everywhere"\n')
        options = ("--site", "site.toml", "--control", "HD-04", "--out", "out")
        console("audit", "hardened.txt", "insecure.txt", *options, "--format", "json")
        assert [name.rpartition("-")[0] for name in self.names()] == ["PBX-Koeln", "PBX-Muenchen"]

    def test_they_are_the_same_whatever_the_order_and_spelling(self, console, evidence):
        self.audit(console, "hardened.txt", "insecure.txt")
        before = {n: Path("out", n, "report.json").read_bytes() for n in self.names()}
        self.audit(console, "./insecure.txt", f"../{evidence.name}/hardened.txt")
        reports = {n: json.loads(Path("out", n, "report.json").read_bytes()) for n in self.names()}
        assert reports.keys() == before.keys()
        for name, content in before.items():
            address = json.loads(content)["target"]["address"]
            assert reports[name]["target"]["address"] == address

    def test_case_alone_tells_two_apart_on_every_file_system(self, console):
        write(console.folder, {"A/cfg.txt": configuration_of(), "a/cfg.txt": configuration_of()})
        self.audit(console, "A/cfg.txt", "a/cfg.txt")
        assert len({name.casefold() for name in self.names()}) == 2

    def test_a_pbx_that_is_not_read_tonight_keeps_its_folder(self, console, evidence, server):
        """Its old report would look like that of tonight."""
        console.login(server.pbx)
        self.audit(console, server.url, "hardened.txt")
        before = self.names()
        console.setenv("PBX_AUDITOR_PASSWORD", "wrong")
        self.audit(console, server.url, "hardened.txt")
        assert self.names() == before
        unread = [n for n in before
                  if json.loads((evidence / "out" / n / "report.json").read_bytes())["run"]["ended"]
                  == "unreached"]  # fmt: skip
        assert len(unread) == 1

    def test_one_that_was_never_read_is_named_by_its_address(self, console, evidence, server):  # noqa: ARG002
        console.login(server.pbx)
        console.setenv("PBX_AUDITOR_PASSWORD", "wrong")
        self.audit(console, server.url, "hardened.txt")
        host = f"127.0.0.1-{server.url.rpartition(':')[2]}-"
        assert [name for name in self.names() if name.startswith(host)]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root can write everywhere")
def test_a_folder_without_the_right_to_write(console, listener):
    (console.folder / "closed").mkdir(mode=0o500)
    assert console("audit", address(listener), "--out", "closed/in").code == 6
    assert not was_asked(listener)


def test_a_link_to_a_folder_is_a_folder(console, evidence):
    (evidence / "real").mkdir(mode=0o700)
    (evidence / "link").symlink_to("real")
    options = ("--out", "link", "--format", "json", "--control", "HD-04")
    (evidence / "real/report.json").symlink_to(evidence)  # written files replace links
    console("audit", "hardened.txt", *options)
    assert (evidence / "real/report.json").is_file()
    shutil.rmtree("real")

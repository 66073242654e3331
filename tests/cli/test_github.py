"""Alerts on GitHub, replayed by its documented rules over several runs in a repository."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from urllib.parse import unquote_to_bytes

import pytest

from auditor.rules.catalogue import load_catalogue
from auditor.run.repository_paths import reference
from auditor.simulator.server import SimulatorServer
from tests.fixtures.github import GitHub
from tests.fixtures.pbx import PBX_PASSWORD, configuration_of, export_of, simulated, write
from tests.fixtures.program import Console

CONTROLS = ("HD-01", "HD-04", "HD-10", "FW-03", "PBX-05", "TRK-03", "HD-16")
BAD, GOOD = configuration_of("insecure"), configuration_of("hardened")
MENDED = b"".join(line for line in BAD.splitlines(keepends=True) if b"(h323=temp)" not in line)
SOME = [part for name in CONTROLS for part in ("--control", name)]


@pytest.fixture
def repository(console):
    """A repository with a site file; the program runs in it."""
    (console.folder / ".git").mkdir()
    shutil.copy(simulated("insecure").site, console.folder / "site.toml")
    console.setenv("PBX_AUDITOR_PBX_PASSWORD", PBX_PASSWORD)
    return console.folder


@dataclass
class Workflow:
    """Runs the audit of a target, and uploads what it wrote as the examples do."""

    console: Console
    github: GitHub
    target: str
    options: tuple[str, ...] = ()

    def run(self):
        shutil.rmtree("report", ignore_errors=True)
        options = ("--site", "site.toml", "--out", "report", "--format", "sarif-github,json")
        self.ended = self.console("audit", self.target, *options, *SOME, *self.options)
        content = Path("report/report.github.sarif").read_bytes()
        if b'"executionSuccessful": true' in content:  # what docs/ci/github-actions.yml looks for
            self.github.upload(content)
            return True
        return False


def snapshot_of(console, name, content):
    write(console.folder, {"raw/cfg.txt": content})
    assert console("collect", "raw/cfg.txt", "-o", name, "--site", "site.toml").code in {0, 4}
    shutil.rmtree(console.folder / "raw")


class Evidence:
    """The four kinds of targets; `put` makes the target of what is configured, and names it."""

    @staticmethod
    def file(console, content):
        write(console.folder, {"Standort Köln/cfg #1%.txt": content})
        return "Standort Köln/cfg #1%.txt"

    @staticmethod
    def folder(console, content):
        export = export_of(simulated("insecure"))
        write(console.folder, {"pbx/a/cfg.txt": content})
        if content == BAD:
            write(console.folder, {"pbx/pbx export.xml": export})
        else:
            (console.folder / "pbx/pbx export.xml").unlink(missing_ok=True)
        return "pbx"

    @staticmethod
    def snapshot(console, content):
        snapshot_of(console, "evidence/snapshot.json", content)
        return "evidence/snapshot.json"

    @staticmethod
    def folder_of_a_snapshot(console, content):
        snapshot_of(console, "kept/pbx/snapshot.json", content)
        return "kept"


KINDS = [Evidence.file, Evidence.folder, Evidence.snapshot, Evidence.folder_of_a_snapshot]
every_kind = pytest.mark.parametrize("put", KINDS, ids=lambda put: put.__name__)


@every_kind
def test_each_alert_is_shown_in_a_file_of_the_repository(console, repository, put):
    workflow = Workflow(console, GitHub(repository), put(console, BAD))
    assert workflow.run()
    assert workflow.github.open
    for alert in workflow.github.open:
        assert alert.shown is not None, alert
    if put is Evidence.file:
        about = [a for a in workflow.github.open if a.rule == "HD-10"]
        assert about
        assert all("(h323=temp)" in alert.shown for alert in about)


@every_kind
@pytest.mark.parametrize("below", [False, True])
def test_the_same_run_twice_opens_and_closes_nothing(console, repository, monkeypatch, put, below):
    target = put(console, BAD)
    workflow = Workflow(console, GitHub(repository), target)
    workflow.run()
    before = dict(workflow.github.alerts)
    if below:  # from another folder of the repository
        (repository / "below").mkdir()
        shutil.copy("site.toml", "below")
        monkeypatch.chdir("below")
        workflow.target = f"../{target}"
    workflow.run()
    assert workflow.github.alerts.keys() == before.keys()
    assert {one.history[-1] for one in workflow.github.alerts.values()} == {"opened"}


@pytest.mark.parametrize("put", [Evidence.file, Evidence.snapshot], ids=lambda put: put.__name__)
def test_an_alert_closes_when_it_is_fixed_and_reopens_when_it_is_back(console, repository, put):
    workflow = Workflow(console, GitHub(repository), put(console, BAD))
    workflow.run()
    put(console, MENDED)
    workflow.run()
    closed = {alert.rule for alert in workflow.github.alerts.values() if alert.state == "fixed"}
    assert closed == {"HD-04", "HD-10"}  # both are about the user that is gone
    put(console, BAD)
    workflow.run()
    again = {a.rule for a in workflow.github.alerts.values() if a.history[-1] == "reopened"}
    assert again == closed
    assert all(alert.state == "open" for alert in workflow.github.alerts.values())


def test_an_alert_moves_with_its_line(console, repository):
    workflow = Workflow(console, GitHub(repository), Evidence.file(console, BAD))
    workflow.run()
    before = {key: alert.line for key, alert in workflow.github.alerts.items()}
    lines = BAD.splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if b"add-item 101" in line)
    Evidence.file(console, b"".join([*lines[:first], b"\r\n", *lines[first:]]))
    workflow.run()
    after = {key: alert.line for key, alert in workflow.github.alerts.items()}
    assert before.keys() == after.keys()
    assert before != after
    assert all(alert.shown is not None for alert in workflow.github.open)


class TestLive:
    def test_a_pbx_is_shown_at_its_site_file_and_by_its_address(self, console, repository, server):
        console.login(server.pbx)
        shutil.copy(simulated("hardened").site, "site.toml")
        github = GitHub(repository)
        workflow = Workflow(console, github, server.url, ("--control", "PBX-17"))
        assert workflow.run()
        assert {alert.path for alert in github.open} <= {"site.toml"}
        assert workflow.run()
        assert {one.history[-1] for one in github.alerts.values()} <= {"opened"}
        for result in results():
            logical = result["locations"][0]["logicalLocations"]
            assert (server.url, "resource") in {(one["name"], one["kind"]) for one in logical}

    def test_without_a_site_file_the_place_is_the_same_each_time(self, console, tmp_path, server):
        console.login(server.pbx)
        options = ("--control", "HD-05", "--control", "TLS-01", "--control", "BAK-02")
        arguments = ("audit", server.url, *options, "--out", "o", "--format", "sarif-github")
        found = []
        for _ in range(2):
            console(*arguments)
            found.append([one["locations"] for one in results("o")])
            github = GitHub(tmp_path)
            github.upload(Path("o/report.github.sarif").read_bytes())
        assert found[0] == found[1] != []

    def test_a_pbx_that_is_not_read_closes_nothing(self, console, repository):
        console.login(simulated("insecure"))
        with SimulatorServer(simulated("insecure")) as server:
            workflow = Workflow(console, GitHub(repository), server.url)
            assert workflow.run()
        before = {key: one.state for key, one in workflow.github.alerts.items()}
        assert before
        assert not workflow.run()
        assert workflow.ended.code == 3
        assert before == {key: one.state for key, one in workflow.github.alerts.items()}
        (run,) = json.loads(Path("report/report.github.sarif").read_bytes())["runs"]
        assert not run["invocations"][0]["executionSuccessful"]
        assert run["invocations"][0]["toolExecutionNotifications"][0]["level"] == "error"


@pytest.mark.parametrize("put", [Evidence.file, Evidence.folder], ids=lambda put: put.__name__)
def test_what_was_violated_and_cannot_be_decided_any_more_stays_open(console, repository, put):
    workflow = Workflow(console, GitHub(repository), put(console, BAD))
    workflow.run()
    weak = {key for key, one in workflow.github.alerts.items() if one.rule == "HD-01"}
    assert weak
    console.setenv("PBX_AUDITOR_PBX_PASSWORD", "")
    workflow.run()
    kept = {key: workflow.github.alerts[key] for key in weak}
    assert all(one.state == "open" for one in kept.values())
    unseen = load_catalogue().rules["HD-01"].title_unknown
    assert all(unseen in one.text for one in kept.values())


class TestPlaces:
    """Where a path is relative to, and how it is written."""

    def place(self, console, target):
        console("audit", target, "--control", "HD-04", "--out", "o", "--format", "sarif,json")
        document = json.loads(Path("o/report.json").read_bytes())
        (run,) = json.loads(Path("o/report.sarif").read_bytes())["runs"]
        uris = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
                for one in run["results"]}  # fmt: skip
        bases = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"]
                 for one in run["results"]}  # fmt: skip
        assert bases == run["originalUriBaseIds"].keys()
        return document["target"]["location"]["base"], uris

    def test_what_they_are_relative_to_is_said_in_german(self, console):
        write(console.folder, {"cfg.txt": BAD})
        console("audit", "cfg.txt", "--language", "de", "--out", "o", "--format", "sarif")
        (run,) = json.loads(Path("o/report.sarif").read_bytes())["runs"]
        (base,) = run["originalUriBaseIds"].values()
        assert base["description"]["text"].startswith("Der Ordner")

    def test_the_nearest_repository_counts(self, console):
        write(console.folder, {"outer/inner/deep/cfg.txt": BAD, "outer/inner/.git": "gitdir: x"})
        (console.folder / "outer/.git").mkdir()
        found = self.place(console, "outer/inner/deep/cfg.txt")
        assert found == ("repository", {"deep/cfg.txt"})

    def test_a_repository_can_be_the_target(self, console, monkeypatch):
        write(console.folder, {"repo/cfg.txt": BAD})
        (console.folder / "repo/.git").mkdir()
        monkeypatch.chdir("repo")
        assert self.place(console, ".") == ("repository", {"cfg.txt"})

    def test_without_a_repository_the_working_directory_counts(self, console):
        write(console.folder, {"a b/cfg.txt": BAD})
        assert self.place(console, "a b/cfg.txt") == ("working-directory", {"a%20b/cfg.txt"})
        absolute = console.folder / "a b" / "cfg.txt"
        assert self.place(console, absolute) == ("working-directory", {"a%20b/cfg.txt"})

    def test_outside_of_both_the_folder_of_the_target_counts(self, console, monkeypatch):
        write(console.folder, {"evidence/cfg.txt": BAD})
        (console.folder / "work").mkdir()
        monkeypatch.chdir("work")
        assert self.place(console, "../evidence/cfg.txt") == ("folder", {"cfg.txt"})

    @pytest.mark.slow
    @pytest.mark.skipif(os.name != "posix", reason="links and bytes as POSIX has them")
    def test_links_lead_to_what_they_point_at_within_the_repository(self, console):
        (console.folder / "repo/.git").mkdir(parents=True)
        write(console.folder, {"repo/real/cfg.txt": BAD, "elsewhere/cfg.txt": BAD})
        (console.folder / "repo/link").symlink_to("real")
        (console.folder / "repo/file.txt").symlink_to("real/cfg.txt")
        (console.folder / "repo/out.txt").symlink_to("../elsewhere/cfg.txt")
        (console.folder / "into").symlink_to("repo")
        for name in ("repo/link/cfg.txt", "repo/file.txt", "repo/link", "into/real"):
            assert self.place(console, name) == ("repository", {"real/cfg.txt"}), name
        assert self.place(console, "repo/out.txt") == ("repository", {"out.txt"})

    @pytest.mark.skipif(os.name != "posix", reason="links and bytes as POSIX has them")
    @pytest.mark.parametrize("name", [
        "a\\b.txt", "100%.txt", "a:b.txt", "#1?.txt", "Köln ü.txt", "neu\nzeile.txt",
        b"k\xf6ln.txt",
    ])  # fmt: skip
    @pytest.mark.parametrize("whole", [False, True])
    def test_whatever_a_file_is_called_its_reference_leads_to_it(self, console, name, whole):
        real = os.fsdecode(name)
        whole = whole or isinstance(name, bytes)  # no argument of the command line
        write(console.folder, {f"e/{real}": BAD})
        base, (uri,) = self.place(console, "e" if whole else f"e/{real}")
        assert base == "working-directory"
        assert re.fullmatch(r"[\w./~%-]+", uri, re.ASCII)
        assert Path(os.fsdecode(unquote_to_bytes(uri))).read_bytes() == BAD


def results(folder="report"):
    (run,) = json.loads(Path(folder, "report.github.sarif").read_bytes())["runs"]
    return run["results"]


@pytest.mark.parametrize(("path", "expected"), [
    (r"evidence\Köln 1\cfg.txt", "evidence/K%C3%B6ln%201/cfg.txt"),
    (r"100%\a#b\cfg+1.txt", "100%25/a%23b/cfg%2B1.txt"),
])  # fmt: skip
def test_a_path_of_windows_is_a_reference(path, expected):
    assert reference(PureWindowsPath(path)) == expected

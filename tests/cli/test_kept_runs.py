"""Runs that are kept: a folder each, `latest`, and folders of earlier reports."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from auditor.errors import ExitCode

OPTIONS = ("--control", "HD-04", "--format", "json", "--keep-runs")


def report(path):
    return json.loads((path / "report.json").read_bytes())


def kept(folder):
    return sorted(one for one in folder.iterdir() if not one.is_symlink())


@pytest.fixture
def night(console, server):
    """Audit a PBX that answers, or that lets nobody in."""
    console.login(server.pbx)

    def run(*more, password=None):
        if password is not None:
            console.setenv("PBX_AUDITOR_PASSWORD", password)
        else:
            console.login(server.pbx)
        return console("audit", server.url, *OPTIONS, "--out", "out", *more)

    return run


def test_each_run_has_a_folder(night):
    night()
    night()
    first, second = kept(Path("out"))
    assert report(first)["run"]["id"] != report(second)["run"]["id"]
    assert report(Path("out/latest")) == report(second)


def test_a_failed_run_never_replaces_a_good_report(night):
    night()
    good = report(Path("out/latest"))
    assert night(password="wrong").code == ExitCode.UNREACHABLE
    assert report(Path("out/latest")) == good
    assert {report(one)["run"]["ended"] for one in kept(Path("out"))} == {"complete", "unreached"}


def test_without_a_good_run_nothing_is_the_latest(night):
    night(password="wrong")
    assert len(kept(Path("out"))) == 1
    assert not Path("out/latest").exists()


def test_where_no_link_can_be_made_a_file_names_the_folder(night, monkeypatch):
    def refuse(*_, **__):
        raise OSError

    monkeypatch.setattr(Path, "symlink_to", refuse)
    night()
    (only,) = [one for one in Path("out").iterdir() if one.is_dir()]
    assert Path("out/latest").read_text().strip() == only.name


def test_what_is_in_the_way_of_the_pointer_is_told(night):
    Path("out/latest/in").mkdir(parents=True)
    Path("out").chmod(0o700)
    Path("out/latest").chmod(0o700)
    Path("out/latest/in").chmod(0o700)
    assert night().code == ExitCode.OUTPUT
    assert not list(Path("out").glob(".latest*"))


def test_several_targets_have_their_own_pointer(console, evidence):
    console("audit", "hardened.txt", "insecure.txt", *OPTIONS, "--out", "out")
    assert len([one for one in (evidence / "out").iterdir() if (one / "latest").exists()]) == 2


class TestEarlierFolder:
    @pytest.fixture
    def folder(self, console, evidence):
        """Keep two nights of one PBX, one that failed, and one of another PBX."""
        console("audit", "hardened.txt", "--out", "o", "--control", "HD-04", "--format", "json")
        document = report(evidence / "o")
        shutil.rmtree(evidence / "o")
        for day, change in {
            "2020-01-01": {},
            "2020-01-02": {},
            "2020-01-03": {"run": {"ended": "unreached"}},
            "2020-01-04": {"target": {"id": "mac:ffffff", "name": "PBX Wien"}},
            "2020-01-05": {"target": {"id": "mac:ffffff", "name": "PBX Wien"}},
        }.items():
            one = json.loads(json.dumps(document))
            one["run"] |= {"id": day, "started": f"{day}T00:00:00+00:00", **change.get("run", {})}
            one["target"] |= change.get("target", {})
            path = evidence / "nights" / day
            path.mkdir(parents=True)
            (path / "report.json").write_text(json.dumps(one))
        (evidence / "nights/latest").symlink_to("2020-01-05")
        return evidence / "nights"

    def audit(self, console, *named):
        options = [part for one in named for part in ("--earlier", one)]
        options += ["--control", "HD-04", "--format", "json", "--out", "o"]
        return console("audit", "hardened.txt", *options)

    def days(self, evidence):
        return [one["started"][:10] for one in report(evidence / "o")["run"]["history"]]

    def test_those_of_the_pbx_that_was_read_count(self, console, evidence, folder):
        ended = self.audit(console, folder)
        assert ended.code == ExitCode.OK
        assert self.days(evidence) == ["2020-01-01", "2020-01-02"]

    def test_those_of_another_pbx_are_named_once(self, console, folder):
        said = self.audit(console, folder).err
        assert said.count("PBX Wien") == 1

    def test_a_report_that_is_named_too_counts_once(self, console, evidence, folder):
        self.audit(console, folder, folder / "2020-01-02/report.json", folder.parent)
        assert self.days(evidence) == ["2020-01-01", "2020-01-02"]

    def test_what_is_no_report_is_named_and_stops_nothing(self, console, evidence, folder):
        (folder / "2020-01-01/report.json").write_text("{")
        ended = self.audit(console, folder)
        assert ended.code == ExitCode.OK
        assert "2020-01-01" in ended.err
        assert self.days(evidence) == ["2020-01-02"]

    def test_an_empty_folder_is_told(self, console, evidence):
        (evidence / "none").mkdir()
        assert "none" in self.audit(console, "none").err

    def test_what_was_kept_is_found_the_next_night(self, night):
        night()
        night()  # the folder of the same second has another number
        last = kept(Path("out"))[-1]
        document = report(last)
        document["run"]["started"] = "2020-01-01T00:00:00+00:00"
        (last / "report.json").write_text(json.dumps(document))
        night("--earlier", "out")
        (newest,) = set(kept(Path("out"))) - {last, kept(Path("out"))[0]}
        assert len(report(newest)["run"]["history"]) >= 1

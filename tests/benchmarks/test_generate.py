"""The generated configuration is what `make bench` takes it for; nothing here is timed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.errors import ExitCode
from tests.benchmarks.generate import VIOLATED, expected_violations, lines, write

USERS = 200
CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated")
    configuration, site = write(USERS, folder)
    audit = [sys.executable, "-m", "auditor", "audit", str(configuration), "--site", str(site)]
    done = subprocess.run(  # noqa: S603 -- the program under test
        [*audit, "--format", "json", "--out", folder],
        cwd=CHECKOUT,
        check=False,
        capture_output=True,
    )
    assert done.returncode == ExitCode.FINDINGS, done.stderr.decode()
    return json.loads((folder / "report.json").read_bytes())


def test_every_fiftieth_user_violates_a_control_and_nothing_else_is_violated(report):
    violated = {
        result["id"]: count
        for result in report["results"]
        if (count := sum(o["verdict"] == "violated" for o in result["observations"]))
    }
    assert violated == expected_violations(USERS) == dict.fromkeys(VIOLATED, 1)


def test_every_tenth_user_is_a_hot_desk_user(report):
    hot_desk = next(result for result in report["results"] if result["id"] == "HD-07")
    assert hot_desk["subjects_seen"] == USERS // 10


def test_all_of_it_is_read(report):
    pbx, trunk, base, templates = 1, 1, 1, 4
    assert report["gaps"] == []
    assert report["target"]["objects_read"] == USERS + pbx + trunk + base + templates


def test_only_the_strength_of_a_password_is_left_open(report):
    undecided = {r["id"] for r in report["results"] if r["status"] not in {"passed", "failed"}}
    assert undecided == {"HD-01"}


def test_it_is_the_same_every_time():
    assert list(lines(USERS)) == list(lines(USERS))

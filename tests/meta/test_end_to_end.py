"""The promise: the hardened PBX passes every control, the insecure one fails every control."""

from __future__ import annotations

import json

import pytest

from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedPbx
from tests.fixtures.pbx import configuration_of, simulated, write
from tests.fixtures.program import WITH_PBX_PASSWORD, execute, site_option

EXPECTED = {"hardened": (0, "passed", "compliant"), "insecure": (1, "failed", "noncompliant")}


def login(pbx):
    viewer = next(one for one in pbx.accounts if one.role == "viewer")
    return {
        "PBX_AUDITOR_USERNAME": viewer.username,
        "PBX_AUDITOR_PASSWORD": viewer.password,
        "PBX_AUDITOR_PBX_PASSWORD": pbx.pbx_password,
    }


def assert_expected(config, ended, folder):
    code, status, verdict = EXPECTED[config]
    assert ended.code == code, ended.said
    report = json.loads((folder / "out" / "report.json").read_bytes())
    found = {result["id"]: result["status"] for result in report["results"]}
    assert len(found) == 17
    assert set(found.values()) == {status}
    summary = report["summary"]
    assert (summary["verdict"], summary["exit_code"]) == (verdict, code)
    assert summary["coverage"]["complete"]
    assert report["gaps"] == []
    for result in report["results"]:
        assert result["observations"], result["id"]
        assert result["remediation"]["ui_path"], result["id"]


@pytest.mark.parametrize("config", EXPECTED)
def test_from_a_file(tmp_path, config):
    write(tmp_path, {"cfg.txt": configuration_of(config)})
    arguments = ["audit", "cfg.txt", *site_option(config), "--out", "out"]
    assert_expected(config, execute(arguments, tmp_path, fresh=True, **WITH_PBX_PASSWORD), tmp_path)


@pytest.mark.parametrize("config", EXPECTED)
def test_live(tmp_path, config):
    pbx = simulated(config)
    with SimulatorServer(pbx) as server:
        arguments = ["audit", server.url, *site_option(config), "--out", "out"]
        ended = execute(arguments, tmp_path, **login(pbx))
    assert_expected(config, ended, tmp_path)
    assert server.writes == 0
    assert {path for method, path in server.requests if method != "GET"} <= {"/PBX0/user.soap"}


@pytest.mark.parametrize("config", EXPECTED)
def test_whatever_the_random_passwords_are(console, tmp_path, config):
    code, _, _ = EXPECTED[config]
    for seed in range(5):
        pbx = SimulatedPbx.create(config, seed=seed)
        with SimulatorServer(pbx) as server:
            console.login(pbx)
            ended = console("audit", server.url, *site_option(config), "--out", "out")
        assert ended.code == code, (seed, ended.said)
        assert_expected(config, ended, tmp_path)

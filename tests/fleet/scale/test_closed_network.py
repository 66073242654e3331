"""A PBX in a network that the operator cannot reach: a collector in there reads it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from auditor.errors import ExitCode
from tests.fixtures.program import environment, execute
from tests.fleet.runner.conftest import box
from tests.fleet.scale.closed_network import ADDRESS

LIMIT = 300
OUTSIDE = '[[tenant]]\nid = "muster"\n[[pbx]]\nid = "graz-1"\ntenant = "muster"\ntarget = "{}"\n'


def may_unshare():
    """Return whether this machine lets us have a network of our own."""
    program = shutil.which("unshare")
    tried = [program, "--net", "true"]
    return bool(program) and not subprocess.run(tried, check=False, capture_output=True).returncode  # noqa: S603 -- a program of the system


@pytest.mark.slow
@pytest.mark.skipif(not may_unshare(), reason="no network namespace can be made here")
def test_what_nobody_outside_reaches_its_collector_brings(site, tmp_path):
    account = next(one for one in box(1).accounts if one.role == "viewer")
    login = {"PBX_AUDITOR_USERNAME": account.username, "PBX_AUDITOR_PASSWORD": account.password}
    site.expect("graz-1").add()
    block = OUTSIDE.format(ADDRESS)
    site.folder.write("collector/fleet.toml", f"{site.table}\n{block}")
    words = ["unshare", "--net", sys.executable, "-m", "tests.fleet.scale.closed_network"]
    with subprocess.Popen(  # noqa: S603 -- this interpreter
        [*words, str(site.here)],
        env=environment(tmp_path, **login),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as inside:
        address = inside.stdout.readline().strip()
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "fleet.toml").write_text(OUTSIDE.format(address))
        ended = execute(["fleet", "run"], outside, limit=LIMIT, **login)
        assert ended.code == ExitCode.UNREACHABLE, ended.said
        inside.communicate("\n", timeout=LIMIT)
    assert inside.returncode == ExitCode.OK
    assert site.take(site.here / "bundle.zip").code == ExitCode.FINDINGS
    (row,) = json.loads(site.status("--format", "json"))["pbxs"]
    assert (row["pbx"], row["state"]) == ("graz-1", "failed")

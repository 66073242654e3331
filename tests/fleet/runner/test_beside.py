"""What other commands do while a run is on, in both databases: none waits, and none spoils it."""

from __future__ import annotations

import signal

import pytest

from auditor.errors import ExitCode
from tests.fixtures.program import execute
from tests.fleet.runner.sockets import dripping, listening
from tests.fleet.runner.test_kills import LIMIT, running, until_done, whole

pytestmark = pytest.mark.slow
CHANGES = (
    ("forget", "muster", "--yes"),
    ("prune",),
    ("prune", "--dry-run"),
    ("rebind", "graz"),
    ("run",),
    ("run", "--resume"),
)
LOOKS = (
    ("report", "graz", "-o", "out", "--format", "json"),
    ("status",),
    ("drift",),
    ("history", "graz"),
    ("history", "verify"),
    ("outliers",),
    ("metrics",),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request):
    return "" if request.param == "sqlite" else request.getfixturevalue("database")


def test_who_changes_is_refused_and_who_looks_is_answered(url, night, monkeypatch):
    if url:
        monkeypatch.setenv("HISTORY", url)
        night.beginning = night.beginning.replace("[fleet]", '[fleet]\nhistory_env = "HISTORY"')
    night.add("graz", "hardened").add("linz", "hardened", "other").write()
    assert whole(night).code == ExitCode.OK
    with listening(dripping) as address:
        night.at("live", address)
        night.write()
        with running(night, "--min-reached", "0") as process:
            until_done(process, 2)
            process.send_signal(signal.SIGSTOP)  # however long the others take
            for command in CHANGES:
                ended = execute(["fleet", *command], night.path, limit=LIMIT)
                assert ended.code == ExitCode.BUSY, command
                assert str(process.pid) in ended.err
            for look in LOOKS:
                assert execute(["fleet", *look], night.path, limit=LIMIT).code == ExitCode.OK
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=LIMIT)
        assert process.returncode == ExitCode.TERMINATED
    assert (night.path / "reports" / "muster" / "graz" / "latest").exists()
    assert not list(night.path.glob("forgotten-*"))

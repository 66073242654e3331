"""Exit codes of `fleet run` as a scheduler sees them: a process for each.

That of a second run stands beside the kills, and a crash needs a fault inside the process.
"""

from __future__ import annotations

import pytest

from auditor.errors import ExitCode
from tests.fixtures.program import execute

pytestmark = pytest.mark.soak
LIMIT = 300


def run(night, *options):
    night.write()
    return execute(["fleet", "run", "--today", "2026-11-22", *options], night.path, limit=LIMIT)


def nothing_new(night):
    night.add("linz", "hardened")


def something_failed(night):
    night.add("graz")


def tenant_unknown(night):
    night.add("linz", "hardened", tenant="nobody")


def too_few_reached(night):
    night.add("linz", "hardened").at("graz", "gone")


def newly_undecided(night):
    night.add("linz", "hardened")
    assert run(night).code == ExitCode.OK
    site = night.path / "hardened.toml"
    site.write_text(site.read_text().replace('dialect = "simulated"', ""))


def reports_not_written(night):
    night.add("linz", "hardened")
    (night.path / "reports").write_text("a file where a folder is meant")


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (nothing_new, ExitCode.OK),
        (something_failed, ExitCode.FINDINGS),
        (tenant_unknown, ExitCode.USAGE),
        (too_few_reached, ExitCode.UNREACHABLE),
        (newly_undecided, ExitCode.INCOMPLETE),
        (reports_not_written, ExitCode.OUTPUT),
    ],
)
def test_process_ends_with_what_is_documented(night, prepare, code):
    prepare(night)
    ended = run(night)
    assert ended.code == code, ended.said

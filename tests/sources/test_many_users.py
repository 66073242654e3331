"""Thousands of users through each way to the objects, over real HTTP."""

from __future__ import annotations

from functools import cache

import pytest

from auditor.model.vocabulary import Area, Coverage
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.site.credentials import Credentials
from auditor.sources.live.effective_check import MAX_COMPARED
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from tests.fixtures.pbx import PBX_PASSWORD, counted, judge, site_of, statuses

MANY = 10_000
# Some full pages of names, and one that is not; ten times as many show no more, and take as long.
SEVERAL = 1_020
# What is read is tried here; to score so many passwords takes most of the time of a live audit.
OPTIONS = LiveOptions(max_connections=4, scores_everybody=False)
WAYS = {
    "configuration": frozenset(),
    "object pages": frozenset({"cfg"}),
    "SOAP": frozenset({"cfg", "show"}),
}


@cache
def crowded(users):
    return SimulatedPbx.create("hardened", PBX_PASSWORD, seed=7, users=users)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("way", "users"),
    [
        ("configuration", MANY),
        ("object pages", SEVERAL),
        ("SOAP", SEVERAL),
        pytest.param("object pages", MANY, marks=pytest.mark.soak),
        pytest.param("SOAP", MANY, marks=pytest.mark.soak),
    ],
)
def test_each_way_reads_them_all_with_few_requests(way, users):
    pbx = crowded(users)
    admin = next(one for one in pbx.accounts if one.role == "admin")
    given = Credentials(admin.username, admin.password, PBX_PASSWORD)
    site = counted(site_of(), len(pbx.objects))
    with SimulatorServer(pbx, refuse=WAYS[way]) as server:
        snapshot = read_live(server.url, site, given, OPTIONS)
        asked, peak = len(server.requests), server.peak_connections
        assert server.writes == 0
    objects = len(pbx.objects) + 1
    assert len(snapshot.objects) == objects - 1
    assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE
    found = statuses(judge(snapshot, site))
    assert set(found.values()) == ({"passed"} if way == "configuration" else {"passed", "unknown"})
    pages_of_names = objects // 50 + 1
    assert (
        asked
        <= {
            "configuration": 10 + MAX_COMPARED,
            "object pages": objects + pages_of_names + 10 + MAX_COMPARED,
            "SOAP": objects + pages_of_names + 20 + MAX_COMPARED,
        }[way]
    )
    assert peak <= 5  # four for objects, and the one before them

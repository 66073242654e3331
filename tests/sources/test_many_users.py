"""Ten thousand users through each way to the objects, over real HTTP."""

from __future__ import annotations

from functools import cache

import pytest

from auditor.model.vocabulary import Area, Coverage
from auditor.settings import Credentials, LiveOptions
from auditor.simulator.configuration import SimulatedPbx
from auditor.simulator.server import SimulatorServer
from auditor.sources.effectivecheck import MAX_COMPARED
from auditor.sources.live import read_live
from tests.fixtures.pbx import PBX_PASSWORD, counted, judge, site_of, statuses

USERS = 10_000
WAYS = {
    "configuration": frozenset(),
    "object pages": frozenset({"cfg"}),
    "SOAP": frozenset({"cfg", "show"}),
}


@cache
def crowded():
    return SimulatedPbx.create("hardened", PBX_PASSWORD, seed=7, users=USERS)


@pytest.mark.parametrize("way", WAYS)
def test_each_way_reads_them_all_with_few_requests(way):
    admin = next(one for one in crowded().accounts if one.role == "admin")
    given = Credentials(admin.username, admin.password, PBX_PASSWORD)
    site = counted(site_of(), len(crowded().objects))
    with SimulatorServer(crowded(), refuse=WAYS[way]) as server:
        snapshot = read_live(server.url, site, given, LiveOptions(max_connections=4))
        asked, peak = len(server.requests), server.peak_connections
        assert server.writes == 0
    objects = len(crowded().objects) + 1
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

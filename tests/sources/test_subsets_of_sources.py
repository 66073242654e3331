"""The same PBX read by any sources never contradicts itself, and more never decide less."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.site import AppSocket
from auditor.simulator.app_object import NAME, with_app
from auditor.simulator.server import SimulatorServer
from auditor.site.credentials import Credentials
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from tests.fixtures.pbx import CONFIGURATIONS, judge, simulated, site_of, statuses
from tests.fixtures.scripted_socket import trusted
from tests.fixtures.silence import certain_silence

PASSWORD = "gruen-3141592653"
PAGES = ("cfg", "show", "soap")
SOCKETS = ("LoginInfo", "admin", "tableusers")
SOURCES = (*PAGES, *SOCKETS)
SUBSETS = [frozenset(one) for n in range(len(SOURCES) + 1) for one in combinations(SOURCES, n)]
DECIDED = {"passed", "failed"}


@cache
def found(config, sources, profile):
    """Return the status of each control by what these sources show."""
    rights = sources.intersection({"admin", "tableusers"})
    pbx = with_app(simulated(config), sorted(rights), PASSWORD)
    with SimulatorServer(pbx, tls=True, refuse=frozenset(PAGES) - sources) as server:
        plain = site_of(config)
        lists = plain.lists.model_copy(update={"admin_apps": [*plain.lists.admin_apps, NAME]})
        target = plain.target.model_copy(update={"dialect": "documented"})
        asked = AppSocket(app=NAME if rights else "") if sources & {*SOCKETS} else None
        site = plain.model_copy(
            update={"tls": trusted(server), "lists": lists, "websocket": asked, "target": target}
        )
        viewer = next(one for one in pbx.accounts if one.role == "viewer")
        credentials = Credentials(viewer.username, viewer.password, None, app_password=PASSWORD)
        limits = LiveOptions(timeout=4.0, back_off=0.0)
        with certain_silence():
            snapshot = read_live(server.url, site, credentials, limits)
        assert server.writes == 0
    return statuses(judge(snapshot, site, profile=profile))


def check(config, fewer, more, profile):
    before, after = found(config, fewer, profile), found(config, more, profile)
    changed = {
        rule: (before[rule], after[rule])
        for rule in before
        if before[rule] in DECIDED and after[rule] != before[rule]
    }
    assert changed == {}, (sorted(fewer), sorted(more - fewer))


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(st.data())
def test_more_sources_decide_the_same_and_more(data):
    config = data.draw(st.sampled_from(CONFIGURATIONS))
    more = data.draw(st.sampled_from(SUBSETS))
    fewer = data.draw(st.sampled_from([one for one in SUBSETS if one <= more]))
    check(config, fewer, more, "baseline")


@pytest.mark.soak
@pytest.mark.parametrize("profile", ["baseline", "strict"])
@pytest.mark.parametrize("config", CONFIGURATIONS)
def test_each_source_beside_each_set_of_others(config, profile):
    for fewer in SUBSETS:
        for source in SOURCES:
            if source not in fewer:
                check(config, fewer, fewer | {source}, profile)

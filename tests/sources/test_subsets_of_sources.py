"""The same PBX read by any sources never contradicts itself, and more never decide less.

It is read by its own address with any of its pages and sockets, and through Devices with any of its
pages and of what Devices rolls out. The two ways are compared, too.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.facts import HTTP_PORT, INFO_PAGE, TELNET_PORT
from auditor.model.site import AppSocket
from auditor.model.vocabulary import Area
from auditor.rules.catalogue import load_catalogue
from auditor.simulator.app_object import NAME, with_app
from auditor.simulator.behaviour import Behaviour
from auditor.simulator.server import SimulatorServer
from auditor.simulator.socket_behaviour import SocketBehaviour, SocketFault
from auditor.site.credentials import Credentials
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from tests.fixtures.devices import FIRST, PASSWORD, SECOND, SECRETS, platform
from tests.fixtures.pbx import CONFIGURATIONS, judge, simulated, site_of, statuses
from tests.fixtures.scripted_socket import trusted
from tests.fixtures.silence import certain_silence

APP_PASSWORD = "gruen-3141592653"
PAGES = ("cfg", "show", "soap")
REGISTRATIONS, BY_TYPE = "GetRegs", "lists by type"
SOCKETS = ("LoginInfo", "admin", "tableusers", REGISTRATIONS, BY_TYPE)
ROLLED_OUT = ("GetDeviceConfigs", "GetDeviceConfig")
ITSELF, THROUGH = "itself", "through Devices"
SOURCES = {ITSELF: (*PAGES, *SOCKETS), THROUGH: (*PAGES, *ROLLED_OUT)}
# What is asked only with a right, or only of what a list names.
NEEDS = {REGISTRATIONS: "admin", BY_TYPE: "admin", "GetDeviceConfig": "GetDeviceConfigs"}
# The messages of a source that has no right of its own.
MESSAGES = {
    REGISTRATIONS: ("GetRegs",),
    BY_TYPE: ("GetNodes", "GetBooleans", "GetAppObjects", "GetPbxLicenses"),
    **{name: (name,) for name in ROLLED_OUT},
}
DECIDED = {"passed", "failed"}
PROFILES = ("baseline", "strict")
# What a box shows to others cannot be seen through Devices.
SHOWN_OUTSIDE = {Area.TLS.value, TELNET_PORT, INFO_PAGE, HTTP_PORT}
LIMITS = LiveOptions(timeout=4.0, back_off=0.0)


def makes_sense(sources):
    return all(NEEDS[one] in sources for one in sources if one in NEEDS)


def subsets_of(way):
    every = SOURCES[way]
    found = (frozenset(one) for n in range(len(every) + 1) for one in combinations(every, n))
    return [one for one in found if makes_sense(one)]


SUBSETS = {way: subsets_of(way) for way in SOURCES}


def faults_without(sources, among):
    """Return an error in answer to each message of a source that is left out."""
    left_out = (name for name in among if name in MESSAGES and name not in sources)
    return tuple(SocketFault("error", mt) for name in left_out for mt in MESSAGES[name])


@cache
def read(config, way, sources):
    """Return what these sources show, and the site file."""
    return (_itself if way == ITSELF else _through)(config, sources)


def _itself(config, sources):
    rights = sources & {"admin", "tableusers"}
    pbx = with_app(simulated(config), sorted(rights), APP_PASSWORD)
    behaviour = SocketBehaviour(faults=faults_without(sources, SOCKETS))
    refuse = frozenset(PAGES) - sources
    with SimulatorServer(pbx, tls=True, refuse=refuse, sockets=behaviour) as server:
        asked = AppSocket(app=NAME if rights else "") if sources & {*SOCKETS} else None
        site = site_for(config).model_copy(update={"tls": trusted(server), "websocket": asked})
        viewer = next(one for one in pbx.accounts if one.role == "viewer")
        credentials = Credentials(viewer.username, viewer.password, None, app_password=APP_PASSWORD)
        with certain_silence():
            snapshot = read_live(server.url, site, credentials, LIMITS)
        assert server.writes == 0
    return snapshot, site


def _through(config, sources):
    domain = FIRST if config == "hardened" else SECOND
    behaviour = Behaviour(refuse=frozenset(PAGES) - sources)
    faults = faults_without(sources, ROLLED_OUT)
    with platform(*faults, usual=True, behaviour=behaviour) as running:
        own = PASSWORD if domain == FIRST else SECRETS.domains[SECOND]
        site = site_for(config)
        with certain_silence():
            box, credentials = running.box(config, domain), running.credentials(own)
            snapshot = read_live(box, site, credentials, LIMITS)
        assert running.writes == 0
    return snapshot, site


def site_for(config):
    plain = site_of(config)
    lists = plain.lists.model_copy(update={"admin_apps": [*plain.lists.admin_apps, NAME]})
    target = plain.target.model_copy(update={"dialect": "documented"})
    return plain.model_copy(update={"lists": lists, "target": target})


@cache
def found(config, way, sources, profile):
    """Return the status of each control by what these sources show."""
    snapshot, site = read(config, way, sources)
    return statuses(judge(snapshot, site, profile=profile))


def check(config, way, fewer, more, profile):
    before, after = found(config, way, fewer, profile), found(config, way, more, profile)
    changed = {
        rule: (before[rule], after[rule])
        for rule in before
        if before[rule] in DECIDED and after[rule] != before[rule]
    }
    assert changed == {}, (way, sorted(fewer), sorted(more - fewer))


@cache
def of_outside():
    """Return the controls that rest on what a box shows to others."""
    rules = load_catalogue().rules.values()
    return {one.id for one in rules if SHOWN_OUTSIDE & {*one.facts, *one.complete}}


def check_ways(config, pages, rolled_out, profile):
    """What is decided by the box's own address is decided so through Devices."""
    itself = found(config, ITSELF, pages, profile)
    through = found(config, THROUGH, pages | rolled_out, profile)
    changed = {
        rule: (itself[rule], through[rule])
        for rule in itself.keys() - of_outside()
        if itself[rule] in DECIDED and through[rule] != itself[rule]
    }
    assert changed == {}, (sorted(pages), sorted(rolled_out))
    both = {rule for rule in itself if {itself[rule], through[rule]} <= DECIDED}
    assert {rule: through[rule] for rule in both} == {rule: itself[rule] for rule in both}


def smaller(way, more):
    return [one for one in SUBSETS[way] if one <= more]


@pytest.mark.slow
@pytest.mark.parametrize("way", SOURCES)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_more_sources_decide_the_same_and_more(way, data):
    config = data.draw(st.sampled_from(CONFIGURATIONS))
    more = data.draw(st.sampled_from(SUBSETS[way]))
    fewer = data.draw(st.sampled_from(smaller(way, more)))
    check(config, way, fewer, more, "baseline")


@pytest.mark.slow
@settings(max_examples=4, deadline=None)
@given(data=st.data())
def test_both_ways_decide_the_same(data):
    config = data.draw(st.sampled_from(CONFIGURATIONS))
    sources = data.draw(st.sampled_from(SUBSETS[THROUGH]))
    check_ways(config, sources & {*PAGES}, sources - {*PAGES}, "baseline")


@pytest.mark.soak
@pytest.mark.parametrize("config", CONFIGURATIONS)
class TestAll:
    @pytest.mark.parametrize("way", [THROUGH, ITSELF])
    def test_each_source_beside_each_set_of_others(self, config, way):
        for fewer in SUBSETS[way]:
            for more in (fewer | {one} for one in SOURCES[way] if one not in fewer):
                for profile in PROFILES if makes_sense(more) else ():
                    check(config, way, fewer, more, profile)

    def test_both_ways(self, config):
        for sources in SUBSETS[THROUGH]:
            for profile in PROFILES:
                check_ways(config, sources & {*PAGES}, sources - {*PAGES}, profile)

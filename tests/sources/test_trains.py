"""What differs between firmware trains, as the vendor's texts of each say it, is honoured.

`websocket-apis.md`: LoginInfo since 13r3 (2.5); GetConfigObjects in pages, `properties` and
`template` of GetObject since 13r3 (3, 4.2); types in a replication since 13r2 (5). 14r1 is 13r3
byte for byte, and of later trains no text is known that says otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import NamedTuple

import pytest

from auditor.model.account import ProofKind
from auditor.model.site import AppSocket
from auditor.model.vocabulary import Area, Coverage
from auditor.simulator.app_object import NAME, with_app
from auditor.simulator.server import SimulatorServer
from auditor.simulator.sockets.trains import of_train
from auditor.site.credentials import Credentials
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from tests.fixtures.pbx import judge, simulated, site_of, statuses
from tests.fixtures.scripted_socket import trusted
from tests.fixtures.silence import certain_silence

pytestmark = pytest.mark.slow

PASSWORD = "gruen-3141592653"
DECIDED = {"passed", "failed", "not-applicable"}
ADMIN, TABLE = ("admin",), ("tableusers",)


class Train(NamedTuple):
    """What a train is documented to know."""

    name: str
    logins: bool = True
    pages: bool = True
    effective: bool = True
    types: bool = True


TRAINS = (
    Train("13r1", logins=False, pages=False, effective=False, types=False),
    Train("13r2", logins=False, pages=False, effective=False),
    Train("13r3"),
    Train("14r1"),
    Train("14r2"),
    Train("15r1"),
    Train("16r1"),
)
# Those of which the vendor's texts say that they differ.
DIFFERING = TRAINS[:3]


class Told(NamedTuple):
    """What a PBX said, what it was asked, and what it came to."""

    snapshot: object
    sent: list
    found: dict
    parents: dict


def many_templates(pbx):
    """Return a PBX with more templates than a page has."""
    template = next(one for one in pbx.objects if one.kind == "config")
    more = tuple(
        replace(template, guid=f"{number:032x}", names={"cn": f"Template {number:03d}"})
        for number in range(60)
    )
    return replace(pbx, objects=(*pbx.objects, *more))


@cache
def read(train, rights=ADMIN, refuse=()):
    """Return what a PBX of a train tells an App with these rights; None asks nothing."""
    pbx = with_app(of_train(many_templates(simulated()), train), rights or (), PASSWORD)
    with SimulatorServer(pbx, tls=True, refuse=frozenset(refuse)) as server:
        plain = site_of()
        lists = plain.lists.model_copy(update={"admin_apps": [*plain.lists.admin_apps, NAME]})
        target = plain.target.model_copy(update={"dialect": "documented"})
        asked = None if rights is None else AppSocket(app=NAME)
        site = plain.model_copy(
            update={"tls": trusted(server), "lists": lists, "websocket": asked, "target": target}
        )
        viewer = next(one for one in pbx.accounts if one.role == "viewer")
        credentials = Credentials(viewer.username, viewer.password, None, app_password=PASSWORD)
        limits = LiveOptions(timeout=3.0, back_off=0.0)
        with certain_silence():
            snapshot = read_live(server.url, site, credentials, limits)
        assert server.writes == 0
        sent = [message for _, message in server.sockets.received]
    parents = {one.cn: one.parents for one in pbx.objects if one.kind == "config"}
    return Told(snapshot, sent, statuses(judge(snapshot, site, profile="baseline")), parents)


@pytest.mark.parametrize("train", TRAINS, ids=lambda one: one.name)
class TestEachTrain:
    def test_ways_to_log_in_are_what_it_says_or_open(self, train):
        snapshot = read(train.name).snapshot
        assert ("authentication_type" in snapshot.settings) is train.logins
        assert bool(snapshot.gaps_in("authentication_type")) is not train.logins

    def test_all_templates_are_listed_with_their_parents(self, train):
        told = read(train.name)
        listed = {name: one.values for name, one in told.snapshot.listed_parents.items()}
        assert listed == told.parents
        assert len(listed) > 60
        pages = [one for one in told.sent if one["mt"] == "GetConfigObjects"]
        assert (len(pages) > 1) is train.pages

    def test_effective_values_are_asked_for_where_the_message_has_fields(self, train):
        told = read(train.name)
        asked = [one for one in told.sent if one["mt"] == "GetObject"]
        assert bool(asked) is train.effective
        assert bool(told.snapshot.confirmed) is train.effective
        if not train.effective:
            notes = " ".join(str(one.note) for one in told.snapshot.sources)
            assert "GetObject" in notes

    def test_nobody_is_asked_for_by_a_name_that_came_later(self, train):
        assert not [one for one in read(train.name).sent if "h323" in one]


@pytest.mark.parametrize("train", DIFFERING, ids=lambda one: one.name)
class TestTrainsThatDiffer:
    def test_objects_are_counted_where_all_types_are_shown(self, train):
        told = read(train.name, TABLE)
        kinds = {one.kind for one in told.snapshot.objects}
        assert len(kinds) > 1  # cfg.txt shows them in any case
        sent = [one for one in told.sent if one["mt"] == "ReplicateStart"]
        assert sent
        named = [
            gap for gap in told.snapshot.gaps_in(Area.OBJECTS) if "PbxTableUsers" in str(gap.source)
        ]
        assert named == []
        proof = told.snapshot.proofs[Area.OBJECTS]
        assert proof.kind is ProofKind.COUNTED

    def test_a_table_of_users_alone_is_not_taken_for_all_objects(self, train):
        told = read(train.name, TABLE, ("cfg", "show", "soap"))
        kinds = {one.kind for one in told.snapshot.objects}
        guids = [one.guid for one in told.snapshot.objects]
        assert len(set(guids)) == len(guids) > 0
        assert (kinds == {""}) is not train.types
        is_whole = told.snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE
        assert not (is_whole and not train.types)
        assert told.snapshot.proofs[Area.OBJECTS].kind is not ProofKind.COUNTED

    @pytest.mark.parametrize("rights", [ADMIN, TABLE], ids=["Admin", "TableUsers"])
    def test_what_was_decided_without_it_stays_so(self, train, rights):
        before, after = read(train.name, None).found, read(train.name, rights).found
        known = {rule: status for rule, status in before.items() if status in DECIDED}
        assert {rule: after[rule] for rule in known} == known


def test_trains_that_are_alike_decide_alike():
    found = {train.name: read(train.name).found for train in TRAINS if train.effective}
    assert len({tuple(sorted(one.items())) for one in found.values()}) == 1

"""Whatever happens in whatever order: spans never overlap, and what was seen first stays first."""

from __future__ import annotations

import shutil
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import text

from auditor.errors import ExitCode, HistoryError
from auditor.fleet.history_model import AuditEnding, Cause, Standing
from auditor.fleet.inventory.inventory_model import Retention
from auditor.fleet.store.history import History
from auditor.fleet.store.tables import METADATA
from auditor.model.vocabulary import Status
from tests.fixtures.fleet_history import (
    DAY,
    NOW,
    attempt,
    audited,
    begin,
    change,
    change_of,
    control,
    finding,
    judgement,
    key,
    record,
)
from tests.fixtures.history_state import state

PBXS = ("graz", "linz", "wien")
CONTROLS = ("HD-01", "HD-02")
USERS = ("anna", "bert")
CAUSES = st.sampled_from(Cause)
# Of each control its status and the standing of each finding, None if there is none.
JUDGED = st.fixed_dictionaries(
    {},
    optional={
        name: st.tuples(
            st.sampled_from(Status),
            st.fixed_dictionaries({}, optional=dict.fromkeys(USERS, st.sampled_from(Standing))),
        )
        for name in CONTROLS
    },
)


def changes_to(known, judged, cause):
    """Return what makes of the known what was judged; what is not judged any more is not asked."""
    for name in CONTROLS:
        status, findings = judged.get(name, (None, {}))
        before = known.controls[name].status if name in known.controls else None
        after = status or (Standing.NOT_ASKED if before else None)
        if after is not None and after != before:
            yield change(name, before, after, cause)
        for user in USERS:
            old = known.findings.get(key(name, user))
            standing = findings.get(user, Standing.NOT_ASKED if old else None)
            if standing is not None and (old is None or old.standing is not standing):
                yield change_of(name, user, old.standing if old else None, standing, cause)


def audit_of(known, judged, cause, serial):
    seen = judgement(
        *(
            control(name, status, *(finding(name, user, found) for user, found in of.items()))
            for name, (status, of) in judged.items()
        )
    )
    snapshot = repr(sorted(judged)).encode()
    changes = tuple(changes_to(known, judged, cause))
    return audited(*changes, judged=seen, serial=serial, snapshot=snapshot)


class AnyOrder(RuleBasedStateMachine):
    """A history beside a list of what was recorded in it."""

    def __init__(self):
        super().__init__()
        self.night = 0
        self.run = 0
        self.left = set()
        self.first = {}
        self.last = {}
        self.done = []
        self.pruned = False

    @initialize()
    def start(self):
        self.place = self.new_place()
        self.history = History.open(self.place)

    def new_place(self):
        raise NotImplementedError

    @rule(planned=st.sets(st.sampled_from(PBXS), min_size=1))
    def new_run(self, planned):
        self.night += 1
        self.run = begin(self.history, *sorted(planned), night=self.night)
        self.left = planned
        self.done.append(("run", sorted(planned), self.night))

    @precondition(lambda self: self.left)
    @rule(data=st.data(), judged=JUDGED, cause=CAUSES)
    def audit(self, data, judged, cause):
        pbx = data.draw(st.sampled_from(sorted(self.left)))
        of = audit_of(self.history.known(pbx), judged, cause, serial=f"box of {pbx}")
        one = record(pbx, of=of, night=self.night)
        self.history.record(self.run, one)
        self.left.discard(pbx)
        self.done.append(("record", one))
        for name, (_, findings) in judged.items():
            for user in findings:
                self.first.setdefault((pbx, key(name, user)), self.run)
        self.last[pbx] = judged

    @precondition(lambda self: self.left)
    @rule(data=st.data(), ending=st.sampled_from([one for one in AuditEnding if one != "audited"]))
    def try_in_vain(self, data, ending):
        pbx = data.draw(st.sampled_from(sorted(self.left)))
        one = attempt(pbx, ending, night=self.night)
        self.history.record(self.run, one)
        self.left.discard(pbx)
        self.done.append(("record", one))

    @precondition(lambda self: self.left)
    @rule(data=st.data(), judged=JUDGED, cause=CAUSES)
    def record_what_does_not_fit(self, data, judged, cause):
        pbx = data.draw(st.sampled_from(sorted(self.left)))
        of = audit_of(self.history.known(pbx), judged, cause, serial=f"box of {pbx}")
        wrong = of._replace(changes=(*of.changes, change("HD-03", Status.FAILED, Status.PASSED)))
        before = state(self.history)
        with pytest.raises(HistoryError):
            self.history.record(self.run, record(pbx, of=wrong, night=self.night))
        assert state(self.history) == before

    @precondition(lambda self: self.run)
    @rule(code=st.sampled_from(ExitCode))
    def end_run(self, code):
        self.history.end(self.run, code, NOW)

    @precondition(lambda self: self.run)
    @rule()
    def take_up(self):
        taken_up = self.history.resume(NOW)
        if self.left:
            assert taken_up is not None
        if taken_up is not None:
            assert taken_up[0] == self.run
            assert not taken_up[1] & self.left
            assert self.history.last_run().left == tuple(sorted(self.left))

    @rule()
    def open_again(self):
        before = state(self.history)
        self.history.close()
        self.history = History.open(self.place)
        assert state(self.history) == before

    @rule(days=st.integers(0, 5))
    def prune(self, days):
        spans = {name: state(self.history)[name] for name in ("results", "findings", "runs")}
        known = [self.history.known(pbx) for pbx in PBXS]
        removed = self.history.prune(Retention(days, 0), DAY.replace(year=2027))
        self.pruned |= any(one.rows for one in removed)
        assert {name: state(self.history)[name] for name in spans} == spans
        assert [self.history.known(pbx) for pbx in PBXS] == known

    @invariant()
    def spans_follow_each_other(self):
        found = state(self.history) if self.run else {"results": [], "findings": []}
        for rows, name, places in ((found["results"], 2, (3, 4)), (found["findings"], 2, (5, 6))):
            things: dict[tuple[object, ...], list[tuple[int, int]]] = {}
            for row in rows:
                things.setdefault(row[:name], []).append(tuple(row[at] for at in places))
            for spans in things.values():
                ordered = sorted(spans)
                assert all(ends == follows for (_, ends), (follows, _) in pairwise(ordered))
                assert all(ends is None or begins < ends for begins, ends in ordered)
                assert [ends for _, ends in ordered].count(None) == 1
        firsts = {(row[0], row[1]): row[2] for row in found["findings"]}
        assert firsts == self.first

    @invariant()
    def what_is_known_is_what_was_judged_last(self):
        for pbx, judged in self.last.items():
            known = self.history.known(pbx)
            assert {name: one.status for name, one in known.controls.items()} == {
                name: status for name, (status, _) in judged.items()
            }
            standings = {
                key(name, user): standing
                for name, (_, findings) in judged.items()
                for user, standing in findings.items()
            }
            for finding_key, one in known.findings.items():
                assert one.standing is standings.get(finding_key, Standing.NOT_ASKED)
            assert set(standings) <= set(known.findings)

    def teardown(self):
        if not self.pruned and self.run:
            self.replay()
        self.history.close()

    def replay(self):
        """Record the same into a new history: it says the same."""
        expected = state(self.history)
        place = self.new_place()
        with History.open(place) as again:
            run = 0
            for what, *rest in self.done:
                if what == "run":
                    run = begin(again, *rest[0], night=rest[1])
                else:
                    again.record(run, rest[0])
            replayed = state(again)
        for name in ("results", "findings", "audits", "planned", "pbxs", "documents"):
            assert replayed[name] == expected[name]


def copies_of(path):
    """Return a class of which each history is a copy of an empty one: quicker than making it."""
    folder = Path(tempfile.mkdtemp(dir=path))
    empty = folder / "empty.db"
    History.open(empty).close()

    class OfFiles(AnyOrder):
        def new_place(self):
            place = Path(tempfile.mkdtemp(dir=folder)) / "history.db"
            shutil.copy(empty, place)
            return place

    return OfFiles


def emptied(url):
    """Return a class that empties one database for each history."""

    class OfDatabase(AnyOrder):
        def new_place(self):
            names = ", ".join(table.name for table in METADATA.sorted_tables)
            with History.open(url) as history, history.reading() as connection:
                connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
            return url

    return OfDatabase


@pytest.mark.slow
def test_any_order_of_events_in_a_file(tmp_path):
    AnyOrderTest = copies_of(tmp_path).TestCase  # noqa: N806
    AnyOrderTest.settings = settings(max_examples=20, stateful_step_count=15)
    AnyOrderTest().runTest()


@pytest.mark.slow
def test_any_order_of_events_in_postgresql(database):
    AnyOrderTest = emptied(database).TestCase  # noqa: N806
    AnyOrderTest.settings = settings(max_examples=5, stateful_step_count=15)
    AnyOrderTest().runTest()


@pytest.mark.soak
def test_many_orders_of_events_in_a_file(tmp_path):
    AnyOrderTest = copies_of(tmp_path).TestCase  # noqa: N806
    AnyOrderTest.settings = settings(max_examples=1000, stateful_step_count=50)
    AnyOrderTest().runTest()

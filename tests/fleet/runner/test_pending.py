"""Whose turn it is: as if all were looked at in their order, without looking at all of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.fleet.inventory.inventory_model import TargetKind
from auditor.fleet.runner.scheduling.pending import PendingPbx, PendingQueue, is_read_apart
from tests.fleet.runner.test_scheduler import pbx

KINDS = (TargetKind.ADDRESS, TargetKind.PATH)
TENANTS = ("muster", "other", "third")
MANY = 1000
planned = st.lists(
    st.tuples(st.sampled_from(KINDS), st.sampled_from(TENANTS), st.integers(0, 3)), max_size=12
)
# At each moment: how late it is, which kinds have a place, and which tenants are full.
moments = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sets(st.sampled_from([True, False])),
        st.sets(st.sampled_from(TENANTS)),
    ),
    max_size=20,
)


@given(planned, moments)
def test_the_first_that_can_begin_is_next(some, asked):
    left = [
        PendingPbx(pbx(f"pbx-{number}", tenant, kind), float(begins))
        for number, (kind, tenant, begins) in enumerate(some)
    ]
    waiting = PendingQueue(left)
    left.sort(key=lambda one: one.begins)
    for now, free, full in asked:

        def can_begin(one, free=free, full=full):
            return is_read_apart(one.pbx) in free and one.pbx.tenant not in full

        expected = next((one for one in left if one.begins <= now and can_begin(one)), None)
        assert waiting.take(now, can_begin) == expected
        if expected is not None:
            left.remove(expected)
        assert len(waiting) == len(left)
        later = [one.begins for one in left if one.begins > now]
        found = waiting.next_moment(now)
        # Behind one that waits for a place nobody can begin who waits for the same.
        assert found is None or found in later


def test_the_next_moment_is_that_of_the_first_whose_moment_is_not_come():
    waiting = PendingQueue([PendingPbx(pbx("b"), 5.0), PendingPbx(pbx("a", "other"), 3.0)])
    assert waiting.next_moment(0) == 3.0
    assert waiting.next_moment(4) == 5.0
    assert waiting.next_moment(5) is None


def test_those_that_wait_for_the_same_are_not_all_looked_at():
    waiting = PendingQueue(PendingPbx(pbx(f"pbx-{number}"), 0.0) for number in range(MANY))
    looked_at: list[PendingPbx] = []
    assert waiting.take(1, looked_at.append) is None
    assert len(looked_at) == 1

"""However PBXs are handed out: of a tenant as many at a time as it allows, of a platform four."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.fleet.inventory.inventory_model import Fleet, Inventory, Retention, Tenant
from auditor.fleet.runner.fleet_run import Options
from auditor.fleet.runner.scheduling.concurrency_limits import (
    MOST_OF_PLATFORM,
    ConcurrencyLimits,
    platform_of,
)
from auditor.fleet.runner.scheduling.reader_threads import ReaderThreads
from auditor.fleet.scale import collecting
from auditor.fleet.scale.collecting import CollectionListeners, collect_all
from auditor.fleet.scale.coordinator import _orders
from auditor.model.snapshot import Snapshot
from tests.fleet.runner.test_scheduler import NOW, behind, pbx

FLEET = Fleet("fleet", Path("history.db"), "", Path("reports"), None, Retention(7, 1))
A, B = "a.example", "b.example"


def fleet(pbxs, limits=()):
    """Return an inventory of these PBXs; `limits` are what tenants allow."""
    allowed = dict(limits)
    names = dict.fromkeys(one.tenant for one in pbxs)
    tenants = [Tenant(name, name, None, "UTC", allowed.get(name)) for name in names]
    return Inventory(Path("fleet.toml"), FLEET, (*tenants,), (*pbxs,))


def made(of):
    """Return PBXs by their tenants and platforms, an empty one for those that are read directly."""
    return [
        behind(f"x{number}", platform, tenant) if platform else pbx(f"x{number}", tenant)
        for number, (tenant, platform) in enumerate(of)
    ]


def locks(pbxs, limits=()):
    """Return the lock of each PBX."""
    queued = _orders(fleet(pbxs, limits), pbxs, cast("Options", SimpleNamespace(window=0)), NOW)
    return {one.pbx: one.lock for one in queued}


def most_at_once(pbxs, locks, share):
    """Return how many can be read at once of each share, by the locks that they have."""
    different = defaultdict(set)
    for one in pbxs:
        different[share(one)].add(locks[one.id] or one.id)
    return {name: len(found) for name, found in different.items()}


class TestQueue:
    @given(
        st.lists(
            st.tuples(st.sampled_from("tuvw"), st.sampled_from(["", A, A.upper(), B, "c.example"])),
            max_size=40,
        ),
        st.dictionaries(st.sampled_from("tuvw"), st.integers(1, 9)),
    )
    def test_no_limit_is_passed(self, of, limits):
        pbxs = made(of)
        found = locks(pbxs, limits)
        assert found.keys() == {one.id for one in pbxs}
        for platform, most in most_at_once(pbxs, found, platform_of).items():
            assert not platform or most <= MOST_OF_PLATFORM
        for tenant, most in most_at_once(pbxs, found, lambda one: one.tenant).items():
            assert most <= limits.get(tenant, len(pbxs))

    @pytest.mark.parametrize(
        ("of", "limits", "at_once"),
        [
            ([("t", A)] * 20, {}, 4),
            ([("t", A)] * 20, {"t": 9}, 4),
            ([("t", A)] * 20, {"t": 3}, 3),
            ([("t", A), ("u", A)] * 9, {"t": 4, "u": 4}, 4),
            ([(tenant, A) for tenant in "tuvwxyz"], dict.fromkeys("tuvwxyz", 1), 4),
            ([("t", ""), ("t", A)] * 9, {"t": 9}, 9),
            ([("t", A), ("t", B)] * 9, {}, 8),
            ([("t", A), ("u", B)] * 9, {"t": 4, "u": 4}, 8),
            ([("t", "")] * 20, {"t": 2}, 2),
        ],
    )
    def test_as_many_as_allowed(self, of, limits, at_once):
        pbxs = made(of)
        assert most_at_once(pbxs, locks(pbxs, limits), lambda _: "all") == {"all": at_once}

    def test_what_nothing_limits_has_no_lock(self):
        assert {*locks(made([("t", "")] * 3)).values()} == {None}


@pytest.mark.parametrize(
    ("of", "limits", "peak"),
    [
        ([("t", A)] * 12, {}, 4),
        ([(f"t{number}", A) for number in range(12)], {}, 4),
        ([("t", A), ("u", A)] * 6, {"t": 4, "u": 4}, 4),
        ([("t", A)] * 6, {"t": 1}, 1),
        ([("t", A), ("t", B)] * 9, {}, 8),
        ([("t", A)] * 9 + [("u", "")] * 9, {}, 13),
    ],
)
def test_collecting(monkeypatch, of, limits, peak):
    """Nothing is done until as many are begun as may be; then one after the other."""
    begun: list[Any] = []
    peaks: list[int] = []

    def tick():
        now = Counter(platform_of(work.args[0].job.pbx) for work in begun)
        assert all(count <= MOST_OF_PLATFORM for name, count in now.items() if name)
        peaks.append(len(begun))
        if begun:
            begun.pop(0)()

    monkeypatch.setattr(collecting, "ReaderThreads", partial(ReaderThreads, launch=begun.append))
    monkeypatch.setattr(collecting, "read_any", lambda *_, **__: Snapshot("target"))
    pbxs = made(of)
    found = collect_all(fleet(pbxs, limits), pbxs, 32, CollectionListeners(lambda *_: None, tick))
    assert sorted(one.id for one in found) == sorted(one.id for one in pbxs)
    assert max(peaks) == peak


@pytest.mark.parametrize("name", ["AP.example", "ap.example:443"])
def test_a_platform_is_one_however_it_is_spelled(name):
    shares = ConcurrencyLimits()
    for number in range(MOST_OF_PLATFORM):
        shares.begin(behind(f"x{number}", "ap.example"))
    assert shares.is_full(behind("x9", name), None)

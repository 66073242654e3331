"""The lock of each PBX in the queue: of those that have the same one is read one at a time.

A job has one lock, and a PBX may have two limits: that of its tenant, and that of the platform that
it is read through. So a lock is a place. A platform has as many as it bears, a tenant with a limit
as many as it allows, and as far as its boxes are behind the platform these are among those of the
platform. Platforms that a tenant with a limit joins have their places together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import cycle
from typing import NamedTuple

from auditor.fleet.inventory.inventory_model import Pbx
from auditor.fleet.runner.scheduling.concurrency_limits import MOST_OF_PLATFORM, platform_of


class _Places(NamedTuple):
    """Places in turn: for boxes behind a platform, and for PBXs that are read themselves."""

    behind: Iterator[str]
    direct: Iterator[str]


def locks_of(pbxs: Collection[Pbx], at_once: Mapping[str, int | None]) -> Mapping[str, str]:
    """Return the locks of PBXs by their ids; `at_once` says what tenants allow.

    What nothing limits has none.
    """
    pools = _pools(pbxs, at_once)
    of_pools = {pool: cycle(_of(pool, MOST_OF_PLATFORM)) for pool in {*pools.values()}}
    pool_of_tenant = {one.tenant: pools[way] for one in pbxs if (way := platform_of(one))}
    of_tenants: dict[str, _Places] = {}
    found: dict[str, str] = {}
    for pbx in pbxs:
        platform, most = platform_of(pbx), at_once[pbx.tenant]
        if most:
            pool = pool_of_tenant.get(pbx.tenant)
            if pbx.tenant not in of_tenants:
                of_pool = of_pools[pool] if pool is not None else None
                of_tenants[pbx.tenant] = _of_tenant(pbx.tenant, most, of_pool)
            places = of_tenants[pbx.tenant]
            found[pbx.id] = next(places.behind if platform else places.direct)
        elif platform:
            found[pbx.id] = next(of_pools[pools[platform]])
    return found


def _of_tenant(tenant: str, most: int, of_pool: Iterator[str] | None) -> _Places:
    """Return the places of a tenant that allows so many; it takes of its pool those in turn."""
    shared = [next(of_pool) for _ in range(min(most, MOST_OF_PLATFORM))] if of_pool else []
    own = [*_of(tenant, most)][len(shared) :]
    return _Places(cycle(shared), cycle([*own, *shared]))


def _of(share: str, most: int) -> Iterable[str]:
    return (f"{share}/{number}" for number in range(most))


def _pools(pbxs: Iterable[Pbx], at_once: Mapping[str, int | None]) -> Mapping[str, str]:
    """Return by platform with which one its places are counted."""
    pools: dict[str, str] = {}
    first: dict[str, str] = {}
    for pbx in pbxs:
        if not (platform := platform_of(pbx)):
            continue
        pools.setdefault(platform, platform)
        if at_once[pbx.tenant]:
            old, new = pools[platform], pools[first.setdefault(pbx.tenant, platform)]
            pools = {one: new if pool == old else pool for one, pool in pools.items()}
    return pools

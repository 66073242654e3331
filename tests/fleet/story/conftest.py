from __future__ import annotations

from tests.fleet.store.conftest import cluster, database

__all__ = ["cluster", "database"]

from __future__ import annotations

from tests.fleet.look_back.conftest import empty, listed, story

__all__ = ["empty", "listed", "story"]

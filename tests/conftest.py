"""What every test run does once: it spends time on tests, and not on the same work again."""

from __future__ import annotations

import gc
import os
import sys

import pytest
from hypothesis import HealthCheck, settings

from tests.fixtures.scores import scores_kept

# How fast an example is depends on who else uses the machine.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


def pytest_configure():
    """Keep compiled modules: the program starts hundreds of times, and compiles them each time.

    Where writing them is switched off, as in containers, this concerns the folders of this checkout
    only, and those that they would be written to anyway.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def pytest_xdist_auto_num_workers():
    """Start one process more for two cores: a quarter of the time is spent waiting for sockets."""
    cores = os.cpu_count() or 1
    return cores + (cores + 1) // 2


def pytest_collection_finish():
    """Let the garbage collector pass over the thousands of tests, which live to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _scores():
    with scores_kept():
        yield

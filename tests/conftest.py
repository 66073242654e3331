"""What every test run does once: it spends time on tests, and not on the same work again."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import pytest
from _pytest.assertion import rewrite
from _pytest.assertion.rewrite import assertstate_key
from hypothesis import HealthCheck, Phase, settings

from tests.fixtures.kept import keep_controls, keep_spans, scores_kept
from tests.fixtures.memory import memory_for

# How fast an example is depends on who else uses the machine. `make quick` asks for its profile;
# everything else uses the other one.
settings.register_profile("ci", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("ci"), max_examples=15)
# For mutants: examples are the same in each run, and no time is spent on making them small.
settings.register_profile(
    "mutation",
    settings.get_profile("ci"),
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile("ci")
# How many objects are made until the garbage collector looks at the young ones, and so on: what a
# test leaves behind is little, and to look for it all the time was a twentieth of the whole run.
_RARELY = (20_000, 20, 20)
# What all processes write until their tests have passed, with room for many that fail.
_ROOM = 4 << 30
# To read the authorities that this computer trusts takes 50 ms each time that a client is made, and
# nothing here is signed by one of them. Nobody has the key of this one.
_TRUSTED = Path(__file__).parent / "fixtures" / "tls" / "nobody.pem"


def pytest_configure(config):
    """Keep compiled modules: the program starts hundreds of times, and compiles them each time.

    Where writing them is switched off, as in containers, this concerns the folders of this checkout
    only, and those that they would be written to anyway.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    os.environ["SSL_CERT_FILE"] = str(_TRUSTED)
    # Thousands of small files are written, and many of them synced; who asks for a folder gets it.
    if memory := memory_for(_ROOM):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))
    gc.set_threshold(*_RARELY)
    keep_controls()
    keep_spans()
    if hasattr(config, "workerinput"):
        compile_share(config, **config.workerinput)


def compile_share(config, workerid, workercount, **_):
    """Compile what this process has to compile of the modules of tests, in a fresh checkout.

    All processes import all of them in one order, so that each would rewrite the assertions of each
    for itself, which takes longer than all else until the first test.
    """
    places = (Path(one.partition("::")[0]).absolute() for one in config.args)
    found = sorted({file for one in places for file in one.rglob("test_*.py")})
    for file in found[int(workerid.removeprefix("gw")) :: workercount]:
        folder = rewrite.get_cache_dir(file)
        kept = folder / f"{file.stem}{rewrite.PYC_TAIL}"
        if rewrite.try_makedirs(folder) and rewrite._read_pyc(file, kept) is None:  # noqa: SLF001
            stat, code = rewrite._rewrite_test(file, config)  # noqa: SLF001
            rewrite._write_pyc(config.stash[assertstate_key], code, stat, kept)  # noqa: SLF001


def pytest_xdist_auto_num_workers(config):
    """Start three processes for each core: more than half of the time is spent waiting.

    `-n logical` starts one for each core, for tests that wait for nothing.
    """
    cores = os.cpu_count() or 1
    return cores if config.option.numprocesses == "logical" else 3 * cores


def pytest_collection_modifyitems(config, items):
    """Begin with what takes long: begun last, it keeps one process busy while the others wait.

    Each process is given as many tests, one after the other, as `worksteal` gives it at first. The
    tests of a module stay together, so that they share what was set up for it.
    """
    hands = getattr(config, "workerinput", {}).get("workercount", 1)
    long = [item for item in items if takes_long(item)]
    modules = list(dict.fromkeys(item.path for item in long))
    known = set(long)
    short = [item for item in items if item not in known]
    ordered: list[pytest.Item] = []
    for hand in range(hands):
        mine = set(modules[hand::hands])
        share = (len(items) - len(ordered)) // (hands - hand)
        first = [item for item in long if item.path in mine][:share]
        rest = share - len(first)
        ordered += [*first, *short[:rest]]
        short = short[rest:]
    left = set(items) - set(ordered)
    items[:] = [*ordered, *(item for item in items if item in left)]


def takes_long(item):
    return item.get_closest_marker("slow") is not None or "browser" in item.path.parts


def pytest_collection_finish():
    """Let the garbage collector pass over the thousands of tests, which live to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _scores():
    with scores_kept():
        yield

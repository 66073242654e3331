from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import cache, partial

import pytest

from auditor.errors import AuditorError
from auditor.fleet.runner.failures import failure_of
from auditor.fleet.runner.setup_cache import setups_of
from auditor.fleet.store.history import History
from auditor.simulator import responses
from auditor.simulator.server import SimulatorServer
from tests.fixtures.pbx import simulated
from tests.fleet.store.conftest import cluster, database

__all__ = ["cluster", "database"]
BEGINNING = """\
[fleet]
name = "Systemhaus"
[[tenant]]
id = "muster"
name = "Muster GmbH"
[[tenant]]
id = "other"
name = "Andere AG"
"""


@cache
def box(number, config="insecure"):
    """Return a simulated PBX with a serial of its own."""
    made = simulated(config)
    return replace(made, box=replace(made.box, serial=f"00903300{number:04x}"))


@cache
def saved(number, config="insecure"):
    return responses.configuration(box(number, config), 1)


class Inline:
    """Judges in this process: what is asked is what is done, and not how processes behave."""

    def __init__(self, count, post):
        self.count = count
        self._post = post
        self.waiting = 0
        self.has_place = True
        setups_of.cache_clear()  # as each process has its own

    def hand_out(self, task, now):  # noqa: ARG002
        try:
            outcome = task.function(*task.arguments)
        except AuditorError as error:
            outcome = failure_of(error)
        self._post(partial(task.done, outcome))

    def go_on(self, now):
        pass

    def stop(self):
        pass


@pytest.fixture
def inline(monkeypatch):
    monkeypatch.setattr("auditor.fleet.runner.fleet_run.WorkerPool", Inline)


class Night:
    """A fleet of saved and live PBXs, and the command that audits it."""

    def __init__(self, folder, console, stack):
        self.folder = folder
        self.console = console
        self.stack = stack
        self.blocks = {}
        self.beginning = BEGINNING
        for config in ("insecure", "hardened"):
            folder.write(f"{config}.toml", simulated(config).site.read_bytes())

    @property
    def path(self):
        return self.folder.path

    def add(self, name, config="insecure", tenant="muster", **keys):
        """Add a PBX whose configuration was saved."""
        number = len(self.blocks) + 1
        self.save(name, saved(number, config))
        return self._block(name, f"evidence/{name}", tenant, {"site": f"{config}.toml", **keys})

    def live(self, name, tenant="muster", config="insecure", **switches):
        """Add a PBX that answers."""
        server = SimulatorServer(box(len(self.blocks) + 1, config), **switches)
        self.stack.enter_context(server)
        self.console.login(server.pbx)
        self._block(name, server.url, tenant, {"site": f"{config}.toml"})
        return server

    def at(self, name, target, tenant="muster", **keys):
        return self._block(name, target, tenant, keys)

    def _block(self, name, target, tenant, keys):
        lines = [f'id = "{name}"', f'tenant = "{tenant}"', f"target = '{target}'"]
        lines += [f"{key} = {value!r}" for key, value in keys.items()]
        self.blocks[name] = "\n".join(["[[pbx]]", *lines, ""])
        return self

    def save(self, name, content, file="cfg.txt"):
        return self.folder.write(f"evidence/{name}/{file}", content)

    def write(self):
        return self.folder.inventory(*self.blocks.values(), beginning=self.beginning)

    def run(self, *options, day="2026-11-22"):
        self.write()
        return self.console("fleet", "run", "--today", day, *options)

    def history(self):
        return History.open(self.path / "history.db")

    def recorded(self, run=None):
        """Return what a run recorded, the last one without a number, by PBX."""
        with self.history() as history:
            number = run or history.last_run().number
            return {one.pbx: one for one in history.recorded_in(number)}

    def endings(self, run=None):
        return {pbx: one.ending.value for pbx, one in self.recorded(run).items()}

    def latest(self, name, tenant="muster"):
        pointer = self.path / "reports" / tenant / name / "latest"
        return pointer.resolve().name if pointer.exists() else ""


@pytest.fixture
def night(folder, console):
    with ExitStack() as stack:
        yield Night(folder, console, stack)

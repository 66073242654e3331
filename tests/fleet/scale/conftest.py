from __future__ import annotations

import os

import pytest

from tests.fixtures.receivers import Web
from tests.fleet.runner.conftest import cluster, database, inline, saved

__all__ = ["cluster", "database", "inline"]

OPERATOR = """\
[fleet]
name = "Systemhaus"
[[tenant]]
id = "muster"
[[tenant]]
id = "other"
"""


class Site:
    """A collector in a customer's network, and the operator whom it brings bundles."""

    def __init__(self, folder, console):
        self.folder = folder
        self.console = console
        self.here = folder.path / "collector"
        self.expected = {}
        self.read = {}
        self.more = ""

    def expect(self, name, collector="graz", tenant="muster", **keys):
        """Have the operator's inventory say that a collector reads a PBX."""
        lines = [f'id = "{name}"', f'tenant = "{tenant}"', f'collector = "{collector}"']
        lines += [f"{key} = {value!r}" for key, value in keys.items()]
        self.expected[name] = "\n".join(["[[pbx]]", *lines, ""])
        return self.operate()

    def operate(self):
        self.folder.inventory(*self.expected.values(), beginning=OPERATOR)
        return self

    def add(self, name="graz", tenant="muster"):
        """Add a collector, and give it what is printed."""
        paper = self.console("fleet", "collector", "add", name, "--tenant", tenant)
        assert paper.code == 0, paper.said
        lines = paper.out.splitlines()
        key = self.folder.write(f"collector/{name}.key", lines[-1])
        key.chmod(0o600)
        self.table = "\n".join(line for line in lines[:-1] if not line.startswith("#"))
        self.tenant = tenant
        return self

    def has(self, name, content=None, tenant="muster"):
        """Put the configuration of a PBX where the collector reads it."""
        content = saved(len(self.read) + 1) if content is None else content
        self.folder.write(f"collector/{name}/cfg.txt", content)
        self.read[name] = f'[[pbx]]\nid = "{name}"\ntenant = "{tenant}"\ntarget = "{name}"\n'
        return self

    def collect(self, *options, name="bundle.zip"):
        tenants = '[[tenant]]\nid = "muster"\n[[tenant]]\nid = "other"\n'
        text = "\n".join([self.table, self.more, tenants, *self.read.values()])
        inventory = self.folder.write("collector/fleet.toml", text)
        bundle = self.here / name
        return self.console("fleet", "collect", inventory, "-o", bundle, *options), bundle

    def bundle(self, *options, name="bundle.zip"):
        ended, path = self.collect(*options, name=name)
        assert ended.code == 0, ended.said
        return path

    def take(self, bundle, *options):
        return self.console("fleet", "import", bundle, *options)

    def status(self, *options):
        return self.console("fleet", "status", *options).out


@pytest.fixture
def site(folder, console, inline):  # noqa: ARG001
    return Site(folder, console)


@pytest.fixture
def web(monkeypatch):
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    server = Web()
    yield server
    server.close()

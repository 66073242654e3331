from __future__ import annotations

import pytest

from tests.fixtures.program import Console

# What a test adds blocks to.
BEGINNING = """\
[fleet]
name = "Systemhaus"
[[tenant]]
id = "muster"
name = "Muster GmbH"
"""


class Folder:
    """A folder with an inventory and what lies beside it."""

    def __init__(self, path):
        self.path = path
        self.file = path / "fleet.toml"

    def write(self, name, content):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def inventory(self, *blocks, beginning=BEGINNING):
        return self.write("fleet.toml", beginning + "\n".join(blocks))


def pbx(name, target=None, tenant="muster", **more):
    lines = [f'id = "{name}"', f'tenant = "{tenant}"']
    lines += [f"target = '{target or f'https://{name}.example'}'"]
    lines += [f"{key} = {value!r}" for key, value in more.items()]
    return "\n".join(["[[pbx]]", *lines, ""])


@pytest.fixture
def folder(tmp_path):
    tmp_path.chmod(0o700)
    return Folder(tmp_path)


@pytest.fixture
def console(capsys, monkeypatch, tmp_path):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    return Console(capsys, monkeypatch, tmp_path)

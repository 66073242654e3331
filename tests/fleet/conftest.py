from __future__ import annotations

import shutil

import pytest

from auditor.fleet.store.history import History
from tests.fixtures.empty_history import histories_kept
from tests.fixtures.fleet_story import Story
from tests.fixtures.program import Console

# What a test adds blocks to.
BEGINNING = """\
[fleet]
name = "Systemhaus"
[[tenant]]
id = "muster"
name = "Muster GmbH"
"""


@pytest.fixture(autouse=True, scope="session")
def _histories():
    with histories_kept():
        yield


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


@pytest.fixture(scope="session")
def empty(tmp_path_factory):
    """Make one empty history, which takes longer than to copy it."""
    path = tmp_path_factory.mktemp("empty") / "history.db"
    History.open(path).close()
    return path


@pytest.fixture
def story(folder, empty):
    """Tell nights into the history that the inventory of the folder names."""
    shutil.copy(empty, folder.path / "history.db")
    with History.open(folder.path / "history.db") as history:
        yield Story(history)


@pytest.fixture
def listed(folder):
    """Write an inventory of PBXs, whose tenants are what stands before the first hyphen."""

    def write(*names, fleet="", **more):
        tenants = dict.fromkeys(name.partition("-")[0] for name in names)
        head = f'[fleet]\nname = "Systemhaus"\n{fleet}\n'
        head += "".join(f'[[tenant]]\nid = "{one}"\n' for one in tenants)
        blocks = [pbx(name, tenant=name.partition("-")[0], **more.get(name, {})) for name in names]
        return folder.inventory(*blocks, beginning=head)

    return write

from __future__ import annotations

import shutil

import pytest

from auditor.fleet.store.history import History
from tests.fixtures.fleet_story import Story
from tests.fleet.conftest import pbx


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

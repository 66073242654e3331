"""What looks back, asked by the login of a customer or a collector: it says nothing of others."""

from __future__ import annotations

import pytest

from auditor.errors import ExitCode
from auditor.fleet.store.history import History
from tests.fixtures.fleet_story import Story, failed, passed
from tests.fleet.store.conftest import cluster, database
from tests.fleet.store.test_tenants import name_of

__all__ = ["cluster", "database"]

INVENTORY = """\
[fleet]
name = "Systemhaus"
history_env = "HISTORY"
[[tenant]]
id = "muster"
[[tenant]]
id = "zeta"
[[pbx]]
id = "muster-1"
tenant = "muster"
target = "first"
[[pbx]]
id = "zeta-1"
tenant = "zeta"
target = "second"
"""
OURS = ("--tenant", "muster")
LOOKING = {
    "status": ("status", *OURS),
    "status as JSON": ("status", *OURS, "--format", "json"),
    "status of all": ("status",),
    "metrics": ("metrics",),
    "page": ("page", *OURS, "--out", "pages"),
    "page of all": ("page", "--out", "pages"),
    "drift": ("drift", *OURS, "--since", "1"),
    "ask": ("ask", "HD-03", *OURS),
    "outliers": ("outliers", *OURS),
    "history": ("history", "muster-1"),
    "history of another": ("history", "zeta-1"),
}
LOGINS = {"reader_31": ("tenant", "muster"), "worker_31": ("worker", "muster")}


@pytest.fixture
def fleet(console, folder, database, cluster):
    with History.open(database) as history:
        story = Story(history)
        story.night({"muster-1": [passed("HD-03")], "zeta-1": [failed("HD-03", "kanarienvogel")]})
    cluster.give_roles(name_of(database), **LOGINS)
    folder.write("fleet.toml", INVENTORY)
    folder.path.chmod(0o700)

    def ask(login, *arguments):
        console.setenv("HISTORY", cluster.url(name_of(database), login))
        return console("fleet", *arguments)

    return ask


@pytest.mark.parametrize("login", LOGINS)
def test_a_login_that_sees_a_part_is_told_nothing(fleet, folder, login):
    for name, arguments in LOOKING.items():
        ended = fleet(login, *arguments)
        assert ended.code == ExitCode.OUTPUT, (name, ended.said)
        assert "kanarienvogel" not in ended.said, name
        assert "zeta" not in ended.said.replace("zeta-1", "", name == "history of another"), name
        assert ended.out == "", name
    assert not list(folder.path.glob("pages/**/*.html"))


def test_the_runner_sees_of_a_tenant_that_one_alone(fleet, folder):
    for name in ("status", "status as JSON", "page", "drift", "ask", "outliers"):
        ended = fleet("pbx_auditor_runner", *LOOKING[name])
        # What the story kept is no snapshot that could be asked.
        assert ended.code in {ExitCode.OK, ExitCode.INCOMPLETE}, (name, ended.said)
        assert "muster" in ended.said or name in {"page", "outliers"}, ended.said
        assert "zeta" not in ended.said, name
        assert "kanarienvogel" not in ended.said, name
    pages = list(folder.path.glob("pages/**/*.html"))
    assert pages
    assert not [one for one in pages if "zeta" in one.read_text("utf-8")]

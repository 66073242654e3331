from __future__ import annotations

import json
import os
import sqlite3
import sys

import pytest

from tests.fixtures.receivers import Trusted, Web

WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(scope="session")
def trusted(tmp_path_factory):
    return Trusted(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def web(monkeypatch):
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    server = Web()
    monkeypatch.setenv("HOOK", server.url)
    monkeypatch.setenv("HOOK_SECRET", WEBHOOK_SECRET)
    yield server
    server.close()


def recipient(name, channel="webhook", tenants="all", **more):
    """Return the block of a recipient, by default one with the webhook of the tests."""
    if channel == "webhook" and not {"url_env", "url_file"} & more.keys():
        more = {"url_env": "HOOK", "secret_env": "HOOK_SECRET", **more}
    values = {"id": name, "tenants": tenants, "channel": channel, **more}
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(["", "[[recipient]]", *lines, ""])


@pytest.fixture
def sends(folder, console, story):
    """Start `fleet digest` on the morning after the last night; nothing is waited for."""

    return Sends(folder, console, story)


class Sends:
    """Starts `fleet digest`, to the recipients whose blocks are written before."""

    def __init__(self, folder, console, story):
        self._file, self._console, self._story = folder.path / "fleet.toml", console, story

    def __call__(self, *arguments, code=0):
        today = self._story.day(max(1, self._story.number)).isoformat()
        ended = self._console("fleet", "digest", "--wait", "0", "--today", today, *arguments)
        assert ended.code == code, ended.said
        return ended

    def to(self, *blocks):
        head = self._file.read_text().partition("\n[[recipient]]")[0]
        self._file.write_text(head + "".join(blocks))


def make_due(history):
    """Let everything that waits be due now."""
    with sqlite3.connect(history.where) as connection:
        connection.execute("UPDATE delivery SET next_try = made")
    connection.close()


def digests(web):
    """Return what a web server was sent, as documents."""
    return [json.loads(body) for _, _, body in web.got]


PYTHON = sys.executable

"""The whole way of a digest in both databases, and kills at every point of it: real processes."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager

import pytest

from auditor.cli.app import run
from auditor.fleet.outward.channels import mail, webhook
from auditor.fleet.store.history import History
from auditor.fleet.store.history_records import DeliveryState
from auditor.fleet.store.outbox import Outbox
from tests.fixtures.fleet_story import Story, failed, passed
from tests.fixtures.receivers import Mailbox, mail_server
from tests.fleet.outward.conftest import digests, recipient
from tests.fleet.store.conftest import cluster, database

__all__ = ["cluster", "database"]
pytestmark = pytest.mark.slow
VARIABLE = "DIGEST_HISTORY"
# Each is a transaction, or hands a message over.
STEPS = (
    (Outbox, "take_up"), (Outbox, "queue"), (Outbox, "claim"), (Outbox, "note_sent"),
    (webhook, "post"), (mail, "deliver"),
)  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def told(request, folder, listed, monkeypatch):
    """Tell nights into a history in each database, whose inventory names it."""
    if request.param == "sqlite":
        place, where = folder.path / "history.db", ""
    else:
        place = request.getfixturevalue("database")
        monkeypatch.setenv(VARIABLE, place)
        where = f'history_env = "{VARIABLE}"'
    listed("a-1", fleet=where)
    with History.open(place) as history:
        yield Story(history)


@contextmanager
def counted(reached):
    """Call something before and after each step."""
    kept = [(place, name, getattr(place, name)) for place, name in STEPS]

    def around(step):
        def stepped(*values, **more):
            reached()
            found = step(*values, **more)
            reached()
            return found

        return stepped

    for place, name, step in kept:
        setattr(place, name, around(step))
    try:
        yield
    finally:
        for place, name, step in kept:
            setattr(place, name, step)


class Sends:
    """Starts `fleet digest` as a process of its own."""

    def __init__(self, path, story):
        self._path, self._story = path, story

    def __call__(self, kill_at=0):
        """Return the exit code, or None if it was killed at the point of this number."""
        # No connection may be in both processes; the next question opens one.
        self._story.history.close()
        pid = os.fork()
        if pid == 0:
            self._child(kill_at)
        _, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            return None
        return os.WEXITSTATUS(status)

    def _child(self, kill_at):
        points = 0

        def reached():
            nonlocal points
            points += 1
            if points == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        code = 99
        try:
            os.chdir(self._path)
            today = self._story.day(self._story.number).isoformat()
            with counted(reached):
                code = run(["fleet", "digest", "--quiet", "--wait", "0", "--today", today])
        finally:
            os._exit(int(code))


@pytest.fixture
def sending(folder, told):
    return Sends(folder.path, told)


def blocks(folder, *some):
    file = folder.path / "fleet.toml"
    file.write_text(file.read_text() + "".join(some))


def outcomes(story):
    return [(one.run, one.state) for one in story.history.outbox().listed()]


def test_the_whole_way(told, sending, folder, web, console):
    """It arrives once, fails for a while or for good, and is told by the next."""
    blocks(folder, recipient("officer"))
    told.night({"a-1": [failed()]})
    assert [sending(), sending()] == [0, 0]
    assert len(web.got) == 1
    web.answers = [(500, {})]
    told.night({"a-1": [passed()]})
    assert sending() == 6
    web.answers = [(410, {})]
    told.night({"a-1": [failed()]})
    with told.history._writing() as connection:  # noqa: SLF001 -- what waits is due
        connection.exec_driver_sql("UPDATE delivery SET next_try = made")
    assert sending() == 6
    assert [state for _, state in outcomes(told)] == [DeliveryState.SENT, DeliveryState.GONE]
    web.answers = [(200, {})]
    assert [sending(), len(web.got)] == [6, 3]
    assert "--enable" in console("fleet", "status").out
    assert console("fleet", "digest", "--enable", "officer").code == 0
    assert digests(web)[-1]["since"] == told.day(1).isoformat()
    assert told.history.outbox().newest()["officer"].state is DeliveryState.SENT


def killed_everywhere(story, sending, after):
    """Kill it at each point of a night of its own, start it again; return how many there are."""
    kill_at = 0
    while True:
        kill_at += 1
        story.night({"a-1": [failed()] if kill_at % 2 else [passed()]})
        code = sending(kill_at)
        if code is None:
            assert sending() == 0
        after(kill_at, story.history.outbox().newest()["officer"])
        assert story.history.outbox().waiting() == ()
        if code is not None:
            assert [code, sending()] == [0, 0]
            return kill_at - 1


def test_a_webhook_and_kills_at_every_point(told, sending, folder, web):
    blocks(folder, recipient("officer"))

    def after(number, newest):
        got = [(headers["webhook-id"], body) for _, headers, body in web.got]
        assert {key for key, _ in got} == {newest.key}
        assert len(set(got)) == 1
        assert 1 <= len(got) <= 2
        assert newest.state is DeliveryState.SENT
        assert digests(web)[0]["run"] == number
        moved = digests(web)[0]["failed" if number % 2 else "fixed"]["controls"]
        assert [one["control"] for one in moved] == ["HD-01"]
        web.got.clear()

    assert killed_everywhere(told, sending, after) == 10
    assert web.got == []


@pytest.mark.soak
def test_mail_and_kills_at_every_point(told, sending, folder, trusted):
    mailbox = Mailbox()
    with mail_server(mailbox, trusted.server()) as address:
        more = {"server": address, "ca_file": str(trusted.ca_file)}
        more |= {"to": ["a@example.com"], "sender": "b@example.com"}
        blocks(folder, recipient("officer", "mail", **more))

        def after(_, newest):
            assert {one["Message-ID"] for one in mailbox.messages} == {
                f"<{newest.key}@example.com>"
            }
            assert len({content for _, _, content in mailbox.got}) == 1
            mailbox.got.clear()

        assert killed_everywhere(told, sending, after) == 10
        assert mailbox.got == []


def test_two_at_once(told, sending, folder, web):
    """The second one says that somebody sends, and sends nothing."""
    blocks(folder, recipient("officer"))
    told.night({"a-1": [failed()]})
    web.holds.clear()
    told.history.close()
    pid = os.fork()
    if pid == 0:
        os._exit(sending())
    assert web.arrived.wait(60)
    assert sending() == 75
    web.holds.set()
    assert os.WEXITSTATUS(os.waitpid(pid, 0)[1]) == 0
    assert len(web.got) == 1
    assert sending() == 0
    assert len(web.got) == 1

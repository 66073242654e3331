"""A PBX that starts again in the middle: what takes no connection for a while is asked again."""

from __future__ import annotations

import pytest

from auditor.errors import CertificateError, TargetError
from auditor.messages.message import say
from auditor.sources.live.app_socket.allowed_messages import ADMIN_API, Socket
from auditor.sources.live.app_socket.login_session import App, LoginSession
from auditor.sources.live.app_socket.websocket_channel import Limits, open_channel
from auditor.sources.live.refusals import CLOSED, RefusedError
from auditor.sources.options import LiveOptions
from tests.fixtures.scripted_socket import APP, PASSWORD, pinned, result, scripted

REFUSED = TargetError(say("the host refuses the connection"), where="x", advice=say("wait"))
OTHER = CertificateError(say("another certificate"), where="x", advice=say("look"))


class Restarting:
    """A PBX whose first question ends its connection, and whose next ones are refused so often."""

    def __init__(self, server, troubles, *, answers_before=True):
        self.server = server
        self.troubles = list(troubles)
        self.answers_before = answers_before
        self.opened = 0
        self.waits = []

    def opener(self, left):
        self.opened += 1
        if self.troubles and (self.opened > 1 or not self.answers_before):
            raise self.troubles.pop(0)
        return open_channel(self.server.url, Socket.APPS, pinned(), Limits(left, 60.0))

    def ask(self):
        options = LiveOptions(timeout=60.0, deadline=600.0, back_off=0.5, pause=self.waits.append)
        with LoginSession(self.opener, App(APP, PASSWORD), options) as session:
            return session.ask(ADMIN_API, "GetPbxConfig")


@pytest.fixture
def server():
    """Answer each question but the first, which ends its connection."""
    seen = []

    def answer(message):
        seen.append(message["mt"])
        return "close" if len(seen) == 1 else result(message, loc="master")

    with scripted(answer) as found:
        yield found


@pytest.mark.parametrize("trouble", [REFUSED, RefusedError(CLOSED)])
def test_some_seconds_of_it_cost_nothing(server, trouble):
    pbx = Restarting(server, [trouble, trouble])
    assert pbx.ask()["loc"] == "master"
    assert sum(pbx.waits) >= 4.0  # the time of a short restart


def test_one_that_stays_away_ends_it_with_its_own_reason(server):
    pbx = Restarting(server, [REFUSED] * 20)
    with pytest.raises(RefusedError) as caught:
        pbx.ask()
    assert caught.value.reason == REFUSED.message
    assert caught.value.advice == REFUSED.advice
    assert len(pbx.waits) <= 4


@pytest.mark.parametrize("answers_before", [True, False])
def test_another_certificate_is_never_tried_again(server, answers_before):
    pbx = Restarting(server, [OTHER], answers_before=answers_before)
    with pytest.raises(CertificateError):
        pbx.ask()


def test_what_never_answered_is_not_waited_for(server):
    pbx = Restarting(server, [REFUSED], answers_before=False)
    with pytest.raises(TargetError):
        pbx.ask()
    assert pbx.waits == []

"""The App WebSocket of the PBX: who logs in, and what the check marks of its App object allow.

A missing right, an unknown message and a wrong argument are met with silence: no vendor's text
says what a real PBX answers (`websocket-apis.md` 3).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final

from auditor.simulator.simulated_pbx import SimulatedObject
from auditor.simulator.sockets.admin_facts import FACTS
from auditor.simulator.sockets.admin_lists import LISTS
from auditor.simulator.sockets.app_login import is_right, session_key
from auditor.simulator.sockets.json_messages import Message, text_in
from auditor.simulator.sockets.json_objects import app_rights
from auditor.simulator.sockets.requests import Answers, AppRequest, refused_write, silence
from auditor.simulator.sockets.services_api import SERVICES
from auditor.simulator.sockets.trains import is_since
from auditor.simulator.sockets.user_replication import TableUsers
from auditor.simulator.state import SimulatorState

KEEP_ALIVE: Final = "KeepAlive"
# An API and the check mark that it needs.
_RIGHTS: Final = {"PbxAdminApi": "admin", "PbxTableUsers": "tableusers", "Services": "services"}
_CHALLENGE_DIGITS: Final = 10


def new_challenge() -> str:
    """Return a challenge: digits, the first of them no zero, because older builds send numbers."""
    first = str(1 + secrets.randbelow(9))
    return first + "".join(str(secrets.randbelow(10)) for _ in range(_CHALLENGE_DIGITS - 1))


class AppSession:
    """One App WebSocket."""

    def __init__(self, state: SimulatorState) -> None:
        self._state = state
        self._challenge = ""
        self._app: SimulatedObject | None = None
        self._is_user = False
        self._key = ""
        table = TableUsers()
        self._apis: Mapping[str, Answers] = {
            "PbxAdminApi": {**LISTS, **FACTS},
            "PbxTableUsers": table.answers,
            "Services": SERVICES,
        }

    def answer(self, message: Message) -> list[Message]:
        """Return the messages that answer this one. Raises RestartError."""
        match message["mt"]:
            case "KeepAlive":
                return [{"mt": KEEP_ALIVE}]
            case "AppChallenge":
                return self._ask()
            case "AppLogin":
                return self._login(message)
            case _:
                return self._ask_api(message)

    def close(self) -> None:
        """Forget nothing: what lives as long as the socket goes with this object."""

    def _ask(self) -> list[Message]:
        self._challenge = new_challenge()
        as_number = self._state.behaviour.sockets.number_challenge
        shown = int(self._challenge) if as_number else self._challenge
        return [{"mt": "AppChallengeResult", "challenge": shown}]

    def _login(self, message: Message) -> list[Message]:
        """Answer a login, which uses up its challenge; without `ok` where it fails."""
        challenge, self._challenge, self._app = self._challenge, "", None
        pbx = self._state.pbx
        one = pbx.index.get(("h323", text_in(message, "app")))
        password = None if one is None or not app_rights(one) else pbx.password_of(one)
        if not challenge or not password or not is_right(message, challenge, password):
            return [{"mt": "AppLoginResult"}]
        self._app = one
        self._key = session_key(challenge, password)
        self._is_user = self._is_of_user(text_in(message, "sip"))
        return [{"mt": "AppLoginResult", "ok": True}]

    def _is_of_user(self, sip: str) -> bool:
        """Return whether the login is that of a user, whose rights are few since 13r3."""
        user = self._state.pbx.index.get(("h323", sip))
        return user is not None and not user.kind and is_since(self._state.pbx, "13r3")

    def _ask_api(self, message: Message) -> list[Message]:
        api = text_in(message, "api")
        answer = self._apis.get(api, {}).get(message["mt"], silence)
        if self._app is not None and self._may(api):
            return answer(AppRequest(self._state, message, self._app, self._key))
        if answer is refused_write:  # counted although it is not even answered
            self._state.count_write()
        return []

    def _may(self, api: str) -> bool:
        """Return whether the App object has the right now: it may be taken at any time."""
        own = self._app
        now = None if own is None else self._state.pbx.index.get(("guid", own.guid))
        has_right = now is not None and app_rights(now).get(_RIGHTS.get(api, "")) == "true"
        return has_right and not self._is_user

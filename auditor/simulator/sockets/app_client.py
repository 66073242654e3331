"""The socket of myApps: what it tells anybody, and the login of a user by digest.

No auditor logs in here. The login is for clients of others, who prove that the rest is right.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from auditor.simulator.responses import effective
from auditor.simulator.simulated_pbx import SimulatedObject
from auditor.simulator.sockets.admin_facts import LOCATION, system_name
from auditor.simulator.sockets.app_login import encrypted_text, login_digest, session_key
from auditor.simulator.sockets.app_session import new_challenge
from auditor.simulator.sockets.client_login import SocketLogin
from auditor.simulator.sockets.json_messages import Message, answer_to, text_in
from auditor.simulator.sockets.json_objects import app_rights, row_elements
from auditor.simulator.sockets.trains import build_of, is_since, train_of_simulated
from auditor.simulator.state import ClientSession, SimulatorState

_INVALID: Final = {"error": 1, "errorText": "Invalid parameters"}
_WRONG: Final = {"error": 2, "errorText": "Authentication failed"}
_EXPIRED: Final = {"error": 5, "errorText": "Session expired"}
_KINDS: Final = ("user", "session")
_METHODS: Final = ("digest", "ntlm", "oauth2")
_USR_BYTES: Final = 16
_PWD_LENGTH: Final = 23
_SALT_BYTES: Final = 8


class ClientSocket:
    """One socket of myApps."""

    def __init__(self, state: SimulatorState) -> None:
        self._state = state
        self._challenge = ""
        self._user: SimulatedObject | None = None
        self._key = ""
        self._has_apps = False
        self._anybody: Mapping[str, Callable[[Message], list[Message]]] = {
            "CheckBuild": self._check_build,
            "KeepAlive": lambda _: [{"mt": "KeepAlive"}],
            "Login": self._login,
            "LoginInfo": self._login_info,
            "SubscribeRegister": self._register,
        }

    def answer(self, message: Message) -> list[Message]:
        """Return the messages that answer this one; none to what is not known, or needs a login."""
        mt = message["mt"]
        if mt in self._anybody:
            return self._anybody[mt](message)
        if self._user is None:
            return []
        if mt == "AppGetLogin":
            return self._app_login(message, self._user)
        if mt == "SubscribeApps" and not self._has_apps:  # a second list would confuse old clients
            self._has_apps = True
            return self._list_apps(message, self._user)
        return []

    def close(self) -> None:
        """Forget nothing: a session outlives its socket, and all else goes with this object."""

    def _check_build(self, message: Message) -> list[Message]:
        pbx = self._state.pbx
        return [answer_to(message, {"version": train_of_simulated(pbx), "build": build_of(pbx)})]

    def _login_info(self, message: Message) -> list[Message]:
        """Answer which logins there are; nothing before 13r3, which does not know the message."""
        if not is_since(self._state.pbx, "13r3"):
            return []
        offered = self._state.behaviour.sockets.login_methods
        user = {name: name in offered for name in _METHODS}
        return [answer_to(message, {"user": user, "session": {"digest": True}})]

    def _register(self, message: Message) -> list[Message]:
        pages = {"signup": "", "reset": "", "profile": ""}
        return [answer_to(message, pages, "UpdateRegister")]

    def _login(self, message: Message) -> list[Message]:
        """Answer a login: first with a challenge, then with what came of it."""
        kind = text_in(message, "type")
        if kind not in _KINDS:
            return [answer_to(message, _INVALID)]
        if "method" not in message:
            return self._ask(message, kind)
        known = self._known(kind, text_in(message, "username"))
        if known is None:
            return [answer_to(message, _EXPIRED if kind == "session" else _WRONG)]
        user, password = known
        login = SocketLogin(
            kind,
            system_name(self._state.pbx),
            text_in(message, "username"),
            password,
            text_in(message, "nonce"),
            self._challenge,
        )
        right = self._challenge and login.is_right(message)
        self._challenge = ""
        if not right:
            return [answer_to(message, _WRONG)]
        self._user = user
        self._key = session_key(login.challenge, login.password)
        info = self._info(user, login)
        return [answer_to(message, {"info": info, "digest": login.proof(info)})]

    def _ask(self, message: Message, kind: str) -> list[Message]:
        self._challenge = new_challenge()
        asked = {"domain": system_name(self._state.pbx), "challenge": self._challenge}
        return [answer_to(message, {"type": kind, "method": "digest", **asked}, "Authenticate")]

    def _known(self, kind: str, username: str) -> tuple[SimulatedObject, str] | None:
        """Return the user that a name means, and its password or that of its session."""
        pbx = self._state.pbx
        if kind == "session":
            session = self._state.client_sessions.get(username)
            user = None if session is None else pbx.index.get(("guid", session.guid))
            return None if user is None or session is None else (user, session.password)
        user = pbx.index.get(("h323", username))
        if user is None or user.kind or user is pbx.admin:
            return None
        password = pbx.password_of(user)
        return None if password is None else (user, password)

    def _info(self, user: SimulatedObject, login: SocketLogin) -> Message:
        """Return what a client learns by its login; of a login by password, a session too."""
        names = user.names
        shown: Message = {
            "domain": login.domain,
            "sip": names.get("h323", ""),
            "guid": user.guid,
            "dn": user.attributes.get("dn", ""),
            "num": names.get("e164", ""),
            "email": user.attributes.get("email", ""),
        }
        info: Message = {"user": shown, "account": {}, "settings": {}}
        if login.kind == "user":
            usr = secrets.token_hex(_USR_BYTES)
            pwd = secrets.token_urlsafe(_PWD_LENGTH)[:_PWD_LENGTH]
            self._state.client_sessions[usr] = ClientSession(user.guid, pwd)
            info["session"] = {"usr": login.sealed("usr", usr), "pwd": login.sealed("pwd", pwd)}
        return info

    def _list_apps(self, message: Message, user: SimulatedObject) -> list[Message]:
        told = [{"app": self._app(one)} for one in self._apps(user)]
        every = [answer_to(message, one, "UpdateAppsInfo") for one in told]
        return [*every, answer_to(message, {"deviceApps": []}, "UpdateAppsComplete")]

    def _app(self, one: SimulatedObject) -> Message:
        rights = app_rights(one)
        names = {"name": one.names.get("h323", ""), "title": one.cn, "text": one.cn}
        hidden = rights.get("hidden") == "true"
        return {**names, "url": rights.get("url", ""), "info": {"hidden": hidden}}

    def _apps(self, user: SimulatedObject) -> Iterator[SimulatedObject]:
        """Yield the App objects that a user has, by its template too."""
        ticked = effective(self._state.pbx, user).get("apps", "").split(",")
        for one in self._state.pbx.objects:
            if app_rights(one) and one.names.get("h323") in ticked:
                yield one

    def _app_login(self, message: Message, user: SimulatedObject) -> list[Message]:
        """Answer a login for an App of the user, made with the password of the App object."""
        name, pbx = text_in(message, "app"), self._state.pbx
        one = next((app for app in self._apps(user) if app.names.get("h323") == name), None)
        password = None if one is None else pbx.password_of(one)
        if one is None or password is None:
            return [answer_to(message, {"error": "unknown app"})]
        challenge, salt = text_in(message, "challenge"), secrets.token_hex(_SALT_BYTES)
        login: Message = {
            "sip": user.names.get("h323", ""),
            "guid": user.guid,
            "dn": user.attributes.get("dn", ""),
            "pbxObj": name,
            "domain": system_name(pbx),
            "app": app_rights(one).get("url", "").rpartition("/")[2],
            "info": self._login_details(user, one),
        }
        login["digest"] = login_digest(login, challenge, password)
        login["salt"] = salt
        login["key"] = encrypted_text(self._key, salt, session_key(challenge, password))
        return [answer_to(message, login)]

    def _login_details(self, user: SimulatedObject, one: SimulatedObject) -> Message:
        """Return `info` for a service: go-myapps rebuilds exactly these keys in this order."""
        groups = [row.attributes["name"] for row in row_elements(user, "grp")]
        apps = [{"name": app.names.get("h323", ""), "dn": app.cn} for app in self._apps(user)]
        return {
            "appobj": one.names.get("h323", ""),
            "appdn": one.cn,
            "appurl": app_rights(one).get("url", ""),
            "pbx": LOCATION,
            "cn": user.cn,
            "groups": groups,
            "apps": apps,
        }

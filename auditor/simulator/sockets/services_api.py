"""`Services`: which App services the PBX knows, and logins for them.

Offered is what the tab Apps of the App object ticks and the PBX is connected to. What a service
says of itself in `info` is known of Devices alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Final

from auditor.simulator.simulated_pbx import SimulatedObject
from auditor.simulator.sockets.admin_facts import system_name
from auditor.simulator.sockets.app_login import encrypted_text, login_digest, session_key
from auditor.simulator.sockets.json_messages import Message, answer_to, text_in
from auditor.simulator.sockets.json_objects import app_rights
from auditor.simulator.sockets.requests import Answers, AppRequest

_DEVICES: Final = "devices"
_INFO: Final[Message] = {"apis": {"com.innovaphone.devices": {}}}
_SALT_BYTES: Final = 8


def _subscribe(request: AppRequest) -> list[Message]:
    offered = [_service(one) for one in _offered(request)]
    told = answer_to(request.message, {"services": offered}, "ServicesInfo")
    return [*request.answer(), told]


def _unsubscribe(request: AppRequest) -> list[Message]:
    return request.answer()


def _get_login(request: AppRequest) -> list[Message]:
    """Answer a login for a service with the password of its App object, key sealed for the App."""
    pbx, name = request.pbx, text_in(request.message, "app")
    found = next((one for one in _offered(request) if one.names.get("h323") == name), None)
    password = None if found is None else pbx.password_of(found)
    if found is None or password is None:
        return request.answer(error="unknown service")
    challenge = text_in(request.message, "challenge")
    login: Message = {
        "domain": system_name(pbx),
        "sip": request.app.names.get("h323", ""),
        "guid": request.app.guid,
        "dn": request.app.attributes.get("dn", ""),
        "app": app_rights(found).get("url", "").rpartition("/")[2],
        "info": {},
    }
    salt = secrets.token_hex(_SALT_BYTES)
    return request.answer(
        **login,
        pbxObj=name,
        digest=login_digest(login, challenge, password),
        key=encrypted_text(request.key, salt, session_key(challenge, password)),
        salt=salt,
    )


def _offered(request: AppRequest) -> Iterator[SimulatedObject]:
    ticked = request.app.attributes.get("apps", "").split(",")
    for one in request.pbx.objects:
        rights = app_rights(one)
        if one.names.get("h323") in ticked and rights.get("websocket") == "true":
            yield one


def _service(one: SimulatedObject) -> Message:
    url = app_rights(one).get("url", "")
    folder, _, page = url.partition("://")[2].rpartition("/")
    scheme = "wss" if url.startswith("https:") else "ws"
    info = _INFO if _DEVICES in page else {}
    named = {"name": one.names.get("h323", ""), "title": one.cn}
    return {**named, "url": f"{scheme}://{folder}/", "info": info}


SERVICES: Final[Answers] = {
    "GetServiceLogin": _get_login,
    "SubscribeServices": _subscribe,
    "UnsubscribeServices": _unsubscribe,
}

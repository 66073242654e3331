"""Gives a simulated PBX an App object by which an auditor logs in to its WebSocket."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from hashlib import sha256
from typing import Final

from auditor.simulator.element import Element
from auditor.simulator.object_changes import encrypted, store
from auditor.simulator.simulated_pbx import SimulatedObject, SimulatedPbx

NAME: Final = "pbx-auditor"
_PASSWORD_BYTES: Final = 11
_PASSWORD_LENGTH: Final = 15


class AppRight(StrEnum):
    """A check mark of an App object that gives an API of the socket."""

    ADMIN = "admin"
    TABLE_USERS = "tableusers"
    SERVICES = "services"


def with_app(
    pbx: SimulatedPbx,
    rights: Iterable[str],
    password: str | None = None,
    *,
    apps: Iterable[str] = (),
) -> SimulatedPbx:
    """Return the PBX with an App object of these rights, protected, its password random if None.

    `rights` are check marks such as `admin`, `apps` what its tab Apps ticks. Raises WriteError if
    there is one already.
    """
    marks = {"url": "", **dict.fromkeys(map(str, rights), "true")}
    made = _app(pbx, NAME, marks, password or _password())
    return store(pbx, replace(made, attributes={**made.attributes, "apps": ",".join(apps)}))


def with_service(pbx: SimulatedPbx, name: str, url: str, password: str) -> SimulatedPbx:
    """Return the PBX with the App object of a service that it is connected to.

    Raises WriteError for a name that is taken.
    """
    return store(pbx, _app(pbx, name, {"url": url, "websocket": "true"}, password))


def _app(pbx: SimulatedPbx, name: str, marks: Mapping[str, str], password: str) -> SimulatedObject:
    return SimulatedObject(
        sha256(f"simulated:{name}".encode()).hexdigest()[:32],
        {"cn": name, "h323": name, "node": "root", "loc": "master"},
        {"hide": "true", "critical": "true"},
        (Element("pseudo", {"type": "app"}, (Element("app", marks),)),),
        encrypted(pbx, password),
    )


def _password() -> str:
    return secrets.token_urlsafe(_PASSWORD_BYTES)[:_PASSWORD_LENGTH]

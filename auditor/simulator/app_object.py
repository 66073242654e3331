"""Gives a simulated PBX an App object by which an auditor logs in to its WebSocket."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
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
    name: str = NAME,
    apps: Iterable[str] = (),
) -> SimulatedPbx:
    """Return the PBX with an App object of these rights, hidden, its password random if None.

    `rights` are check marks such as `admin` and `tableusers`, `apps` what its tab Apps ticks.
    Raises WriteError for a name that is taken.
    """
    secret = (
        secrets.token_urlsafe(_PASSWORD_BYTES)[:_PASSWORD_LENGTH] if password is None else password
    )
    marks = Element("app", {"url": "", **dict.fromkeys(map(str, rights), "true")})
    one = SimulatedObject(
        sha256(f"simulated:{name}".encode()).hexdigest()[:32],
        {"cn": name, "h323": name, "node": "root", "loc": "master"},
        {"hide": "true", "apps": ",".join(apps)},
        (Element("pseudo", {"type": "app"}, (marks,)),),
        encrypted(pbx, secret),
    )
    return store(pbx, one)

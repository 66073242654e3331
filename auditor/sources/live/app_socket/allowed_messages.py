"""What may be said over a WebSocket of the PBX: what is not on the list below is never sent.

Whoever may log in here with the right *Admin* may also change everything, and one message hands out
the key of all passwords. So a message passes only if it is, octet for octet, what this list makes
of it: each row names the message, its fields, and what each field may hold. Names, order and
spelling of what is sent are the list's own, never those of whoever asked.

Never on it: `UpdateObject`, `DeleteObject` and what else changes something; `MonitorAdminObject`,
which hands out the PBX password and the key; `GetAppLogin`, with which one logs in to any App as
the PBX; `GetProvisioningCode`; the column `pwd`; more than five types in one replication, for more
than twenty made a PBX restart in a loop. Source: SDK 13r3, PbxAdminApi, PbxTableUsers,
AppWebsocket, myApps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from auditor.errors import ForbiddenRequestError
from auditor.files.json_reading import JsonError, parse_json
from auditor.messages.message import say
from auditor.sources.live.app_socket.message_rows import (
    AllowedMessage,
    Columns,
    Exactly,
    Field,
    Matching,
    Socket,
    SomeOf,
    UpTo,
)
from auditor.sources.live.devices.allowed_requests import DEVICES_MESSAGES

__all__ = [
    "ADMIN_API",
    "ALLOWED_MESSAGES",
    "COLUMNS",
    "MOST_TYPES",
    "PROPERTIES",
    "TABLE_API",
    "TEMPLATES_AT_ONCE",
    "TYPES",
    "AllowedMessage",
    "ReadOnlyGuard",
    "Socket",
    "allowed_message",
    "text_of",
]
ADMIN_API: Final = "PbxAdminApi"
TABLE_API: Final = "PbxTableUsers"
MOST_TYPES: Final = 5
TEMPLATES_AT_ONCE: Final = 50
_REPLICATION: Final = "ReplicateStart"


# What is asked of an object: no password, no address, nothing about presence, and nothing of which
# the SDK does not give the shape.
PROPERTIES: Final = (
    *("guid", "cn", "h323", "e164", "node", "loc", "config", "hide", "critical", "filter"),
    *("cd-filter", "phone-config", "apps", "admin", "admin-node", "admin-pbx", "login-c"),
    *("login-t", "rej-ext", "cd-block", "uclic", "mypbx", "reporting", "fax", "voicemail"),
    *("mobility", "video", "app-sharing", "devices", "cds", "pseudo"),
)
COLUMNS: Final = (
    *("guid", "h323", "cn", "config", "node", "loc", "hide", "e164", "apps", "pseudo"),
    *("devices", "cds", "forks", "allows"),
)
# Types of objects, as SDK and wiki name them; an empty one means users.
TYPES: Final = (
    *("", "ap", "app", "bc_conf", "bool", "broadcast", "conference", "config", "dect"),
    *("dirsearch", "dtmf-ctrl", "executive", "fax", "gw", "icp", "ldap", "loc"),
    *("map", "messages", "mobility", "multicast", "mwi", "node", "push", "qdial"),
    *("sbc", "settings", "trunk", "uc", "vm", "waiting"),
)
_SRC: Final = {"src": Matching(r"[a-z][0-9]{1,9}")}
_NAME: Final = Matching(r".{1,256}")
_START: Final = Matching(r".{0,256}")
_GUID: Final = Matching(r"[0-9A-Fa-f]{1,64}")
_OF_OBJECT: Final = {"guid": _GUID, "cn": _NAME}
_EMPTY: Final = Exactly("")
_LOGIN: Final[Mapping[str, Field]] = {
    "app": Matching(r".{1,64}"),
    **dict.fromkeys(("domain", "sip", "guid", "dn"), _EMPTY),
    "digest": Matching(r"[0-9a-f]{64}"),
}


def _admin(
    mt: str,
    reason: str,
    optional: Mapping[str, Field] | None = None,
    **more: Mapping[str, Field],
) -> AllowedMessage:
    fields = {**_SRC, **more.get("fields", {})}
    either = more.get("either", {})
    return AllowedMessage(Socket.APPS, ADMIN_API, mt, reason, fields, optional or {}, either)


ALLOWED_MESSAGES: Final = (
    AllowedMessage(Socket.APPS, "", "AppChallenge", "what the login is made with"),
    AllowedMessage(Socket.APPS, "", "AppLogin", "the login of the auditor's own App", _LOGIN),
    _admin("GetPbxConfig", "whether the App has the right Admin"),
    _admin(
        "GetConfigObjects",
        "templates with their parents",
        {"limit": UpTo(TEMPLATES_AT_ONCE), "more": _NAME},
    ),
    _admin("GetConfigs", "names of templates, to count them again"),
    _admin("GetFilters", "names of call filters"),
    _admin(
        "GetPseudoObjects",
        "objects of one type",
        fields={"pseudo": Matching("|".join(filter(None, TYPES)))},
    ),
    _admin("SearchUsers", "users, page by page", fields={"cn": _START}),
    _admin(
        "GetObject",
        "one object, with or without what its templates give",
        fields={
            "template": Matching("with|without"),
            "properties": SomeOf(PROPERTIES, len(PROPERTIES)),
        },
        either=_OF_OBJECT,
    ),
    _admin(
        "GetRegs",
        "which devices of one object are registered, and from where",
        either=_OF_OBJECT,
    ),
    _admin("GetNodes", "numbering nodes and PBXs, to find objects that were missed"),
    _admin("GetBooleans", "Booleans with their state now, and to find some that were missed"),
    _admin("GetAppObjects", "Apps that were missed, and which are connected to their service"),
    _admin("GetPbxLicenses", "which licences there are, or that there are none"),
    _admin("GetRPs", "which reverse proxies the PBX knows"),
    _admin("GetStun", "which STUN and TURN servers are set"),
    AllowedMessage(
        Socket.APPS,
        TABLE_API,
        _REPLICATION,
        "the table of objects, without passwords",
        {
            **_SRC,
            "add": Exactly(value=False),
            "del": Exactly(value=False),
            "columns": Columns(COLUMNS),
            "pseudo": SomeOf(TYPES, MOST_TYPES),
        },
    ),
    AllowedMessage(Socket.APPS, TABLE_API, "ReplicateNext", "the next row of that table", _SRC),
    AllowedMessage(Socket.CLIENTS, "", "LoginInfo", "which ways to log in there are"),
    AllowedMessage(Socket.CLIENTS, "", "CheckBuild", "train and build of the PBX"),
    *DEVICES_MESSAGES,
)


def can_be_named(name: str) -> bool:
    """Return whether a name that the PBX gave may be sent to it."""
    try:
        return bool(_NAME.rebuilt(name))
    except ValueError:
        return False


def name_to_ask(guid: str, cn: str) -> Mapping[str, str]:
    """Return the field by which an object may be asked for; none if neither is on the list."""
    for name, value in (("guid", guid), ("cn", cn)):
        try:
            _OF_OBJECT[name].rebuilt(value)
        except ValueError:
            continue
        return {name: value}
    return {}


def text_of(message: Mapping[str, object]) -> str:
    """Return the one spelling in which a message may be sent."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def allowed_message(socket: Socket, given: Mapping[str, object]) -> str:
    """Return a message as the list writes it. Raises ForbiddenRequestError if none allows it."""
    rows = [
        row
        for row in ALLOWED_MESSAGES
        if row.socket is socket and (row.api, row.mt) == (given.get("api", ""), given.get("mt"))
    ]
    for row in rows:
        try:
            return text_of(row.rebuilt(given))
        except ValueError:
            continue
    raise _forbidden(given)


class ReadOnlyGuard:
    """Lets through what is listed, for one connection: the last thing before it is sent."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._replicates = False

    def check(self, text: str) -> None:
        """Raise ForbiddenRequestError unless a text is a listed message in its one spelling.

        One connection replicates once: how a second replication beside the first is answered is
        not documented.
        """
        try:
            given = parse_json(text, mended=True)
        except JsonError:
            given = None
        if not isinstance(given, dict) or allowed_message(self._socket, given) != text:
            raise _forbidden(given if isinstance(given, dict) else {})
        if given["mt"] == _REPLICATION:
            if self._replicates:
                raise _forbidden(given)
            self._replicates = True


def _forbidden(given: Mapping[str, object]) -> ForbiddenRequestError:
    """Return the error for a message; only the name of one that is listed is repeated."""
    name = given.get("mt")
    known = {row.mt for row in ALLOWED_MESSAGES}
    return ForbiddenRequestError(
        say(
            "a message ({name}) is not on the read-only list; nothing was sent",
            name=name if isinstance(name, str) and name in known else "?",
        ),
        advice=say("this is a bug of pbx-auditor; please report it"),
    )

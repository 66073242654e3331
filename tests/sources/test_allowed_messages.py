"""The list of messages of a WebSocket: what is not on it is never sent, however it is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import ForbiddenRequestError
from auditor.sources.live.app_socket.allowed_messages import (
    ALLOWED_MESSAGES,
    COLUMNS,
    PROPERTIES,
    ReadOnlyGuard,
    Socket,
    allowed_message,
    text_of,
)

ADMIN, TABLE = {"api": "PbxAdminApi"}, {"api": "PbxTableUsers"}
START: dict[str, Any] = {
    **TABLE,
    "mt": "ReplicateStart",
    "src": "a1",
    "add": False,
    "del": False,
    "columns": {"guid": {}, "cn": {}},
    "pseudo": ["", "config"],
}
OBJECT: dict[str, Any] = {
    **ADMIN,
    "mt": "GetObject",
    "src": "a1",
    "template": "with",
    "properties": ["guid", "cn"],
    "cn": "Anna",
}
BY_TYPE = ("GetNodes", "GetBooleans", "GetAppObjects", "GetPbxLicenses")
LISTED: list[dict[str, Any]] = [
    {"mt": "AppChallenge"},
    {
        "mt": "AppLogin",
        "app": "auditor",
        **dict.fromkeys(("domain", "sip", "guid", "dn"), ""),
        "digest": "a" * 64,
    },
    {**ADMIN, "mt": "GetPbxConfig", "src": "a1"},
    {**ADMIN, "mt": "GetConfigObjects", "src": "a1"},
    {**ADMIN, "mt": "GetConfigObjects", "src": "a1", "limit": 50, "more": "Sales"},
    {**ADMIN, "mt": "GetPseudoObjects", "src": "a1", "pseudo": "trunk"},
    {**ADMIN, "mt": "SearchUsers", "src": "a1", "cn": ""},
    {**ADMIN, "mt": "GetStun", "src": "a999999999"},
    *({**ADMIN, "mt": mt, "src": "a1"} for mt in BY_TYPE),
    {**ADMIN, "mt": "GetRegs", "src": "a1", "cn": "Anna"},
    {**ADMIN, "mt": "GetRegs", "src": "a1", "guid": "00ff"},
    OBJECT,
    START,
    {**TABLE, "mt": "ReplicateNext", "src": "a1"},
]


def changed(message, **fields):
    return {name: value for name, value in {**message, **fields}.items() if value is not None}


def each(message, name, *values):
    return [changed(message, **{name: value}) for value in values]


FORBIDDEN: list[dict[str, Any]] = [
    # What changes, opens or hands out something.
    *({**ADMIN, "mt": mt, "src": "a1"} for mt in (
        "UpdateObject", "DeleteObject", "MonitorAdminObject", "GetAppLogin", "GetProvisioningCode",
        "GetProvisionedDevice", "SetDeviceFilter", "GetLoginInfo", "GetAppLics", "MonitorUnallowed",
        "AddObject", "ReplicateStart", "ReplicateNext", "CopyObject", "GetInstanceLogin",
    )),
    *({**TABLE, "mt": mt, "src": "a1"} for mt in (
        "ReplicateAdd", "ReplicateUpdate", "ReplicateDel", "UpdateObject", "GetPbxConfig",
    )),
    {"api": "PbxImpersonation", "mt": "GetPbxConfig", "src": "a1"},
    {"api": "RCC", "mt": "Initialize", "src": "a1"},
    {"api": "Services", "mt": "GetServiceLogin", "src": "a1", "app": "devices", "challenge": "1"},
    {"mt": "AppGetLogin", "app": "devices", "challenge": "1"},
    {"mt": "GetPbxConfig", "src": "a1"},
    {"mt": "LoginInfo"},
    {"mt": "Login", "type": "user"},
    # What stands in a header without its JSON name, and what would show more of an App.
    *({**ADMIN, "mt": mt, "src": "a1", name: value} for mt in BY_TYPE for name, value in (
        ("limit", 200), ("last", "root"), ("more", "x"), ("uri", ""), ("pseudo", True), ("pwd", ""),
    )),
    *({**ADMIN, "mt": mt, "src": "a1"} for mt in (
        "getnodes", "GetNode", "GetBoolean", "SetBoolean", "GetApps", "GetAppObject", "CheckAppLic",
        "GetPbxLicences", "GetPbxLicenses ", "UpdateNodes",
    )),
    # Spellings of names.
    *({"api": api, "mt": "GetPbxConfig", "src": "a1"} for api in (
        "pbxadminapi", "PBXADMINAPI", "PbxAdminApi ", " PbxAdminApi", "PbxAdminApi\u0000",
        "PbxAdm\u0131nApi", "Pb\u0445AdminApi", "PbxAdminApi\u200b", "", None, ["PbxAdminApi"], 1,
        {"PbxAdminApi": 1},
    )),
    *({**ADMIN, "mt": mt, "src": "a1"} for mt in (
        "getpbxconfig", "GETPBXCONFIG", "GetPbxConfig ", "GetPbxConfig\n", "GetPbx\u0421onfig",
        "", None, True, ["GetPbxConfig"],
    )),
    # Fields that nobody listed, at any depth.
    *({**OBJECT, name: "x"} for name in (
        "pwd", "Template", "update", "guid", "h323", "mt2", "api ", "SRC", "more",
    )),
    {**ADMIN, "mt": "GetPbxConfig", "src": "a1", "info": {}},
    {"mt": "AppChallenge", "api": "PbxAdminApi"},
    {"mt": "AppChallenge", "src": "a1"},
    {**LISTED[1], "key": "a" * 64},
    {**LISTED[1], "info": {}},
    {**LISTED[1], "pbxObj": "devices"},
    {**LISTED[1], "sip": "anna"},
    {**LISTED[1], "domain": "example.com"},
    {**LISTED[1], "digest": "A" * 64},
    {**LISTED[1], "digest": "a" * 63},
    {**LISTED[1], "app": ""},
    # Values.
    *(changed(OBJECT, template=value) for value in ("With", "both", "", True, None, ["with"])),
    *each(OBJECT, "properties",
        [], ["pwd"], ["guid", "pwd"], ["guid", "guid"], ["GUID"], ["guid "], "guid", None,
        ["copyPwd"], [["guid"]], {"guid": {}}, ["emails"], ["wakeups"], ["presence"],
    ),
    *(changed(OBJECT, cn=value) for value in (
        "", "*", "A*", "\u0000", "a\nb", "a" * 257, 1, True, None, ["Anna"], {"cn": "Anna"},
    )),
    changed(OBJECT, guid="00"),
    changed(OBJECT, cn=None, guid="*"),
    changed(OBJECT, cn=None, guid="0" * 65),
    changed(OBJECT, cn=None, guid="xyz"),
    *(changed(OBJECT, src=value) for value in ("", "A1", "a", "1", "a1 ", "a" * 40, 1, None)),
    *({**LISTED[4], "limit": value} for value in (0, 51, -1, 50.0, "50", True, None)),
    *({**LISTED[6], "limit": value} for value in (0, 21, "20", True)),
    {**LISTED[5], "pseudo": ""},
    {**LISTED[5], "pseudo": "trunk|app"},
    {**LISTED[5], "pseudo": ["trunk"]},
    *each(START, "columns",
        {}, [], None, {"pwd": {}}, {"guid": {}, "pwd": {}}, {"guid": {"update": True}},
        {"guid": None}, {"guid": True}, {"guid": [{}]}, {"emails": {}}, {"wakeups": {}},
        {"filter": {}}, {"GUID": {}}, {"guid": {"": {}}},
    ),
    *(changed(START, pseudo=value) for value in (
        [], None, "config", ["", "", ""], ["", "app", "bool", "config", "gw", "loc"], ["pwd"],
        [None], [["app"]], ["APP"],
    )),
    *({**ADMIN, "mt": "GetRegs", "src": "a1", **more} for more in (
        {}, {"cn": "*"}, {"cn": ""}, {"h323": "anna"}, {"guid": "x"}, {"cn": "A", "guid": "00"},
        {"cn": "A", "recvUpdates": False}, {"cn": ["A"]},
    )),
    changed(START, add=True),
    {**START, "del": True},
    changed(START, add=0),
    changed(START, add=None),
    {**START, "guid": "00"},
    {**START, "usn": "0"},
    {**START, "update": True},
    {},
]  # fmt: skip


@pytest.mark.parametrize("message", LISTED, ids=lambda one: one["mt"])
def test_what_is_listed_is_sent(message):
    text = allowed_message(Socket.APPS, message)
    assert json.loads(text) == message
    ReadOnlyGuard(Socket.APPS).check(text)


@pytest.mark.parametrize("message", FORBIDDEN, ids=lambda one: json.dumps(one)[:60])
def test_what_is_not_listed_is_not_sent(message):
    with pytest.raises(ForbiddenRequestError):
        allowed_message(Socket.APPS, message)
    with pytest.raises(ForbiddenRequestError):
        ReadOnlyGuard(Socket.APPS).check(text_of(message))


TEXT = text_of(LISTED[2])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        f"[{TEXT}]",
        f"{TEXT}{TEXT}",
        f"{TEXT}\n",
        f" {TEXT}",
        f"\ufeff{TEXT}",
        TEXT.replace(":", ": "),
        TEXT.replace("PbxAdminApi", "PbxAdminAp\\u0069"),
        TEXT.replace('"mt"', '"\\u006dt"'),
        TEXT.replace("{", '{"mt":"UpdateObject",'),
        TEXT.replace("}", ',"mt":"UpdateObject"}'),
        TEXT.replace("}", ',"mt":"GetPbxConfig"}'),
        TEXT.replace("}", ',"pwd":{}}'),
        text_of(dict(reversed(LISTED[2].items()))),
        text_of(START).replace('"guid":{}', '"guid":{},"pwd":{}'),
        text_of(START).replace('"guid":{},', '"guid":{},"guid":{},'),
        text_of({**START, "columns": {"cn": {}, "guid": {}}}),
        text_of(OBJECT).replace("Anna", "Ann\\u0061"),
        text_of(OBJECT).replace('"Anna"', '"*"'),
    ],
)
def test_one_spelling_alone_is_sent(text):
    with pytest.raises(ForbiddenRequestError):
        ReadOnlyGuard(Socket.APPS).check(text)


def test_a_connection_replicates_once():
    guard = ReadOnlyGuard(Socket.APPS)
    guard.check(allowed_message(Socket.APPS, START))
    with pytest.raises(ForbiddenRequestError):
        guard.check(allowed_message(Socket.APPS, {**START, "src": "a2"}))


@pytest.mark.parametrize("message", LISTED, ids=lambda one: one["mt"])
def test_each_socket_has_its_own_list(message):
    with pytest.raises(ForbiddenRequestError):
        allowed_message(Socket.CLIENTS, message)


def test_before_a_login_two_questions_may_be_asked():
    own = [row.mt for row in ALLOWED_MESSAGES if row.socket is Socket.CLIENTS]
    assert own == ["LoginInfo", "CheckBuild"]
    for mt in own:
        ReadOnlyGuard(Socket.CLIENTS).check(allowed_message(Socket.CLIENTS, {"mt": mt}))


def test_nothing_secret_is_ever_asked_for():
    assert not {"pwd", "pwdx", "copyPwd", "emails", "wakeups"} & {*PROPERTIES, *COLUMNS}


def test_each_row_says_why():
    assert all(row.reason for row in ALLOWED_MESSAGES)
    assert len({(row.socket, row.api, row.mt) for row in ALLOWED_MESSAGES}) == len(ALLOWED_MESSAGES)


WORDS = st.sampled_from(
    sorted(
        {"UpdateObject", "pwd", *(row.mt for row in ALLOWED_MESSAGES), *PROPERTIES, "with", "a1"}
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(LISTED), st.text() | WORDS, VALUES)
def test_whatever_is_changed_nothing_else_gets_through(message, name, value):
    """A field with another value passes only as a listed message, never as something more."""
    given = {**message, name: value}
    try:
        text = allowed_message(Socket.APPS, given)
    except ForbiddenRequestError:
        return
    assert json.loads(text) == given
    row = next(one for one in ALLOWED_MESSAGES if one.mt == given["mt"])
    assert given.keys() <= {"api", "mt", *row.fields, *row.optional, *row.either}
    assert "pwd" not in text or "pwd" in (given.get("cn"), given.get("app"), given.get("more"))

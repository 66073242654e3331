"""Users in SOAP: `UserInfo` in the order of both descriptions, and the pages of `FindUser`."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import islice
from typing import Final

from auditor.simulator.simulated_pbx import ADMIN_OBJECT, SimulatedObject, SimulatedPbx, sort_key
from auditor.simulator.soap.call import Call, Style
from auditor.simulator.soap.encoded_values import Array, Node, Struct, Value, boolean, integer

MAX_COUNT: Final = 50
_KEYS: Final = ("cn", "h323", "e164")
_NOHIDE_POSITION: Final = "param9"
_ORDER: Final = (
    *("active", "cn", "dn", "type", "e164", "h323", "state", "channel", "alert", "guid", "groups"),
    *("loc", "node", "object", "nodenum", "cfg", "presence", "domain", "h323email", "email"),
)
_DOCUMENT_ORDER: Final = (*_ORDER[:13], "nodenum", "object", *_ORDER[15:])


class DroppedConnectionError(Exception):
    """The PBX does not survive the request: the connection ends without an answer."""


def answer_find_user(pbx: SimulatedPbx, call: Call) -> Node:
    """Return one page: users sorted by name, from the searched one on, or after it.

    Raises SoapFault, and DroppedConnectionError for pages that a real PBX may not survive.
    """
    count = call.number("count", MAX_COUNT)
    if not 0 <= count <= MAX_COUNT:
        raise DroppedConnectionError
    key = next((name for name in _KEYS if name in call.arguments), "cn")
    start = sort_key(call.arguments.get(key, ""))
    ordered = pbx.ordered(key)
    begin = bisect_right if call.flag("next") else bisect_left
    first = begin(ordered, start, key=lambda one: sort_key(one.names.get(key, "")))
    nohide = call.flag("nohide") or call.flag(_NOHIDE_POSITION)
    shown = (one for one in islice(ordered, first, None) if nohide or not hidden(one))
    items = tuple(user_info(one, call.style) for one in islice(shown, count))
    return Array("return", "UserInfoArray", "ns:UserInfo", items, wrapped="user")


def user_info(one: SimulatedObject | None, style: Style, item: str = "item") -> Struct:
    """Return a user; None makes the one with an empty cn that ends a list.

    Its arrays name their items `item`, or after the field where `item` is empty.
    """
    one = one or SimulatedObject("", {"cn": ""}, {})
    names, attributes = one.names, one.attributes
    grp = [child.attributes for child in one.children if child.tag == "grp"]
    groups = tuple(
        Struct("groups", "Group", (
            Value("group", group.get("name", "")),
            boolean("active", truth=group.get("mode") == "active"),
        ))
        for group in grp
    )  # fmt: skip
    mail = tuple(Value("email", text) for text in [attributes.get("email", "")] if text)
    # Without a type: .NET and Axis refuse one, SOAP::Lite the other (wire-facts 19).
    status = Value("status", "open", kind="")
    fields: tuple[Node, ...] = (
        boolean("active", truth=True),
        Value("cn", one.cn),
        Value("dn", attributes.get("dn", "")),
        Value("type", ""),
        *(Value(name, names.get(name, "")) for name in ("e164", "h323", "loc", "node")),
        *(integer(name, 0) for name in ("state", "channel", "alert")),
        Value("guid", one.guid),
        Array("groups", "GroupArray", "ns:Group", groups, item or "groups"),
        Value("object", one.kind),
        Value("nodenum", ""),
        boolean("cfg", truth=one.kind == "config"),
        Struct("presence", "Presence", (status,)),
        Value("domain", ""),
        boolean("h323email", truth=attributes.get("h323-email") == "true"),
        Array("email", "EmailArray", "xsd:string", mail, item or "email"),
    )
    by_name = {field.name: field for field in fields}
    order = _ORDER if style is Style.RPC else _DOCUMENT_ORDER
    return Struct("user", "UserInfo", tuple(by_name[name] for name in order))


def hidden(one: SimulatedObject) -> bool:
    """Return whether an object is hidden from the directory."""
    return one.attributes.get("hide") == "true" or one.cn == ADMIN_OBJECT

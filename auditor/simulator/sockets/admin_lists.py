"""The lists of `PbxAdminApi`: templates, users, objects of a type, nodes, Booleans, groups, Apps.

The names in `GetNodes` and its pages are inferred from the vendor's C++ header.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Final

from auditor.simulator.simulated_pbx import SimulatedObject, sort_key
from auditor.simulator.sockets.json_messages import Message, limit_in, text_in
from auditor.simulator.sockets.json_objects import app_rights, pseudo_as_xml, row_elements
from auditor.simulator.sockets.requests import Answers, AppRequest
from auditor.simulator.sockets.trains import is_since

_TEMPLATES: Final = 50
_USERS: Final = 20
_NODES: Final = 200
_MEMBERS: Final = 64
_APPS: Final = frozenset({"app"})
_BOOLEANS: Final = frozenset({"bool"})
_CONFIG: Final = frozenset({"config"})
_SEARCHED: Final = frozenset({"", "executive"})
_NODE_KINDS: Final = frozenset({"node", "loc"})


def _get_config_objects(request: AppRequest) -> list[Message]:
    """Answer a page of the templates, up to 13r2 all of them."""
    found = request.pbx.of_kinds(_CONFIG)
    shown = found
    if is_since(request.pbx, "13r3"):
        after = text_in(request.message, "more")
        shown = _page(found, after, limit_in(request.message, "limit", _TEMPLATES))
    objects = [{"cn": one.cn, "config": list(one.parents)} for one in shown]
    if shown and shown[-1] is not found[-1]:
        return request.answer(objects=objects, more=shown[-1].cn)
    return request.answer(objects=objects)


def _get_configs(request: AppRequest) -> list[Message]:
    return request.answer(configs=[one.cn for one in request.pbx.of_kinds(_CONFIG)])


def _get_pseudo_objects(request: AppRequest) -> list[Message]:
    found = request.pbx.of_kinds(frozenset({text_in(request.message, "pseudo")}))
    return request.answer(objects=[{"cn": one.cn, "guid": one.guid} for one in found])


def _search_users(request: AppRequest) -> list[Message]:
    """Answer the users and executives behind a name, or from it on (`includeMatch`)."""
    message, since_13r3 = request.message, is_since(request.pbx, "13r3")
    limit = limit_in(message, "limit", _USERS) if since_13r3 else _USERS
    included = message.get("includeMatch") is True
    found = request.pbx.of_kinds(_SEARCHED)
    shown = _page(found, text_in(message, "cn"), limit, included=included)
    return request.answer(user=[_user(one) for one in shown])


def _user(one: SimulatedObject) -> Message:
    names = {"cn": one.cn, "dn": one.attributes.get("dn", ""), "guid": one.guid}
    return {**names, "h323": one.names.get("h323", "")}


def _get_nodes(request: AppRequest) -> list[Message]:
    found = request.pbx.of_kinds(_NODE_KINDS)
    shown = _page(found, text_in(request.message, "last"), _node_limit(request))
    return request.answer(nodes=[_node(one) for one in shown])


def _node(one: SimulatedObject) -> Message:
    parent = {"loc": one.names.get("loc", "")} if one.kind == "loc" else {}
    return {"name": one.names.get("h323") or one.cn, "node": one.names.get("node", ""), **parent}


def _get_booleans(request: AppRequest) -> list[Message]:
    """Answer the Boolean objects; none was ever switched, because nothing here does that."""
    found = request.pbx.of_kinds(_BOOLEANS)
    shown = _page(found, text_in(request.message, "last"), _node_limit(request))
    state = {"on": False, "reason": "undefined"}
    return request.answer(booleans=[{"guid": one.guid, "name": one.cn, **state} for one in shown])


def _node_limit(request: AppRequest) -> int:
    return limit_in(request.message, "limit", _NODES)


def _get_filters(request: AppRequest) -> list[Message]:
    rows = row_elements(request.pbx.admin, "filter")
    return request.answer(filter=[row.attributes["name"] for row in rows])


def _get_groups(request: AppRequest) -> list[Message]:
    names = {
        row.attributes["name"] for one in request.pbx.objects for row in row_elements(one, "grp")
    }
    return request.answer(groups=sorted(names, key=sort_key))


def _get_group(request: AppRequest) -> list[Message]:
    """Answer the members of a group, the first 64: there is no way to go on."""
    wanted = text_in(request.message, "grp")
    found = [
        _member(one, row.attributes.get("mode", ""), row.attributes.get("dyn", ""))
        for one in request.pbx.objects
        for row in row_elements(one, "grp")
        if row.attributes["name"] == wanted
    ]
    return request.answer(member=found[:_MEMBERS])


def _member(one: SimulatedObject, mode: str, dyn: str) -> Message:
    names = {name: one.names.get(name, "") for name in ("cn", "h323", "e164")}
    kind = {"pseudo": one.kind, "active": mode == "active", "dyn": dyn}
    return {**names, "dn": one.attributes.get("dn", ""), "guid": one.guid, **kind}


def _get_app_objects(request: AppRequest) -> list[Message]:
    """Answer the App objects whose address begins with `uri`."""
    head = text_in(request.message, "uri")
    found = request.pbx.of_kinds(_APPS)
    shown = [one for one in found if app_rights(one).get("url", "").startswith(head)]
    with_pseudo = request.message.get("pseudo") is True
    return request.answer(objects=[_app(one, with_pseudo=with_pseudo) for one in shown])


def _app(one: SimulatedObject, *, with_pseudo: bool) -> Message:
    rights = app_rights(one)
    pseudo = {"pseudo": pseudo_as_xml(one.pseudo)} if with_pseudo and one.pseudo else {}
    return {
        "title": one.attributes.get("dn", one.cn),
        "app": one.names.get("h323", ""),
        "url": rights.get("url", ""),
        "connected": rights.get("websocket") == "true",
        "guid": one.guid,
        **pseudo,
    }


def _page(
    found: Sequence[SimulatedObject], name: str, limit: int, *, included: bool = False
) -> Sequence[SimulatedObject]:
    """Return so many behind a name, or from it on; an empty name begins at the first."""
    begin: Callable[..., int] = bisect_left if included or not name else bisect_right
    first = begin(found, sort_key(name), key=lambda one: sort_key(one.cn))
    return found[first : first + limit]


LISTS: Final[Answers] = {
    "GetAppObjects": _get_app_objects,
    "GetBooleans": _get_booleans,
    "GetConfigObjects": _get_config_objects,
    "GetConfigs": _get_configs,
    "GetFilters": _get_filters,
    "GetGroup": _get_group,
    "GetGroups": _get_groups,
    "GetNodes": _get_nodes,
    "GetPseudoObjects": _get_pseudo_objects,
    "SearchUsers": _search_users,
}

"""Nodes, Booleans, Apps and licences as a PBX lists them over WebSocket, beside its objects.

Source: SDK doc/appwebsocket/PbxAdminApi.htm, 13r1 and later: `node`, `boolean`, `app`, `app-lic`.
What is listed here and is no object of any other document was missed there. That an object is not
listed says nothing: how long an answer may be is not documented. So an answer of absurd length is
read in part. Of an entry counts what can be read; one that does not say which object it is may be
any, so the objects are in doubt.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, TypeGuard
from urllib.parse import urlsplit

from auditor.facts import PLATFORM_APPS
from auditor.messages.message import NOTHING, Message, joined, say, say_count
from auditor.model.snapshot import APP_KIND, NODE_KIND
from auditor.model.vocabulary import Area
from auditor.sources.parse.answer_account import AnswerAccount
from auditor.sources.parse.reading import ListedObject, Reading

BOOLEAN_KIND: Final = "bool"
# What Apps of the vendor are called at the service that they come from (SDK, AppWebsocket). With an
# address of its own, that is an App Platform; those that the PBX has itself are at a relative one,
# such as `../../APPS/pbxadmin/innovaphone-pbxadmin`.
_OF_VENDOR: Final = "innovaphone-"
_OF_PBX: Final = re.compile(r"(\.\./)+APPS(/\w[\w.-]*)+/?", re.ASCII)
_SCHEMES: Final = frozenset({"http", "https", "ws", "wss"})
_LICENCE: Final = re.compile(r"[\w()./+ -]{1,60}", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_MOST_NAMED: Final = 40
MOST_LISTED: Final = 20_000


def read_nodes(account: AnswerAccount, reading: Reading, answer: Mapping[str, Any]) -> None:
    """Add the nodes that an answer lists, with their parents.

    One with a `loc` is a PBX, too. That none of the others is given one is not documented, so
    nothing is made of it.
    """
    for item in _items(account, answer, "nodes", {"name", "node"}, {"loc"}):
        name, node = item.get("name"), item.get("node")
        account.check_texts(item, "node", "loc")
        if not _is_text(name):
            account.doubt_entry("name", Area.OBJECTS)
            continue
        parent = node if isinstance(node, str) else ""
        reading.listed_objects.append(ListedObject(NODE_KIND, name=name, node=parent))


def read_booleans(account: AnswerAccount, reading: Reading, answer: Mapping[str, Any]) -> None:
    """Add the Booleans that an answer lists, with their state now; why it is so is not used."""
    for item in _items(account, answer, "booleans", {"guid", "name", "on"}, {"reason"}):
        guid, name, on = (item.get(part) for part in ("guid", "name", "on"))
        if not _is_text(guid):
            account.doubt_entry("booleans", Area.OBJECTS)
            continue
        state = on if isinstance(on, bool) else None
        if state is None or not _is_text(name):
            account.count_odd("booleans")
        shown = name if _is_text(name) else ""
        reading.listed_objects.append(ListedObject(BOOLEAN_KIND, guid, shown, is_on=state))


def read_apps(account: AnswerAccount, reading: Reading, answer: Mapping[str, Any]) -> None:
    """Add the Apps that an answer lists, and whether the PBX is connected to their service.

    Of an address nothing is kept but whether it is one of an App Platform.
    """
    used, others = {"guid", "connected", "url"}, {"title", "app", "sip", "pseudo"}
    for item in _items(account, answer, "objects", used, others):
        guid, connected, url = (item.get(part) for part in ("guid", "connected", "url"))
        account.check_texts(item, "url")
        state = connected if isinstance(connected, bool) else None
        if not _is_text(guid):
            account.doubt_entry("objects", Area.OBJECTS)
            reading.damaged_lists.add(PLATFORM_APPS)
            continue
        if state is None:
            account.count_odd("objects")
        reading.listed_objects.append(
            ListedObject(APP_KIND, guid, is_on=state, on_platform=_is_on_platform(url))
        )


def read_licences(account: AnswerAccount, reading: Reading, answer: Mapping[str, Any]) -> None:
    """Note which licences a PBX has; keys of them are dropped.

    Without any it is in test mode, or has none (SDK, a sample of the vendor's).
    """
    used, others = {"name", "count", "used"}, {"version", "local", "slaves", "key"}
    if "lic" not in answer:
        account.begin(answer, (), ())
        note = say("the PBX lists no licences: it is in test mode, or has none")
        reading.notes.append(note)
        return
    found = [_licence(account, item) for item in _items(account, answer, "lic", used, others)]
    shown = [one for one in found if one]
    if shown:
        count = say_count("{count} licence", "{count} licences", len(shown))
        names = joined("{one}, {other}", shown[:_MOST_NAMED])
        reading.notes.append(say("{count}: {names}", count=count, names=names))


def _licence(account: AnswerAccount, item: Mapping[str, Any]) -> Message:
    """Return how many of a licence there are, and are used; both are written as text."""
    name, count, taken = (item.get(part) for part in ("name", "count", "used"))
    if not isinstance(name, str) or not _LICENCE.fullmatch(name) or not _is_number(count):
        account.count_odd("lic")
        return NOTHING
    if not _is_number(taken):
        return say("{name} ({number})", name=name, number=count)
    return say("{name} ({used} of {number})", name=name, used=taken, number=count)


def _items(
    account: AnswerAccount,
    answer: Mapping[str, Any],
    field: str,
    used: Collection[str],
    others: Collection[str],
) -> Iterator[Mapping[str, Any]]:
    """Yield the entries of a list, their fields counted; what is no entry has no fields."""
    account.begin(answer, {field}, {"limit", "last", "more"})
    listed = answer.get(field)
    if not isinstance(listed, list):
        account.count_odd(field)
        return
    if len(listed) > MOST_LISTED:
        account.count_odd(field)
        account.note(say("there are more than {count}", count=MOST_LISTED))
    for item in listed[:MOST_LISTED]:
        entry = item if isinstance(item, dict) else {}
        account.fields(entry, used, others)
        yield entry


def _is_on_platform(url: object) -> bool | None:
    """Return whether an address is that of a service on an App Platform, None where it is open.

    It is one of an App of the vendor's with a host. None is what the PBX has itself, or no address.
    Others may be on one: a service has any name, and no document says how else one may be written.
    """
    if not isinstance(url, str):
        return None
    if not url or _OF_PBX.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        has_host = parts.scheme.casefold() in _SCHEMES and bool(parts.hostname)
    except ValueError:
        return None
    name = parts.path.rstrip("/").rpartition("/")[2].casefold()
    return True if has_host and name.startswith(_OF_VENDOR) else None


def _is_text(stated: object) -> TypeGuard[str]:
    return isinstance(stated, str) and bool(stated)


def _is_number(stated: object) -> TypeGuard[str]:
    return isinstance(stated, str) and _NUMBER.fullmatch(stated) is not None

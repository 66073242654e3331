"""The domains and devices that a login at Devices shows, as far as they are of use here.

Of each entry only what is listed here is taken; whatever else it holds is not kept. What cannot be
understood is counted, what does not come is named, and neither makes a list look shorter than it
is. Source: SDK 13r3, Devices.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from auditor.messages.message import Message, say, say_count
from auditor.sources.live.app_socket.questions import DeniedError, SilentError
from auditor.sources.live.app_socket.refusal_advice import READ_AGAIN
from auditor.sources.live.devices.devices_client import DevicesSession
from auditor.sources.live.devices.entries import DeviceEntry, Domain
from auditor.sources.live.pages_seen import PagesSeen
from auditor.sources.live.refusals import RefusedError

MOST_DEVICES: Final = 20_000
_LONGEST: Final = 200
_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_TEXTS: Final = ("hwId", "product", "version", "type")
_FLAGS: Final = ("pbxActive", "other")
_DOMAINS, _DEVICES = "GetDomains", "GetDevices"
# The questions that say which devices there are.
OF_DEVICES: Final = frozenset({_DOMAINS, _DEVICES})


_UPDATE: Final = say("update Devices: an older App Platform may not list it")
_MAY_IT: Final = say("see in Devices whether the login may see the domain")
_RUN_AGAIN: Final = say(
    "run it again; if it stays so, see whether something in front of the App Platform ends "
    "WebSockets"
)


class ListProblem(NamedTuple):
    """Why a list may not be all, and what to do about that."""

    reason: Message
    advice: Message = READ_AGAIN


class Listed(NamedTuple):
    """What was listed, and why it may not be all."""

    domains: tuple[Domain, ...]
    devices: tuple[DeviceEntry, ...]
    problems: tuple[Message, ...] = ()


def list_devices(session: DevicesSession, tell: Callable[[int], None]) -> Listed:
    """Return all that the login shows; `tell` is told how many devices there are so far.

    Raises RefusedError if the connection broke, or if neither list came.
    """
    # A second answer to one question is seen while the next one is answered.
    found, of_devices = read_devices(session, tell=tell)
    domains, of_domains = list_domains(session)
    devices = tuple(one for one in found if one.hardware_id and one.kind)
    of_devices = (*of_devices, *misread_devices(len(found) - len(devices)))
    of_devices = (*of_devices, *told_twice(session.contradicted & OF_DEVICES))
    if not domains and not devices and of_devices:
        raise RefusedError(of_devices[0])
    return Listed(domains, devices, (*of_domains, *of_devices))


def list_domains(session: DevicesSession) -> tuple[tuple[Domain, ...], tuple[Message, ...]]:
    """Return the domains, and why there may be more. Raises RefusedError if the connection broke.

    Of several with one number the first counts, and that is named.
    """
    entries, problems = entries_of(session, _DOMAINS, "domains", {})
    found: dict[int, Domain] = {}
    odd = 0
    for entry in entries:
        number, name = number_of(entry, "id"), safe_text(entry, "name")
        one = Domain(number, name, entry.get("isInstanceDomain") is True)
        if not number or not name or found.setdefault(number, one) != one:
            odd += 1
    return tuple(found.values()), (*(one.reason for one in problems), *misread(_DOMAINS, odd))


def read_devices(
    session: DevicesSession,
    domain: int = 0,
    tell: Callable[[int], None] = lambda _: None,
) -> tuple[tuple[DeviceEntry, ...], tuple[Message, ...]]:
    """Return the devices of a domain, or of all, and why there may be more.

    Raises RefusedError if the connection broke. A device that is told of twice and alike is one.
    Entries that do not say which device they are, or of what type, are among them: only who knows
    which domain matters can tell what that leaves open.
    """
    fields = {"domainIds": str(domain)} if domain else {}
    entries, problems = entries_of(session, _DEVICES, "devices", fields, tell)
    return tuple(dict.fromkeys(map(_device, entries))), tuple(one.reason for one in problems)


def entries_of(
    session: DevicesSession,
    mt: str,
    name: str,
    fields: Mapping[str, object],
    tell: Callable[[int], None] = lambda _: None,
) -> tuple[list[Mapping[str, Any]], list[ListProblem]]:
    """Return the entries of a list, and why they may not be all.

    Raises RefusedError if the connection broke.
    """
    found: list[Mapping[str, Any]] = []
    problems: list[ListProblem] = []
    odd = 0
    try:
        for page in _pages(session.pages(mt, fields), name):
            found += [one for one in page if isinstance(one, dict)]
            odd += sum(not isinstance(one, dict) for one in page)
            tell(len(found))
    except RefusedError as error:
        if error.broken:
            raise
        problems.append(list_problem(mt, error))
    return found[:MOST_DEVICES], [*problems, *map(ListProblem, misread(mt, odd))]


def list_problem(mt: str, error: RefusedError) -> ListProblem:
    """Return that a message was refused, and what that can be mended by."""
    reason = say("{message}: {reason}", message=mt, reason=error.reason)
    if isinstance(error, SilentError):
        return ListProblem(reason, _UPDATE)
    if isinstance(error, DeniedError):
        return ListProblem(reason, _MAY_IT)
    return ListProblem(reason, _RUN_AGAIN if error.broken else error.advice or READ_AGAIN)


def told_twice(names: Iterable[str]) -> tuple[Message, ...]:
    """Return that questions were answered a second time, and otherwise."""
    return tuple(
        say("{message}: a second answer came, and it is another one", message=one)
        for one in sorted(names)
    )


def _pages(messages: Iterator[Mapping[str, Any]], name: str) -> Iterator[list[object]]:
    """Yield the pages of a list. Raises RefusedError for one that is none, or that came before.

    A device may be told of twice, so a page that shows something new is none that came before.
    """
    seen = PagesSeen(MOST_DEVICES)
    for message in messages:
        page = message.get(name)
        if not isinstance(page, list):
            raise RefusedError(say("what came is no list"))
        if page or message.get("last") is not True:
            seen.add([json.dumps(one, sort_keys=True) for one in page], overlapping=True)
        yield page


def misread(mt: str, number: int) -> list[Message]:
    """Return that so many entries of a list are not understood, nothing if there are none."""
    if not number:
        return []
    return [
        say_count(
            "{message}: {count} entry cannot be understood",
            "{message}: {count} entries cannot be understood",
            number,
            message=mt,
        )
    ]


def misread_devices(number: int) -> list[Message]:
    """Return that so many devices are listed without what tells which they are."""
    return misread(_DEVICES, number)


def _device(entry: Mapping[str, Any]) -> DeviceEntry:
    """Return a device, with the fields that hold something else than is documented.

    One that is assigned to no domain says so by 0.
    """
    unread = [name for name in _TEXTS if not isinstance(entry.get(name, ""), str | None)]
    unread += [name for name in _FLAGS if not isinstance(entry.get(name), bool | None)]
    if not number_of(entry, "domainId") and not _is_zero(entry.get("domainId")):
        unread.append("domainId")
    return DeviceEntry(
        number_of(entry, "id"),
        safe_text(entry, "hwId").lower(),
        number_of(entry, "domainId"),
        safe_text(entry, "product"),
        safe_text(entry, "version"),
        safe_text(entry, "type"),
        safe_text(entry, "name"),
        _flag(entry, "pbxActive"),
        _flag(entry, "online"),
        entry.get("other") is True,
        (*unread,),
    )


def safe_text(entry: Mapping[str, Any], name: str) -> str:
    """Return a text without what could act upon whoever reads it, and not longer than a name."""
    found = entry.get(name)
    if not isinstance(found, str):
        return ""
    shown = "".join(c if c.isprintable() else "?" for c in found[:_LONGEST])
    return shown.strip()


def number_of(entry: Mapping[str, Any], name: str) -> int:
    """Return a number that names something, also where it is written as a text; else 0."""
    found = entry.get(name)
    if isinstance(found, str) and _NUMBER.fullmatch(found):
        found = int(found)
    return found if type(found) is int and 0 < found < 10**9 else 0


def _is_zero(found: object) -> bool:
    return type(found) is int and found == 0


def _flag(entry: Mapping[str, Any], name: str) -> bool | None:
    found = entry.get(name)
    return found if isinstance(found, bool) else None

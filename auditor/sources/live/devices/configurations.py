"""What a domain rolls out to its devices: which configurations there are, and the values of each.

The list has no values, so each that a control can use is asked for by itself. What does not come is
named, and counts as open where it is read. Source: SDK 13r3, Devices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from auditor.messages.message import NOTHING, Message, say
from auditor.sources.live.app_socket.questions import SilentError
from auditor.sources.live.devices.devices_client import DevicesSession
from auditor.sources.live.devices.listing import (
    ListProblem,
    entries_of,
    list_problem,
    misread,
    number_of,
    safe_text,
)
from auditor.sources.live.devices.rolled_out import RolledOut
from auditor.sources.live.refusals import RefusedError
from auditor.sources.parse.device_configs import KINDS
from auditor.sources.parse.device_values import DeviceConfig

MOST_CONFIGS: Final = 1000
LIST, ONE = "GetDeviceConfigs", "GetDeviceConfig"
_FEWER: Final = say("look into Devices, too: no more than that are asked for")
# How the types would be spelt by whoever spells them otherwise: those are not let be.
_SPELT: Final = {"".join(filter(str.isalnum, one)).casefold() for one in KINDS}


def read_configurations(
    session: DevicesSession, domain: int, tell: Callable[[int], None], *, values: bool = True
) -> RolledOut:
    """Return what a domain rolls out; `tell` is told how many configurations were read.

    Without `values`, none of them is asked for. Where one stays silent, so would the others: they
    are not asked for, nor are they over a connection that broke. Raises RefusedError if it broke
    before anything of the list came.
    """
    before = session.counts.octets
    pages: list[int] = []
    try:
        listed, problems = _list(session, domain, pages.append)
    except RefusedError as error:
        if not pages:
            raise
        listed, problems = [], [list_problem(LIST, error)]
    reasons = tuple(one.reason for one in problems)
    advice = problems[0].advice if problems else NOTHING
    if not values:
        octets = session.counts.octets - before
        return RolledOut((*listed,), reasons, (), octets, bool(pages), advice)
    read: list[DeviceConfig] = []
    unread: dict[Message, None] = {}
    for one in listed:
        try:
            found = _values(session, domain, one)
        except RefusedError as error:
            unread[say("{message}: {reason}", message=ONE, reason=error.reason)] = None
            if error.broken or isinstance(error, SilentError):
                break
            found = None
        read.append(one._replace(values=found))
        tell(len(read))
    octets = session.counts.octets - before
    every = (*read, *listed[len(read) :])
    return RolledOut(every, reasons, (*unread,), octets, bool(pages), advice)


def _list(
    session: DevicesSession, domain: int, tell: Callable[[int], None]
) -> tuple[list[DeviceConfig], list[ListProblem]]:
    """Return the configurations of a domain that are of use, and why there may be more.

    One of another domain, which was not asked for, is let be.
    """
    entries, problems = entries_of(session, LIST, "configs", {"domainId": domain}, tell)
    found: dict[int, DeviceConfig] = {}
    odd = 0
    for entry in entries:
        if number_of(entry, "domainId") not in {domain, 0}:
            continue
        one = _outline(entry, domain)
        if one is None or _is_misspelt(one.kind) or found.setdefault(one.number, one) != one:
            odd += 1
    wanted = [one for one in found.values() if one.kind in KINDS]
    problems += map(ListProblem, misread(LIST, odd))
    if len(wanted) > MOST_CONFIGS:
        reason = say("there are more than {count}", count=MOST_CONFIGS)
        told = say("{message}: {reason}", message=LIST, reason=reason)
        problems.append(ListProblem(told, _FEWER))
    return wanted[:MOST_CONFIGS], problems


def _is_misspelt(kind: str) -> bool:
    """Return whether a type is a documented one, but not in its spelling."""
    plain = "".join(filter(str.isalnum, kind)).casefold()
    return kind not in KINDS and plain in _SPELT


def _outline(entry: Mapping[str, Any], domain: int) -> DeviceConfig | None:
    """Return a configuration without values; None if it does not say what it is and for whom."""
    number, kind = number_of(entry, "id"), safe_text(entry, "type")
    categories = entry.get("categories")
    is_of_domain = number_of(entry, "domainId") == domain
    if not number or not kind or not isinstance(categories, list) or not is_of_domain:
        return None
    return DeviceConfig(number, kind, not categories, None)


def _values(session: DevicesSession, domain: int, one: DeviceConfig) -> Mapping[str, Any]:
    """Return the values of a configuration, with those that came in pieces.

    Raises RefusedError, also for one that is another than was listed, or for others.
    """
    answer, long = session.values(ONE, {"domainId": domain, "id": one.number})
    config = answer.get("config")
    # For whom it is need not be said again.
    listed = {"domainId": domain, "categories": [] if one.for_all else [0]}
    if not isinstance(config, dict) or _outline({**listed, **config}, domain) != one:
        raise RefusedError(say("the answer is not as documented"))
    if any(config.get(name) not in (None, "", value) for name, value in long.items()):
        raise RefusedError(say("a value came twice, and not alike"))
    return {**config, **long}

"""Pages of the device around the PBX: counters, alarms and ISDN interfaces (wire-facts 9 to 11).

Names of elements that no client looks at are made up: `count`, `alarm`.
"""

from __future__ import annotations

from typing import Final

from auditor.simulator.element import Element
from auditor.simulator.responses import page

_HOURS: Final = 24
_MINUTES: Final = 60
_MEMORY_KB: Final = 131072
# Name, total (kB for the memory) and the value of the first minute.
_COUNTERS: Final = (("CPU", 100, 7), ("MEM", _MEMORY_KB, 42), ("TEMP", 100, 41))
_CHANNELS: Final = 31
_D_CHANNEL: Final = 16
_IDLE_CHANNELS: Final = 8
_ALARM_TIME: Final = "1763900000"


def counts() -> bytes:
    """Return the list of counters."""
    return page(
        Element("count", {"n": name, "x": str(at)}) for at, (name, *_) in enumerate(_COUNTERS)
    )


def count(query: dict[str, str]) -> bytes | None:
    """Return a day of one counter, or the hour `pos` of it; None for a counter that is none."""
    at, pos = query.get("x", ""), query.get("pos", "")
    if not at.isdecimal() or int(at) >= len(_COUNTERS):
        return None
    _, total, first = _COUNTERS[int(at)]
    hours = [int(pos)] if pos.isdecimal() else list(range(_HOURS))
    rows = tuple(_hour(first, hour) for hour in hours)
    return page(rows, attributes={"s": str(total)})


def alarms() -> bytes:
    """Return the present alarms."""
    facts = {"type": "alarm", "severity": "2", "time": _ALARM_TIME}
    return page([Element("alarm", facts, (Element("text", text="Interface PRI2 is down"),))])


def faults() -> bytes:
    """Return the past faults: none."""
    return page([])


def primary_rate() -> bytes:
    """Return the page of an ISDN interface that is up: its channels, the D channel never idle."""
    channels = tuple(
        Element("ch", {"n": str(number), "state": _state(number)})
        for number in range(1, _CHANNELS + 1)
    )
    return page(channels, attributes={"link": "Up", "physical": "Up"})


def _hour(first: int, hour: int) -> Element:
    minutes = (Element("m", {"c": str(first + (hour + at) % 5)}) for at in range(_MINUTES))
    return Element("h", {}, tuple(minutes))


def _state(number: int) -> str:
    if number == _D_CHANNEL:
        return "Up"
    return "Idle" if number <= _IDLE_CHANNELS else "Connected"

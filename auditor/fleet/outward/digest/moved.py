"""What became of controls, in lines: what came to many PBXs at once is said once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from auditor.fleet.outward.digest import digest_schema as v1
from auditor.fleet.outward.morning_sentences import some
from auditor.messages.message import Message, say, say_count
from auditor.report import terms

# Of a line that is about more PBXs, so many are named: it has to fit into a message of any channel.
_NAMED: Final = 12


class MovedLine(NamedTuple):
    """A line of a list; `severity` is that of a violation that is there."""

    text: str
    severity: str = ""


def lines_of(moved: Iterable[v1.ControlMoved]) -> Iterator[MovedLine]:
    """Yield a line for each control, or for each of its PBXs if subjects are named."""
    for (severity, _, _), found in groupby(
        moved, key=lambda one: (one.severity, one.control, one.title)
    ):
        several = list(found)
        if len(several) == 1 or any(one.subjects for one in several):
            yield from (MovedLine(_moved(one), severity) for one in several)
        else:
            yield MovedLine(_moved_at(several), severity)


def _moved(one: v1.ControlMoved) -> Message:
    told = _counted(
        one,
        say(
            "{severity}: {place}: {control} {title}",
            severity=terms.said(one.severity),
            place=place(one.tenant, one.name),
            control=one.control,
            title=one.title,
        ),
    )
    if one.subjects:
        told = say("{text}: {names}", text=told, names=", ".join(one.subjects))
    return told


def _moved_at(several: Sequence[v1.ControlMoved]) -> Message:
    """Return what came to some PBXs alike, with their number and the first of their names."""
    first = several[0]
    places = tuple(_counted(one, place(one.tenant, one.name)) for one in several)
    return say(
        "{severity}: {control} {title}: {pbxs}: {places}",
        severity=terms.said(first.severity),
        control=first.control,
        title=first.title,
        pbxs=say_count("{count} PBX", "{count} PBXs", len(several)),
        places=some(places, _NAMED),
    )


def _counted(one: v1.ControlMoved, told: Message) -> Message:
    """Return a text with how many findings it is about, if that is more than the control."""
    if one.findings and not one.whole:
        some = say_count("{count} finding of it", "{count} findings of it", one.findings)
        return say("{text} ({findings})", text=told, findings=some)
    if one.findings > 1:
        findings = say_count("{count} finding", "{count} findings", one.findings)
        return say("{text} ({findings})", text=told, findings=findings)
    return told


def place(tenant: str, name: str) -> Message:
    """Return whose PBX it is, and its name."""
    return say("{tenant} / {name}", tenant=tenant, name=name)

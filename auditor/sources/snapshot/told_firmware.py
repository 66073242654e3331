"""The firmware of a box by all who say it; where they contradict each other, nobody is believed.

A box says it in `box_info.xml` and at the head of `cfg.txt`, a PBX its train in `CheckBuild`, and
Devices lists it. What a label leaves out contradicts nothing. When Devices learns of an update is
not documented, so an older version of the same train is taken for one from before it; one of
another train is not, for whether it is this box that answers is open then. That `LoginInfo` is
answered says nothing sure of the train: which ones know it is documented, and which do not is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from auditor.messages.message import say
from auditor.model.snapshot import Box, Gap
from auditor.model.vocabulary import Area
from auditor.sources.parse.reading import Reading, ToldFirmware
from auditor.values.firmware_labels import Firmware, compare_versions, read_firmware

_ADVICE: Final = say("look at the box which firmware it runs, and read it again")


def agreed_firmware(
    boxes: Sequence[Box], readings: Sequence[Reading], gaps: list[Gap]
) -> tuple[tuple[Box, ...], set[str]]:
    """Return boxes and their trains; one whose firmware is told differently states none.

    Its trains are all that are told of it, and the contradiction is a gap. That Devices lists an
    older version of the same train is noted at the document that it is about.
    """
    told: dict[str, list[tuple[ToldFirmware, Reading]]] = {}
    audited = next((one.box for one in readings if one.box is not None and not one.further), Box())
    for reading in readings:
        # What comes without saying of which box it is, is of the audited one.
        box = reading.box or (Box() if reading.further else audited)
        own = ToldFirmware(reading.box.firmware if reading.box else "", reading.source)
        members = told.setdefault(box.short_serial, [])
        members += [(one, reading) for one in (own, *reading.told_firmware) if one.label]
    told.pop("", None)  # several may have none
    found: list[Box] = []
    trains: set[str] = set()
    for box in boxes:
        members = told.get(box.short_serial, [])
        found.append(_agreed(box, members, gaps))
        is_agreed = found[-1].firmware == box.firmware
        labels = [box.firmware] if is_agreed else [one.label for one, _ in members]
        trains |= {label.partition(" ")[0] for label in labels if label}
    return tuple(found), trains


def _agreed(box: Box, told: Sequence[tuple[ToldFirmware, Reading]], gaps: list[Gap]) -> Box:
    first = next((one for one, _ in told if one.label == box.firmware), None)
    if first is None:
        return box
    for other, reading in told:
        order = _order(first, other)
        if not order:
            continue
        if order < 0 and other.may_lag and _is_one_train(first, other):
            note = say(
                "Devices lists {label} of it, which is older and of the same train, so it may be "
                "from before an update",
                label=other.label,
            )
            reading.notes.append(note)
            continue
        reason = say(
            "which firmware the box {name} runs is open: it is {label} by {source}, and {other} "
            "by {elsewhere}",
            name=box.name or box.serial,
            label=first.label,
            source=first.source,
            other=other.label,
            elsewhere=other.source,
        )
        gaps.append(Gap(Area.BOX, reason, other.source, advice=_ADVICE, doubtful=True))
        return replace(box, firmware="")
    return box


def _order(first: ToldFirmware, other: ToldFirmware) -> int | None:
    """Return whether the other is told to be older or newer; 0 or None if that is not so."""
    one, two = _read(first), _read(other)
    return compare_versions(two, one) if one and two else None


def _is_one_train(first: ToldFirmware, other: ToldFirmware) -> bool:
    one, two = _read(first), _read(other)
    return one is not None and two is not None and one.train == two.train


def _read(told: ToldFirmware) -> Firmware | None:
    """Return what a label says; of one that its builds contradict, what it says without them.

    Who tells another version of the box than the box does, contradicts it all the same.
    """
    return read_firmware(told.label) or read_firmware(told.label.partition("[")[0])

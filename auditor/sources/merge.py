"""Merges what several documents say of one system; where they contradict, nobody is believed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from auditor.model.snapshot import Box, CallFilter, Gap, PbxObject, Setting
from auditor.model.vocabulary import Area
from auditor.sources.parse.objects import without_parts
from auditor.sources.parse.reading import Reading


def merge_objects(
    readings: Iterable[Reading], gaps: list[Gap]
) -> tuple[list[PbxObject], list[str | None]]:
    """Return all objects once; an object that two documents show differently is a gap."""
    holding = [reading for reading in readings if reading.objects]
    if len(holding) == 1:
        return holding[0].objects, holding[0].secrets
    objects: list[PbxObject] = []
    stored: list[str | None] = []
    known: dict[tuple[str, str], int] = {}
    for reading in holding:
        shows_passwords = reading.kind == "configuration" or any(reading.secrets)
        conflicts: list[PbxObject] = []
        fresh: dict[tuple[str, str], int] = {}
        for candidate, secret in zip(reading.objects, reading.secrets, strict=True):
            keys = _identities(candidate)
            twin = next((known[key] for key in keys if key in known), None)
            if twin is None:
                fresh.update(dict.fromkeys(keys, len(objects)))
                objects.append(candidate)
                stored.append(secret)
                continue
            differing = _differences(objects[twin], candidate)
            if shows_passwords and candidate.shows("pwd") and stored[twin] != secret:
                differing.add("pwd")
            if differing:
                conflicts.append(candidate)
                objects[twin] = without_parts(objects[twin], differing)
        known.update(fresh)
        if conflicts:
            gaps.append(_conflict(conflicts, reading.source))
    return objects, stored


def _identities(candidate: PbxObject) -> list[tuple[str, str]]:
    """Return what an object may be recognised by in another document, surest first."""
    identities = {"guid": candidate.guid.lower(), "cn": candidate.cn, "h323": candidate.h323}
    return [(name, value) for name, value in identities.items() if value]


def _differences(first: PbxObject, second: PbxObject) -> set[str]:
    """Return the attributes and parts that both documents show, and show differently."""
    parts: dict[str, tuple[object, object]] = {
        "h323": (first.h323, second.h323),
        "e164": (first.e164, second.e164),
        "pseudo": ((first.kind, first.leads), (second.kind, second.leads)),
        "config": (first.templates, second.templates),
        "devices": (first.devices, second.devices),
        "forks": (first.forks, second.forks),
        "cds": (first.diversions, second.diversions),
        "allows": (first.allowances, second.allowances),
    }
    for name in {*first.attributes, *second.attributes} - {"config"}:
        parts[name] = (first.attributes.get(name), second.attributes.get(name))
    return {
        name
        for name, (one, other) in parts.items()
        if one != other and first.shows(name) and second.shows(name)
    }


def _conflict(conflicts: Sequence[PbxObject], source: str) -> Gap:
    return Gap(
        Area.OBJECTS,
        f"{len(conflicts)} objects differ from another file, the first is {conflicts[0].label}",
        source,
        advice="audit files that were saved at the same time",
    )


def merge_filters(readings: Iterable[Reading]) -> Iterable[CallFilter]:
    """Return each filter once; one that occurs twice or differs between documents has no rows."""
    merged: dict[str, CallFilter] = {}
    for reading in readings:
        for candidate in reading.filters:
            known = merged.get(candidate.name)
            if known is None:
                merged[candidate.name] = candidate
            elif known.rows != candidate.rows or known.source == candidate.source:
                note = "it occurs more than once"
                merged[candidate.name] = replace(known, rows=None, note=note)
    return merged.values()


def merge_settings(readings: Iterable[Reading]) -> dict[str, Setting]:
    """Return each setting with the values of all boxes."""
    merged: dict[str, Setting] = {}
    for reading in readings:
        for fact, setting in reading.settings.items():
            known = merged.get(fact)
            if known is None:
                merged[fact] = setting
            else:
                values = tuple(dict.fromkeys([*known.values, *setting.values]))
                merged[fact] = replace(known, values=values)
    return merged


def merge_boxes(boxes: Iterable[Box]) -> tuple[Box, ...]:
    """Return each box once, with what its documents say of it put together.

    Boxes without a serial number are one only if they are of the same type and firmware.
    """
    merged: dict[str, Box] = {}
    for box in boxes:
        key = short_serial(box) or f"{box.product} {box.firmware}"
        known = merged.get(key, Box())
        merged[key] = Box(
            known.name or box.name,
            known.product or box.product,
            known.firmware or box.firmware,
            max(known.serial, box.serial, key=len),
        )
    return tuple(merged.values())


def short_serial(box: Box) -> str:
    """Return the last three bytes of a serial number: all that the header of `cfg.txt` shows."""
    return "".join(c for c in box.serial.lower() if c in "0123456789abcdef")[-6:]


def incomplete_lists(readings: Sequence[Reading]) -> list[Gap]:
    """Return why objects may be missing, unless some document holds all of them."""
    holding = [reading for reading in readings if reading.objects]
    gaps = [reading.incomplete for reading in holding if reading.incomplete is not None]
    return gaps if len(gaps) == len(holding) else []


def silent_boxes(readings: Sequence[Reading], of_objects: Collection[str]) -> list[Gap]:
    """Return a gap for each PBX that does not show a setting which another one shows.

    `of_objects` are facts that stand in an object: a further PBX has those of the master.
    """
    boxes = [
        reading
        for reading in readings
        if reading.kind == "configuration" and (reading.objects or reading.has_pbx_lines)
    ]
    shown = {fact for reading in boxes for fact in reading.settings}
    return [
        Gap(fact, "this box does not show it, but another one does", reading.source)
        for reading in boxes
        for fact in sorted(shown - set(reading.settings))
        if not (reading.further and fact in of_objects)
    ]

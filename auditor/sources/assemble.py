"""Readings to one snapshot: merges them, reduces secrets to evidence, names what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from auditor.dialects import load_dialect
from auditor.model.site import Site
from auditor.model.snapshot import (
    Box,
    CallFilter,
    Gap,
    PbxObject,
    ScriptedRegistration,
    Setting,
    Snapshot,
    SourceRecord,
)
from auditor.model.vocabulary import Area, Coverage, EvidenceMode
from auditor.passwords import PasswordBook
from auditor.roles import base_names, is_base_user, temporary_names
from auditor.sources.parse.objects import KNOWN_PARTS
from auditor.sources.parse.reading import Reading

_PRIORITY: Final = (
    "box-info",
    "configuration",
    "object-show",
    "object-export",
    "table-users",
    "object-list",
)
# That none of so many objects has a password means that passwords were left out.
_MANY_OBJECTS: Final = 5
_EXPORT_AGAIN: Final = "read the live PBX, or save /cfg.txt again"
_MISSING: Final[Mapping[Area, tuple[str, str]]] = {
    Area.BOX: ("no source says which device this is", _EXPORT_AGAIN),
    Area.OBJECTS: ("no source holds the PBX objects", _EXPORT_AGAIN),
    Area.DEVICES: ("no object of any source shows a hardware id", _EXPORT_AGAIN),
    Area.PASSWORDS: ("no object of any source shows whether a password is set", _EXPORT_AGAIN),
    Area.CALL_FILTERS: ("no source holds the _ADMIN_ object with the call filters", _EXPORT_AGAIN),
    Area.IP_FILTER: (
        "where the PBX stores the IP filter is not documented, and no dialect entry found it",
        "look at PBX/Config/Filter and attest the rows in the site file, [facts.ip_filter]",
    ),
    Area.REGISTRATIONS_WITHOUT_PASSWORD: (
        "where the PBX stores No of Regs w/o Pwd. is not documented, and no dialect entry found it",
        (
            "look at PBX/Config/General and attest the number in the site file, "
            "[facts.registrations_without_password]"
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Batch:
    """The documents of one target, with the record of each and gaps that reading them left."""

    readings: Sequence[Reading]
    records: Sequence[SourceRecord]
    gaps: Sequence[Gap] = ()


def assemble(batch: Batch, site: Site, pbx_password: str | None) -> Snapshot:
    """Return the snapshot of one target. The readings lose their secrets."""
    readings = sorted(batch.readings, key=lambda reading: _PRIORITY.index(reading.kind))
    gaps = [*batch.gaps, *(gap for reading in readings for gap in reading.gaps)]
    objects, stored = _merge_objects(readings, gaps)
    admin = next((r for r in readings if r.admin_seen), Reading("", "configuration"))
    book = PasswordBook(
        [*stored, *([admin.admin_password] if admin.admin_password else [])],
        admin.admin_password,
        admin.admin_key,
        pbx_password,
    )
    scripted_names = [entry.h323 for reading in readings for entry in reading.scripted]
    judged = _judge_passwords(objects, stored, book, site, scripted_names)
    boxes = _merge_boxes(reading.box for reading in readings if reading.box is not None)
    snapshot = Snapshot(
        target=_target_id(boxes, site),
        boxes=boxes,
        objects=tuple(judged),
        filters=tuple(_merge_filters(readings)),
        settings=_merge_settings(readings),
        scripted=tuple(_judge_scripted(readings, book, site)),
        gaps=tuple(gaps),
        sources=tuple(_with_notes(batch.records, readings)),
        dialect=site.target.dialect,
        attribute_grades=load_dialect(site.target.dialect).attributes,
        evidence_mode=_mode(book),
    )
    has_password = any(stored) or bool(admin.admin_password and len(stored) < _MANY_OBJECTS)
    _drop_secrets(readings)
    return _with_coverage(snapshot, admin_seen=admin.admin_seen, has_password=has_password)


def _merge_objects(
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
                objects[twin] = _without(objects[twin], differing)
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
    parts = {
        "h323": (first.h323, second.h323),
        "e164": (first.e164, second.e164),
        "pseudo": (first.kind, second.kind),
        "config": (first.templates, second.templates),
        "devices": (first.devices, second.devices),
        "forks": (first.forks, second.forks),
        "cds": (first.diversions, second.diversions),
    }
    for name in {*first.attributes, *second.attributes} - {"config"}:
        parts[name] = (first.attributes.get(name), second.attributes.get(name))
    return {
        name
        for name, (one, other) in parts.items()
        if one != other and first.shows(name) and second.shows(name)
    }


def _without(subject: PbxObject, parts: set[str]) -> PbxObject:
    """Return an object that no longer claims to show the given parts."""
    visible = KNOWN_PARTS if subject.visible is None else subject.visible
    kept = {name: value for name, value in subject.attributes.items() if name not in parts}
    return subject._replace(attributes=kept, visible=visible - parts)


def _conflict(conflicts: Sequence[PbxObject], source: str) -> Gap:
    return Gap(
        Area.OBJECTS,
        f"{len(conflicts)} objects differ from another file, the first is {conflicts[0].label}",
        source,
        advice="audit files that were saved at the same time",
    )


def _judge_passwords(
    objects: Sequence[PbxObject],
    stored: Sequence[str | None],
    book: PasswordBook,
    site: Site,
    scripted_names: Sequence[str],
) -> list[PbxObject]:
    names = base_names(site.hot_desk, scripted_names)
    temporary = temporary_names(site.hot_desk)
    judged = list(objects)
    for index, candidate in enumerate(objects):
        if candidate.h323.casefold() in temporary or is_base_user(candidate, names, site.hot_desk):
            evidence = book.judge(stored[index], _words(candidate, site))
            judged[index] = candidate._replace(password=evidence)
    return judged


def _words(candidate: PbxObject, site: Site) -> list[str]:
    """Return the words around an object that a password must not be made of."""
    attributes = candidate.attributes
    return [
        candidate.h323,
        candidate.cn,
        candidate.e164.strip("#*"),
        *(attributes.get(name, "") for name in ("dn", "text", "node", "loc")),
        *candidate.templates,
        *(word for device in candidate.devices for word in (device.hw, device.hw[-6:])),
        *_site_words(site),
    ]


def _site_words(site: Site) -> list[str]:
    return [site.target.name, site.target.company, *site.target.words]


def _judge_scripted(
    readings: Iterable[Reading], book: PasswordBook, site: Site
) -> Iterable[ScriptedRegistration]:
    for reading in readings:
        for entry in reading.scripted:
            evidence = book.judge_scripted(entry.secret, [entry.h323, *_site_words(site)])
            yield ScriptedRegistration(entry.h323, evidence, reading.source, entry.line)


def _merge_filters(readings: Iterable[Reading]) -> Iterable[CallFilter]:
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


def _merge_settings(readings: Iterable[Reading]) -> dict[Area, Setting]:
    merged: dict[Area, Setting] = {}
    for reading in readings:
        for area, setting in reading.settings.items():
            known = merged.get(area)
            if known is None:
                merged[area] = setting
            else:
                values = tuple(dict.fromkeys([*known.values, *setting.values]))
                merged[area] = replace(known, values=values)
    return merged


def _with_notes(
    records: Iterable[SourceRecord], readings: Iterable[Reading]
) -> Iterable[SourceRecord]:
    notes = {reading.source: "; ".join(reading.notes) for reading in readings}
    for record in records:
        note = "; ".join(text for text in (record.note, notes.get(record.name, "")) if text)
        yield replace(record, note=note)


def _mode(book: PasswordBook) -> EvidenceMode:
    if book.rejected:
        return EvidenceMode.PBX_PASSWORD_REJECTED
    return EvidenceMode.PBX_PASSWORD if book.decrypts else EvidenceMode.NO_SECRET


def _merge_boxes(boxes: Iterable[Box]) -> tuple[Box, ...]:
    """Return each box once, with what its documents say of it put together."""
    merged: dict[str, Box] = {}
    for box in boxes:
        known = merged.get(_short_serial(box), Box())
        merged[_short_serial(box)] = Box(
            known.name or box.name,
            known.product or box.product,
            known.firmware or box.firmware,
            max(known.serial, box.serial, key=len),
        )
    return tuple(merged.values())


def _short_serial(box: Box) -> str:
    """Return the last three bytes of a serial number: all that the header of `cfg.txt` shows."""
    return "".join(c for c in box.serial.lower() if c in "0123456789abcdef")[-6:]


def _target_id(boxes: Sequence[Box], site: Site) -> str:
    """Return what identifies the system: the serial number of its first box, else a name."""
    for box in boxes:
        if _short_serial(box):
            return f"mac:{_short_serial(box)}"
    return f"name:{site.target.name}" if site.target.name else "unidentified"


def _drop_secrets(readings: Iterable[Reading]) -> None:
    for reading in readings:
        reading.secrets.clear()
        reading.scripted.clear()
        reading.admin_password = reading.admin_key = None


def _with_coverage(snapshot: Snapshot, *, admin_seen: bool, has_password: bool) -> Snapshot:
    """Return the snapshot with the coverage of each area, and a gap for each that is missing."""
    objects = snapshot.objects
    found = {
        Area.BOX: bool(snapshot.boxes),
        Area.OBJECTS: bool(objects),
        Area.DEVICES: any(o.devices for o in objects),
        Area.PASSWORDS: has_password,
        Area.CALL_FILTERS: admin_seen,
        Area.IP_FILTER: Area.IP_FILTER in snapshot.settings,
        Area.REGISTRATIONS_WITHOUT_PASSWORD: (
            Area.REGISTRATIONS_WITHOUT_PASSWORD in snapshot.settings
        ),
    }
    gaps = list(snapshot.gaps)
    areas = {}
    for area, present in found.items():
        named = any(gap.area is area for gap in snapshot.gaps)
        if not present:
            areas[area] = Coverage.MISSING
            if not named:
                reason, advice = _MISSING[area]
                gaps.append(Gap(area, reason, advice=advice))
        else:
            areas[area] = Coverage.PARTIAL if named else Coverage.COMPLETE
    return replace(snapshot, areas=areas, gaps=tuple(gaps))

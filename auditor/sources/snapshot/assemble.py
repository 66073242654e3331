"""Readings to one snapshot: merges them, reduces secrets to evidence, names what is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from auditor.dialects import Dialect
from auditor.facts import ADMINISTRATOR_PASSWORD, SecretState, known_facts
from auditor.facts.missing import advice
from auditor.messages.message import Message, say, together
from auditor.model.account import NOTHING_ASKED, Proof, ProofKind, Requests
from auditor.model.site import Site
from auditor.model.snapshot import (
    Box,
    Gap,
    PbxObject,
    Setting,
    Snapshot,
    SourceRecord,
    TlsEndpoint,
)
from auditor.model.vocabulary import Area, Coverage, EvidenceMode, Grade
from auditor.passwords import AdminFields, PasswordBook
from auditor.site.credentials import NOTHING_COMPARED, Compared
from auditor.sources.options import DEFAULTS, LiveOptions
from auditor.sources.parse.device_configs import KIND as DEVICE_CONFIGURATIONS
from auditor.sources.parse.reading import ObjectNames, Reading
from auditor.sources.snapshot.completeness import Completeness, of_settings
from auditor.sources.snapshot.firmware_train import only_of_trains, with_looks
from auditor.sources.snapshot.listed_by_messages import compare_listed, settings_of_lists
from auditor.sources.snapshot.merge import (
    compare_names,
    merge_boxes,
    merge_filters,
    merge_objects,
    merge_settings,
    shown_of_box,
    silent_boxes,
)
from auditor.sources.snapshot.partly_shown import contradicted_in_part
from auditor.sources.snapshot.password_evidence import Judge, in_order, site_words
from auditor.sources.snapshot.rolled_out_settings import with_rolled_out
from auditor.sources.snapshot.told_by_messages import (
    compared_filters,
    confirmed_by_messages,
    merge_parents,
)
from auditor.sources.snapshot.told_firmware import agreed_firmware

_PRIORITY: Final = (
    "box-info",
    "configuration",
    "object-show",
    "object-export",
    "table-users",
    "object-list",
    "app-socket",
    DEVICE_CONFIGURATIONS,
)
# That none of so many objects has a password means that passwords were left out.
_MANY_OBJECTS: Final = 5
_EXPORT_AGAIN: Final = say("read the live PBX, or save /cfg.txt again")
_MISSING: Final[Mapping[Area, tuple[Message, Message]]] = {
    Area.BOX: (say("no source says which device this is"), _EXPORT_AGAIN),
    Area.OBJECTS: (say("no source holds the PBX objects"), _EXPORT_AGAIN),
    Area.DEVICES: (say("no object of any source shows a hardware id"), _EXPORT_AGAIN),
    Area.PASSWORDS: (say("no object of any source shows whether a password is set"), _EXPORT_AGAIN),
    Area.CALL_FILTERS: (
        say("no source holds the _ADMIN_ object with the call filters"),
        _EXPORT_AGAIN,
    ),
    Area.SETTINGS: (say("no source holds the settings of the device (cfg.txt)"), _EXPORT_AGAIN),
}


class Batch(NamedTuple):
    """The documents of one target, with the record of each and gaps that reading them left.

    `tls` is what handshakes showed, `looked` what looks at services did, by fact. `listed` are
    counts beside the readings: other lists of the same objects, from which no object was read.
    `requests` counts what was asked for.
    `dialect` is the one that the documents were read with.
    """

    readings: Sequence[Reading]
    records: Sequence[SourceRecord]
    dialect: Dialect
    gaps: Sequence[Gap] = ()
    tls: Sequence[TlsEndpoint] = ()
    looked: Mapping[str, Setting] = {}
    listed: Sequence[ObjectNames] = ()
    requests: Requests = NOTHING_ASKED


def assemble(
    batch: Batch,
    site: Site,
    pbx_password: str | None,
    options: LiveOptions = DEFAULTS,
    compared: Compared = NOTHING_COMPARED,
) -> Snapshot:
    """Return the snapshot of one target. The readings lose their secrets.

    `compared` are passwords of others, with which those of the PBX are compared.
    """
    readings = sorted(
        batch.readings, key=lambda reading: (reading.further, _PRIORITY.index(reading.kind))
    )
    gaps, dialect = [*batch.gaps, *(gap for one in readings for gap in one.gaps)], batch.dialect
    in_objects = {fact for fact, one in dialect.settings.items() if not one.in_lines}
    gaps += silent_boxes(readings, in_objects)
    objects, stored = merge_objects(readings, gaps)
    reads_parents = dialect.template_parents is not None
    parents = merge_parents(readings, objects, is_read=reads_parents, gaps=gaps, site=site)
    gaps += [*compare_names(batch.listed, objects), *compare_listed(readings, objects)]
    admin = next((r for r in readings if r.admin_seen), Reading("", "configuration"))
    book = PasswordBook(
        [*in_order(objects, stored), *filter(None, [admin.admin_password])],
        AdminFields(admin.admin_password, admin.admin_key),
        pbx_password,
        site_words(site),
        next((reading.tagger for reading in readings if reading.tagger is not None), None),
    )
    scripted_names = [one.h323 for reading in readings for one in reading.scripted if one.h323]
    judge = Judge(book, site, options, scripted_names)
    boxes, trains = agreed_firmware(
        merge_boxes(reading.box for reading in readings if reading.box is not None), readings, gaps
    )
    settings, contradicted = _settings(readings, objects, in_objects, gaps)
    contradicted |= contradicted_in_part(readings, _attested(site), gaps)
    replaced = merge_settings(((one.box, one.replaced) for one in readings), gaps)
    filters = compared_filters(readings, merge_filters(readings), _attested_filters(site), gaps)
    whole = Completeness(readings, objects, filters, batch.listed, site)
    proofs, doubts = _proven(whole, readings, objects, gaps)
    gaps += doubts
    settings, filters, foreign = only_of_trains(dialect, trains, settings, filters, replaced)
    gaps += [*foreign, *_unanswered(readings, batch.looked)]
    rolled_out = with_rolled_out(with_looks(settings, batch.looked), readings, gaps)
    settings = {fact: one for fact, one in rolled_out.items() if fact not in contradicted}
    judge.judge(objects, stored)
    snapshot = Snapshot(
        target=_target_id(boxes, site),
        boxes=boxes,
        objects=tuple(objects),
        filters=filters,
        settings={**settings, **_handed_over(compared.administrator)},
        listed_parents=parents,
        confirmed=confirmed_by_messages(readings, objects),
        scripted=tuple(judge.judge_scripted(readings, zip(objects, stored, strict=True))),
        tls=tuple(batch.tls),
        pbx_password_evidence=(
            book.judge_pbx_password(compared.administrator) if admin.admin_seen else None
        ),
        administrator_evidence=book.judge_administrator(compared.administrator),
        app_platform_password_evidence=book.judge_app_platform(
            compared.app_platform, compared.administrator
        ),
        gaps=tuple(gaps),
        proofs=proofs,
        sources=tuple(_with_notes(batch.records, readings)),
        requests=batch.requests,
        dialect=dialect.name,
        dialect_file=dialect.file,
        attribute_grades=dialect.attributes,
        evidence_mode=_mode(book),
        reads_template_parents=reads_parents,
        template_parent_place=dialect.parent_place,
    )
    shown = _shown(readings, admin, stored)
    _drop_secrets(readings)
    return _with_coverage(snapshot, shown)


def _settings(
    readings: Sequence[Reading],
    objects: Sequence[PbxObject],
    in_objects: Collection[str],
    gaps: list[Gap],
) -> tuple[dict[str, Setting], set[str]]:
    """Return settings, and those that sources contradict: whoever else shows one is not to decide.

    What they contradict themselves in is added to the gaps.
    """
    clashes: list[Gap] = []
    found = merge_settings(((one.box, one.settings) for one in readings), clashes, in_objects)
    gaps += clashes
    contradicted = {gap.area for gap in clashes} - found.keys()
    return {**found, **settings_of_lists(readings, objects)}, contradicted


def _attested(site: Site) -> Mapping[str, Sequence[str]]:
    """Return what a person states of facts, by name."""
    stated = site.facts.settings() if site.facts is not None else ()
    return {fact: one.texts for fact, one in stated}


def _attested_filters(site: Site) -> Collection[str]:
    return site.facts.call_filters if site.facts is not None else ()


def _proven(
    whole: Completeness,
    readings: Sequence[Reading],
    objects: Sequence[PbxObject],
    gaps: Sequence[Gap],
) -> tuple[Mapping[str, Proof], list[Gap]]:
    """Return what proves that objects and settings are whole, and what is against it.

    `gaps` are those known before: a document that was not understood as a whole proves nothing by
    its own ends.
    """
    listed, missing_objects = whole.of_objects()
    settings, missing_settings = of_settings(readings, objects)
    proofs = {
        area.value: _unless_open(proof, [gap for gap in gaps if gap.area == area])
        for area, proof in ((Area.OBJECTS, listed), (Area.SETTINGS, settings))
    }
    return proofs, [*missing_objects, *missing_settings]


def _unanswered(readings: Sequence[Reading], looked: Collection[str]) -> Iterable[Gap]:
    """Yield why a box did not show facts that it was asked for, where nothing else of it does."""
    for reading in readings:
        known = {*looked, *(shown_of_box(reading, readings) if reading.unanswered else ())}
        for fact, reason in reading.unanswered.items():
            if fact not in known:
                attest = advice(known_facts()[fact])
                remedy = reading.remedies.get(fact)
                both = (
                    say("{advice}; or {other}", advice=remedy, other=attest) if remedy else attest
                )
                yield Gap(fact, reason, reading.source, advice=both)


def _unless_open(proof: Proof, gaps: Sequence[Gap]) -> Proof:
    if not gaps or proof.kind is not ProofKind.STRUCTURAL:
        return proof
    return Proof(ProofKind.NONE, proof.count, note=gaps[0].reason)


def _handed_over(administrator: str | None) -> Mapping[str, Setting]:
    """Return that the administrator's password is known, without saying what it is."""
    if administrator is None:
        return {}
    value = (SecretState.SET if administrator else SecretState.EMPTY).value
    return {ADMINISTRATOR_PASSWORD: Setting((value,), Grade.DOCUMENTED, "handed over")}


def _with_notes(
    records: Iterable[SourceRecord], readings: Iterable[Reading]
) -> Iterable[SourceRecord]:
    by_source = {reading.source: reading for reading in readings}
    for record in records:
        reading = by_source.get(record.name) or by_source.get(record.name.partition("?")[0])
        notes = [record.note, *(reading.notes if reading else ())]
        account = reading.account if reading else ()
        yield replace(record, note=together(*notes), account=account)


def _mode(book: PasswordBook) -> EvidenceMode:
    if book.rejected:
        return EvidenceMode.PBX_PASSWORD_REJECTED
    return EvidenceMode.PBX_PASSWORD if book.decrypts else EvidenceMode.NO_SECRET


def _target_id(boxes: Sequence[Box], site: Site) -> str:
    """Return what identifies the system: the serial number of its first box, else a name."""
    for box in boxes:
        if box.short_serial:
            return f"mac:{box.short_serial}"
    return f"name:{site.target.name}" if site.target.name else "unidentified"


def _drop_secrets(readings: Iterable[Reading]) -> None:
    for reading in readings:
        reading.secrets.clear()
        reading.scripted.clear()
        reading.admin_password = reading.admin_key = None
        reading.tagger = None


class _Shown(NamedTuple):
    """What some source showed at all."""

    admin: bool
    passwords: bool
    settings: bool


def _shown(readings: Iterable[Reading], admin: Reading, stored: Sequence[str | None]) -> _Shown:
    few = len(stored) < _MANY_OBJECTS
    return _Shown(
        admin=admin.admin_seen,
        passwords=any(stored) or bool(admin.admin_password and few),
        settings=any(reading.states_settings for reading in readings),
    )


def _with_coverage(snapshot: Snapshot, shown: _Shown) -> Snapshot:
    """Return the snapshot with the coverage of each area and fact, and a gap for missing areas."""
    objects = snapshot.objects
    found = {
        Area.BOX: bool(snapshot.boxes),
        Area.OBJECTS: bool(objects),
        Area.DEVICES: any(o.devices for o in objects),
        Area.PASSWORDS: shown.passwords,
        Area.CALL_FILTERS: shown.admin,
        Area.SETTINGS: shown.settings,
    }
    gaps = list(snapshot.gaps)
    areas: dict[str, Coverage] = {}
    for area, present in found.items():
        named = any(gap.area == area for gap in snapshot.gaps)
        if not present:
            areas[area] = Coverage.MISSING
            if not named:
                reason, advice = _MISSING[area]
                gaps.append(Gap(area, reason, advice=advice))
        else:
            areas[area] = Coverage.PARTIAL if named else Coverage.COMPLETE
    if snapshot.tls:
        named = any(gap.area == Area.TLS for gap in snapshot.gaps)
        areas[Area.TLS] = Coverage.PARTIAL if named else Coverage.COMPLETE
    for fact in snapshot.settings:
        areas[fact] = Coverage.PARTIAL if snapshot.gaps_behind(fact) else Coverage.COMPLETE
    return replace(snapshot, areas=areas, gaps=tuple(gaps))

"""Firmware of the devices: not older than it must be, not vulnerable, and still supported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from auditor.checks.settings import about_fact, note_of, setting_evidence, with_note
from auditor.checks.support.app_services import (
    APP_PLATFORM,
    against_there_being_none,
    says_there_is_none,
)
from auditor.checks.support.listed_devices import (
    ITSELF,
    ListedGroup,
    in_doubt,
    listed_by_product,
    of_group,
    worst_of,
)
from auditor.checks.support.observe import about_list, compliant, undetermined, violated
from auditor.checks.support.parameters import Parameters
from auditor.facts import known_facts
from auditor.messages.message import NOTHING, Message, say
from auditor.model.result import Evidence, Fix, Observation, Subject
from auditor.model.site_policies import FirmwarePolicy
from auditor.model.snapshot import Box, Setting
from auditor.model.vocabulary import Grade
from auditor.pbx.view import AuditView
from auditor.values.firmware_labels import (
    Train,
    compare_versions,
    parse_firmware,
    parse_train,
    read_firmware,
    train_of,
)
from auditor.vulnerabilities import Affected, Component, Vulnerability, known_vulnerabilities

_PROPERTY: Final = "firmware"
_SITE: Final = say("site file")
_SUPPORTED: Final = "supported_trains"
_SEVERAL: Final = 2
_UNSTATED: Final = "?"
_SHORT_LABEL: Final = say("the label does not say enough to compare it")


def firmware_meets_baseline(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge the firmware of each device by the site's baseline, and whether devices differ."""
    policy = view.site.firmware
    for box in view.snapshot.boxes:
        yield _against_baseline(box, policy)
    for members in listed_by_product(view):
        yield of_group(members, [_against_baseline(one.box, policy) for one in members])
    if parameters.flag("same_everywhere"):
        listed = [one for members in listed_by_product(view) for one in members]
        yield from _differences([*map(ListedGroup, view.snapshot.boxes), *listed], policy)


def _against_baseline(box: Box, policy: FirmwarePolicy) -> Observation:
    """Return what is said of a device; one without a product may be of each that has a baseline."""
    products = () if box.product else [one for one in policy.baselines if parse_train(one) is None]
    which = [(f"baselines.{name}", policy.baselines[name]) for name in products]
    judged = [_against(box, *one) for one in (_baseline(box, policy), *which)]
    if len({one.verdict for one in judged}) == 1:
        return judged[0]
    detail = say(
        "which baseline counts for {firmware} is open: the product is not stated, and products "
        "have baselines of their own",
        firmware=_shown(box),
    )
    evidence = tuple(dict.fromkeys(one for each in judged for one in each.evidence))
    return undetermined(_about(box), _PROPERTY, detail, evidence)


def _against(box: Box, key: str, wanted: str | None) -> Observation:
    evidence = [_evidence(box)]
    if wanted is None:
        detail = say(
            "no baseline is stated for {product} with {firmware}; "
            "write it into the site file, [firmware] baseline",
            product=box.product or say("this device"),
            firmware=_shown(box),
        )
        return undetermined(_about(box), _PROPERTY, detail, evidence)
    evidence.append(Evidence(_SITE, None, None, f"[firmware] {key}", wanted, grade=Grade.ATTESTED))
    version, least = read_firmware(box.firmware), parse_firmware(wanted)
    order = compare_versions(version, least) if version and least else None
    if order is None:
        detail = say(
            "whether {firmware} is older than {wanted} cannot be told from its label",
            firmware=_shown(box),
            wanted=wanted,
        )
        return undetermined(_about(box), _PROPERTY, detail, evidence)
    if order < 0:
        fix = Fix(_PROPERTY, box.firmware, say("{least} or newer", least=wanted))
        detail = say(
            "{label} is older than the baseline {wanted}", label=box.firmware, wanted=wanted
        )
        return violated(_about(box), _PROPERTY, detail, evidence, fix)
    detail = say(
        "{label} is not older than the baseline {wanted}", label=box.firmware, wanted=wanted
    )
    return compliant(_about(box), _PROPERTY, detail, evidence)


def _baseline(box: Box, policy: FirmwarePolicy) -> tuple[str, str | None]:
    """Return the key and value of the baseline for a device: of its product, its train, or all."""
    train = train_of(box.firmware)
    for name, label in policy.baselines.items():
        if box.product and name.casefold() == box.product.casefold():
            return f"baselines.{name}", label
    for name, label in policy.baselines.items():
        if train is not None and parse_train(name) == train:
            return f"baselines.{name}", label
    return "baseline", policy.baseline


def _differences(devices: Sequence[ListedGroup], policy: FirmwarePolicy) -> Iterator[Observation]:
    """Yield whether devices that share a baseline have the same firmware."""
    groups: dict[str, list[ListedGroup]] = {}
    for one in devices:
        groups.setdefault(_baseline(one.box, policy)[0], []).append(one)
    for key, members in groups.items():
        sure = [one for one in members if one.is_sure]
        number = sum(one.number for one in sure)
        if number >= _SEVERAL:
            yield _difference(f"boxes:{key}", [one.box for one in sure], number)
        if len(sure) < len(members):
            number = sum(one.number for one in members)
            every = _difference(f"listed:{key}", [one.box for one in members], number)
            yield in_doubt(every, next(one for one in members if one not in sure))


def _difference(key: str, members: Sequence[Box], number: int) -> Observation:
    subject = about_list(key, say("the firmware of {count} devices", count=number))
    evidence = [_evidence(box) for box in members]
    first, *others = members
    orders = [_order(first, other) for other in others]
    if any(orders):
        labels = ", ".join(dict.fromkeys(box.firmware for box in members))
        fix = Fix(_PROPERTY, labels, say("the same on all of them"))
        detail = say("the devices differ: {labels}", labels=labels)
        return violated(subject, "same", detail, evidence, fix)
    if None in orders:
        detail = say("whether all devices have the same firmware cannot be told from their labels")
        return undetermined(subject, "same", detail, evidence)
    detail = say("all have {label}", label=first.firmware)
    return compliant(subject, "same", detail, evidence)


def _order(one: Box, other: Box) -> int | None:
    """Return which of two devices has the older firmware; None if their labels do not say.

    Builds whose label says no more than their train may differ although their labels are equal.
    """
    equal = one.firmware.casefold() == other.firmware.casefold()
    if equal and parse_firmware(one.firmware) is not None:
        return 0
    first, second = read_firmware(one.firmware), read_firmware(other.firmware)
    return compare_versions(first, second) if first and second else None


def firmware_is_not_vulnerable(view: AuditView, _: Parameters) -> Iterator[Observation]:
    """Judge the firmware of each device, and the App Platform, by published vulnerabilities."""
    entries = known_vulnerabilities()
    of_firmware = [one for one in entries if one.component is Component.FIRMWARE]
    for box in view.snapshot.boxes:
        yield from (_judge_box(box, entry) for entry in of_firmware)
    for members in listed_by_product(view):
        for entry in of_firmware:
            yield of_group(members, [_judge_box(one.box, entry) for one in members])
    setting = view.snapshot.settings.get(APP_PLATFORM)
    if setting is not None:
        for entry in entries:
            if entry.component is Component.APP_PLATFORM:
                yield _judge_app_platform(view, setting, entry)


def _judge_box(box: Box, entry: Vulnerability) -> Observation:
    evidence = [_evidence(box), _record(entry)]
    if not entry.concerns(box.product):
        detail = say(
            "{id} is about {products}, this is {product}",
            id=entry.id,
            products=", ".join(entry.products),
            product=box.product,
        )
        return compliant(_about(box), entry.id, detail, evidence)
    return _judge(_about(box), box.firmware, entry, evidence)


def _judge_app_platform(view: AuditView, setting: Setting, entry: Vulnerability) -> Observation:
    """Return what is said of the App Platforms: the worst of their versions decides."""
    subject = about_fact(known_facts()[APP_PLATFORM])
    labels = [value.strip() for value in setting.values] or [""]
    shown = ", ".join(label or _UNSTATED for label in labels)
    evidence = [setting_evidence(setting, shown), _record(entry)]
    if says_there_is_none(setting):
        if doubt := against_there_being_none(view):
            return undetermined(subject, entry.id, doubt, evidence)
        detail = say("{id}: there is no App Platform", id=entry.id)
        return compliant(subject, entry.id, detail, evidence, note_of(setting))
    judged = [_judge(subject, label, entry, evidence, note_of(setting)) for label in labels]
    return worst_of(judged)


def _judge(
    subject: Subject,
    label: str,
    entry: Vulnerability,
    evidence: Sequence[Evidence],
    note: Message = NOTHING,
) -> Observation:
    version = read_firmware(label)
    if version is None:
        detail = with_note(_unclear_version(label, entry), note)
        return undetermined(subject, entry.id, detail, evidence)
    about = {"label": label, "id": entry.id, "record": entry.record}
    title = say(entry.title)
    match entry.affects(version):
        case Affected.NO:
            detail = say("{label} is not affected by {id} ({record})", **about)
            return compliant(subject, entry.id, detail, evidence, note)
        case Affected.YES:
            detail = say("{label} is affected by {id} ({record}): {title}", title=title, **about)
            fix = Fix(_PROPERTY, label, say("a version that is not affected"))
            return violated(subject, entry.id, with_note(detail, note), evidence, fix)
        case Affected.POTENTIALLY:
            detail = say(
                "{label} is potentially affected by {id} ({record}): {title}; {doubt}; "
                "confirm it in the vendor's release notes",
                title=title,
                doubt=say(entry.doubt) if entry.doubt else _SHORT_LABEL,
                **about,
            )
            return undetermined(subject, entry.id, with_note(detail, note), evidence)


def _unclear_version(label: str, entry: Vulnerability) -> Message:
    about = {"id": entry.id, "record": entry.record}
    if not label:
        return say("{id} ({record}): the version is not stated", **about)
    return say("{id} ({record}): the version {label} cannot be understood", label=label, **about)


def firmware_is_supported(view: AuditView, _: Parameters) -> Iterator[Observation]:
    """Judge whether the train of each device is one that a person states to be supported."""
    setting = view.snapshot.settings.get(_SUPPORTED)
    if setting is None:
        return
    trains = [parse_train(name) for name in setting.values]
    stated = setting_evidence(setting, ", ".join(setting.values))
    for box in view.snapshot.boxes:
        yield _in_trains(box, trains, stated)
    for members in listed_by_product(view):
        yield of_group(members, [_in_trains(one.box, trains, stated) for one in members])


def _in_trains(box: Box, trains: Sequence[Train | None], stated: Evidence) -> Observation:
    evidence = [_evidence(box), stated]
    train = train_of(box.firmware)
    if train is None:
        detail = say("which train {firmware} belongs to cannot be told", firmware=_shown(box))
        return undetermined(_about(box), _PROPERTY, detail, evidence)
    if train in trains:
        detail = say("the train of {label} is supported", label=box.firmware)
        return compliant(_about(box), _PROPERTY, detail, evidence)
    if None in trains:
        detail = say(
            "the train of {label} is not in the list, but one entry is no train", label=box.firmware
        )
        return undetermined(_about(box), _PROPERTY, detail, evidence)
    fix = Fix(_PROPERTY, box.firmware, say("a supported train"))
    detail = say("the train of {label} is not among the supported ones", label=box.firmware)
    return violated(_about(box), _PROPERTY, detail, evidence, fix)


def _about(box: Box) -> Subject:
    """Return a box as a subject, by what each source shows of its serial number."""
    label = " ".join(part for part in (box.name or box.serial, box.product) if part)
    tail = box.short_serial
    short = "-".join(tail[at : at + 2] for at in range(0, len(tail), 2))
    return Subject("box", short or "box", label or say("the device"))


def _shown(box: Box) -> Message:
    if not box.firmware:
        return say("firmware that it does not state")
    return say("the firmware {label}", label=box.firmware)


def _evidence(box: Box) -> Evidence:
    return Evidence(ITSELF, None, box.name or box.serial or None, _PROPERTY, box.firmware)


def _record(entry: Vulnerability) -> Evidence:
    value = say(
        "{record}; confidence {confidence}, checked {day}",
        record=entry.record,
        confidence=say(entry.confidence.value),
        day=str(entry.checked),
    )
    return Evidence(entry.source, None, None, entry.id, value)

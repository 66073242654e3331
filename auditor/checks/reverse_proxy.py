"""The reverse proxy between the Internet and the PBX.

All of them rest on the list of reverse proxies: without an entry there is nothing to look at.
Source of the fields: innovaphone wiki, Services/Reverse-Proxy.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final
from urllib.parse import unquote

from auditor.checks.settings import (
    about_fact,
    fact_of,
    flag_is,
    note_of,
    setting_evidence,
    unknown_fact,
    with_note,
)
from auditor.checks.support.grouped_observations import names
from auditor.checks.support.observe import about_list, compliant, undetermined, violated
from auditor.checks.support.parameters import Parameters
from auditor.facts import known_facts
from auditor.messages.message import NOTHING, Message, say
from auditor.model.result import Fix, Observation, Subject
from auditor.model.snapshot import PBX_KIND, Box, PbxObject, Setting
from auditor.model.vocabulary import Grade
from auditor.pbx.grades import DEVICE
from auditor.pbx.hot_desk_roles import is_mac_address
from auditor.pbx.view import AuditView

REVERSE_PROXIES: Final = "reverse_proxies"
_KIND: Final = "reverse proxy"
_MAC: Final = "mac"
_PBX: Final = re.compile(r"^/pbx0?-[^/]+(?=/|$)")
_SEPARATORS: Final = re.compile(r"[-:.\s]")
_TAIL: Final = 6
_EMPTY: Final = say("what is empty may stand for nothing or for everything")
_VENDOR: Final = "009033"


def reverse_proxy_is_apart(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that no reverse proxy is a device that the PBX itself runs on."""
    setting = view.snapshot.settings.get(REVERSE_PROXIES)
    if setting is None:
        return
    proxies = _entries(setting)
    if not proxies:
        yield from _contradiction(view, setting)
        return
    serials = {serial for box in view.snapshot.boxes if (serial := _serial(box))}
    open_question = _unread_boxes(view.snapshot.boxes, view.snapshot.objects)
    for name in dict.fromkeys(entry.casefold() for entry in proxies):
        yield _apart(name, serials, open_question, setting)


def _apart(name: str, serials: set[str], open_question: Message, setting: Setting) -> Observation:
    subject, evidence = Subject(_KIND, name, name), [setting_evidence(setting, name)]
    address = _SEPARATORS.sub("", name)
    if not is_mac_address(address):
        detail = say(
            "this is not the MAC address of a device, so it cannot be compared with the PBX"
        )
        return undetermined(subject, _MAC, detail, evidence)
    same_end = address[-_TAIL:] in serials
    if address in serials or (same_end and address.startswith(_VENDOR)):
        detail = say("the PBX runs on this device, which strangers reach from the Internet")
        fix = Fix(_MAC, name, say("a device of its own"))
        return violated(subject, _MAC, with_note(detail, note_of(setting)), evidence, fix)
    if same_end:
        detail = say("it ends as the serial number of the PBX does, of which no more was read")
        return undetermined(subject, _MAC, detail, evidence)
    if open_question:
        return undetermined(subject, _MAC, open_question, evidence)
    detail = say("no PBX of this system runs on this device")
    return compliant(subject, _MAC, detail, evidence, note_of(setting))


def _serial(box: Box) -> str:
    """Return the MAC address of a box, or its last three bytes, all that `cfg.txt` shows of it."""
    digits = _SEPARATORS.sub("", box.serial.casefold())
    is_tail = len(digits) == _TAIL and is_mac_address(digits + digits)
    return digits if is_tail or is_mac_address(digits) else ""


def _unread_boxes(boxes: Sequence[Box], objects: Sequence[PbxObject]) -> Message:
    """Return why some device that a PBX runs on may be unknown; empty if none is."""
    known = sum(bool(_serial(box)) for box in boxes)
    if known < max(1, len(boxes)):
        return say("no source shows the serial number of every device that the PBX runs on")
    places = sum(member.kind == PBX_KIND for member in objects)
    if places > known:
        return say(
            "the system has {count} PBXs, and only {known} of their devices were read",
            count=places,
            known=known,
        )
    if not all(member.shows("pseudo") for member in objects):
        return say("this source does not show which objects are PBXs, so there may be more")
    return NOTHING


def _contradiction(view: AuditView, setting: Setting) -> Iterator[Observation]:
    """Yield that devices come through a reverse proxy, although the list says there is none."""
    through = [
        member
        for member in view.snapshot.objects
        if any(device.flags.get("trusted") == "true" for device in member.devices)
    ]
    if through:
        detail = say(
            "no reverse proxy is stated, but hardware ids come through one: {names}",
            names=names(through),
        )
        evidence = [setting_evidence(setting, "none")]
        evidence += [view.locate(through[0], "trusted", "true", element=DEVICE)]
        subject = about_list(REVERSE_PROXIES, say("the list of reverse proxies"))
        yield undetermined(subject, _MAC, detail, evidence)


def attack_detection_is_on(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Check that addresses that ask for what is forbidden are shut out, and for a while."""
    if _has_a_proxy(view):
        for name in parameters.names("numbers"):
            yield _above_zero(view, name)


def _above_zero(view: AuditView, name: str) -> Observation:
    fact, setting = known_facts()[name], view.snapshot.settings.get(name)
    if setting is None:
        return unknown_fact(view, fact)
    shown = ", ".join(setting.values)
    evidence = [setting_evidence(setting, shown)]
    subject = about_fact(fact)
    if not setting.values or not all(v.isascii() and v.isdigit() for v in setting.values):
        detail = say("the value is not a number, so what it does is not known")
        return undetermined(subject, name, detail, evidence)
    if not all(value.strip("0") for value in setting.values):
        fix = Fix(name, shown, say("a number above 0"))
        detail = say("the value is 0, so it is off")
        return violated(subject, name, with_note(detail, note_of(setting)), evidence, fix)
    detail = say("the value is {value}", value=shown)
    return compliant(subject, name, detail, evidence, note_of(setting))


def plain_ports_are_closed(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Check that the reverse proxy listens on no port for connections without TLS."""
    fact, setting = fact_of(view, parameters)
    if not _has_a_proxy(view):
        return
    if setting is None:
        yield unknown_fact(view, fact)
        return
    subject, shown = about_fact(fact), ", ".join(setting.values)
    evidence = [setting_evidence(setting, shown or "none")]
    used = [entry for entry in _entries(setting) if entry.strip("0")]
    ports = [value for value in used if any(letter.isdigit() for letter in value)]
    if ports:
        detail = say("it listens without TLS: {ports}", ports=", ".join(ports))
        said = with_note(detail, note_of(setting))
        yield violated(subject, fact.name, said, evidence, Fix(fact.name, shown, say("none")))
    elif used:
        detail = say("an entry is no port, so what it means is not known")
        yield undetermined(subject, fact.name, detail, evidence)
    else:
        detail = say("it listens on no port without TLS")
        yield compliant(subject, fact.name, detail, evidence, note_of(setting))


def proxy_flag_is(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge a check mark of the reverse proxy, if there is one."""
    fact, setting = fact_of(view, parameters)
    if not _has_a_proxy(view):
        return
    if setting is None:
        yield unknown_fact(view, fact)
    yield from flag_is(view, parameters)


def administration_is_not_forwarded(
    view: AuditView, parameters: Parameters
) -> Iterator[Observation]:
    """Check that no forwarded path leads to the administration, or to everything.

    Whether a forwarded path stands for all that begins with it is not documented. Where only that
    reading would open the administration, it is undetermined.
    """
    fact, setting = fact_of(view, parameters)
    closed = [_path_of(path) for path in parameters.names("admin_paths")]
    pages = {page.casefold() for page in parameters.names("admin_pages")}
    if not _has_a_proxy(view):
        return
    if setting is None:
        yield unknown_fact(view, fact)
        return
    entries = list(dict.fromkeys(value.strip() for value in setting.values))
    for entry in entries:
        yield _forwarded(entry, closed, pages, setting)
    evidence = [setting_evidence(setting, "none")]
    if not entries and setting.grade is Grade.ATTESTED:
        detail = say("nothing is forwarded")
        yield compliant(about_fact(fact), "path", detail, evidence, note_of(setting))
    elif not entries:
        yield undetermined(about_fact(fact), "path", _EMPTY, evidence)


def _forwarded(
    entry: str, closed: Sequence[str], pages: Collection[str], setting: Setting
) -> Observation:
    subject = Subject("path", entry.casefold(), entry or say("(empty)"))
    evidence = [setting_evidence(setting, entry)]
    if not entry:
        return undetermined(subject, "path", _EMPTY, evidence)
    path = _path_of(entry)
    fix = Fix("path", entry, say("only what is needed from outside"))
    if path == "/":
        detail = say("everything is forwarded, the administration included")
        return violated(subject, "path", with_note(detail, note_of(setting)), evidence, fix)
    inside = [one for one in closed if path == one or path.startswith(_as_folder(one))]
    inside += [page for page in pages if path.endswith(f"/{page}")]
    if inside:
        detail = say("this is the administration: {path}", path=inside[0])
        return violated(subject, "path", with_note(detail, note_of(setting)), evidence, fix)
    above = [one for one in closed if one.startswith(path)]
    if above:
        detail = say(
            "if it stands for all that begins with it, {path} is forwarded, too", path=above[0]
        )
        return undetermined(subject, "path", detail, evidence)
    detail = say("it does not lead to the administration")
    return compliant(subject, "path", detail, evidence, note_of(setting))


def _as_folder(path: str) -> str:
    """Return what paths below a path begin with; commands follow `/!` directly."""
    return path if path.endswith("!") else f"{path}/"


def _path_of(entry: str) -> str:
    """Return the path of a forwarded host in one spelling; `/` is everything.

    A dynamic PBX is called `PBX0-<id>` or `PBX-<id>` (wiki, PBX Configuration API).
    """
    text = unquote(entry.strip()).replace("\\", "/").casefold()
    text = text.partition("://")[2] or text
    path = text[text.index("/") :] if "/" in text else "/"
    clean = posixpath.normpath(path.rstrip("*") or "/")
    return _PBX.sub("/pbx0", f"/{clean.lstrip('/')}")


def _has_a_proxy(view: AuditView) -> bool:
    setting = view.snapshot.settings.get(REVERSE_PROXIES)
    return setting is not None and bool(_entries(setting))


def _entries(setting: Setting) -> list[str]:
    """Return the entries of a list; an option that is empty or absent stands for none."""
    return [entry for value in setting.values if (entry := value.strip())]

"""Which damage states another truth: the violating subject, or its own piece, is gone as a whole.

Decided from the damage alone, never from what the auditor says about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.conservation.mutations import Mutation
from tests.conservation.pieces import ADMIN, Piece

_SETTINGS: Final = ("ADM", "BAK", "FW", "LOG", "RPX", "SVC", "TLS", "TRK-07", "TRK-09")
_OF_SETTINGS: Final = frozenset(
    {
        *("HD-02", "HD-03", "HD-19", "PBX-01", "PBX-05", "PBX-10", "PBX-11", "PBX-12", "PBX-13"),
        "PRV-02",
    }
)
# The pieces that can be the violation itself, by control: attributes and elements in XML.
_DEVICE: Final = ("element device", "attribute no-filter", "attribute trusted", "attribute hw")
_FILTER: Final = (
    "attribute filter",
    "element sim-row",
    "attribute config",
    "attribute bool",
    "attribute not",
)
_OWN: Final[Mapping[str, tuple[str, ...]]] = {
    "HD-02": ("element net",),
    "HD-04": ("attribute hide",),
    "HD-05": (*_FILTER, "element sim-parent"),
    "HD-06": (*_FILTER, "attribute cd-filter", "element sim-parent"),
    "HD-07": _DEVICE,
    "HD-08": ("element sim-parent", "attribute config"),
    "HD-09": _FILTER,
    "HD-11": ("field e164", "attribute e164"),
    "HD-12": ("attribute phone-config",),
    "HD-13": (
        "attribute uclic",
        "attribute apps",
        "attribute admin",
        "attribute config",
        "element sim-parent",
    ),
    "HD-14": ("attribute pwd", "attribute pwdx"),
    "HD-15": _DEVICE,
    "HD-16": _DEVICE,
    "PBX-02": ("element device",),
    "PBX-03": ("attribute pwd", "attribute pwdx"),
    "PBX-04": ("attribute pwd", "attribute pwdx"),
    "PBX-06": _DEVICE,
    "PBX-07": _DEVICE,
    "PBX-08": _DEVICE,
    "PBX-09": (*_DEVICE, "attribute admin"),
    "PBX-14": ("attribute admin", "attribute config", "element sim-parent"),
    "PBX-17": _DEVICE,
    "PRV-01": (
        "attribute name",
        "element allow",
        "attribute dialog",
        "attribute ids",
        "attribute config",
        "element sim-parent",
    ),
    "APP-03": (
        "element app",
        "attribute rcc",
        "attribute admin",
        "attribute tableusers",
        "element pseudo",
    ),
    "APP-04": ("element pseudo", "attribute pwd", "attribute pwdx"),
    "PBX-15": ("element pseudo", "attribute hide"),
    "TRK-01": (*_FILTER,),
    "TRK-02": (*_FILTER, "attribute cd-filter"),
    "TRK-03": (
        "element cd",
        "element ep",
        "attribute e164",
        "attribute cd-filter",
        "attribute config",
    ),
    "TRK-04": ("element fork", "element ep", "attribute e164"),
    "TRK-05": _FILTER,
    "TRK-06": (*_FILTER, "element pseudo"),
    "TRK-08": ("element pseudo",),
}
# Options whose absence, or presence without value, is a statement by the dialect.
_OPTIONS: Final = {
    "ADM-06": ("sim-no-native",),
    "PBX-11": ("sim-two-factor",),
    "PRV-02": ("sim-hide-private",),
    "RPX-03": ("sim-plain-ports",),
    "RPX-06": ("sim-check-certificate",),
    "SVC-02": ("sim-write",),
    "SVC-03": ("sim-force-tls",),
    "PBX-13": ("sim-import-password",),
    "TLS-04": ("sim-srtp",),
    "TLS-05": ("sim-tls",),
    "TRK-07": ("sim-inside",),
    "TRK-09": ("sim-no-transfer",),
    "SVC-05": ("sim-enable", "sim-v1"),
    "SVC-08": ("sim-trap", "sim-enable"),
}
# Settings for which any text is as good as another: damage to their value is another value.
_ANY_VALUE: Final = {
    "LOG-03": "/sim-forward-server ",
    "LOG-04": "SIM-NTP0 /sim-server ",
    "SVC-01": "/sim-guest-password ",
    "SVC-06": "/sim-community ",
}
_ATTESTED: Final = {"HD-02": b"<sim-ip-filter", "HD-03": b"sim-regs-without-pwd"}
# Without it, or with another name, the object is another one.
_OBJECT: Final = frozenset({("element", "user"), ("attribute", "h323"), ("column", "h323")})
# In JSON the same parts are columns, entries of a list and members of those.
_IN_JSON: Final = {
    "element device": "entry devices",
    "element cd": "entry cds",
    "element fork": "entry forks",
    "element allow": "entry allows",
}


# What the file said is gone, and what stands there now is none of a PBX; the report names it.
_NOTHING_LEFT: Final = frozenset(
    {"empty the file", "blank file", "a page instead", "a comment instead"}
)
# Its one line registers a phone with the weak password.
_SCRIPT: Final = "phones.txt"


def may_pass(mutation: Mutation, control: str, owners: frozenset[str]) -> bool:
    """Return whether a control may come to pass since its violation itself was taken away."""
    removed = mutation.removed
    if any(is_true(mutation, control) for is_true in (_has_another_value, _only_attested, _hollow)):
        return True
    if removed is None or not _is_told_once(mutation, removed):
        return False
    if removed.kind == "file" or (removed.kind == "line" and mutation.file == _SCRIPT):
        return _is_violating_file(mutation.file, control)
    if owners and removed.owner not in owners:
        return False
    if removed.kind in {"line", "message"} or (removed.kind, removed.name) in _OBJECT:
        return _is_ordinary(mutation, removed) and not _is_setting(control)
    return _own(removed, control)


def tells_more(mutation: Mutation) -> bool:
    """Return whether a further document shows what the first one did not ask for."""
    further = len(mutation.files) > len(mutation.evidence.files)
    return further and mutation.evidence.form == "messages" and "sound" in mutation.operator


def _is_told_once(mutation: Mutation, removed: Piece) -> bool:
    """Return whether no other document shows the same; a snapshot proves itself whole."""
    evidence = mutation.evidence
    return evidence.form != "snapshot" and (evidence.single or removed.kind in {"option", "file"})


def _has_another_value(mutation: Mutation, control: str) -> bool:
    """Return whether the option is as it was and only its value, any text, is damaged."""
    words = _ANY_VALUE.get(control)
    nothing = mutation.operator in {"value NUL", "value of blanks", "empty value"}
    if words is None or nothing or mutation.file != "cfg.txt":
        return False
    before, after = (
        files["cfg.txt"].decode("utf-8", "replace").partition(words)
        for files in (mutation.evidence.files, mutation.files)
    )
    return bool(after[1]) and before[0] == after[0]


def _only_attested(mutation: Mutation, control: str) -> bool:
    """Return whether nothing read is left that contradicts what a person attests."""
    word = _ATTESTED.get(control, b"")
    shown = any(word in content for content in mutation.files.values())
    readable = mutation.view == "attested" and mutation.evidence.form != "snapshot"
    return readable and control in _ATTESTED and not shown


def _hollow(mutation: Mutation, control: str) -> bool:
    """Return whether the file that is the violation holds nothing of a PBX any more."""
    return mutation.operator in _NOTHING_LEFT and _is_violating_file(mutation.file, control)


def _own(removed: Piece, control: str) -> bool:
    piece = f"{removed.kind} {removed.name}"
    known = _OWN.get(control, ())
    if removed.kind == "option":
        return removed.name in _OPTIONS.get(control, ())
    if removed.kind == "word":
        return _is_setting(control) and not removed.name.startswith(("config", "change"))
    if piece in known:
        return True
    if removed.kind in {"member", "column"}:
        return f"attribute {removed.name}" in known
    return piece in {_IN_JSON.get(name, "") for name in known}


def _is_violating_file(name: str, control: str) -> bool:
    return (name, control) in {("phones.txt", "HD-01"), ("cfg-standard.txt", "BAK-02")}


def _is_setting(control: str) -> bool:
    return control.startswith(_SETTINGS) or control in _OF_SETTINGS


def _is_ordinary(mutation: Mutation, removed: Piece) -> bool:
    """Return whether nothing else of the evidence, and no site file, names the object."""
    hot_desk = mutation.evidence.site.hot_desk
    named = {*(hot_desk.base_users or ()), *(hot_desk.users or ())}
    templates = {"config-user", "config-admin", "hot-desk-user", "hot-desk-base-template"}
    return removed.owner not in {"", ADMIN, "master", "pbx-admin", *named, *templates}

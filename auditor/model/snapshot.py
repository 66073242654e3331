"""The snapshot: what was read from one PBX system, typed and free of secrets.

Plain frozen types instead of pydantic models where a system has tens of thousands of them;
pydantic validates the same types where a saved snapshot enters (`auditor.sources.snapshot.saved`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from string import hexdigits
from typing import Annotated, Literal

from pydantic import AfterValidator

from auditor.facts import known_facts
from auditor.messages.message import NOTHING, Message, Text, say
from auditor.model.account import NOTHING_ASKED, Proof, Requests, Tally
from auditor.model.listed_devices import ListedDevices
from auditor.model.origin import DialectFile
from auditor.model.pbx_object import (
    CONTENT,
    NO_PASSWORD,
    Allowance,
    Device,
    Diversion,
    Fork,
    Lead,
    PasswordEvidence,
    PbxObject,
)
from auditor.model.vocabulary import (
    Area,
    Coverage,
    EvidenceMode,
    Grade,
    Identity,
    TlsAnswer,
)
from auditor.values.frozen import frozen
from auditor.values.serials import serial_end

__all__ = [
    "APP_KIND",
    "BUILT_IN_PLACES",
    "CONTENT",
    "FACTORY_CONFIGURATION",
    "GATEWAY_KIND",
    "MAP_KIND",
    "NODE_KIND",
    "NO_PASSWORD",
    "PBX_KIND",
    "SNAPSHOT_SCHEMA_VERSION",
    "STANDARD_CONFIGURATION",
    "TEMPLATE_KIND",
    "TRUNK_KIND",
    "USER_KINDS",
    "Allowance",
    "Box",
    "CallFilter",
    "Certificate",
    "Device",
    "Diversion",
    "FilterRow",
    "Fork",
    "Gap",
    "Lead",
    "PasswordEvidence",
    "PbxObject",
    "ScriptedRegistration",
    "Setting",
    "Snapshot",
    "SourceRecord",
    "TlsEndpoint",
    "Topic",
    "hex_digits",
]

SNAPSHOT_SCHEMA_VERSION = "1.2"
# The kind of a source that was recognised as a standard configuration, and not used.
STANDARD_CONFIGURATION = "standard-configuration"
# The kind of a source whose secrets open with the factory login: a standard configuration, or the
# complete one of a box with that login. It is used.
FACTORY_CONFIGURATION = "factory-configuration"
TEMPLATE_KIND = "config"
TRUNK_KIND = "trunk"
PBX_KIND = "loc"
NODE_KIND = "node"
# Nodes and PBXs that need no object: the root of the numbering plan, and a PBX by itself.
BUILT_IN_PLACES = frozenset({"", ".", "root"})
MAP_KIND = "map"
GATEWAY_KIND = "gw"
APP_KIND = "app"
USER_KINDS = frozenset({"", "executive"})

_NO_DIGIT = re.compile(f"[^{hexdigits}]")


def hex_digits(serial: str) -> str:
    """Return a serial number without case and separators."""
    return _NO_DIGIT.sub("", serial.lower())


def _known_topic(name: str) -> str:
    if name not in {*Area, *known_facts()}:
        raise ValueError(say("neither an area nor a fact"))
    return name


# What a gap or a coverage is about: the value of an `Area`, or the name of a fact.
Topic = Annotated[str, AfterValidator(_known_topic)]


@frozen
class FilterRow:
    """One row of a call filter; `next` is `ok`, `nok` or the name of another filter."""

    number: str
    next: str
    boolean: str = ""
    negated: bool = False


@frozen
class CallFilter:
    """A call filter. `rows` is None when the filter exists but its rows could not be read.

    `doubtful` says that they were read, and are not understood or contradict themselves.
    """

    name: str
    rows: tuple[FilterRow, ...] | None
    grade: Grade
    source: Text
    line: int = 0
    note: Message = NOTHING
    doubtful: bool = False


@frozen
class Setting:
    """A setting of the PBX that is not an object: one value or a list, and where it was read.

    `option` is the module and the option that a line of the configuration sets it with, None if no
    option does: with it a plan can be made without the dialect by which the setting was read.
    `read_with` is the area that it is a part of, so that it is read no better than that. `absent`
    says that the place, or one of several, does not hold it, and `values` what that means.
    `rolled_out` says that Devices rolls it out, so that a change on the box would not last.
    """

    values: tuple[str, ...]
    grade: Grade
    source: Text
    line: int = 0
    place: Text = ""
    note: Message = NOTHING
    option: tuple[str, str] | None = None
    read_with: Area | None = None
    absent: bool = False
    rolled_out: bool = False


@frozen
class ScriptedRegistration:
    """A phone registration written by an expert script, with its clear-text password reduced."""

    h323: str
    password: PasswordEvidence
    source: str
    line: int


@frozen
class Gap:
    """Something that could not be read, why, and what to do about it.

    `area` is an area or the name of a fact. `doubtful` says that something about it was read, and
    is not understood or contradicts itself; that is more than nothing, which a person can fill.
    `unproven` says that nothing is left to read: only a proof that this was all is missing.
    """

    area: Topic
    reason: Message
    source: str = ""
    line: int = 0
    advice: Message = NOTHING
    doubtful: bool = False
    unproven: bool = False


@frozen
class SourceRecord:
    """One document the snapshot was made from, and what became of each piece of it.

    `lasting` is the SHA-256 of a configuration without the lines that change by themselves, empty
    if it has none of them: then that of all is it.
    """

    name: str
    kind: str
    size: int
    sha256: str
    note: Message = NOTHING
    account: tuple[Tally, ...] = ()
    lasting: str = ""

    @property
    def content(self) -> str:
        """Return what is equal for documents that differ in nothing but what changes by itself."""
        return self.lasting or self.sha256


@frozen
class Box:
    """One device of the PBX system, from file header or `box_info.xml`."""

    name: str = ""
    product: str = ""
    firmware: str = ""
    serial: str = ""

    @property
    def short_serial(self) -> str:
        """Return the last three bytes of the serial number, all that every document shows."""
        return serial_end(hex_digits(self.serial))


@frozen
class Certificate:
    """What a certificate says of itself. `algorithm` is that of its key, with its size in bits.

    `oddity` is what the rules of X.509 forbid about it, though it can be read.
    """

    subject: str
    issuer: str
    self_signed: bool
    not_before: datetime
    not_after: datetime
    algorithm: str
    bits: int
    names: tuple[str, ...]
    fingerprint: str
    oddity: str = ""


@frozen
class TlsEndpoint:
    """What handshakes with one address showed; nothing was sent through them.

    `outdated` says for outdated versions of TLS what came of offering them. `certificate` is None
    if what was shown could not be read as one.
    """

    address: str
    protocol: str
    cipher: str
    identity: Identity
    certificate: Certificate | None
    outdated: Mapping[str, TlsAnswer] = field(default_factory=dict)


@frozen
class Snapshot:
    """Everything that was read from one PBX system.

    `target` is what fingerprints are made with: it does not change with the address.
    `template_parents` holds attested parents of templates by template name, `listed_parents` those
    that the PBX itself lists by name, which are read without a dialect; `confirmed` names by key of
    an object the attributes that the PBX also showed, and alike, by their documented names;
    `reads_template_parents` says that the dialect knows where a template names its parents,
    `template_parent_place` is the element and the attribute of that. `dialect` is a name;
    `dialect_file` the file of the site that it is of, None for a bundled one.
    `pbx_password_evidence` is about the PBX password itself, None if `_ADMIN_` was not read;
    `administrator_evidence` about that of the administrator, `app_platform_password_evidence` about
    the App Platform's, each None if nobody handed it over.
    `settings` holds facts by name (see `auditor.facts`). `areas` says how much of each area and
    fact was read; one that is not listed is missing. `proofs` says what shows that the objects and
    the settings are whole. `requests` counts what a live PBX was asked for, `listed_devices` what
    Devices lists. `ended_early` is `interrupted` or `terminated` if somebody stopped the reading.
    """

    target: str
    boxes: tuple[Box, ...] = ()
    objects: tuple[PbxObject, ...] = ()
    filters: tuple[CallFilter, ...] = ()
    settings: Mapping[Topic, Setting] = field(default_factory=dict)
    template_parents: Mapping[str, Setting] = field(default_factory=dict)
    listed_parents: Mapping[str, Setting] = field(default_factory=dict)
    confirmed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scripted: tuple[ScriptedRegistration, ...] = ()
    tls: tuple[TlsEndpoint, ...] = ()
    pbx_password_evidence: PasswordEvidence | None = None
    administrator_evidence: PasswordEvidence | None = None
    app_platform_password_evidence: PasswordEvidence | None = None
    areas: Mapping[Topic, Coverage] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    proofs: Mapping[Topic, Proof] = field(default_factory=dict)
    sources: tuple[SourceRecord, ...] = ()
    requests: Requests = NOTHING_ASKED
    dialect: str = "documented"
    dialect_file: DialectFile | None = None
    attribute_grades: Mapping[str, Grade] = field(default_factory=dict)
    evidence_mode: EvidenceMode = EvidenceMode.NO_SECRET
    reads_template_parents: bool = False
    template_parent_place: tuple[str, str] | None = None
    ended_early: Literal["", "interrupted", "terminated"] = ""
    listed_devices: tuple[ListedDevices, ...] = ()
    schema_version: str = SNAPSHOT_SCHEMA_VERSION

    def coverage(self, area: str) -> Coverage:
        """Return how much of an area or a fact was read."""
        return self.areas.get(area, Coverage.MISSING)

    def gaps_in(self, area: str) -> tuple[Gap, ...]:
        """Return the named gaps of one area or fact."""
        return tuple(gap for gap in self.gaps if gap.area == area)

    def gaps_behind(self, area: str) -> tuple[Gap, ...]:
        """Return why an area or fact is not read as a whole: its gaps, or those of its area."""
        own = self.gaps_in(area)
        setting = self.settings.get(area)
        if own or setting is None or setting.read_with is None:
            return own
        return self.gaps_in(setting.read_with)

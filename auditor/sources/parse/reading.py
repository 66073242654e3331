"""What one document said, still with its secrets; lives only until the snapshot is assembled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import field
from typing import Final

from auditor.messages.message import Message
from auditor.model.account import Tally
from auditor.model.snapshot import (
    Box,
    CallFilter,
    Gap,
    PbxObject,
    Setting,
)
from auditor.values.frozen import frozen, slotted

# What tells kinds of devices apart: a PBX, a phone's registrations, the routes of a gateway.
TELLING: Final = frozenset({"PBX0", "PHONE", "RELAY0"})


@frozen
class ObjectNames:
    """Which objects a list names, to count those of another document against it.

    `entries` are guid, cn and h323 of each, as the list shows them and empty where it shows none,
    `_ADMIN_` and other special objects included if it names them. `is_part` says that it may name
    others that were not read.
    """

    source: str
    entries: tuple[tuple[str, str, str], ...]
    is_part: bool = False


@frozen
class ListedObject:
    """An object that a PBX lists by its type, with what that list says of it.

    `is_on` is the state of a Boolean now, or whether an App is connected to its service, None where
    neither is said; `on_platform` whether this service is on an App Platform, None where that
    is open. `node` is the parent.
    """

    kind: str
    guid: str = ""
    name: str = ""
    node: str = ""
    is_on: bool | None = None
    on_platform: bool | None = False


@frozen
class ToldFirmware:
    """Which firmware a box has, by somebody else than a document of it; a label or a train alone.

    `may_lag` says that it may be known from before the last update.
    """

    label: str
    source: str
    may_lag: bool = False


@slotted
class ScriptedPassword:
    """A phone registration of an expert script, with its clear-text password.

    Without a password it says nothing about one. `is_unclear` marks a line whose password, and
    perhaps whose name, is not understood.
    """

    h323: str
    line: int
    secret: str | None = field(default=None, repr=False)
    is_unclear: bool = False


@frozen
class OpenEnd:
    """Why a document does not prove by itself that it is whole, and what to do about it."""

    reason: Message
    advice: Message


@slotted
class Reading:
    """The content of one document.

    `secrets` runs parallel to `objects` and holds the stored password in hex, None if there is
    none, its tag if it was read before an interruption; `tagger` makes such tags. `open_ends` says
    why objects may be missing, `open_settings` why settings may, `has_pbx_lines` that the box has
    settings of a PBX even if it holds no object. `modules` are those of its lines that tell what
    kind of device it is. `replaced` is what entries of the dialect read in
    whose place others stand now. `states_settings` marks the configuration of a
    box. `admin_password` and `admin_key` come from the `_ADMIN_` object. `further` marks another
    box than the audited one. `undelimited` marks text that came without a length and was ended by
    closing the connection; XML carries its own end and is not marked. `is_part` marks a document
    that others of the same box make up for, so that it only contradicts. `is_excerpt` marks objects
    of a list of which the others are known alike, so that it is no count of them. `parents` are
    what templates inherit from, by their name, None where that was not said; `lists_templates` says
    that they are all there are. `parents_in_part` are those of a list without an end, which only
    contradict. `template_names` are those of another list of them, `own_parents` what a template
    says of itself, which is one name. `filter_names` are the call filters that there are, None if
    nothing lists them; `damaged_lists` says of which of these, by the name of its field, a part
    cannot be read, or names none, and of Apps by the fact `platform_apps`.
    `disputed_templates` and `disputed_filters` are those of which
    two answers say different things. `marks_off` names, by the place of an object, check marks that
    a row says are off, which may also mean that nothing sets them. `odd_parts` names in the same
    way what is there, and not as documented: what another document says of it need not be right.
    `partly_named` are the entries of lists not all of which are known by what others know them by:
    for each the names that are, none where that is not so. `possible` are the values that are left
    for a fact of which a part was said, none where that was not understood, and `implied` are facts
    that are something, by what was said beside them.
    `unanswered` says by fact why the PBX did not show it, `remedies` what may change that.
    `rolled_out` are facts that devices are told, which a box need not have; `told` is every value
    that any of them is told, even where that leaves the fact open. `listed_objects` are
    those that the PBX lists by their type beside its objects, `told_firmware` what others say of
    the firmware of `box`. All secret fields are dropped when the snapshot is assembled.
    """

    source: str
    kind: str
    objects: list[PbxObject] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list, repr=False)
    admin_seen: bool = False
    admin_guid: str = ""
    admin_password: str | None = field(default=None, repr=False)
    admin_key: str | None = field(default=None, repr=False)
    scripted: list[ScriptedPassword] = field(default_factory=list)
    filters: list[CallFilter] = field(default_factory=list)
    settings: dict[str, Setting] = field(default_factory=dict)
    replaced: dict[str, Setting] = field(default_factory=dict)
    box: Box | None = None
    open_ends: list[OpenEnd] = field(default_factory=list)
    open_settings: list[OpenEnd] = field(default_factory=list)
    states_settings: bool = False
    has_pbx_lines: bool = False
    modules: frozenset[str] = frozenset()
    account: tuple[Tally, ...] = ()
    gaps: list[Gap] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    factory_encrypted: bool = False
    further: bool = False
    parents: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    lists_templates: bool = False
    parents_in_part: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    template_names: frozenset[str] | None = None
    own_parents: dict[str, str] = field(default_factory=dict)
    disputed_templates: set[str] = field(default_factory=set)
    filter_names: frozenset[str] | None = None
    damaged_lists: set[str] = field(default_factory=set)
    disputed_filters: set[str] = field(default_factory=set)
    marks_off: dict[int, frozenset[str]] = field(default_factory=dict)
    odd_parts: dict[int, frozenset[str]] = field(default_factory=dict)
    partly_named: dict[str, tuple[frozenset[str], ...]] = field(default_factory=dict)
    possible: dict[str, frozenset[str]] = field(default_factory=dict)
    implied: set[str] = field(default_factory=set)
    unanswered: dict[str, Message] = field(default_factory=dict)
    remedies: dict[str, Message] = field(default_factory=dict)
    rolled_out: dict[str, Setting] = field(default_factory=dict)
    told: dict[str, tuple[str, ...]] = field(default_factory=dict)
    listed_objects: list[ListedObject] = field(default_factory=list)
    told_firmware: list[ToldFirmware] = field(default_factory=list)
    undelimited: bool = False
    is_part: bool = False
    is_excerpt: bool = False
    tagger: Callable[[str], str] | None = field(default=None, repr=False)


def digest_of_reading(reading: Reading) -> str:
    """Return the SHA-256 of what was kept: that of the answers would be one of their secrets."""
    settings = {fact: one.values for fact, one in sorted(reading.settings.items())}
    objects = sorted((one.guid, one.cn, one.h323) for one in reading.objects)
    listed = sorted(map(repr, reading.listed_objects))
    kept = [settings, sorted(reading.parents.items()), objects, listed]
    return hashlib.sha256(json.dumps(kept).encode()).hexdigest()

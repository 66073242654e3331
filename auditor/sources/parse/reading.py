"""What one document said, still with its secrets; lives only until the snapshot is assembled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from auditor.model.snapshot import (
    Box,
    CallFilter,
    Gap,
    PbxObject,
    Setting,
)


@dataclass(slots=True)
class ScriptedPassword:
    """A phone registration of an expert script, with its clear-text password."""

    h323: str
    line: int
    secret: str | None = field(repr=False)


@dataclass(slots=True)
class Reading:
    """The content of one document.

    `secrets` runs parallel to `objects` and holds the stored password in hex, None if there is
    none, its tag if it was read before an interruption; `tagger` makes such tags. `incomplete` says
    why objects may be missing, `has_pbx_lines` that the box has settings of a PBX even if it holds
    no object. `replaced` is what entries of the dialect show that others were put in the place of.
    `admin_password` and `admin_key` come from the `_ADMIN_` object. `further` marks
    another box than the audited one. All secret fields are dropped when the snapshot is assembled.
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
    incomplete: Gap | None = None
    has_pbx_lines: bool = False
    gaps: list[Gap] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    factory_encrypted: bool = False
    further: bool = False
    tagger: Callable[[str], str] | None = field(default=None, repr=False)

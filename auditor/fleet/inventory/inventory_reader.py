"""Reads an inventory: every file of it, each reference followed, each default put in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from auditor.errors import InputError, InventoryError, LinePlace, first_of
from auditor.fleet.inventory.collector_table import read_collector_table
from auditor.fleet.inventory.credential_places import resolved, resolved_app, resolved_devices
from auditor.fleet.inventory.duplicates import each, same_boxes, same_ids
from auditor.fleet.inventory.inventory_document import DefaultsTable, Layer, PbxBlock, TenantBlock
from auditor.fleet.inventory.inventory_files import (
    NOBODY,
    InventoryBlock,
    InventoryContents,
    InventoryFile,
    read_sources,
)
from auditor.fleet.inventory.inventory_model import (
    Fleet,
    Inventory,
    InventoryTarget,
    Pbx,
    Recipient,
    Retention,
    TargetKind,
    Tenant,
)
from auditor.fleet.inventory.recipient_document import RecipientBlock
from auditor.fleet.inventory.recipients import recipients_of
from auditor.fleet.inventory.targets import WrongTargetError, absolute, brought_by, target_of
from auditor.messages.message import say
from auditor.messages.suggestions import nearest
from auditor.model.base import Document

_Table = TypeVar("_Table", bound=Document)
PROFILE: Final = "tutorial"  # as `audit` has it
DEADLINE: Final = 300
MAX_AGE: Final = 3 * 86_400
HISTORY: Final = "history.db"
TIME_ZONE: Final = "UTC"
_ONE_OF_BOTH: Final = say("a PBX has either a `target` or a `collector`")
_SAY_ONE: Final = say("say where it is read, or the name of the collector that brings what it read")
_APART: Final = say("name a file outside the folder that `reports` names")


@dataclass(frozen=True, slots=True)
class Layered:
    """What is said at one of the levels that count for a PBX, and where it stands."""

    values: Layer
    source: InventoryFile
    keys: tuple[str, ...]

    def where(self, *keys: str) -> LinePlace:
        """Return file and line of a key."""
        return self.source.where((*self.keys, *keys))

    @property
    def folder(self) -> Path:
        """Return the folder of the file."""
        return self.source.path.parent

    def path(self, text: str) -> Path:
        """Return a path that stands here: it is taken from the folder of the file."""
        return absolute(self.folder, text)


@dataclass(frozen=True, slots=True)
class Examined:
    """An inventory as far as it could be read, and everything that is wrong with it.

    `levels` are those of each PBX by its id, the nearest first. `idle` are places of tenants
    without a PBX. `recipients` are the blocks of those of the inventory.
    """

    inventory: Inventory
    problems: list[InputError]
    levels: Mapping[str, tuple[Layered, ...]] = field(default_factory=dict)
    defaults: Layered | None = None
    idle: tuple[str, ...] = ()
    recipients: tuple[tuple[InventoryBlock[RecipientBlock], Recipient], ...] = ()

    def is_whole(self, pbx: Pbx) -> bool:
        """Return whether all is known that counts for a PBX: its tenant says something, too."""
        return len(self.levels[pbx.id]) > 1

    def where(self, pbx: Pbx, key: str) -> LinePlace:
        """Return file and line of the level that says a key for a PBX."""
        levels = self.levels[pbx.id]
        return next((one for one in levels if _says(one, key)), levels[0]).where(key)


def read_inventory(path: Path, *, may_be_empty: bool = False) -> Inventory:
    """Return an inventory. Raises InventoryError, which tells of everything that is wrong.

    What its files name is not looked at: a PBX whose site file is damaged is one of many. One that
    `may_be_empty` is about to get its first PBX.
    """
    found = examine(path, may_be_empty=may_be_empty)
    if found.problems:
        raise first_of(found.problems)
    return found.inventory


def examine(path: Path, *, may_be_empty: bool = False) -> Examined:
    """Return what can be read of an inventory. Raises InventoryError if nothing can."""
    path = absolute(Path.cwd(), str(path))
    contents = read_sources(path)
    problems = contents.problems
    whole = Layered(contents.defaults, contents.source, ("defaults",))
    tenants = same_ids(contents.tenants, problems)
    levels: dict[str, tuple[Layered, ...]] = {}
    pbxs, blocks = [], []
    for block in each(contents.pbxs, problems):
        tenant = tenants.get(block.value.tenant)
        target = _target(block, problems)
        if tenant is None:
            problems.extend(_unknown(block, contents))
        if target is not None:
            levels[block.value.id] = tuple(_levels(block, tenant, whole))
            pbxs.append(_pbx(block.value, target, levels[block.value.id]))
            blocks.append(block)
    problems.extend(same_boxes(zip(blocks, pbxs, strict=True)))
    if not may_be_empty:
        problems.extend(_none_at_all(contents, path))
    fleet = _fleet(contents)
    known = tuple(_tenant(one.value, contents.defaults) for one in tenants.values())
    used = {one.casefold() for one in contents.tenants_used}
    idle = (one.where("id") for one in tenants.values() if one.value.id.casefold() not in used)
    recipients = recipients_of(contents, [one.id for one in known])
    inventory = Inventory(
        path,
        fleet,
        known,
        tuple(pbxs),
        tuple(one for _, one in recipients),
        read_collector_table(contents),
    )
    return Examined(inventory, problems, levels, whole, tuple(idle), tuple(recipients))


def _says(level: Layered, key: str) -> bool:
    return getattr(level.values, key, None) is not None


def _levels(
    pbx: InventoryBlock[PbxBlock], tenant: InventoryBlock[TenantBlock] | None, whole: Layered
) -> Iterator[Layered]:
    """Yield the levels that count for a PBX, the nearest first; its own alone without a tenant."""
    yield Layered(pbx.value, pbx.source, pbx.keys)
    if tenant is not None:
        yield Layered(tenant.value, tenant.source, tenant.keys)
        yield whole


def _pbx(block: PbxBlock, target: InventoryTarget, levels: tuple[Layered, ...]) -> Pbx:
    credentials, owns_credentials = _whole(levels, "credentials", resolved)
    devices, owns_devices = _whole(levels, "devices", resolved_devices)
    websocket, owns_websocket = _whole(levels, "websocket", resolved_app)
    return Pbx(
        id=block.id,
        name=block.name or block.id,
        tenant=block.tenant,
        target=target,
        profile=_nearest(levels, "profile") or PROFILE,
        site=_path(levels, "site"),
        waivers=_path(levels, "waivers"),
        rules=_paths(levels, "rules"),
        language=_nearest(levels, "language"),
        deadline=_nearest(levels, "deadline") or DEADLINE,
        max_age=_nearest(levels, "max_age") or MAX_AGE,
        credentials=credentials,
        owns_credentials=owns_credentials,
        tags=tuple(dict.fromkeys(block.tags)),
        serial=block.serial or "",
        worker=_nearest(levels, "worker") or "",
        devices=devices,
        owns_devices=owns_devices,
        websocket=websocket,
        owns_websocket=owns_websocket,
    )


def _nearest(levels: Iterable[Layered], key: str) -> Any:  # noqa: ANN401 -- as the document has it
    return next((getattr(one.values, key) for one in levels if _says(one, key)), None)


def _path(levels: Iterable[Layered], key: str) -> Path | None:
    found = next((one for one in levels if _says(one, key)), None)
    return found.path(getattr(found.values, key)) if found else None


def _paths(levels: Iterable[Layered], key: str) -> tuple[Path, ...]:
    found = next((one for one in levels if _says(one, key)), None)
    return tuple(map(found.path, getattr(found.values, key))) if found else ()


def _whole(
    levels: Sequence[Layered], key: str, resolve: Callable[[_Table, Path], _Table]
) -> tuple[_Table | None, bool]:
    """Return the nearest table as a whole, with its paths, and whether the PBX itself has it.

    Two of them are never mixed: a name of one account with the password of another.
    """
    found = next((one for one in levels if _says(one, key)), None)
    if found is None:
        return None, False
    return resolve(getattr(found.values, key), found.folder), found is levels[0]


def _target(block: InventoryBlock[PbxBlock], problems: list[InputError]) -> InventoryTarget | None:
    text, collector = block.value.target, block.value.collector
    if (text is None) is (collector is None):
        if not block.said & {"target", "collector"} or text is not None:
            problems.append(block.wrong("id", _ONE_OF_BOTH, _SAY_ONE))
        return None
    if text is None:
        return brought_by(str(collector))
    try:
        return target_of(text, block.source.path.parent)
    except WrongTargetError as error:
        problems.append(block.wrong("target", error.reason, error.advice))
        return None


def _unknown(
    block: InventoryBlock[PbxBlock], contents: InventoryContents
) -> Iterator[InventoryError]:
    """Yield that a tenant is not known, unless its block is there with a mistake of its own."""
    named = contents.tenants_named
    if block.value.tenant in {NOBODY, *named}:
        return
    meant = nearest(block.value.tenant, named)
    advice = say("did you mean {name}?", name=meant) if meant else say("add a [[tenant]] block")
    yield block.wrong("tenant", say("there is no tenant of this id"), advice)


def _none_at_all(contents: InventoryContents, path: Path) -> Iterator[InventoryError]:
    """Yield that there is no PBX: a run over nothing would look like one without findings."""
    if not contents.pbxs and not contents.problems:
        yield InventoryError(
            say("the inventory names no PBX"),
            where=str(path),
            advice=say("add [[pbx]] blocks here, or in files of fleet.d beside it"),
        )


def _fleet(contents: InventoryContents) -> Fleet:
    table, folder = contents.fleet, contents.source.path.parent
    if table.history is not None and table.history_env is not None:
        reason = say("`history` and `history_env` exclude each other")
        contents.problems.append(contents.source.wrong(("fleet", "history_env"), reason))
    if table.engine == "queue" and table.history_env is None:
        reason = say("the queue is in a PostgreSQL database, and the history is in a file")
        advice = say("name the variable with its URL as `history_env`")
        contents.problems.append(contents.source.wrong(("fleet", "engine"), reason, advice))
    is_file = table.history_env is None
    history = absolute(folder, table.history or HISTORY) if is_file else None
    reports = absolute(folder, table.reports)
    if history is not None and _are_mixed(history, reports):
        reason = say("`history` would lie where reports are written, and could be overwritten")
        contents.problems.append(contents.source.wrong(("fleet", "history"), reason, _APART))
    return Fleet(
        name=table.name or folder.name,
        history=history,
        history_env=table.history_env or "",
        reports=reports,
        every=table.every,
        retention=Retention(contents.retention.every_run_days, contents.retention.month_ends_years),
        is_queued=table.engine == "queue",
    )


def _are_mixed(history: Path, reports: Path) -> bool:
    """Return whether history and reports are in each other's way; beside tenants it may lie."""
    real, folder = Path(os.path.realpath(history)), Path(os.path.realpath(reports))
    return folder.is_relative_to(real) or folder in real.parent.parents


def _tenant(block: TenantBlock, defaults: DefaultsTable) -> Tenant:
    return Tenant(
        id=block.id,
        name=block.name or block.id,
        language=block.language or defaults.language,
        time_zone=block.time_zone or defaults.time_zone or TIME_ZONE,
        at_once=block.at_once or defaults.at_once,
    )


def is_read_live(pbx: Pbx) -> bool:
    """Return whether a PBX is read from itself, and not from what was saved of it."""
    return pbx.target.kind is TargetKind.ADDRESS


def reads_here(inventory: Inventory) -> bool:
    """Return whether any PBX is read here, so that a run of the fleet has something to do."""
    return not all(map(is_collected, inventory.pbxs))


def is_collected(pbx: Pbx) -> bool:
    """Return whether a collector reads a PBX, which is out of reach from here."""
    return pbx.target.kind is TargetKind.COLLECTOR

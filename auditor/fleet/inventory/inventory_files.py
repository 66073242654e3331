"""The files of an inventory, each with what could be read of it and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from auditor.errors import InputError, InventoryError, LinePlace
from auditor.files.os_reasons import why
from auditor.files.toml_lines import Lines
from auditor.files.toml_reading import parse_text, read_text
from auditor.files.wrong_values import Problem, all_problems, at_key
from auditor.fleet.inventory.collector_document import CollectorTable
from auditor.fleet.inventory.inventory_document import (
    DefaultsTable,
    FleetDocument,
    FleetPart,
    FleetTable,
    PbxBlock,
    RetentionTable,
    TenantBlock,
)
from auditor.fleet.inventory.recipient_document import RecipientBlock
from auditor.messages.message import Message, say

SEE_KEYS: Final = say("`pbx-auditor help fleet` lists the keys")
PARTS: Final = "fleet.d"
# The tenant of a PBX that names none in a way that can be read; no tenant has this id.
NOBODY: Final = ""
_PART: Final = ".toml"
_BLOCKS: Final = ("tenant", "pbx", "recipient")
_STAND_IN: Final = "x"
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class InventoryFile:
    """A file, and where its keys stand."""

    path: Path
    lines: Lines = field(default=Lines(""), repr=False)

    def where(self, keys: tuple[str, ...]) -> LinePlace:
        """Return file and line of some keys."""
        return LinePlace(self.path, self.lines.of(keys))

    def wrong(
        self, keys: tuple[str, ...], reason: Message, advice: Message = SEE_KEYS
    ) -> InventoryError:
        """Return the error that something is wrong with a key."""
        told = at_key(_shown(keys), reason) if keys else reason
        return InventoryError(told, where=self.where(keys), advice=advice)


@dataclass(frozen=True, slots=True)
class InventoryBlock(Generic[_Model]):
    """A block of a file that is well formed, and the keys that lead to it.

    `said` are the keys that stand in it, those too that something is wrong with.
    """

    value: _Model
    source: InventoryFile
    keys: tuple[str, ...]
    said: frozenset[str] = frozenset()

    def where(self, *keys: str) -> LinePlace:
        """Return file and line of a key of the block."""
        return self.source.where((*self.keys, *keys))

    def wrong(self, key: str, reason: Message, advice: Message = SEE_KEYS) -> InventoryError:
        """Return the error that something is wrong with a key of the block."""
        return self.source.wrong((*self.keys, key), reason, advice)


@dataclass(frozen=True, slots=True)
class InventoryContents:
    """What the files of an inventory hold.

    `tenants_named` and `tenants_used` are ids of blocks that are not well formed too, so that one
    mistake is not told twice.
    """

    source: InventoryFile
    fleet: FleetTable
    defaults: DefaultsTable
    retention: RetentionTable
    collector: CollectorTable | None = None
    tenants: list[InventoryBlock[TenantBlock]] = field(default_factory=list)
    pbxs: list[InventoryBlock[PbxBlock]] = field(default_factory=list)
    recipients: list[InventoryBlock[RecipientBlock]] = field(default_factory=list)
    tenants_named: set[str] = field(default_factory=set)
    tenants_used: set[str] = field(default_factory=set)
    problems: list[InputError] = field(default_factory=list)


def read_sources(path: Path) -> InventoryContents:
    """Return what an inventory and the files beside it hold.

    Raises InventoryError if the inventory itself is no TOML that can be read.
    """
    source, content = _read(path)
    found = InventoryContents(
        source,
        salvaged(content.get("fleet"), FleetTable) or FleetTable(),
        salvaged(content.get("defaults"), DefaultsTable) or DefaultsTable(),
        salvaged(content.get("retention"), RetentionTable) or RetentionTable(),
        salvaged(content.get("collector"), CollectorTable),
    )
    found.problems.extend(_wrong(source, content, FleetDocument))
    _take(found, source, content)
    try:
        parts = _parts(path.parent)
    except InventoryError as error:
        found.problems.append(error)
        return found
    for part in parts:
        try:
            source, content = _read(part)
        except InventoryError as error:
            found.problems.append(error)
            continue
        found.problems.extend(_wrong(source, content, FleetPart))
        _take(found, source, content)
    return found


def _parts(folder: Path) -> list[Path]:
    """Return the further files; a hidden one is what an editor left there.

    Raises InventoryError if nobody can say which ones there are: PBXs would be missing unnoticed.
    """
    parts = folder / PARTS
    try:
        names = [one.name for one in parts.iterdir()]
    except FileNotFoundError:
        if not parts.is_symlink():
            return []
        reason = say("the link leads nowhere")
        raise _unlisted(parts, reason) from None
    except OSError as error:
        raise _unlisted(parts, why(error)) from None
    return [parts / one for one in sorted(names) if one.endswith(_PART) and one[0] != "."]


def _unlisted(parts: Path, reason: Message) -> InventoryError:
    return InventoryError(
        say("the folder with more of the inventory cannot be read ({reason})", reason=reason),
        where=str(parts),
        advice=say("let the user who runs this read it, or take it away"),
    )


def _read(path: Path) -> tuple[InventoryFile, dict[str, Any]]:
    text = read_text(path, InventoryError, say("the inventory"), "FILE")
    return InventoryFile(path, Lines(text)), parse_text(text, path, InventoryError, SEE_KEYS)


def _tables(value: object) -> list[tuple[int, dict[str, Any]]]:
    found = value if isinstance(value, list) else []
    return [(at, one) for at, one in enumerate(found) if isinstance(one, dict)]


def _wrong(
    source: InventoryFile, content: Mapping[str, Any], model: type[FleetPart]
) -> Iterator[InventoryError]:
    """Yield everything that is not well formed in a file."""
    for problem in problems_of(content, model):
        keys, reason = problem.keys, problem.reason
        if len(keys) == 1 and keys[0] in _BLOCKS and isinstance(content.get(keys[0]), dict):
            reason = say("write it with two brackets: [[{name}]]", name=keys[0])
        yield source.wrong(keys, reason)


def _take(found: InventoryContents, source: InventoryFile, content: Mapping[str, Any]) -> None:
    """Note the blocks of a file with the keys that they stand at."""
    for at, raw in _tables(content.get("tenant")):
        found.tenants_named.update(_texts(raw, "id"))
        tenant = salvaged(raw, TenantBlock)
        if tenant is not None:
            found.tenants.append(InventoryBlock(tenant, source, ("tenant", str(at))))
    for at, raw in _tables(content.get("pbx")):
        found.tenants_used.update(_texts(raw, "tenant"))
        keys = ("pbx", str(at))
        pbx = salvaged(raw, PbxBlock, {"id": str(source.where(keys)), "tenant": NOBODY})
        if pbx is not None:
            found.pbxs.append(InventoryBlock(pbx, source, keys, frozenset(raw)))
    for at, raw in _tables(content.get("recipient")):
        keys = ("recipient", str(at))
        recipient = salvaged(raw, RecipientBlock, {"id": str(source.where(keys))})
        if recipient is not None:
            found.recipients.append(InventoryBlock(recipient, source, keys, frozenset(raw)))


def _texts(table: Mapping[str, Any], key: str) -> list[str]:
    return [table[key]] if isinstance(table.get(key), str) else []


def salvaged(
    table: object, model: type[_Model], instead: Mapping[str, str] = MappingProxyType({})
) -> _Model | None:
    """Return a table without the keys that something is wrong with; None if they are needed.

    So what else is wrong is found in the same go. Whoever reads an inventory for a run refuses it.
    What is `instead` of a key that is needed is nothing that could stand there.
    """
    if not isinstance(table, dict):
        return None
    try:
        return model.model_validate(table)
    except ValidationError as error:
        wrong = {one["loc"][0] for one in error.errors(include_url=False) if one["loc"]}
    used = {key: instead[key] for key in instead if key in wrong}
    right = {key: table[key] for key in table if key not in wrong}
    try:
        found = model.model_validate({**right, **dict.fromkeys(used, _STAND_IN)})
    except ValidationError:
        return None
    return found.model_copy(update=used)


def problems_of(content: Mapping[str, Any], model: type[BaseModel]) -> list[Problem]:
    """Return everything that is wrong with a table."""
    try:
        model.model_validate(content)
    except ValidationError as error:
        return all_problems(error, model, content)
    return []


def _shown(keys: tuple[str, ...]) -> str:
    """Return keys as people know them: they do not count blocks."""
    return ".".join(key for key in keys if not key.isdecimal())

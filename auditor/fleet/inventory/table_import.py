"""Makes blocks of an inventory from a table; what cannot be one is refused with its row."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from auditor.errors import InputError, InventoryError, LinePlace
from auditor.files.toml_writing import Value, assignments
from auditor.fleet.inventory.customer_table import Table, TableCell, TableRow, read_customer_table
from auditor.fleet.inventory.duplicates import bare_serial
from auditor.fleet.inventory.inventory_document import PbxBlock, TenantBlock
from auditor.fleet.inventory.inventory_files import problems_of
from auditor.fleet.inventory.targets import WrongTargetError, identity_of, target_of
from auditor.messages.message import NOTHING, Message, say
from auditor.sources.folder import EVIDENCE_SUFFIXES
from auditor.values.file_names import readable
from auditor.values.names import folded

# By what people call a column; the first is what the column is called in an inventory.
_NAMES: Final[Mapping[str, Sequence[str]]] = {
    "id": ("id", "pbx id", "pbx_id"),
    "name": ("name", "pbx", "pbx name", "anlage", "standort", "bezeichnung"),
    "tenant": ("tenant", "tenant id", "customer", "kunde", "mandant"),
    "tenant_name": ("tenant_name", "tenant name", "customer name", "kundenname"),
    "target": ("target", "url", "address", "host", "ip", "adresse"),
    "site": ("site", "site file"),
    "waivers": ("waivers", "waiver file"),
    "profile": ("profile", "profil"),
    "language": ("language", "sprache"),
    "serial": ("serial", "mac", "seriennummer"),
    "tags": ("tags", "tag"),
    "deadline": ("deadline",),
    "max_age": ("max_age", "max age"),
}
_SECRET: Final = re.compile(
    r"pass|kennw|secret|geheim|token|credential|zugangsdaten|\b(pw|pwd|pin|psk)\b", re.IGNORECASE
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_HOST: Final = re.compile(
    r"(\[[0-9A-Fa-f:.]+\]|(?=.*[.:])[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:[0-9]{1,5})?"
)
_BETWEEN: Final = re.compile(r"[,; |]+")
_NONE: Final = "-"
_PATHS: Final = ("site", "waivers")


class Imported(NamedTuple):
    """What a table gives: blocks in TOML, how many, the columns that nobody knows, and errors."""

    text: str
    pbxs: int
    tenants: int
    unused: tuple[str, ...]
    problems: tuple[InputError, ...]


class _Entry(NamedTuple):
    row: int
    pbx: dict[str, Value]
    tenant_name: str
    is_named: bool


def import_table(path: Path, out: Path | None) -> Imported:
    """Return blocks for the rows of a table, their paths as `out` will have them.

    Raises InventoryError for what is no table, or lacks a column that is needed.
    """
    table = read_customer_table(path)
    known = _known(table, path)
    problems = list(table.problems)
    entries = []
    for row in table.rows:
        values, wrong = _values(row, known, path)
        problems.extend(wrong)
        if not wrong:
            entries.append(_entry(row, values, path, out))
    entries = _told_apart(entries)
    problems.extend(_wrong_blocks(entries, path))
    problems.extend(_same(entries, path))
    tenants = _tenants(entries)
    text = "\n".join(map(_block, _blocks(tenants, entries)))
    unused = tuple(one for one in table.columns if one and one not in known)
    return Imported(text, len(entries), len(tenants), unused, tuple(problems))


def _known(table: Table, path: Path) -> dict[str, str]:
    """Return the key for each column that is known. Raises InventoryError."""
    by_name = {name: key for key, names in _NAMES.items() for name in names}
    found: dict[str, str] = {}
    for column in table.columns:
        if _SECRET.search(column):
            raise InventoryError(
                say("a column with passwords has no place here, and nothing was read of it"),
                where=LinePlace(path, 1),
                advice=say("remove the column, and name where passwords are found"),
            )
        key = by_name.get(folded(column).replace("-", " "))
        if key is None:
            continue
        if key in found.values():
            reason = say("two columns are about {key}", key=key)
            raise InventoryError(
                reason, where=LinePlace(path, 1), advice=say("keep one of the two")
            )
        found[column] = key
    _check_columns(set(found.values()), path)
    return found


def _check_columns(keys: set[str], path: Path) -> None:
    for needed in ({"target"}, {"tenant", "tenant_name"}, {"id", "name"}):
        if not needed & keys:
            raise InventoryError(
                say("no column says {key}", key=" / ".join(sorted(needed))),
                where=LinePlace(path, 1),
                advice=say("the first row names the columns: {names}", names=", ".join(_NAMES)),
            )


def _values(
    row: TableRow, known: Mapping[str, str], path: Path
) -> tuple[dict[str, str], list[InputError]]:
    """Return the cells of a row by their keys, and what is wrong with any."""
    values: dict[str, str] = {}
    wrong: list[InputError] = []
    for cell in row.cells:
        if cell.column not in known or cell.text == _NONE:
            continue
        reason = _refused(cell)
        if reason:
            wrong.append(_error(path, row.number, known[cell.column], reason))
        values[known[cell.column]] = cell.text
    for needed in ({"target"}, {"tenant", "tenant_name"}, {"id", "name"}):
        if not needed & values.keys():
            key = " / ".join(sorted(needed))
            wrong.append(_error(path, row.number, key, say("the cell is empty")))
    return values, wrong


def _refused(cell: TableCell) -> Message:
    if cell.text.startswith(_FORMULA):
        return say("a spreadsheet would take this for a formula")
    if not cell.text.isprintable():
        return say("the text has characters that cannot be seen")
    return NOTHING


def _entry(row: TableRow, values: dict[str, str], path: Path, out: Path | None) -> _Entry:
    tenant = values.get("tenant") or values["tenant_name"]
    pbx: dict[str, Value] = {
        "id": values.get("id") or _id_of(values["name"]),
        "tenant": _id_of(tenant),
        "target": _target(values["target"], path, out),
    }
    if "name" in values:
        pbx["name"] = values["name"]
    for key in ("profile", "language", "serial", "deadline", "max_age"):
        if key in values:
            pbx[key] = values[key]
    for key in _PATHS:
        if key in values:
            pbx[key] = _moved(values[key], path, out)
    if "tags" in values:
        pbx["tags"] = _BETWEEN.split(values["tags"])
    return _Entry(row.number, pbx, values.get("tenant_name") or tenant, "id" in values)


def _id_of(name: str) -> str:
    """Return an id made from a name, as people would spell it; it may be empty."""
    return readable(name).replace(".", "-").lower()


def _target(text: str, path: Path, out: Path | None) -> str:
    """Return a target: an address without its scheme is one all the same, if no file has it.

    What is called as evidence is, of which there may be none yet, is no host.
    """
    if "://" in text:
        return text
    is_file = text.lower().endswith(EVIDENCE_SUFFIXES) or (path.parent / text).exists()
    if not is_file and _HOST.fullmatch(text):
        return f"https://{text}"
    return _moved(text, path, out)


def _moved(text: str, path: Path, out: Path | None) -> str:
    """Return a path beside the table as the file that names it will have it."""
    if out is None or Path(text).is_absolute():
        return text
    moved = os.path.relpath(path.absolute().parent / text, out.absolute().parent)
    return moved.replace(os.sep, "/")


def _told_apart(entries: Sequence[_Entry]) -> list[_Entry]:
    """Return entries; where two tenants have a PBX of one name, its tenant goes into the id."""
    owners: dict[str, set[str]] = {}
    for one in entries:
        owners.setdefault(str(one.pbx["id"]).casefold(), set()).add(str(one.pbx["tenant"]))
    return [
        one
        if one.is_named or len(owners[str(one.pbx["id"]).casefold()]) == 1
        else one._replace(pbx={**one.pbx, "id": f"{one.pbx['tenant']}-{one.pbx['id']}"})
        for one in entries
    ]


def _wrong_blocks(entries: Iterable[_Entry], path: Path) -> Iterator[InputError]:
    """Yield what an inventory would refuse of each row."""
    for one in entries:
        tenant = {"id": one.pbx["tenant"], "name": one.tenant_name}
        for problem in (*problems_of(tenant, TenantBlock), *problems_of(one.pbx, PbxBlock)):
            yield _error(path, one.row, problem.keys[0] if problem.keys else "id", problem.reason)
        try:
            target_of(str(one.pbx["target"]), path.parent)
        except WrongTargetError as error:
            yield _error(path, one.row, "target", error.reason, error.advice)


def _same(entries: Iterable[_Entry], path: Path) -> Iterator[InputError]:
    """Yield what two rows have that only one may have."""
    seen: dict[tuple[str, str], int] = {}
    for one in entries:
        for key, value in _once_only(one, path):
            first = seen.setdefault((key, value), one.row)
            if first != one.row:
                advice = say("give each an id of its own") if key == "id" else say("keep one row")
                reason = say("row {number} has the same", number=first)
                yield _error(path, one.row, key, reason, advice)


def _once_only(entry: _Entry, path: Path) -> Iterator[tuple[str, str]]:
    """Yield what only one row may have, in a form that is equal for all ways to write it."""
    yield "id", str(entry.pbx["id"]).casefold()
    with suppress(WrongTargetError):  # which is told otherwise
        yield "target", identity_of(target_of(str(entry.pbx["target"]), path.parent))
    if "serial" in entry.pbx:
        yield "serial", bare_serial(str(entry.pbx["serial"]))


def _tenants(entries: Iterable[_Entry]) -> dict[str, str]:
    """Return the names of tenants by their ids, in the order of the table."""
    found: dict[str, str] = {}
    for one in entries:
        found.setdefault(str(one.pbx["tenant"]), one.tenant_name)
    return found


def _blocks(
    tenants: Mapping[str, str], entries: Iterable[_Entry]
) -> Iterator[tuple[str, Mapping[str, Value]]]:
    for name, title in tenants.items():
        yield "tenant", {"id": name, "name": title}
    for one in entries:
        yield "pbx", one.pbx


def _block(block: tuple[str, Mapping[str, Value]]) -> str:
    name, values = block
    return "\n".join([f"[[{name}]]", *assignments(values), ""])


def _error(
    path: Path, row: int, key: str, reason: str, advice: Message = NOTHING
) -> InventoryError:
    told = say("{key}: {reason}", key=key, reason=reason)
    return InventoryError(
        told, where=LinePlace(path, row), advice=advice or say("correct the cell, and import again")
    )

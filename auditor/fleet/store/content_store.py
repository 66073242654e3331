"""Documents by their content: snapshots, papers, and what expires. Each is kept once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, Connection, bindparam, exists, insert, select

from auditor.files.json_reading import parse_json
from auditor.fleet.compression import Packed, pack, unpack
from auditor.fleet.history_model import WAIVER, Expiry
from auditor.fleet.store.columns import canonical
from auditor.fleet.store.tables import DOCUMENT, DOCUMENTS_USED

# Asked for each PBX in each run, and so made once.
_KEPT: Final = select(DOCUMENT.c.digest, DOCUMENT.c.id).where(
    DOCUMENT.c.digest.in_(bindparam("digests", expanding=True))
)
_ALL: Final = select(DOCUMENT.c.digest, DOCUMENT.c.size, DOCUMENT.c.content)
_DOCUMENT: Final = _ALL.where(DOCUMENT.c.digest == bindparam("digest"))
_KEEP: Final = insert(DOCUMENT)


def keep(connection: Connection, document: bytes | Packed) -> int:
    """Keep a document, unless it is kept already, and return its number."""
    return keep_all(connection, [document])[0]


def keep_all(connection: Connection, documents: Sequence[bytes | Packed]) -> list[int]:
    """Keep documents, those that are not kept already, and return their numbers."""
    digests = list(map(_digest, documents))
    known = {one[0]: one[1] for one in connection.execute(_KEPT, {"digests": digests})}
    for digest, document in zip(digests, documents, strict=True):
        if digest not in known:
            known[digest] = _kept(connection, document, digest)
    return [known[digest] for digest in digests]


def _digest(document: bytes | Packed) -> str:
    return document.digest if isinstance(document, Packed) else hashlib.sha256(document).hexdigest()


def _kept(connection: Connection, document: bytes | Packed, digest: str) -> int:
    packed = document if isinstance(document, Packed) else pack(document, digest)
    values = {"digest": packed.digest, "size": packed.size, "content": packed.compressed}
    kept = connection.execute(_KEEP, values).inserted_primary_key
    return int(kept[0]) if kept else 0


def stored_content(connection: Connection, digest: str) -> bytes | None:
    """Return the content of a document by its digest, None if it is not kept.

    Raises DamagedDocumentError if what is kept is not what was written.
    """
    row = connection.execute(_DOCUMENT, {"digest": digest}).first()
    return unpack(Packed._make(row)) if row is not None else None


def is_unused() -> ColumnElement[bool]:
    """Return the condition that nothing refers to a document."""
    condition: ColumnElement[bool] = DOCUMENT.c.id.is_not(None)
    for column in DOCUMENTS_USED:
        condition &= ~exists().where(column == DOCUMENT.c.id)
    return condition


def expiries_content(expiries: Iterable[Expiry]) -> bytes:
    """Return what expires as the content of a document."""
    rows = sorted(
        [one.kind, one.name, one.ends.isoformat(), *filter(None, [one.selected])]
        for one in expiries
    )
    return canonical(rows).encode()


def expiries_of(content: bytes) -> tuple[Expiry, ...]:
    """Return what expires by the content of a document."""
    return tuple(_expiry(*row) for row in parse_json(content))


def _expiry(kind: str, name: str, ends: str, selected: str = "") -> Expiry:
    """Return what a row says; earlier ones had of a waiver the control and what it is about."""
    if kind == WAIVER and not selected:
        name, _, selected = name.partition(" ")
    return Expiry(kind, name, date.fromisoformat(ends), selected)

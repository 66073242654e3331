"""Documents by their content: snapshots, papers, and what expires. Each is kept once."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, Connection, bindparam, exists, insert, select

from auditor.files.json_reading import parse_json
from auditor.fleet.model import Expiry
from auditor.fleet.store.columns import canonical
from auditor.fleet.store.failures import DamagedDocumentError
from auditor.fleet.store.tables import DOCUMENT, DOCUMENTS_USED
from auditor.sources.snapshot.saved import MAX_SNAPSHOT_BYTES

# What is higher takes longer, and is hardly smaller.
LEVEL: Final = 4
# Asked for each PBX in each run, and so made once.
_KEPT: Final = select(DOCUMENT.c.id).where(DOCUMENT.c.digest == bindparam("digest"))
_CONTENT: Final = select(DOCUMENT.c.content).where(DOCUMENT.c.digest == bindparam("digest"))
_CONTENTS: Final = select(DOCUMENT.c.digest, DOCUMENT.c.content).where(
    DOCUMENT.c.digest.in_(bindparam("digests", expanding=True))
)
_KEEP: Final = insert(DOCUMENT)


def keep(connection: Connection, content: bytes) -> int:
    """Keep a document, unless it is kept already, and return its number."""
    digest = hashlib.sha256(content).hexdigest()
    known = connection.scalar(_KEPT, {"digest": digest})
    if known is not None:
        return int(known)
    values = {"digest": digest, "size": len(content), "content": zlib.compress(content, LEVEL)}
    kept = connection.execute(_KEEP, values).inserted_primary_key
    return int(kept[0]) if kept else 0


def content_of(connection: Connection, digest: str) -> bytes | None:
    """Return the content of a document by its digest, None if it is not kept.

    Raises DamagedDocumentError if what is kept is not what was written.
    """
    kept = connection.scalar(_CONTENT, {"digest": digest})
    return None if kept is None else _whole(kept, digest)


def contents_of(connection: Connection, digests: Iterable[str]) -> dict[str, bytes]:
    """Return the content of documents by their digests, of those that are kept undamaged."""
    contents = {}
    for row in connection.execute(_CONTENTS, {"digests": list(digests)}):
        with suppress(DamagedDocumentError):
            contents[row.digest] = _whole(row.content, row.digest)
    return contents


def _whole(kept: bytes, digest: str) -> bytes:
    """Return what was compressed. Raises DamagedDocumentError if it is not."""
    try:
        content = zlib.decompressobj().decompress(kept, MAX_SNAPSHOT_BYTES)
    except zlib.error:
        raise DamagedDocumentError(digest) from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise DamagedDocumentError(digest)
    return content


def is_unused() -> ColumnElement[bool]:
    """Return the condition that nothing refers to a document."""
    condition: ColumnElement[bool] = DOCUMENT.c.id.is_not(None)
    for column in DOCUMENTS_USED:
        condition &= ~exists().where(column == DOCUMENT.c.id)
    return condition


def expiries_content(expiries: Iterable[Expiry]) -> bytes:
    """Return what expires as the content of a document."""
    rows = sorted([one.kind, one.name, one.ends.isoformat()] for one in expiries)
    return canonical(rows).encode()


def expiries_of(content: bytes) -> tuple[Expiry, ...]:
    """Return what expires by the content of a document."""
    return tuple(
        Expiry(kind, name, date.fromisoformat(ends)) for kind, name, ends in parse_json(content)
    )

"""Documents of a history as they are kept: compressed, and known by the digest of their content.

A run hands them on as they are, from the database to the process that judges and back: what nobody
looks into is never unpacked.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import Final, NamedTuple

from auditor.files.inputs import MAX_SNAPSHOT_BYTES

# What is higher takes longer, and is hardly smaller.
_LEVEL: Final = 4
_PART: Final = 1 << 20


class DamagedDocumentError(ValueError):
    """A document is not what was written."""


class Packed(NamedTuple):
    """A document: the SHA-256 of its content in hexadecimal, and the content, by zlib.

    `size` is that of the content, in bytes.
    """

    digest: str
    size: int
    compressed: bytes


def pack(content: bytes, digest: str = "") -> Packed:
    """Return a document by its content, of which the digest may be known."""
    known = digest or hashlib.sha256(content).hexdigest()
    return Packed(known, len(content), zlib.compress(content, _LEVEL))


def is_whole(document: Packed) -> bool:
    """Return whether a document is what its digest and size say; its content is never held."""
    found, size, unpacking = hashlib.sha256(), 0, zlib.decompressobj()
    left = document.compressed
    try:
        while size <= document.size:
            part = unpacking.decompress(left, _PART)
            found.update(part)
            size, left = size + len(part), unpacking.unconsumed_tail
            if not part and not left:
                break
    except zlib.error:
        return False
    return size == document.size <= MAX_SNAPSHOT_BYTES and found.hexdigest() == document.digest


def unpack(document: Packed) -> bytes:
    """Return the content of a document. Raises DamagedDocumentError if that is another one."""
    try:
        content = zlib.decompressobj().decompress(document.compressed, MAX_SNAPSHOT_BYTES)
    except zlib.error:
        raise DamagedDocumentError(document.digest) from None
    if hashlib.sha256(content).hexdigest() != document.digest:
        raise DamagedDocumentError(document.digest)
    return content

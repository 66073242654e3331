"""The body of an answer, unpacked piece by piece: a packed body that is cut off is noticed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

import httpx

ACCEPTED: Final = "gzip"
_PLAIN: Final = {"", "identity"}
_PACKED: Final = {"gzip", "x-gzip"}
_GZIP: Final = 31  # zlib's number for "the largest window, with a gzip header"
_PIECE_BYTES: Final = 1 << 18


class BodyError(Exception):
    """The body cannot be unpacked; the message says why."""


def read_body(response: httpx.Response) -> Iterator[bytes]:
    """Yield the body in pieces of bounded size, however much they are packed.

    Raises BodyError, and httpx.HTTPError if the connection breaks.
    """
    packing = response.headers.get("content-encoding", "").strip().lower()
    if packing in _PLAIN:
        return response.iter_raw()
    if packing in _PACKED:
        return _unpack(response.iter_raw())
    raise BodyError("the answer is packed in a way that was not asked for")


def _unpack(blocks: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(_GZIP)
    try:
        for block in blocks:
            rest = block
            while rest:
                if unpacker.eof:  # another packed part follows
                    unpacker = zlib.decompressobj(_GZIP)
                yield unpacker.decompress(rest, _PIECE_BYTES)
                rest = unpacker.unconsumed_tail or unpacker.unused_data
        yield unpacker.flush()
    except zlib.error:
        raise BodyError("the packed answer is damaged") from None
    if not unpacker.eof:
        raise BodyError("the packed answer is incomplete")

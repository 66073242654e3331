"""The body of an answer, unpacked piece by piece: one that is cut off is noticed where it can be.

A length, chunks and the end of a packed body say where it ends. One that ends with the connection
and states no length, as HTTP/1.0 does, may have been cut anywhere (RFC 9112, 6.3 and 8).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

import httpx

from auditor.errors import ReasonedError
from auditor.messages.message import Message, say

ACCEPTED: Final = "gzip"
_PLAIN: Final = {"", "identity"}
_PACKED: Final = {"gzip", "x-gzip"}
_GZIP: Final = 31  # zlib's number for "the largest window, with a gzip header"
_PIECE_BYTES: Final = 1 << 18


class BodyError(ReasonedError):
    """The body is not what was announced.

    `is_short` marks one that ended too early, so that another try may bring the rest.
    """

    def __init__(self, reason: Message, *, is_short: bool = False) -> None:
        super().__init__(reason)
        self.is_short = is_short


class Body:
    """The unpacked body of an answer; it can be iterated over once.

    `undelimited` is true if nothing but the end of the connection says where it ends.
    """

    def __init__(self, blocks: Iterator[bytes], *, undelimited: bool) -> None:
        self._blocks = blocks
        self.undelimited = undelimited

    def __iter__(self) -> Iterator[bytes]:
        return self._blocks


def is_undelimited(response: httpx.Response) -> bool:
    """Return whether an answer says neither how long its body is nor where it ends.

    What counts as a length is what h11 ends a body by: it reads one that lacks both headers up to
    the end of the connection, in HTTP/1.0 and in HTTP/1.1, kept alive or not.
    """
    return not {"content-length", "transfer-encoding"} & response.headers.keys()


def read_body(response: httpx.Response) -> Iterator[bytes]:
    """Yield the body in pieces of bounded size, however much they are packed.

    Raises BodyError, and httpx.HTTPError if the connection breaks.
    """
    packing = response.headers.get("content-encoding", "").strip().lower()
    raw = _measured(response)
    if packing in _PLAIN:
        return raw
    if packing in _PACKED:
        return _unpack(raw)
    raise BodyError(say("the answer is packed in a way that was not asked for"))


def _measured(response: httpx.Response) -> Iterator[bytes]:
    """Yield the body as it was sent; chunks that make another length than is stated are damage.

    h11 checks a length itself unless chunks come beside it: then it does not look at the length.
    """
    stated = response.headers.get("content-length", "")
    received = 0
    for block in response.iter_raw():
        received += len(block)
        yield block
    if stated.isdecimal() and received != int(stated):
        short = received < int(stated)
        raise BodyError(say("the answer is not as long as it says"), is_short=short)


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
        raise BodyError(say("the packed answer is damaged")) from None
    if not unpacker.eof:
        raise BodyError(say("the packed answer is incomplete"), is_short=True)

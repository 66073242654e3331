"""The one form of ZIP that a package has: nothing before, between, behind or about its files.

A ZIP says most things twice, and programs that unpack one disagree about which counts. So a package
is written in one form only, and what is read is compared with that form octet by octet: whatever
else a ZIP could hold (comments, links, extra fields, a second directory) makes it another file.
"""

from __future__ import annotations

import hashlib
import struct
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Final, Protocol

from auditor.messages.message import Message, say
from auditor.values.frozen import frozen

MOST_FILES: Final = 10_000
MOST_OCTETS: Final = 512_000_000
# Reports come to a fiftieth of their size. What is far smaller unpacks to nothing that is one.
_ANY_RATIO: Final = 64_000_000
_MOST_RATIO: Final = 200
# What is kept of a file while it is read: enough for a manifest of that many files.
MOST_KEPT: Final = 16_000_000
_BLOCK: Final = 1 << 20
_DEFLATE: Final = -zlib.MAX_WBITS
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_LONGEST_NAME: Final = 1_000
_VERSION: Final = 20
_DEFLATED: Final = 8
_UTF8: Final = 0x800
_DATE: Final = 0x21  # 1980-01-01, the first day that a ZIP can name
_MADE_ON_UNIX: Final = 3 << 8
_PRIVATE_FILE: Final = 0o100600 << 16
# What Windows, or another program that unpacks, takes for something else than a name.
_ELSEWHERE: Final = frozenset('\\:*?"<>|')
_DEVICES: Final = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"]
)


class ArchiveError(ValueError):
    """The octets are not those of a package, or files cannot be put into one; says why."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason)
        self.reason = reason


class TooLargeError(ArchiveError):
    """There are more files or octets than a package may have."""


class _Inflating(Protocol):
    """What `zlib.decompressobj` returns, whose type has no name."""

    def decompress(self, data: bytes | memoryview, max_length: int, /) -> bytes:
        """Return the next octets of the content."""


@frozen
class Member:
    """One file of an archive; `content` is kept of small files only that are asked for."""

    path: str
    size: int
    sha256: str
    content: bytes = field(default=b"", repr=False)


@frozen
class _Head:
    """What a ZIP says about a file, and where."""

    name: bytes
    crc: int
    packed: int
    size: int
    offset: int

    @property
    def _flags(self) -> int:
        return 0 if self.name.isascii() else _UTF8

    def local(self) -> bytes:
        """Return what stands before the file."""
        about = (self._flags, _DEFLATED, 0, _DATE, self.crc, self.packed, self.size)
        return _LOCAL.pack(b"PK\3\4", _VERSION, *about, len(self.name), 0) + self.name

    def central(self) -> bytes:
        """Return what the directory says."""
        about = (self._flags, _DEFLATED, 0, _DATE, self.crc, self.packed, self.size)
        made = _MADE_ON_UNIX | _VERSION
        rest = (len(self.name), 0, 0, 0, 0, _PRIVATE_FILE, self.offset)
        return _CENTRAL.pack(b"PK\1\2", made, _VERSION, *about, *rest) + self.name


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of files, in their order. Raises ArchiveError."""
    check_names(files)
    total = sum(map(len, files.values()))
    pieces, heads, offset = [], [], 0
    for path, content in files.items():
        deflating = zlib.compressobj(wbits=_DEFLATE)
        packed = deflating.compress(content) + deflating.flush()
        head = _Head(path.encode(), zlib.crc32(content), len(packed), len(content), offset)
        heads.append(head)
        pieces += [head.local(), packed]
        offset += len(pieces[-1]) + len(pieces[-2])
    _check_size(heads, total, offset)
    return b"".join([*pieces, _directory(heads, offset)])


def read_archive(octets: bytes, kept: Iterable[str]) -> list[Member]:
    """Return the files of an archive; those whose path is to be `kept` have their content.

    Nothing is unpacked further than its head says, or than a package may be large. Raises
    ArchiveError for every octet that `write_archive` would have written in another way, but for
    how well the files are compressed.
    """
    heads: list[_Head] = []
    members, wanted = [], frozenset(kept)
    offset = total = 0
    while octets.startswith(b"PK\3\4", offset):
        head, start = _head_at(octets, offset)
        total += head.size
        _check_size(heads, total, len(octets))
        offset = start + head.packed
        members.append(_unpacked(memoryview(octets)[start:offset], head, wanted))
        heads.append(head)
    if octets[offset:] != _directory(heads, offset):
        raise ArchiveError(say("its directory is not the one of its files, or something was added"))
    check_names([member.path for member in members])
    return members


def file_in_archive(octets: bytes, path: str) -> bytes:
    """Return what a file of an archive holds that `read_archive` found to be whole.

    Raises ArchiveError if there is no such file.
    """
    offset = 0
    while octets.startswith(b"PK\3\4", offset):
        head, start = _head_at(octets, offset)
        offset = start + head.packed
        if head.name == path.encode():
            return b"".join(_inflated(memoryview(octets)[start:offset], head.size))
    raise ArchiveError(say("{file} is missing", file=f"{path!r:.100}"))


def _check_size(heads: list[_Head], total: int, packed: int) -> None:
    most = min(MOST_OCTETS, _ANY_RATIO + _MOST_RATIO * packed)
    if len(heads) > MOST_FILES or total > most:
        raise TooLargeError(say("there are too many files, or too large ones"))


def check_names(names: Iterable[str]) -> None:
    """Raise ArchiveError for names that are no plain paths, or that some systems take for one."""
    known: set[str] = set()
    folders: set[str] = set()
    for name in names:
        if not _is_plain(name):
            raise ArchiveError(say("{name} is no plain path", name=f"{name!r:.100}"))
        folded = _folded(name)
        parts = folded.split("/")
        if folded in known:
            raise ArchiveError(
                say("{name} is there twice, if case does not count", name=f"{name!r:.100}")
            )
        known.add(folded)
        folders.update("/".join(parts[:end]) for end in range(1, len(parts)))
    if known & folders:
        raise ArchiveError(say("a file has the name of a folder"))


def _is_plain(name: str) -> bool:
    """Return whether every system unpacks a file where its name says, inside the folder."""
    return (
        len(name) <= _LONGEST_NAME
        and name.isprintable()
        and all(
            part not in {"", ".", ".."}
            and part == part.strip(" ").rstrip(".")
            and not _ELSEWHERE & set(part)
            and part.partition(".")[0].rstrip(" ").casefold() not in _DEVICES
            for part in name.split("/")
        )
    )


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _head_at(octets: bytes, offset: int) -> tuple[_Head, int]:
    """Return the head of a file that starts somewhere, and where its octets start."""
    if len(octets) < offset + _LOCAL.size:
        raise ArchiveError(say("it is cut off"))
    *_, crc, packed, size, length, _ = _LOCAL.unpack_from(octets, offset)
    end = offset + _LOCAL.size + length
    head = _Head(octets[offset + _LOCAL.size : end], crc, packed, size, offset)
    if octets[offset:end] != head.local():
        raise ArchiveError(say("the head of a file is not as a package has it"))
    if end + packed > len(octets):
        raise ArchiveError(say("it is cut off"))
    return head, end


def _unpacked(packed: memoryview, head: _Head, wanted: frozenset[str]) -> Member:
    try:
        path = head.name.decode()
    except UnicodeDecodeError:
        raise ArchiveError(say("the name of a file is not UTF-8")) from None
    is_kept = path in wanted
    if is_kept and head.size > MOST_KEPT:
        raise TooLargeError(say("{path} is too large", path=path))
    digest, crc, size, pieces = hashlib.sha256(), 0, 0, []
    for block in _inflated(packed, head.size):
        digest.update(block)
        crc, size = zlib.crc32(block, crc), size + len(block)
        if is_kept:
            pieces.append(block)
    if (crc, size) != (head.crc, head.size):
        raise ArchiveError(say("{path} is damaged", path=f"{path!r:.100}"))
    return Member(path, size, digest.hexdigest(), b"".join(pieces))


def _inflated(packed: memoryview, size: int) -> Iterator[bytes]:
    """Yield what a file holds, in blocks: one stream, without an octet too many or too few."""
    inflating = zlib.decompressobj(_DEFLATE)
    for at in range(0, len(packed), _BLOCK):
        rest: bytes | memoryview = packed[at : at + _BLOCK]
        block = b""
        # A full block may leave more to come, though all that is packed was taken.
        while rest or (len(block) == _BLOCK and not inflating.eof):
            if inflating.eof:
                raise ArchiveError(say("there is something behind a file"))
            block = _next_block(inflating, rest)
            size -= len(block)
            if size < 0:
                raise ArchiveError(say("a file is larger than it says"))
            yield block
            rest = inflating.unconsumed_tail or inflating.unused_data
    if not inflating.eof:
        raise ArchiveError(say("a file is cut off"))


def _next_block(inflating: _Inflating, packed: bytes | memoryview) -> bytes:
    try:
        return inflating.decompress(packed, _BLOCK)
    except zlib.error:
        raise ArchiveError(say("a file is damaged")) from None


def _directory(heads: list[_Head], offset: int) -> bytes:
    """Return the directory of files, which starts at an offset, and the end of the archive."""
    directory = b"".join(head.central() for head in heads)
    count = len(heads)
    return directory + _END.pack(b"PK\5\6", 0, 0, count, count, len(directory), offset, 0)

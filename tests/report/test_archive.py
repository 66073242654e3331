"""The form of a package: one, and every other way to write the same ZIP is not whole."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.errors import AuditorError, InputError, OutputError
from auditor.report.handover import archive
from auditor.report.handover.archive import ArchiveError, TooLargeError, read_archive, write_archive
from auditor.report.handover.package import pack_files, verify
from auditor.report.handover.signing import is_weak
from tests.fixtures import bombs

ABOUT = {"tool": "pbx-auditor 0", "run": "r", "target": "t"}
FILES = {"report.json": b"{}" * 500, "remediation/plan.json": b"[]", "größe.txt": b""}
KEY = Ed25519PrivateKey.generate()
WHOLE = pack_files(FILES, ABOUT, KEY)
END = WHOLE.rindex(b"PK\5\6")
DIRECTORY = WHOLE.index(b"PK\1\2")
BLOCK = 1 << 20


def listed(octets):
    with zipfile.ZipFile(io.BytesIO(octets)) as opened:
        return [(info, opened.read(info)) for info in opened.infolist()]


def rewritten(change):
    """Return the package as another program writes it, each entry changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for info, content in listed(WHOLE):
            change(info)
            made.writestr(info, content)
    return buffer.getvalue()


def attribute(name, value):
    return rewritten(lambda info: setattr(info, name, value))


def with_member(name, content=b"x"):
    buffer = io.BytesIO(WHOLE)
    with zipfile.ZipFile(buffer, "a") as opened:
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o100600 << 16
        opened.writestr(info, content)
    return buffer.getvalue()


def patched(at, octets, base=WHOLE):
    return base[:at] + octets + base[at + len(octets) :]


def with_prefix(prefix):
    """Return bytes before the archive, with every offset moved so that programs still open it."""
    moved = bytearray(prefix + WHOLE)
    at = len(prefix) + DIRECTORY
    while moved[at : at + 4] == b"PK\1\2":
        names = sum(struct.unpack_from("<3H", moved, at + 28))
        (offset,) = struct.unpack_from("<I", moved, at + 42)
        struct.pack_into("<I", moved, at + 42, offset + len(prefix))
        at += 46 + names
    struct.pack_into("<I", moved, at + 16, len(prefix) + DIRECTORY)
    return bytes(moved)


def stuffed():
    """Return a package with octets between its files and its directory."""
    moved = bytearray(WHOLE[:DIRECTORY] + b"secret" + WHOLE[DIRECTORY:])
    struct.pack_into("<I", moved, END + 6 + 16, DIRECTORY + 6)
    return bytes(moved)


NOT_WHOLE = {
    "before": b"#!/bin/sh\n" + WHOLE,
    "before, offsets moved": with_prefix(b"MZ" + b"\0" * 60),
    "between": stuffed(),
    "after": WHOLE + b"\0",
    "another archive after": WHOLE + WHOLE,
    "comment": WHOLE[:-2] + b"\3\0" + b"new",
    "another number of files": patched(END + 8, b"\1\0"),
    "disk": patched(END + 4, b"\1\0"),
    "link": attribute("external_attr", 0o120777 << 16),
    "setuid": attribute("external_attr", 0o104755 << 16),
    "executable": attribute("external_attr", 0o100755 << 16),
    "folder for DOS": attribute("external_attr", 0o100600 << 16 | 0x10),
    "hidden for DOS": attribute("external_attr", 0o100600 << 16 | 2),
    "time": attribute("date_time", (2026, 1, 1, 0, 0, 0)),
    "extra field": attribute("extra", b"\xfe\xca\0\0"),
    "comment of a file": attribute("comment", b"hello"),
    "stored": attribute("compress_type", zipfile.ZIP_STORED),
    "bzip2": attribute("compress_type", zipfile.ZIP_BZIP2),
    "made on Windows": attribute("create_system", 0),
    "internal attributes": attribute("internal_attr", 1),
    "encrypted, local": patched(6, b"\1"),
    "encrypted, both": patched(DIRECTORY + 8, b"\1", patched(6, b"\1")),
    "sizes behind": patched(6, b"\x08"),
    "another name in the directory": patched(DIRECTORY + 46, b"manifest.json"),
    "another size in the directory": patched(DIRECTORY + 24, b"\0"),
    "another checksum in the directory": patched(DIRECTORY + 16, b"\0\0\0\0"),
    "another checksum": patched(14, b"\0\0\0\0"),
    "overlap": patched(WHOLE.index(b"PK\1\2", DIRECTORY + 4) + 42, b"\0\0\0\0"),
    "harmless": with_member("zzz.txt"),
    "cut": WHOLE[:-1],
    "cut in the directory": WHOLE[: DIRECTORY + 50],
    "no directory": WHOLE[:DIRECTORY],
}


@pytest.mark.parametrize("name", NOT_WHOLE)
@pytest.mark.parametrize("key", [None, KEY.public_key()])
def test_any_other_form_is_not_whole(name, key):
    with pytest.raises(OutputError, match="cannot be trusted"):
        verify(NOT_WHOLE[name], "a.zip", key)


@pytest.mark.parametrize(
    "name",
    [
        "./report.json",
        "REPORT.JSON",
        "remediation//plan.json",
        "remediation\\plan.json",
        "a/../report.json",
        "../evil",
        "/etc/evil",
        "C:evil",
        "report.json:evil",
        "remediation/",
        "remediation",
        "report.json/evil",
        "report.json.",
        "report.json ",
        " report.json",
        "aux.txt",
        "a/COM1",
        "con .txt",
        "CONIN$",
        "com\u00b9.log",
        "lpt0",
        "report\n.json",
        "report\0.json",
        "\u202ereport.json",
        "gro\u0308ße.txt",
        "GRÖSSE.txt",
        "manifest.JSON",
        "SIGNATURE.json/a",
        "..",
        "",
    ],
)
def test_names_that_somebody_takes_for_others_are_not_whole_though_they_are_signed(
    name, monkeypatch
):
    with monkeypatch.context() as unchecked:
        unchecked.setattr("auditor.report.handover.archive.check_names", lambda _: None)
        unchecked.setattr("auditor.report.handover.sealing.check_names", lambda _: None)
        signed = pack_files({**FILES, name: b"x"}, ABOUT, KEY)
    with pytest.raises(OutputError, match="cannot be trusted"):
        verify(signed, "a.zip", KEY.public_key())


def test_the_form_is_a_zip_that_everybody_reads():
    assert verify(WHOLE, "a.zip", KEY.public_key()).signer
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in FILES} == FILES
        assert {info.external_attr >> 16 for info in opened.infolist()} == {0o100600}


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
@example(443, 4)  # a bit that fills up the last octet of what was compressed, and means nothing
def test_what_is_whole_with_a_changed_octet_says_the_same(at, mask):
    changed = patched(at, bytes([WHOLE[at] ^ mask]))
    try:
        verify(changed, "a.zip", KEY.public_key())
    except AuditorError:
        return
    assert read_archive(changed, FILES) == read_archive(WHOLE, FILES)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(WHOLE)), st.binary(min_size=1, max_size=9))
def test_nothing_can_be_put_in(at, more):
    assert_refused(at, more)


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 1])
@pytest.mark.parametrize("more", [b"\0", b"PK\x03\x04"])
def test_nothing_can_be_put_in_here(share, more):
    assert_refused(int(share * len(WHOLE)), more)


def assert_refused(at, more):
    with pytest.raises(AuditorError):
        verify(WHOLE[:at] + more + WHOLE[at:], "a.zip")


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 258])
@pytest.mark.parametrize("kind", ["zeros", "noise"])
def test_files_of_any_size_come_through(size, kind):
    content = b"\0" * size if kind == "zeros" else os.urandom(size)
    (one,) = read_archive(write_archive({"a": content}), ["a"])
    assert one.size == size
    assert one.content == content


def claiming(size, packed):
    """Return an archive of one file that says it has a size, with a directory that agrees."""
    head = archive._Head(b"MANIFEST.json", 0, len(packed), size, 0)  # noqa: SLF001
    directory = archive._directory([head], len(head.local()) + len(packed))  # noqa: SLF001
    return head.local() + packed + directory


def deflated(content):
    deflating = zlib.compressobj(9, wbits=-15)
    return deflating.compress(content) + deflating.flush()


BOMB = bombs.deflated(bytes(1_000_000), 300)


def test_the_bomb_is_one():
    unpacking = zlib.decompressobj(wbits=-15)
    assert len(unpacking.decompress(bombs.deflated(bytes(1_000_000), 3))) == 3_000_000
    assert unpacking.eof
    assert len(BOMB) < 1_000_000


@pytest.mark.parametrize("size", [0, 10, 15_999_999, 64_000_000, 300_000_000, 4_000_000_000])
def test_a_bomb_is_unpacked_no_further_than_it_says(size, monkeypatch):
    seen = []
    next_block = archive._next_block  # noqa: SLF001

    def counted(*arguments):
        seen.append(len(block := next_block(*arguments)))
        return block

    monkeypatch.setattr(archive, "_next_block", counted)
    with pytest.raises(AuditorError):
        verify(claiming(size, BOMB), "a.zip")
    assert sum(seen) <= min(size, 64_000_000) + BLOCK


@pytest.mark.parametrize("packed", [b"", b"\3\0\0", deflated(b"x") + b"\0", deflated(b"xy")[:-1]])
def test_a_stream_ends_where_the_file_ends(packed):
    with pytest.raises(ArchiveError):
        read_archive(claiming(1, packed), [])


@pytest.mark.parametrize(
    "files",
    [
        {"a": b"", "A": b""},
        {"a/b": b"", "A": b""},
        {"ﬁ": b"", "FI": b""},
        {"a\\b": b""},
        {"nul": b""},
        {"a\udcff": b""},
        {"MANIFEST.json": b"{}"},
        {"signature.JSON": b"{}"},
        {"": b""},
        {"a" * 2000: b""},
        {str(number): b"" for number in range(10_000)},
    ],
)
def test_what_could_not_be_verified_is_not_packed(files):
    with pytest.raises(InputError):
        pack_files(files, ABOUT, KEY)


def test_too_much_is_not_packed():
    with pytest.raises(TooLargeError):
        write_archive({str(number): b"" for number in range(10_001)})


def add(one, other):
    """Return the sum of two points of edwards25519 (RFC 8032, 5.1.4), in affine coordinates."""
    prime, (x1, y1), (x2, y2) = 2**255 - 19, one, other
    d = -121665 * pow(121666, -1, prime) % prime
    product = d * x1 * x2 * y1 * y2 % prime
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, prime) % prime
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, prime) % prime
    return x, y


def points(y):
    """Return the points with a y coordinate."""
    prime = 2**255 - 19
    d = -121665 * pow(121666, -1, prime) % prime
    square = (y * y - 1) * pow(d * y * y + 1, -1, prime) % prime
    root = pow(square, (prime + 3) // 8, prime)
    if root * root % prime != square:
        root = root * pow(2, (prime - 1) // 4, prime) % prime
    return {(root, y), (-root % prime, y)} if root * root % prime == square else set()


def test_every_key_whose_order_is_small_is_weak():
    prime = 2**255 - 19
    small = {
        0,
        1,
        prime - 1,
        *(
            int.from_bytes(bytes.fromhex(one), "little")
            for one in (
                "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            )
        ),
    }
    found = {point for y in small for point in points(y)}
    assert len(found) == 8, "the curve has eight points whose order divides eight"
    for point in found:
        eight = point
        for _ in range(3):
            eight = add(eight, eight)
        assert eight == (0, 1)
    spellings = [*small, *(y + prime for y in small if y + prime < 2**255)]
    for y in spellings:
        for sign in (0, 1 << 255):
            assert is_weak((y | sign).to_bytes(32, "little"))
    assert not is_weak(KEY.public_key().public_bytes_raw())


@pytest.mark.parametrize("raw", [b"\1" + b"\0" * 31, b"\1" + b"\0" * 30 + b"\x80"])
def test_a_signature_by_a_key_that_anybody_has_is_none(raw):
    """With the neutral element as key, the neutral element and zero sign every message."""
    forged = b"\1" + b"\0" * 63
    Ed25519PublicKey.from_public_bytes(b"\1" + b"\0" * 31).verify(forged, b"whatever")

    class Forger:
        def public_key(self):
            return self

        def public_bytes_raw(self):
            return raw

        def sign(self, _message):
            return forged

    forger: Any = Forger()
    with pytest.raises(OutputError, match="anybody"):
        verify(pack_files(FILES, ABOUT, forger), "a.zip")

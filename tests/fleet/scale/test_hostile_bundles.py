"""Files that somebody hands to `fleet import` as a bundle: refused, and nothing comes of them."""

from __future__ import annotations

import io
import os
import shutil
import stat
import tarfile
import time
import zipfile
from collections.abc import Callable
from functools import partial

import pytest

from auditor.fleet.scale.bundle import BundledPbx, BundleManifest
from auditor.report.handover import archive, sealing
from auditor.report.handover.signing import key_of
from tests.fixtures import bombs
from tests.fleet.scale.conftest import Site
from tests.fleet.scale.test_collectors import HOUR, NOW, made, recorded

# One more than there may be, with manifest and signature.
MANY = 10_001
# What a bundle of a few files may take to refuse, in seconds of processor and octets.
SECONDS = 20.0
LEADS_ELSEWHERE = (
    "../x",
    "a/../../x",
    "/etc/x",
    "//host/x",
    "C:\\x",
    "..\\x",
    "\\\\host\\x",
    "~/x/.",
)


def zipped(*members):
    """Return a ZIP as any program writes it, of names and what they are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, kind, content in members:
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            info.external_attr = (kind | 0o777) << 16
            file.writestr(info, content)
    return out.getvalue()


def tarred(*members):
    """Return a compressed tar of names, kinds and where they lead."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as file:
        for name, kind, leads in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.devmajor, info.devminor = kind, leads, 1, 5
            file.addfile(info)
    return out.getvalue()


def bomb(says, blocks):
    """Return an archive in the form of a bundle, whose file says its size and unpacks to more."""
    head = archive._Head(b"snapshots/graz-1.json", 0, 0, says, 0)  # noqa: SLF001 -- its form
    packed = bombs.deflated(bytes(1_000_000), blocks)
    head = archive._Head(head.name, 0, len(packed), says, 0)  # noqa: SLF001
    directory = archive._directory([head], len(head.local()) + len(packed))  # noqa: SLF001
    return head.local() + packed + directory + b"MANIFEST.json"


def signed(site, files):
    """Return a bundle of files that nobody would write, signed by its collector all the same."""
    key = key_of((site.here / "graz.key").read_text(encoding="ascii"))
    names = iter(files)
    one = BundledPbx(id="graz-1", began=NOW - HOUR, ended=NOW, snapshot=next(names))
    manifest = BundleManifest(
        tool="t", collector="graz", tenant="muster", sequence=10**12, made=NOW,
        pbxs=[one, *(one.model_copy(update={"id": f"x{at}", "snapshot": name})
                     for at, name in enumerate(names))],
        files=sealing.manifest_entries(files),
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as unchecked:
        for module in (archive, sealing):
            unchecked.setattr(module, "check_names", lambda _: None)
        unchecked.setattr(archive, "MOST_FILES", MANY * 100)
        return sealing.sealed(files, manifest, key)


def many(count):
    return {f"snapshots/{number}.json": b"{}" for number in range(count)}


def _leading(name, site):
    return signed(site, {name: b"x"})


LINK, DEVICE, FIFO = stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO
HOSTILE: dict[str, Callable[[Site], bytes]] = {
    "10,001 files": lambda site: signed(site, many(MANY - 2)),
    "100,000 files": lambda _: zipped(*((one, 0, b"{}") for one in many(100_000))),
    **{f"path {name}": partial(_leading, name) for name in LEADS_ELSEWHERE},
    "path in another ZIP": lambda _: zipped(("../x", stat.S_IFREG, b"MANIFEST.json")),
    "a link": lambda _: zipped(("MANIFEST.json", LINK, b"/etc/passwd")),
    "a device": lambda _: zipped(("MANIFEST.json", DEVICE, b"{}")),
    "a pipe": lambda _: zipped(("MANIFEST.json", FIFO, b"{}")),
    "a folder": lambda _: zipped(("MANIFEST.json/", stat.S_IFDIR, b"")),
    "a ZIP in it": lambda _: zipped(("MANIFEST.json", stat.S_IFREG, zipped(("x", 0, b"x")))),
    "tar, links": lambda _: tarred(
        ("MANIFEST.json", tarfile.SYMTYPE, "/etc/passwd"), ("x", tarfile.LNKTYPE, "MANIFEST.json")
    ),
    "tar, a device": lambda _: tarred(("MANIFEST.json", tarfile.CHRTYPE, "")),
    "tar, paths": lambda _: tarred(("../../MANIFEST.json", tarfile.REGTYPE, "")),
    "tar, a bomb": lambda _: bombs.gzipped(bytes(1_000_000), 3000),
    "a bomb that says little": lambda _: bomb(10, 3000),
    "a bomb that says what it is": lambda _: bomb(3_000_000_000, 3000),
    "a bomb that says as much as it may": lambda _: bomb(60_000_000, 3000),
    "two bundles": lambda site: made(site).read_bytes() * 2,
    "something before it": lambda site: b"x" + made(site).read_bytes(),
    "something behind it": lambda site: made(site).read_bytes() + b"x",
}


@pytest.fixture
def ready(site):
    return site.expect("graz-1").add()


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_bundle_is_refused_and_leaves_nothing(ready, content):
    path = ready.folder.write("hostile.zip", content(ready))
    before, files = recorded(ready), sorted(ready.folder.path.rglob("*"))
    begin = time.process_time()
    ended = ready.take(path)
    assert (ended.code, recorded(ready)) == (2, before), ended.said
    assert time.process_time() - begin < SECONDS
    assert sorted(ready.folder.path.rglob("*")) == files


def test_as_many_files_as_there_may_be_are_looked_at(ready):
    """It is refused for what is in it, and not for how many that are."""
    ended = ready.take(ready.folder.write("large.zip", signed(ready, many(MANY - 3))))
    assert (ended.code, "x0" in ended.err) == (2, True), ended.said[:300]


def test_every_beginning_of_a_bundle_is_refused(ready):
    whole = made(ready).read_bytes()
    before = recorded(ready)
    for size in range(0, len(whole), max(1, len(whole) // 60)):
        path = ready.folder.write("part.zip", whole[:size])
        assert ready.take(path).code == 2, size
    assert recorded(ready) == before


def _pipe(path):
    os.mkfifo(path)


NO_FILES = {
    "a pipe": _pipe,
    "a folder": lambda path: path.mkdir(),
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "nothing": lambda path: path.unlink(missing_ok=True),
    "a circle": lambda path: path.symlink_to(path),
}


@pytest.mark.parametrize("make", NO_FILES.values(), ids=NO_FILES)
def test_what_is_no_file_is_refused_without_waiting(ready, make):
    path = ready.folder.path / "hostile.zip"
    make(path)
    before = recorded(ready)
    assert ready.take(path).code == 2
    assert recorded(ready) == before


def test_a_bundle_behind_a_link_is_the_bundle(ready):
    path = ready.folder.path / "linked.zip"
    path.symlink_to(made(ready))
    assert ready.take(path).code == 3


def test_a_bundle_that_changes_after_it_was_read_is_judged_as_it_was(ready, monkeypatch):
    """What is checked is what is judged: the file is read once."""
    ready.has("graz-1")
    path = ready.bundle()
    other = shutil.copy(path, ready.folder.path / "other.zip")
    from auditor.fleet.scale import bundle_import  # noqa: PLC0415 -- what happens in between

    check = bundle_import._check_age  # noqa: SLF001

    def changed(*given):
        path.write_bytes(b"PK\3\4")
        check(*given)

    monkeypatch.setattr(bundle_import, "_check_age", changed)
    assert ready.take(path).code == 1
    assert ready.take(other).code == 2

"""Whether a folder lies on a network file system, where locks and shared memory do not hold."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

# What a kernel calls file systems that another machine, or the host of a virtual one, holds too.
# A file system in user space is named after `fuse.`, for example `fuse.sshfs`.
_SHARED: Final = frozenset(
    {
        "9p",
        "acfs",
        "afs",
        "auristorfs",
        "beegfs",
        "ceph",
        "cephfs",
        "cifs",
        "coda",
        "curlftpfs",
        "davfs",
        "davfs2",
        "drvfs",
        "fhgfs",
        "gfs",
        "gfs2",
        "glusterfs",
        "goofys",
        "gpfs",
        "grpcfuse",
        "hgfs",
        "ibrix",
        "kafs",
        "lizardfs",
        "lustre",
        "mfs",
        "moosefs",
        "ncp",
        "ncpfs",
        "nfs",
        "nfs3",
        "nfs4",
        "novell",
        "ocfs2",
        "orangefs",
        "panfs",
        "prl_fs",
        "pvfs2",
        "rclone",
        "s3fs",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
        "smbnetfs",
        "snfs",
        "sshfs",
        "vboxsf",
        "vmhgfs",
        "vmhgfs-fuse",
        "vxfs",
        "webdav",
    }
)
_ESCAPED: Final = re.compile(r"\\([0-7]{3})")
_REMOTE_DRIVE: Final = 4


def mount_table() -> str:
    """Return what Linux has mounted for this process; nothing elsewhere."""
    try:
        return Path("/proc/self/mountinfo").read_text("utf-8", errors="surrogateescape")
    except OSError:
        return ""


def share_of(folder: Path, table: Callable[[], str] = mount_table) -> str:
    """Return the kind of network file system that a folder lies on, empty if it lies on none."""
    if sys.platform == "win32":
        return _windows_share(folder)
    kind = _kind_of(folder.resolve(), table())
    return kind if kind.removeprefix("fuse.") in _SHARED else ""


def _kind_of(folder: Path, table: str) -> str:
    """Return the file system of the mount that a folder lies on: the last of the longest."""
    best, kind = -1, ""
    for line in table.splitlines():
        place, dash, rest = line.partition(" - ")
        fields = place.split(" ")
        if not dash or len(fields) < 5:  # noqa: PLR2004 -- the mount point is the fifth
            continue
        point = Path(_ESCAPED.sub(lambda code: chr(int(code[1], 8)), fields[4]))
        if folder.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), rest.split(" ")[0].lower()
    return kind


def _windows_share(folder: Path) -> str:
    import ctypes  # noqa: PLC0415 -- only there it has what is asked

    anchor = os.path.splitdrive(folder.resolve())[0] + "\\"
    if anchor.startswith("\\\\"):
        return "smb"
    of_windows = getattr(ctypes, "windll")  # noqa: B009 -- elsewhere there is none
    return "smb" if of_windows.kernel32.GetDriveTypeW(anchor) == _REMOTE_DRIVE else ""

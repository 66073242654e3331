"""The golden files on disk: read as they are, rewritten as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

EXPECTED = Path(__file__).parent / "expected"
RENEW = "make golden"


def read(folder: Path) -> dict[str, str]:
    """Return every file below a folder by its name there; line ends stay as they are."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rewrite(folder: Path, files: Mapping[str, str]) -> None:
    """Write what differs, and remove files that are not made any more."""
    before = read(folder)
    for name in before.keys() - files.keys():
        (folder / name).unlink()
    for name, text in files.items():
        if before.get(name) != text:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text.encode())

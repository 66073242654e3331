"""`pbx-auditor package`: one ZIP of what an audit wrote, and the check that it is whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from auditor import __version__
from auditor.cli.console import show, tell
from auditor.cli.out_folder import SharedOut, check_file
from auditor.errors import InputError
from auditor.files.inputs import read_bytes
from auditor.files.writing import write_file
from auditor.report.formats.saved_reports import load_report
from auditor.report.handover.archive import MOST_OCTETS
from auditor.report.handover.package import (
    PASSWORD,
    fingerprint,
    pack,
    private_key,
    public_key,
    verify,
)

HELP: Final = "Put everything that an audit wrote into one ZIP, and check such a ZIP."
_REPORT: Final = "report.json"


def create(
    folder: Annotated[Path, typer.Argument(help="Folder that an audit wrote its reports to.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The ZIP file to write; else FOLDER.zip beside the folder."
        ),
    ] = None,
    sign: Annotated[
        Path | None, typer.Option(help="Ed25519 private key (PEM) that signs the manifest.")
    ] = None,
    shared_out: SharedOut = False,  # noqa: FBT002
) -> None:
    """Write one ZIP with a manifest: size and SHA-256 of every file, signed if a key is given.

    The password of an encrypted key is taken from PBX_AUDITOR_KEY_PASSWORD.
    """
    place = output or _beside(folder)
    check_file(place, shared=shared_out)
    files = _files(folder, place)
    report = load_report(folder / _REPORT, "FOLDER")
    password = os.environ.get(PASSWORD)
    key = private_key(_read(sign, "--sign"), str(sign), password) if sign else None
    about = {
        "tool": f"pbx-auditor {__version__}",
        "run": report.run.id,
        "target": report.target.id,
    }
    write_file(place, pack(files, about, key))
    tell(f"written: {place}, {len(files)} files")
    if key:
        tell(f"signed with key {fingerprint(key.public_key())}")


def check(
    package: Annotated[Path, typer.Argument(help="A ZIP that `package create` wrote.")],
    key: Annotated[
        Path | None, typer.Option(help="Ed25519 public key (PEM) that must have signed it.")
    ] = None,
) -> None:
    """Check offline that nothing of a package is missing, added or changed.

    Exit codes: 0 whole, 2 no package, 6 not whole, or not signed by the key.
    """
    wanted = public_key(_read(key, "--key"), str(key)) if key else None
    found = verify(_read(package, "PACKAGE"), str(package), wanted)
    for entry in found.manifest.files:
        show(f"{entry.sha256}  {ascii(entry.path)[1:-1]}")
    tell(f"whole: {len(found.manifest.files)} files of run {found.manifest.run!r:.100}")
    if found.signer:
        known = "" if wanted else "; compare it with the key of the sender, or give --key"
        tell(f"signed with key {found.signer}{known}")
    else:
        tell("not signed: this shows that it is whole, not who made it")


def _beside(folder: Path) -> Path:
    """Return the name of the ZIP beside a folder; `.` has a name, too."""
    whole = folder.resolve()
    return whole.with_name(f"{whole.name}.zip")


def _files(folder: Path, output: Path) -> dict[str, bytes]:
    """Return the files to pack; hidden ones, links and the package itself are left out."""
    if not (folder / _REPORT).is_file():
        raise InputError(
            "there is no report.json in this folder",
            where=str(folder),
            advice="give the folder that an audit wrote with --out",
        )
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and path.resolve() != output.resolve()
    ]
    named = {path.relative_to(folder): path for path in paths}
    return {
        name.as_posix(): _read(path, "FOLDER")
        for name, path in named.items()
        if not any(part.startswith(".") for part in name.parts)
    }


def _read(path: Path, option: str) -> bytes:
    try:
        return read_bytes(path, MOST_OCTETS)
    except OSError as error:
        reason = f"the file cannot be read ({error.strerror})"
        raise InputError(reason, where=str(path), advice=f"check {option}") from None


GROUP: Final[Mapping[str, Callable[..., None]]] = {"create": create, "verify": check}

"""`pbx-auditor package`: one ZIP of what an audit wrote, and the check that it is whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from auditor import __version__
from auditor.cli.common_options.out_folder import SharedOut, check_file
from auditor.cli.interaction.console import show_text, tell
from auditor.errors import InputError, OptionPlace
from auditor.files.inputs import read_bytes
from auditor.files.os_reasons import cannot_read
from auditor.files.writing import write_file
from auditor.messages.message import say, together
from auditor.report.formats.saved_reports import load_report
from auditor.report.handover.archive import MOST_OCTETS
from auditor.report.handover.package import pack_files, verify
from auditor.report.handover.signing import PASSWORD, fingerprint, private_key, public_key

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
    key = private_key(_read(sign, OptionPlace("--sign")), str(sign), password) if sign else None
    about = {
        "tool": f"pbx-auditor {__version__}",
        "run": report.run.id,
        "target": report.target.id,
    }
    write_file(place, pack_files(files, about, key))
    tell(say("written: {path}; files in it: {count}", path=str(place), count=len(files)))
    if key:
        tell(say("signed with key {key}", key=fingerprint(key.public_key())))


def check(
    package: Annotated[Path, typer.Argument(help="A ZIP that `package create` wrote.")],
    key: Annotated[
        Path | None, typer.Option(help="Ed25519 public key (PEM) that must have signed it.")
    ] = None,
) -> None:
    """Check offline that nothing of a package is missing, added or changed.

    Exit codes: 0 whole, 2 no package, 6 not whole, or not signed by the key.
    """
    wanted = public_key(_read(key, OptionPlace("--key")), str(key)) if key else None
    found = verify(_read(package, "PACKAGE"), str(package), wanted)
    for entry in found.manifest.files:
        show_text(f"{entry.sha256}  {ascii(entry.path)[1:-1]}")
    count, run = len(found.manifest.files), f"{found.manifest.run!r:.100}"
    tell(say("whole; files of run {run}: {count}", run=run, count=count))
    if found.signer:
        signed = say("signed with key {key}", key=found.signer)
        compare = say("compare it with the key of the sender, or give --key")
        tell(signed if wanted else together(signed, compare))
    else:
        tell(say("not signed: this shows that it is whole, not who made it"))


def _beside(folder: Path) -> Path:
    """Return the name of the ZIP beside a folder; `.` has a name, too."""
    whole = folder.resolve()
    return whole.with_name(f"{whole.name}.zip")


def _files(folder: Path, output: Path) -> dict[str, bytes]:
    """Return the files to pack; hidden ones, links and the package itself are left out."""
    if not (folder / _REPORT).is_file():
        raise InputError(
            say("there is no report.json in this folder"),
            where=str(folder),
            advice=say("give the folder that an audit wrote with --out"),
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
        raise cannot_read(say("the file"), path, error, option, InputError) from None


GROUP: Final[Mapping[str, Callable[..., None]]] = {"create": create, "verify": check}

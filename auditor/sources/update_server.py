"""Folders of innovaphone's update server, which saves the configuration of each device that asks.

`DIR/HWID/HWID.N.txt` (php-update-server, `saveBackup`): one folder for each device, named after
what the device calls itself, `#h`, for example `IP411-00-00-01`; N rises. It saves only what
differs from the last one, without some lines, so a file says nothing of how long it has been true,
or whether anybody still saves. Whoever sends a configuration chooses its name: whose it is, its
content says.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from auditor.dialects import Dialect
from auditor.errors import SourceError
from auditor.files.os_reasons import why
from auditor.messages.message import NOTHING, Message, say, together
from auditor.model.snapshot import Box, Gap, SourceRecord, hex_digits
from auditor.sources.evidence_file import EvidenceFile, read_document
from auditor.sources.folder import MAX_ENTRIES, NOT_READ, FolderEntry, problem_of, shown_name
from auditor.sources.generations import generation_of
from auditor.volatile import volatile_lines

_CONFIGURATION: Final = "configuration"
_HARDWARE_ID: Final = r"(?i)[a-z0-9]+-(?P<tail>[0-9a-f]{2}(-[0-9a-f]{2}){2})"
SAVED: Final = say(
    "saved by an update server: it saves only what changed, so the age of the file is not that of "
    "the backup"
)
_NOT_SAVED: Final = say("the update server does not save this line of the configuration")
_LINK: Final = say("it is a link, which is not followed")
_NAMED: Final = 3
_READ_LIVE: Final = say("read the live PBX, or its whole /cfg.txt")


def hardware_id_of(path: Path) -> str:
    """Return by which id the update server saved a file, in small letters; empty if it did not."""
    place = generation_of(path.name)
    if place is None:
        return ""
    stem, _ = place
    is_saved = path.parent.name.casefold() == stem or re.fullmatch(_HARDWARE_ID, stem) is not None
    return stem if is_saved else ""


def contradiction(hardware_id: str, box: Box) -> Message:
    """Return that a name is that of another box than the content says; nothing if it is not.

    A name that is no hardware id names no box.
    """
    named = re.fullmatch(_HARDWARE_ID, hardware_id)
    tail = box.short_serial
    if named is None or not tail or hex_digits(named["tail"]) == tail:
        return NOTHING
    return say(
        "it is saved as {name}, and its content is of {serial}: the content counts",
        name=hardware_id,
        serial=f"{box.product}-{box.serial}" if box.product else box.serial,
    )


def as_saved(one: EvidenceFile, dialect: Dialect) -> EvidenceFile:
    """Return a document; one of the update server with what it cannot show, and whose it is.

    What has a line that the server does not save was put there by somebody else, and is whole.
    """
    name = hardware_id_of(one.path)
    reading = one.reading
    if not name or reading is None or reading.kind != _CONFIGURATION or not one.has_saved_none:
        return one
    reading.gaps.extend(_left_out(one.name, dialect))
    note = together(one.record.note, SAVED, contradiction(name, one.box))
    return replace(one, record=replace(one.record, note=note))


def _left_out(source: str, dialect: Dialect) -> Iterator[Gap]:
    """Yield a gap for each fact that stands in lines which the server does not save."""
    modules = {one.module for one in volatile_lines() if one.left_out and one.module}
    facts = {fact for fact, _, place in dialect.line_places() if place.module in modules}
    for fact in sorted(facts):
        yield Gap(fact, _NOT_SAVED, source, advice=_READ_LIVE)


class DeviceFolder(NamedTuple):
    """A folder for one device.

    `generations` are its files, the newest first. `problem` says why it cannot be told which those
    are, or that it cannot be read; `shown` is its name as text that can be printed. `is_named`
    says that a device is meant to be in it: its name is a hardware id. A link to another folder of
    these is none.
    """

    path: Path
    shown: str
    generations: tuple[Path, ...] = ()
    problem: Message = NOTHING
    is_named: bool = False


def device_folders(root: Path) -> list[DeviceFolder]:
    """Return the folders that lie in one, sorted by name, those included that are no device's.

    Links are not followed, for they may lead to what is another customer's. Raises SourceError if
    the folder cannot be read, or holds more than anybody can mean.
    """
    try:
        with os.scandir(root) as found:
            entries = sorted(islice(found, MAX_ENTRIES + 1), key=lambda one: one.name)
    except OSError as error:
        raise SourceError(
            say("the folder cannot be read ({error})", error=why(error)),
            where=str(root),
            advice=say("give the folder in which the update server makes one for each device"),
        ) from None
    if len(entries) > MAX_ENTRIES:
        raise SourceError(
            say("the folder holds more than {count} entries", count=MAX_ENTRIES),
            where=str(root),
            advice=say("give the folder in which the update server makes one for each device"),
        )
    return [device_folder(Path(one.path)) for one in entries if _is_folder(one)]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a folder, or a link that may lead to one."""
    try:
        return entry.is_dir() or (entry.is_symlink() and not Path(entry.path).exists())
    except OSError:
        return True


def device_folder(path: Path) -> DeviceFolder:
    """Return what lies in the folder of one device."""
    root, shown = path.parent, shown_name(path, path)
    folder = DeviceFolder(path, shown, is_named=re.fullmatch(_HARDWARE_ID, path.name) is not None)
    if path.is_symlink():
        is_inside = Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))
        return folder._replace(problem=_LINK, is_named=not (is_inside and path.exists()))
    try:
        with os.scandir(path) as found:
            names = [one.name for one in islice(found, MAX_ENTRIES)]
    except OSError as error:
        return folder._replace(problem=say("it cannot be read ({error})", error=why(error)))
    series: dict[str, list[tuple[int, str]]] = {}
    for name in names:
        if place := generation_of(name):
            series.setdefault(place[0], []).append((place[1], name))
    own = series.get(path.name.casefold())
    if own is None and len(series) > 1:
        several = ", ".join(sorted(shown_name(path / one, path) for one in series)[:_NAMED])
        return folder._replace(
            problem=say("it holds files of several devices: {names}", names=several)
        )
    numbered = sorted(own or next(iter(series.values()), []), reverse=True)
    newest = [name for number, name in numbered if number == numbered[0][0]]
    if len(newest) > 1:
        names_shown = ", ".join(shown_name(path / one, path) for one in sorted(newest))
        return folder._replace(problem=say("{names} have the same number", names=names_shown))
    return folder._replace(generations=tuple(path / name for _, name in numbered))


def read_generation(path: Path, dialect: Dialect) -> EvidenceFile:
    """Return a generation with what it says, or why it says nothing; a link is not followed."""
    name = shown_name(path, path.parent)
    if path.is_symlink():
        return EvidenceFile(path, SourceRecord(name, NOT_READ, 0, "", _LINK), open_question=_LINK)
    try:
        is_file = stat.S_ISREG(path.lstat().st_mode)
    except OSError as error:
        reason = problem_of(error)
        return EvidenceFile(path, SourceRecord(name, NOT_READ, 0, "", reason), open_question=reason)
    if not is_file:
        reason = say("it is no regular file")
        return EvidenceFile(path, SourceRecord(name, NOT_READ, 0, "", reason), open_question=reason)
    return read_document(FolderEntry(path, name), dialect)

"""What a folder holds: each entry once, either to be read or named with why it is not.

Links are followed, after everything that is not one, so that what is there twice keeps its own
name, and a loop of links ends at a folder that was seen before. Only regular files are ever opened:
opening a FIFO would wait for whoever writes into it.
"""

from __future__ import annotations

import os
import re
import stat
from collections import deque
from dataclasses import field
from pathlib import Path
from typing import Final, NamedTuple

from auditor.errors import SourceError
from auditor.files.os_reasons import why
from auditor.messages.message import NOTHING, Message, say
from auditor.values.frozen import slotted

EVIDENCE_SUFFIXES: Final = (".cfg", ".json", ".txt", ".xml")
MAX_ENTRIES: Final = 100_000
# Kinds of sources that are not used.
IGNORED: Final = "ignored"
NOT_READ: Final = "not-read"
COPY: Final = "copy"
_OTHER_NAME: Final = say("not read: evidence ends in {names}", names=", ".join(EVIDENCE_SUFFIXES))
_STANDARD_NAME: Final = re.compile(r"^(cfg-)?standard\b.*\.txt$", re.IGNORECASE)
_BROKEN: Final = say("the link leads nowhere")


class FolderEntry(NamedTuple):
    """A regular file that is evidence by its name, or by that of the file that a link leads to."""

    path: Path
    name: str


class Unread(NamedTuple):
    """An entry that is not read. `open_question` is why evidence may be missing, if it may."""

    name: str
    kind: str
    note: Message
    size: int = 0
    open_question: Message = NOTHING


class Listing(NamedTuple):
    """All entries of a folder, sorted by name."""

    files: tuple[FolderEntry, ...]
    unread: tuple[Unread, ...]


def list_folder(root: Path) -> Listing:
    """Return every entry of a folder and of what is below it.

    Raises SourceError if the folder itself cannot be read, or holds too much to be evidence.
    """
    walk = _Walk(root)
    walk.run()
    return Listing(
        tuple(sorted(walk.files, key=lambda entry: entry.name)),
        tuple(sorted(walk.unread, key=lambda entry: entry.name)),
    )


def shown_name(path: Path, root: Path) -> str:
    """Return the name of an entry as text: what is not UTF-8 or cannot be printed is escaped."""
    name = path.name if path == root else path.relative_to(root).as_posix()
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def problem_of(error: OSError) -> Message:
    """Return why a file cannot be read."""
    return say("the file cannot be read ({error})", error=why(error))


def _problem_of_folder(error: OSError) -> Message:
    return say("the folder cannot be read ({error})", error=why(error))


def is_evidence_name(path: Path) -> bool:
    """Return whether a file is evidence by its name, in any case."""
    return path.name.lower().endswith(EVIDENCE_SUFFIXES)


def is_standard_name(path: Path) -> bool:
    """Return whether a file calls itself a standard configuration; such a file is not opened."""
    return _STANDARD_NAME.match(path.name) is not None


@slotted
class _Walk:
    """What was found so far, and what is still to be looked at."""

    root: Path
    files: list[FolderEntry] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    _folders: deque[Path] = field(default_factory=deque)
    _links: deque[Path] = field(default_factory=deque)
    _seen: dict[tuple[int, int], str] = field(default_factory=dict)
    _entries: int = 0

    def run(self) -> None:
        try:
            self._is_new(self.root, self.root.stat())
            self._list(self.root)
        except OSError as error:
            reason = _problem_of_folder(error)
            raise SourceError(
                reason, where=str(self.root), advice=say("make it readable")
            ) from None
        while self._folders or self._links:
            if self._folders:
                self._sub_folder(self._folders.popleft())
            else:
                self._link(self._links.popleft())

    def _sub_folder(self, path: Path) -> None:
        try:
            self._list(path)
        except OSError as error:
            self._not_read(path, _problem_of_folder(error))

    def _list(self, path: Path) -> None:
        """Sort out the entries of one folder. Raises OSError if it cannot be listed."""
        with os.scandir(path) as entries:
            names = sorted(entry.name for entry in entries)
        self._entries += len(names)
        if self._entries > MAX_ENTRIES:
            raise SourceError(
                say("the folder holds more than {count} entries", count=MAX_ENTRIES),
                where=str(self.root),
                advice=say("give a folder with nothing but the evidence of one system"),
            )
        for name in names:
            self._entry(path / name)

    def _entry(self, path: Path) -> None:
        try:
            found = path.lstat()
        except OSError as error:
            self._not_read(path, problem_of(error), is_evidence_name(path))
            return
        if stat.S_ISLNK(found.st_mode):
            self._links.append(path)
        else:
            self._add(path, found, is_evidence_name(path))

    def _link(self, path: Path) -> None:
        """Add what a link leads to; a broken one may have led to a folder of evidence."""
        target = _target(path)
        is_evidence = is_evidence_name(path) or is_evidence_name(target)
        try:
            found = path.stat()
        except FileNotFoundError:
            could_be_folder = not path.suffix or not target.suffix
            self._not_read(path, _BROKEN, is_evidence or could_be_folder)
        except OSError as error:
            self._not_read(path, problem_of(error))
        else:
            self._add(path, found, is_evidence)

    def _add(self, path: Path, found: os.stat_result, is_evidence: bool) -> None:  # noqa: FBT001
        if stat.S_ISDIR(found.st_mode):
            if self._is_new(path, found):
                self._folders.append(path)
        elif not stat.S_ISREG(found.st_mode):
            self._not_read(path, say("it is no regular file"), is_evidence)
        elif not is_evidence:
            name = shown_name(path, self.root)
            self.unread.append(Unread(name, IGNORED, _OTHER_NAME, found.st_size))
        elif is_standard_name(path) or self._is_new(path, found):
            self.files.append(FolderEntry(path, shown_name(path, self.root)))

    def _is_new(self, path: Path, found: os.stat_result) -> bool:
        """Return whether a file or folder was not met under another name; else name it so."""
        key, name = (found.st_dev, found.st_ino), shown_name(path, self.root)
        if not found.st_ino or self._seen.setdefault(key, name) == name:
            return True
        note = say("not read again: it is the same as {name}", name=self._seen[key])
        self.unread.append(Unread(name, COPY, note, found.st_size))
        return False

    def _not_read(self, path: Path, reason: Message, matters: bool = True) -> None:  # noqa: FBT001, FBT002
        note, name = say("not read: {reason}", reason=reason), shown_name(path, self.root)
        self.unread.append(
            Unread(name, NOT_READ, note, open_question=reason if matters else NOTHING)
        )


def _target(path: Path) -> Path:
    """Return where a link points to in the end, whether anything is there or not."""
    return Path(os.path.realpath(path))

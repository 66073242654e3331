"""What an interrupted collection read object by object, so that the next one goes on from there.

Nothing in the journal is secret. Of a stored password only a tag is kept, with which equal
passwords are recognised: a keyed hash whose key is derived from the password of the account that
reads. Who finds the file can neither turn a tag into a password nor compare it with anything, and
whoever goes on with the collection must have that password anyway. The check of the key has 16
bits: enough to notice another password, too few to guess it by.

Objects whose passwords are judged one by one are never taken from the journal, but read again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import StringConstraints, TypeAdapter, ValidationError

from auditor import __version__
from auditor.errors import OutputError
from auditor.files.folders import make_folder
from auditor.files.inputs import MIB, read_bytes
from auditor.files.json_reading import JsonError, parse_json
from auditor.files.os_reasons import why
from auditor.messages.message import NOTHING, Message, say
from auditor.model.base import Document
from auditor.model.snapshot import PbxObject
from auditor.passwords.tags import is_tag, tag_of
from auditor.values.frozen import frozen

MAX_AGE_SECONDS: Final = 86_400
_MOST_BYTES: Final = 1024 * MIB
_CHECK_BYTES: Final = 2
_SALT_BYTES: Final = 16
_DIGEST_CHARACTERS: Final = 16
_PRIVATE: Final = 0o600
_SCRYPT: Final = {"n": 1 << 14, "r": 8, "p": 1}


@frozen
class JournalIdentity:
    """What must be the same for two parts to belong together."""

    target: str
    serial: str
    site: str
    version: str = __version__


@frozen
class JournaledObject:
    """One object of an earlier part, and the tag of its stored password, None if it has none."""

    subject: PbxObject
    tag: str | None


class _Header(Document):
    """The first line of a journal. Anybody can have written it, for its digest has no key."""

    target: str
    serial: str
    site: str
    version: str
    salt: Annotated[str, StringConstraints(pattern=rf"^[0-9a-f]{{{2 * _SALT_BYTES}}}$")]
    started: int
    check: Annotated[str, StringConstraints(pattern=rf"^[0-9a-f]{{{2 * _CHECK_BYTES}}}$")]


class Journal:
    """Objects that were read, in a file beside the output. Raises OutputError."""

    def __init__(self, path: Path, identity: JournalIdentity, password: str) -> None:
        self._path = path
        self._password = password
        self.kept: dict[str, JournaledObject] = {}
        self.refused = NOTHING
        self._new: dict[str, Any] = {}
        header, lines = _read(path)
        if header is not None:
            self.refused = self._why_not(header, identity)
        elif lines:
            self.refused = say("the part that was read before is damaged")
        if header is not None and not self.refused:
            self.kept = dict(_objects(lines))
        else:
            salt = secrets.token_hex(_SALT_BYTES)
            self._key = self._derived(salt)
            self._new = {**asdict(identity), "salt": salt, "started": int(time.time())}
            self._new["check"] = self._check()

    def tag(self, stored: str) -> str:
        """Return what stands for a stored password in comparisons."""
        return tag_of(stored, self._key)

    def add(self, subject: PbxObject, stored: str | None) -> None:
        """Note an object that was read, by its guid."""
        if self._new:  # the first object begins the file
            self._write_anew(self._new)
            self._new = {}
        content = [
            _adapter().dump_python(subject, mode="json"),
            None if stored is None else self.tag(stored),
        ]
        self._append(content)

    def _why_not(self, header: _Header, identity: JournalIdentity) -> Message:
        """Return why an earlier part cannot be gone on with; empty if it can."""
        for name, value in asdict(identity).items():
            if getattr(header, name) != value:
                return say("the part that was read before is of another {name}", name=name)
        if not 0 <= time.time() - header.started <= MAX_AGE_SECONDS:
            return say("the part that was read before is older than a day")
        self._key = self._derived(header.salt)
        if not hmac.compare_digest(self._check(), header.check):
            return say("the part that was read before was read with another account or password")
        return NOTHING

    def _derived(self, salt: str) -> bytes:
        return hashlib.scrypt(self._password.encode(), salt=salt.encode(), **_SCRYPT)

    def _check(self) -> str:
        return hmac.digest(self._key, b"check", "sha256")[:_CHECK_BYTES].hex()

    def _write_anew(self, header: Mapping[str, Any]) -> None:
        try:
            make_folder(self._path.parent)
            self._path.unlink(missing_ok=True)
            handle = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE)
            os.close(handle)
            self._path.chmod(_PRIVATE)  # whatever the umask took away
        except OSError as error:
            raise _failed(self._path, error) from None
        self._append(header)

    def _append(self, content: object) -> None:
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        try:
            with open(self._path, "a", encoding="utf-8", opener=_opened) as file:
                file.write(f"{_digest(text)} {text}\n")
        except OSError as error:
            raise _failed(self._path, error) from None


def _read(path: Path) -> tuple[_Header | None, list[object]]:
    """Return header and lines of a journal; what was cut off or damaged is left out.

    Without a header nothing counts, and the lines are as they stand there.
    """
    try:
        lines = read_bytes(path, _MOST_BYTES).decode().splitlines()
    except (OSError, UnicodeDecodeError):
        return None, []
    found: list[object] = []
    for line in lines:
        digest, _, text = line.partition(" ")
        if digest != _digest(text):
            break
        try:
            found.append(parse_json(text))
        except JsonError:
            break
    try:
        return _Header.model_validate(found[0] if found else None), found[1:]
    except ValidationError:
        return None, list(lines)


def _opened(path: str, flags: int) -> int:
    """Open a journal that is a file of its own, not a link to one. Raises OSError."""
    return os.open(path, flags & ~os.O_CREAT | getattr(os, "O_NOFOLLOW", 0))


def _objects(lines: list[object]) -> list[tuple[str, JournaledObject]]:
    kept = []
    for line in lines:
        if not isinstance(line, list) or len(line) != len(("object", "tag")):
            break
        content, tag = line
        try:
            subject = _adapter().validate_python(content)
        except ValidationError:
            break
        if tag is None or (isinstance(tag, str) and (is_tag(tag) or not tag.strip("0"))):
            kept.append((subject.guid.lower(), JournaledObject(subject, tag)))
    return kept


@cache
def _adapter() -> TypeAdapter[PbxObject]:
    return TypeAdapter(PbxObject)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_CHARACTERS]


def _failed(path: Path, error: OSError) -> OutputError:
    return OutputError(
        say("the journal of the collection cannot be written ({why})", why=why(error)),
        where=str(path),
        advice=say("choose a place that can be written, with -o"),
    )

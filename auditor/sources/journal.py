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
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from auditor import __version__
from auditor.errors import OutputError
from auditor.model.snapshot import PbxObject
from auditor.passwords.tags import is_tag, tag_of

MAX_AGE_SECONDS: Final = 86_400
_CHECK_BYTES: Final = 2
_DIGEST_CHARACTERS: Final = 16
_PRIVATE: Final = 0o600
_SCRYPT: Final = {"n": 1 << 14, "r": 8, "p": 1}


@dataclass(frozen=True, slots=True)
class Identity:
    """What must be the same for two parts to belong together."""

    target: str
    serial: str
    site: str
    version: str = __version__


@dataclass(frozen=True, slots=True)
class Kept:
    """One object of an earlier part, and the tag of its stored password, None if it has none."""

    subject: PbxObject
    tag: str | None


class Journal:
    """Objects that were read, in a file beside the output. Raises OutputError."""

    def __init__(self, path: Path, identity: Identity, password: str) -> None:
        self._path = path
        self._password = password
        self.kept: dict[str, Kept] = {}
        self.refused = ""
        self._new: dict[str, Any] = {}
        header, lines = _read(path)
        if header:
            self.refused = self._why_not(header, identity)
        if header and not self.refused:
            self._key = self._derived(header["salt"])
            self.kept = dict(_objects(lines))
        else:
            salt = secrets.token_hex(16)
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

    def _why_not(self, header: Mapping[str, Any], identity: Identity) -> str:
        """Return why an earlier part cannot be gone on with; empty if it can."""
        for name, value in asdict(identity).items():
            if header.get(name) != value:
                return f"the part that was read before is of another {name}"
        if not 0 <= time.time() - float(header.get("started", 0)) <= MAX_AGE_SECONDS:
            return "the part that was read before is older than a day"
        self._key = self._derived(str(header.get("salt", "")))
        if not hmac.compare_digest(self._check(), str(header.get("check", ""))):
            return "the part that was read before was read with another account or password"
        return ""

    def _derived(self, salt: str) -> bytes:
        return hashlib.scrypt(self._password.encode(), salt=salt.encode(), **_SCRYPT)

    def _check(self) -> str:
        return hmac.digest(self._key, b"check", "sha256")[:_CHECK_BYTES].hex()

    def _write_anew(self, header: Mapping[str, Any]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.unlink(missing_ok=True)
            handle = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE)
            os.close(handle)
        except OSError as error:
            raise _failed(self._path, error) from None
        self._append(header)

    def _append(self, content: object) -> None:
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{_digest(text)} {text}\n")
        except OSError as error:
            raise _failed(self._path, error) from None


def _read(path: Path) -> tuple[dict[str, Any], list[object]]:
    """Return header and lines of a journal; what was cut off or damaged is left out."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}, []
    found: list[object] = []
    for line in lines:
        digest, _, text = line.partition(" ")
        if digest != _digest(text):
            break
        found.append(json.loads(text))
    header = found[0] if found and isinstance(found[0], dict) else {}
    return header, found[1:]


def _objects(lines: list[object]) -> list[tuple[str, Kept]]:
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
            kept.append((subject.guid.lower(), Kept(subject, tag)))
    return kept


@cache
def _adapter() -> TypeAdapter[PbxObject]:
    return TypeAdapter(PbxObject)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_CHARACTERS]


def _failed(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"the journal of the collection cannot be written ({error.strerror})",
        where=str(path),
        advice="choose a place that can be written, with -o",
    )

"""Why a file cannot be read or written, in words of this program instead of the system's."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeVar

from auditor.errors import InputError
from auditor.files.kinds import similar_file
from auditor.messages.message import Message, say

_Error = TypeVar("_Error", bound=InputError)
# By the name that every system has for it; the numbers differ.
_WORDS: Final[Mapping[str, Message]] = {
    "ENOENT": say("there is no such file or folder"),
    "EACCES": say("the permission is missing"),
    "EPERM": say("the permission is missing"),
    "EISDIR": say("it is a folder"),
    "ENOTDIR": say("a part of the path is no folder"),
    "EEXIST": say("it is there already"),
    "ENAMETOOLONG": say("the name is too long"),
    "ELOOP": say("links lead in a circle"),
    "ENOSPC": say("there is no space left"),
    "EDQUOT": say("there is no space left"),
    "EFBIG": say("the file is too large"),
    "EROFS": say("nothing can be written there"),
    "EBUSY": say("something else uses it"),
    "ETXTBSY": say("something else uses it"),
    "EMFILE": say("too many files are open"),
    "ENFILE": say("too many files are open"),
    "ENXIO": say("nobody reads or writes it"),
    "EIO": say("the drive reports an error"),
    "EILSEQ": say("there can be no such path"),
    "EINVAL": say("there can be no such path"),
}


def why(error: OSError) -> Message:
    """Return why something cannot be read or written.

    What `read_bytes` refuses says so itself; what nobody here has words for the system names.
    """
    if isinstance(error.strerror, Message):
        return error.strerror
    known = _WORDS.get(errno.errorcode.get(error.errno or 0, ""))
    if known is not None:
        return known
    return say("the system says: {reason}", reason=error.strerror or type(error).__name__)


def cannot_read(
    what: Message, path: Path, error: OSError, option: str, kind: type[_Error]
) -> _Error:
    """Return that a file cannot be read, which `option` named, and what may have been meant."""
    similar = "" if path.exists() else similar_file(path)
    advice = say("check {option}", option=option)
    if similar:
        advice = say("did you mean {name}? Else check {option}", name=similar, option=option)
    reason = say("{what} cannot be read ({why})", what=what, why=why(error))
    return kind(reason, where=str(path), advice=advice)

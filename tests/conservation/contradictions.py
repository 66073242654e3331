"""A second statement beside the first: what the PBX without the defect says, in the same file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Makes of a document and of the sound one a document that states both; None if it cannot."""

    name: str
    change: Callable[[Random, str, str], str | None]


def _pairs(text: str, sound: str) -> list[tuple[str, str]]:
    """Return the lines that only the first document has, each with its like in the other."""
    known = set(sound.splitlines())
    gone = [line for line in sound.splitlines() if line not in set(text.splitlines())]
    return [
        (line, like)
        for line in text.splitlines()
        if line not in known
        for like in gone
        if _subject(line) == _subject(like)
    ]


def _subject(line: str) -> str:
    guid = re.search(r'guid="?=?([0-9a-f]{32})|guid=([0-9a-f]{32})', line)
    return guid.group() if guid else " ".join(line.split()[:3])


def _each(make: Callable[[str, str], str]) -> Callable[[Random, str, str], str | None]:
    def change(_: Random, text: str, sound: str) -> str | None:
        pairs = _pairs(text, sound)
        for line, like in pairs:
            text = text.replace(line, make(line, like))
        return text if pairs else None

    return change


def _at_end(_: Random, text: str, sound: str) -> str | None:
    added = "".join(f"{like}\r\n" for _, like in _pairs(text, sound))
    if text.rstrip().endswith("</info>"):
        return text.replace("</info>", f"{added}</info>") if added else None
    return text + added if added else None


def _user(line: str) -> str:
    found = re.search(r"<user.*</user>|<user[^>]*/>", line)
    return found.group() if found else ""


def _attributes(line: str) -> str:
    found = re.match(r"<user([^>]*?)/?>", _user(line))
    return found.group(1) if found else ""


def _second_value(line: str, like: str) -> str:
    return f"{line}(pbx={_user(like)})" if line.endswith(")") else line


def _first_value(line: str, like: str) -> str:
    return line.replace("(pbx=", f"(pbx={_user(like)})(pbx=", 1)


def _other_identity(like: str) -> str:
    return re.sub(r"(guid=\"?)[0-9a-f]{4}", r"\g<1>ffff", like)


def _without_guid(like: str) -> str:
    return re.sub(r"\(guid=[0-9a-f]*\)| guid=\"[0-9a-f]*\"", "", like)


def _merged(line: str, like: str) -> str:
    """Return a line with the options of both, those of the sound one last."""
    words = like.split()
    rest = " ".join(words[words.index(next(w for w in words if w.startswith("/"))) :])
    return f"{line} {rest}"


def _options(line: str, like: str) -> str:
    if not line.startswith("config ") or not _differing(line, like):
        return line
    return _merged(line, like)


def _differing(line: str, like: str) -> bool:
    """Return whether an option stands in both lines with another value."""
    one, other = (dict(re.findall(r" /(\S+)((?: [^/\s]\S*)*)", text)) for text in (line, like))
    return any(name in other and other[name] != value for name, value in one.items())


CONTRADICTIONS = (
    Contradiction("the sound line behind it", _each(lambda line, like: f"{line}\r\n{like}")),
    Contradiction("the sound line before it", _each(lambda line, like: f"{like}\r\n{line}")),
    Contradiction("the sound line at the end", _at_end),
    Contradiction(
        "the sound line with another guid",
        _each(lambda line, like: f"{_other_identity(like)}\r\n{line}"),
    ),
    Contradiction(
        "the sound line without guid", _each(lambda line, like: f"{line}\r\n{_without_guid(like)}")
    ),
    Contradiction("a second sound value", _each(_second_value)),
    Contradiction("a sound value before it", _each(_first_value)),
    Contradiction(
        "the sound user in it",
        _each(lambda line, like: line.replace("</user>", f"{_user(like)}</user>")),
    ),
    Contradiction("the sound options too", _each(_options)),
    Contradiction(
        "the sound line with a ! behind it", _each(lambda line, like: f"{line}\r\n!{like}")
    ),
    Contradiction(
        "the sound attributes in the second of two users",
        _each(lambda line, like: line.replace("<user", f"<user{_attributes(like)}/><user", 1)),
    ),
)

"""What a file is that was given in the place of another, and where it belongs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from auditor.messages.message import NOTHING, Message, say
from auditor.messages.suggestions import nearest

_HEAD: Final = 1 << 12
ZIP: Final = b"PK\3\4"
TOML: Final = ".toml"
_KINDS: Final = (
    (
        rb'^\s*\{\s*"pbx-auditor-snapshot"',
        say("it is a snapshot, which `audit` takes as TARGET"),
    ),
    (
        rb'^\s*\{\s*"baseline_version"',
        say("it is a baseline, which `audit --baseline` takes"),
    ),
    (
        rb'^\s*\{\s*"schema_version"\s*:\s*"[0-9.]+",\s*"tool"',
        say("it is a report, which `report`, `diff` and `audit --earlier` take"),
    ),
    (
        rb'^\s*\{\s*"schema_version"\s*:\s*"[0-9.]+",\s*"target"',
        say("it is a remediation plan, whose folder `remediate` takes"),
    ),
    (
        rb"(?i)^\s*(?:<!doctype html|<html)",
        say("it is a page; `report`, `diff` and `audit --earlier` take a report.html"),
    ),
    (
        rb"(?m)^(?:config (?:add|change|rem)|mod cmd|vars create) ",
        say("it is a configuration of a PBX, which `audit` takes as TARGET"),
    ),
)
_OF_TOML: Final = say(
    "it is TOML: --site takes a site file, --waivers a waiver file, --rules a folder of controls"
)


def told_apart(head: bytes, name: str = "") -> Message:
    """Return what a document is by how it begins, and by its name; nothing if nobody can tell."""
    for pattern, words in _KINDS:
        if re.search(pattern, head[:_HEAD]):
            return words
    return _OF_TOML if name.lower().endswith(TOML) else NOTHING


def begins_with(path: Path, head: bytes) -> bool:
    """Return whether a file begins with some bytes; one that cannot be read does not."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(head)) == head
    except (OSError, ValueError):
        return False


def other_kind(path: Path) -> Message:
    """Return what a file is that is not what was asked for; nothing if nobody can tell."""
    try:
        if not path.is_file():
            return NOTHING
        with path.open("rb") as file:
            return told_apart(file.read(_HEAD), path.name)
    except (OSError, ValueError):
        return NOTHING


def similar_file(path: Path) -> str:
    """Return the path of a file beside one that is not there, and is called like it.

    Half of a short name is its ending, which many files share: what stands before it is alike too.
    """
    try:
        beside = [one.name for one in path.parent.iterdir() if one.name != path.name]
    except (OSError, ValueError):
        return ""
    meant = nearest(path.name, beside)
    stem = Path(meant).stem
    if stem != path.stem and not nearest(path.stem, [stem]):
        return ""
    return str(path.with_name(meant)) if meant else ""

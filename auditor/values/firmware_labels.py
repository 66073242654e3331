"""Labels of firmware, and which of two is newer.

A label names a train (`13r3`, `6.00`), the service release within it, and hotfixes on that:
`13r3 service-release-12`, `14r1 final`, `6.00 final-hotfix-12`, `6.00 sr2-hotfix10`. What a label
does not say is not made up, so two labels may not be comparable. The label of a development or beta
build, `7.00 dvl-sr1`, or of any other that is not understood, says its train and no more.

A device adds its builds, `13r2 sr2 [13.6146/136146/400]`. All trains of one number share it in
their builds, and no document says which builds a train has, so only that number is compared. What
contradicts the label there, or is not as documented, leaves open what it says.
"""

from __future__ import annotations

import re
from typing import Annotated, Final, NamedTuple

from pydantic import AfterValidator

from auditor.messages.message import say

_TRAIN: Final = re.compile(r"v?(\d{1,2})(?:r(\d{1,2})|\.(\d{2}))(?!\d)", re.IGNORECASE | re.ASCII)
# A train ends where a word ends, or where the vendor's words for releases begin (`13r2sr10`).
_END_OF_TRAIN: Final = re.compile(
    r"$|[\s_,;(\[-]|(?:final|sr|service|hotfix|dvl|beta)", re.IGNORECASE | re.ASCII
)
_BUILD: Final = "["
# What follows a label: builds, as Devices shows them and as a configuration begins, and memory.
_BUILDS: Final = re.compile(
    r"\[(?P<firmware>[\d.-]+)(?:/[\d.-]+)*\](?:,? *(?:Bootcode|HW)\[[\d.-]+\])*(?: +\d+/\d+)?\s*",
    re.IGNORECASE | re.ASCII,
)
# The oldest ones, `07-60600.03`, begin with another number than that of their train.
_NUMBER_OF_BUILD: Final = re.compile(r"(\d{1,2})\.|(\d{2,})$", re.ASCII)
_BETWEEN_WORDS: Final = re.compile(r"[\s_,;()/-]+")
_RELEASE: Final = (
    r"(?ai)(?P<final>final)?(?:(?:sr\s*|service[\s-]?release[\s-]?)(?P<service>\d{1,4}))?"
    r"[\s-]*(?P<hotfix>hotfix(?:[\s-]?(?P<number>\d{1,4}))?)?"
)

Train = tuple[int, int]


class Firmware(NamedTuple):
    """A version. `service` is 0 for a final release, `hotfix` 0 without one; None is not stated."""

    train: Train
    service: int | None
    hotfix: int | None


def parse_train(text: str) -> Train | None:
    """Return the train that a text names, and nothing else; None if it is not one."""
    found = _TRAIN.fullmatch(text.strip())
    return _train(found) if found else None


def parse_firmware(label: str) -> Firmware | None:
    """Return the version that a label names, None if it cannot be understood."""
    text = label.strip()
    found = _TRAIN.match(text)
    if found is None:
        return None
    rest = re.fullmatch(_RELEASE, text[found.end() :].strip(" \t-"))
    if rest is None or not any(rest.groups()) or (rest["final"] and rest["service"]):
        return None
    hotfix = _number(rest["number"]) if rest["hotfix"] else 0
    return Firmware(_train(found), 0 if rest["final"] else _number(rest["service"]), hotfix)


def read_firmware(label: str) -> Firmware | None:
    """Return the version that the label of a device names, or its train alone; None without one.

    The vendor writes `<label> <product>[<build>]…`; None as well if that contradicts the label.
    """
    text, bracket, _ = label.partition(_BUILD)
    train = train_of(label)
    if train is None:
        return None
    known = parse_firmware(text)
    if known is None and bracket:
        known = parse_firmware(text.rpartition(" ")[0])
    return known or Firmware(train, None, None)


def compare_versions(one: Firmware, other: Firmware) -> int | None:
    """Return below, at or above 0 as one version is older than, equal to or newer than the other.

    None if the labels do not say enough.
    """
    if one.train != other.train:
        return _order(one.train, other.train)
    if one.service is None or other.service is None:
        return None
    if one.service != other.service:
        return _order((one.service,), (other.service,))
    if one.hotfix is None or other.hotfix is None:
        return None
    return _order((one.hotfix,), (other.hotfix,))


def train_of(label: str) -> Train | None:
    """Return the train of a label, even if the release cannot be understood; None if it names two.

    So does one whose build is of another train, or is followed by what nothing explains.
    """
    text, bracket, builds = label.strip().partition(_BUILD)
    found = _TRAIN.match(text)
    if found is None or _names_several(text) or not _END_OF_TRAIN.match(text, found.end()):
        return None
    train = _train(found)
    return train if not bracket or _may_have(train, bracket + builds) else None


def _may_have(train: Train, builds: str) -> bool:
    """Return whether what follows a label is as documented, and a firmware of the train has it."""
    found = _BUILDS.fullmatch(builds)
    if found is None:
        return False
    number = _NUMBER_OF_BUILD.match(found["firmware"])
    return number is None or int(number[1] or number[2][:2]) == train[0]


def _names_several(text: str) -> bool:
    """Return whether words of a label name different trains, of which neither is sure then."""
    words = map(_TRAIN.fullmatch, _BETWEEN_WORDS.split(text))
    return len({_train(found) for found in words if found}) > 1


def _train(found: re.Match[str]) -> Train:
    return int(found[1]), int(found[2] or found[3])


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _order(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return (one > other) - (one < other)


def check_label(text: str) -> str:
    """Return a firmware label. Raises ValueError if it is not one."""
    if parse_firmware(text) is None:
        raise ValueError(say("not a firmware label such as 13r3 service-release-12"))
    return text


def check_train(text: str) -> str:
    """Return the name of a firmware train. Raises ValueError if it is not one."""
    if parse_train(text) is None:
        raise ValueError(say("not a firmware train such as 13r3"))
    return text


Label = Annotated[str, AfterValidator(check_label)]
TrainName = Annotated[str, AfterValidator(check_train)]

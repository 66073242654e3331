"""What a domain rolls out to its devices, as it was told and as documents of an audit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from auditor.dialects import Dialect
from auditor.messages.message import NOTHING, Message
from auditor.model.snapshot import SourceRecord
from auditor.sources.parse.device_configs import (
    KIND,
    read_device_configs,
    with_problems,
)
from auditor.sources.parse.device_values import DeviceConfig
from auditor.sources.parse.reading import Reading


class RolledOut(NamedTuple):
    """What is rolled out, and how many octets arrived for it.

    `problems` say why there may be more, `unread` why values of some did not come. `is_listed` is
    whether anything of the list came, so that something was seen which could contradict the box;
    `advice` is what to do about the first problem.
    """

    configs: tuple[DeviceConfig, ...] = ()
    problems: tuple[Message, ...] = ()
    unread: tuple[Message, ...] = ()
    octets: int = 0
    is_listed: bool = True
    advice: Message = NOTHING


class AskForConfigurations(Protocol):
    """Asks Devices what the domain of a box rolls out; without `values`, only how much that is."""

    def __call__(self, tell: Callable[[int], None], *, values: bool = True) -> RolledOut:
        """Return it; `tell` is told how many configurations were read."""
        ...


def rolled_out_documents(
    told: RolledOut, dialect: Dialect
) -> Iterator[tuple[Reading, SourceRecord]]:
    """Yield a reading of each script and one of all else, each with its record."""
    *scripts, others = read_device_configs(told.configs, dialect)
    with_problems(others, told.problems, scripts=told.is_listed)
    others.notes += told.unread
    yield others, SourceRecord(others.source, KIND, told.octets, _digest(others))
    for one in scripts:  # their octets are among those of all
        yield one, SourceRecord(one.source, KIND, 0, _digest(one))


def _digest(reading: Reading) -> str:
    """Return the SHA-256 of what was kept: that of the answers would be one of their secrets."""
    settings = {fact: one.values for fact, one in sorted(reading.rolled_out.items())}
    registrations = [(one.h323, one.line) for one in reading.scripted]
    return hashlib.sha256(json.dumps([settings, registrations]).encode()).hexdigest()

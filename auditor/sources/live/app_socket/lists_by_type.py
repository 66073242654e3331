"""Nodes, Booleans, Apps and licences: a question each, and what reads its answer.

The vendor's text has no field in these questions. That the firmware also takes a limit, and the
name to go on from, stands in a header of the SDK without their JSON names, so neither is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from auditor.sources.live.app_socket.allowed_messages import ADMIN_API
from auditor.sources.live.app_socket.questions import SocketQuestion
from auditor.sources.parse.answer_account import AnswerAccount
from auditor.sources.parse.app_lists import (
    read_apps,
    read_booleans,
    read_licences,
    read_nodes,
)
from auditor.sources.parse.reading import Reading
from auditor.values.firmware_labels import train_of

Read: TypeAlias = Callable[[AnswerAccount, Reading, Mapping[str, Any]], None]
# The first train that knows the message with all licences.
_LICENCES_SINCE: Final = (13, 2)


class TypeList(NamedTuple):
    """A question and what reads its answer."""

    question: SocketQuestion
    read: Read


LISTS: Final = (
    TypeList(SocketQuestion("GetNodes", ADMIN_API), read_nodes),
    TypeList(SocketQuestion("GetBooleans", ADMIN_API), read_booleans),
    TypeList(SocketQuestion("GetAppObjects", ADMIN_API), read_apps),
)
_LICENCES: Final = TypeList(SocketQuestion("GetPbxLicenses", ADMIN_API), read_licences)


def lists_of(firmware: str) -> Sequence[TypeList]:
    """Return what a PBX with a firmware is asked; what it is not known to know comes last."""
    train = train_of(firmware)
    is_older = train is not None and train < _LICENCES_SINCE
    return LISTS if is_older else (*LISTS, _LICENCES)

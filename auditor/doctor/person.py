"""Who is asked about a certificate that nobody vouches for yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from auditor.messages.message import Message


class Person(NamedTuple):
    """Somebody who compares a certificate: `sees` shows what it is, `confirms` is the answer.

    `is_there` says whether anybody could answer.
    """

    sees: Callable[[tuple[tuple[Message, str], ...]], None]
    confirms: Callable[[], bool]
    is_there: bool

"""What every channel does: it says exactly what it would send, and sends that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from auditor.fleet.outward.digest.digest_schema import Digest
from auditor.fleet.outward.digest.written import Written
from auditor.messages.message import Message


class Letter(NamedTuple):
    """A digest on its way to one recipient; the key stays the same however often it is sent.

    `tries` are the tries so far, with this one.
    """

    key: str
    digest: Digest
    told: Written
    tries: int = 1


class DeliveryError(Exception):
    """A message did not arrive, as far as is known. `reason` quotes nothing that a server said.

    `is_final` says that it would not arrive at another time either, `is_gone` that nothing else
    would, `is_silent` that its server, or what stands for one, answered nothing; `wait` is how long
    somebody asked to wait.
    """

    def __init__(
        self,
        reason: Message,
        *,
        is_final: bool = False,
        is_gone: bool = False,
        is_silent: bool = False,
        wait: timedelta | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final or is_gone
        self.is_gone = is_gone
        self.is_silent = is_silent
        self.wait = wait


class Channel(Protocol):
    """A way to one recipient."""

    def payload(self, letter: Letter) -> bytes:
        """Return exactly what is sent, apart from what is secret about the way."""
        ...

    def server(self) -> str:
        """Return the name of what it is handed to, empty if nobody can say."""
        ...

    def send(self, letter: Letter, now: datetime) -> Message:
        """Send it, and return to whom of several it could not be; nothing otherwise.

        Raises DeliveryError; InputError if a secret cannot be found.
        """
        ...

"""Ends the wait for a server whose answer arrives byte by byte: time limits of sockets do not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from auditor.fleet.outward.channels.channel import DeliveryError
from auditor.fleet.outward.channels.verified_tls import TOO_LATE
from auditor.messages.message import Message

SECONDS: Final = 90.0


def within(seconds: float, send: Callable[[], Message]) -> Message:
    """Send, and wait so long at most. Raises DeliveryError, and what the sending raises.

    What goes on afterwards may arrive still: then it has the same key as the next try.
    """
    failed: list[BaseException] = []
    lacking: list[Message] = []

    def sending() -> None:
        try:
            lacking.append(send())
        except BaseException as error:  # noqa: BLE001 -- raised where it is waited for
            failed.append(error)

    thread = threading.Thread(target=sending, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise DeliveryError(TOO_LATE, is_silent=True)
    if failed:
        raise failed[0]
    return lacking[0]

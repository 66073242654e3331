"""Chats: one message as JSON to a URL that is secret. What a chat shows is a `Form`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from auditor.fleet.inventory.inventory_model import Recipient
from auditor.fleet.outward.channels.channel import Letter
from auditor.fleet.outward.channels.fitting import longest
from auditor.fleet.outward.channels.http import check_url, post
from auditor.fleet.outward.channels.secret import host_for, secret_for
from auditor.fleet.outward.digest.written import Written, said_again
from auditor.messages.message import NOTHING, Message


class ChatForm(NamedTuple):
    """How a chat is told a digest, and how many octets it takes at most."""

    message: Callable[[Written], bytes]
    limit: int


class Chat:
    """Sends the digest as one message.

    A chat knows no key by which it would drop a second one, so each that is sent again says so.
    """

    def __init__(self, recipient: Recipient, form: ChatForm) -> None:
        self._recipient = recipient
        self._form = form

    def payload(self, letter: Letter) -> bytes:
        """Return the message, with as many lines as fit."""
        told = said_again(letter.told, letter.tries) if letter.tries > 1 else letter.told
        return longest(told, self._form.message, self._form.limit)

    def server(self) -> str:
        """Return the host of the URL, empty if it cannot be found."""
        return host_for(self._recipient)

    def send(self, letter: Letter, now: datetime) -> Message:
        """Send it. Raises DeliveryError and InputError."""
        url = check_url(*secret_for(self._recipient, "url"))
        headers = {"content-type": "application/json", "user-agent": "pbx-auditor"}
        post(url, self.payload(letter), headers, self._recipient.ca_file, now)
        return NOTHING

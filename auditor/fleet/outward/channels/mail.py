"""Mail: one message in text and HTML to all addresses of a recipient that a server takes.

Its `Message-ID` is made of the key, so it is the same at each try, and servers drop the second.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from auditor.fleet.inventory.inventory_model import MailPlace, Recipient
from auditor.fleet.outward.channels.channel import Letter
from auditor.fleet.outward.channels.fitting import longest
from auditor.fleet.outward.channels.secret import secret_for
from auditor.fleet.outward.channels.smtp import Envelope, Server, deliver
from auditor.fleet.outward.digest.bodies import html_of, plain_text
from auditor.messages.message import Message

# Gmail cuts off what is beyond 102 kB, and with it that there is more.
LIMIT: Final = 100_000
_NAME: Final = "pbx-auditor"
_PATIENT_TRIES: Final = 4
_POLICY: Final = SMTP.clone(max_line_length=78)


class Mail:
    """Sends the digest by SMTP."""

    def __init__(self, recipient: Recipient, place: MailPlace) -> None:
        self._recipient = recipient
        self._place = place

    def payload(self, letter: Letter) -> bytes:
        """Return the message as it goes over the wire."""
        place, digest, told = self._place, letter.digest, letter.told
        domain = place.sender.rpartition("@")[2]
        thread = hashlib.sha256(f"{digest.fleet}\n{self._recipient.id}".encode()).hexdigest()[:16]
        message = EmailMessage(policy=_POLICY)
        message["From"] = Address(_NAME, addr_spec=place.sender)
        message["To"] = ", ".join(place.to)
        message["Subject"] = told.subject
        message["Date"] = format_datetime(digest.made)
        message["Message-ID"] = f"<{letter.key}@{domain}>"
        # A message that nobody ever got: it holds all digests of a recipient in one thread.
        message["In-Reply-To"] = f"<{thread}.digest@{domain}>"
        message["References"] = f"<{thread}.digest@{domain}>"
        message["List-Id"] = f"<{self._recipient.id}.digest.{_NAME}.{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(plain_text(told), charset="utf-8", cte="quoted-printable")
        html = longest(told, lambda shorter: html_of(shorter).encode(), LIMIT).decode()
        message.add_alternative(html, subtype="html", charset="utf-8", cte="quoted-printable")
        # Said before, it would go to the first of the parts.
        message["Content-Language"] = told.language
        message.set_boundary(f"=_{letter.key}")
        return bytes(message)

    def server(self) -> str:
        """Return the server of the inventory."""
        return self._recipient.server

    def send(self, letter: Letter, now: datetime) -> Message:  # noqa: ARG002 -- it says when made
        """Send it, and return which addresses were refused. Raises DeliveryError, InputError."""
        place, recipient = self._place, self._recipient
        password = secret_for(recipient, "password")[0] if place.username else ""
        server = Server(recipient.server, place.is_tls, recipient.ca_file, place.username, password)
        # Who refuses for now is waited for a while, and then the others are told without.
        envelope = Envelope(place.sender, place.to, self.payload(letter))
        return deliver(server, envelope, waits=letter.tries < _PATIENT_TRIES)

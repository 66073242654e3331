"""SMTP as a client: nothing is said before TLS with a certificate that is trusted.

What a server says is never told, only its code: it may quote addresses, or anything else.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from auditor.fleet.inventory.recipient_document import host_and_port
from auditor.fleet.outward.channels.channel import DeliveryError
from auditor.fleet.outward.channels.tls import (
    NO_TLS,
    NOT_REACHED,
    NOT_TRUSTED,
    TOO_LATE,
    context_of,
    is_refused,
)
from auditor.messages.message import say

SUBMISSION: Final = 587
SUBMISSIONS: Final = 465
SECONDS: Final = 20.0
_PERMANENT: Final = 500
_OK: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server, how TLS begins there, and the account, if it needs one."""

    name: str
    is_tls: bool
    ca_file: Path | None
    username: str
    password: str = field(repr=False)


class Envelope(NamedTuple):
    """From whom a message goes to whom."""

    sender: str
    to: tuple[str, ...]
    message: bytes


def deliver(server: Server, envelope: Envelope) -> None:
    """Hand a message over for all addresses, or for none of them. Raises DeliveryError."""
    with _told(), _connected(server) as session:
        if server.username:
            session.login(server.username, server.password)
        _check(*session.mail(envelope.sender))
        answers = [session.rcpt(address) for address in envelope.to]
        refused = [code for code, _ in answers if code not in _OK]
        if refused:
            # Once nobody has it, it can be sent to all again.
            session.rset()
            raise _refused(min(refused, key=lambda code: code < _PERMANENT))
        _check(*session.data(envelope.message))
        with suppress(smtplib.SMTPException, OSError):
            session.quit()


@contextmanager
def _connected(server: Server) -> Iterator[smtplib.SMTP]:
    """Give a session after its handshake. Raises DeliveryError where no TLS is offered."""
    context = context_of(server.ca_file)
    host, port = host_and_port(server.name, SUBMISSIONS if server.is_tls else SUBMISSION)
    if server.is_tls:
        session: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    else:
        session = smtplib.SMTP(host, port, timeout=SECONDS)
    try:
        session.ehlo_or_helo_if_needed()
        if not server.is_tls:
            if not session.has_extn("starttls"):
                raise DeliveryError(
                    say("the mail server offers no STARTTLS, and nothing is sent in clear"),
                    is_final=True,
                )
            session.starttls(context=context)
            session.ehlo_or_helo_if_needed()
        yield session
    finally:
        session.close()


@contextmanager
def _told() -> Iterator[None]:
    """Turn what can fail into what it means. Raises DeliveryError."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code) from None
    except smtplib.SMTPNotSupportedError:
        raise DeliveryError(
            say("the mail server offers no login that is known"), is_final=True
        ) from None
    except TimeoutError:
        raise DeliveryError(TOO_LATE) from None
    except ssl.SSLError as error:
        refused = is_refused(error)
        raise DeliveryError(NOT_TRUSTED if refused else NO_TLS, is_final=refused) from None
    except (smtplib.SMTPException, OSError, ValueError):
        raise DeliveryError(NOT_REACHED) from None


def _check(code: int, _text: bytes) -> None:
    if code not in _OK:
        raise _refused(code)


def _refused(code: int) -> DeliveryError:
    return DeliveryError(
        say("the mail server answers {code}", code=code), is_final=code >= _PERMANENT
    )

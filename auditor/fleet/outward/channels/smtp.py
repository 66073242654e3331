"""SMTP as a client: nothing is said before TLS with a certificate that is trusted.

What a server says is never told, only its code: it may quote addresses, or anything else.
"""

from __future__ import annotations

import base64
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from auditor.fleet.inventory.recipient_document import host_and_port
from auditor.fleet.outward.channels.channel import DeliveryError
from auditor.fleet.outward.channels.verified_tls import (
    NO_SERVER,
    NO_TLS,
    NOT_REACHED,
    NOT_TRUSTED,
    TOO_LATE,
    context_of,
    is_refused,
)
from auditor.messages.message import NOTHING, Message, joined, say

SUBMISSION: Final = 587
SUBMISSIONS: Final = 465
SECONDS: Final = 20.0
_PERMANENT: Final = 500
_LONGEST_ANSWER: Final = 65_536
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


def deliver(server: Server, envelope: Envelope, *, waits: bool) -> Message:
    """Hand a message over, and return which addresses were refused, nothing if none was.

    If all were, or one for now and the sender `waits`, nobody has it. Raises DeliveryError.
    """
    with _told(), _connected(server) as session:
        if server.username:
            _log_in(session, server)
        _check(*session.mail(envelope.sender))
        answers = [session.rcpt(address)[0] for address in envelope.to]
        refused = {place: code for place, code in enumerate(answers, 1) if code not in _OK}
        later = [code for code in refused.values() if code < _PERMANENT]
        if len(refused) == len(answers) or (later and waits):
            # Once nobody has it, it can be sent to all again.
            session.rset()
            raise _refused(*later or refused.values())
        _check(*session.data(envelope.message))
        with suppress(smtplib.SMTPException, OSError):
            session.quit()
    return _lacking(refused, len(answers)) if refused else NOTHING


def _lacking(refused: Mapping[int, int], count: int) -> Message:
    """Return which addresses of the inventory were refused: their places, for they are names."""
    each = (
        say("number {place} ({code})", place=str(one), code=str(code))
        for one, code in refused.items()
    )
    return say(
        "of its {count} addresses the mail server refused {refused}",
        count=count,
        refused=joined("{one}, {other}", tuple(each)),
    )


@contextmanager
def _connected(server: Server) -> Iterator[smtplib.SMTP]:
    """Give a session after its handshake. Raises DeliveryError where no TLS is offered."""
    context = context_of(server.ca_file)
    host, port = host_and_port(server.name, SUBMISSIONS if server.is_tls else SUBMISSION)
    if server.is_tls:
        session: smtplib.SMTP = _SecureSession(host, port, timeout=SECONDS, context=context)
    else:
        session = _Session(host, port, timeout=SECONDS)
    try:
        _check(*session.ehlo())
        if not server.is_tls:
            if not session.has_extn("starttls"):
                raise DeliveryError(
                    say("the mail server offers no STARTTLS, and nothing is sent in clear"),
                    is_final=True,
                )
            session.starttls(context=context)
            _check(*session.ehlo())
        yield session
    finally:
        session.close()


def _log_in(session: smtplib.SMTP, server: Server) -> None:
    """Log in. The library's own way has ASCII alone, and tries one password up to three times."""
    if "PLAIN" not in session.esmtp_features.get("auth", "").upper().split():
        _log_in_otherwise(session, server)
        return
    account = f"\0{server.username}\0{server.password}".encode()
    code, _ = session.docmd("AUTH", f"PLAIN {base64.b64encode(account).decode()}")
    if code not in _OK:
        raise DeliveryError(
            say("the mail server refuses the login ({code})", code=code),
            is_final=code >= _PERMANENT,
        )


def _log_in_otherwise(session: smtplib.SMTP, server: Server) -> None:
    try:
        session.login(server.username, server.password)
    except (smtplib.SMTPResponseException, smtplib.SMTPServerDisconnected):
        raise
    except (smtplib.SMTPException, UnicodeError):
        # None is offered, or none that can say this account.
        raise DeliveryError(
            say("the mail server offers no login that is known"), is_final=True
        ) from None


class _Answer:
    """What a server says to one command: never very much, or it could go on for good."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.left = _LONGEST_ANSWER

    def readline(self, most: int) -> bytes:
        line = self._file.readline(most)
        self.left -= len(line)
        if self.left < 0:
            raise OSError
        return line

    def close(self) -> None:
        self._file.close()


class _Session(smtplib.SMTP):
    """A session whose answers are bounded."""

    def getreply(self) -> tuple[int, bytes]:
        """Return the code and text of an answer. Raises SMTPException."""
        if self.file is None and self.sock is not None:
            self.file = _Answer(self.sock.makefile("rb"))
        if self.file is not None:
            self.file.left = _LONGEST_ANSWER
        return super().getreply()


class _SecureSession(_Session, smtplib.SMTP_SSL):
    """The same, in TLS from the beginning."""


@contextmanager
def _told() -> Iterator[None]:
    """Turn what can fail into what it means. Raises DeliveryError."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        code = error.smtp_code
        raise DeliveryError(
            say("the mail server refuses the login ({code})", code=code),
            is_final=code >= _PERMANENT,
        ) from None
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code) from None
    except smtplib.SMTPServerDisconnected as error:
        late = isinstance(error.__context__, TimeoutError)
        raise DeliveryError(TOO_LATE if late else NOT_REACHED, is_silent=True) from None
    except UnicodeError:
        raise DeliveryError(NO_SERVER, is_final=True) from None
    except TimeoutError:
        raise DeliveryError(TOO_LATE, is_silent=True) from None
    except ssl.SSLError as error:
        refused = is_refused(error)
        raise DeliveryError(NOT_TRUSTED if refused else NO_TLS, is_final=refused) from None
    except (smtplib.SMTPException, OSError, ValueError):
        raise DeliveryError(NOT_REACHED, is_silent=True) from None


def _check(code: int, _text: bytes) -> None:
    if code not in _OK:
        raise _refused(code)


def _refused(*codes: int) -> DeliveryError:
    """Return what codes of a server mean: temporary if one of them is."""
    code = min(codes)
    return DeliveryError(
        say("the mail server answers {code}", code=code), is_final=code >= _PERMANENT
    )

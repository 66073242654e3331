"""TLS to servers of others: always verified, by the system or by an authority that is named."""

from __future__ import annotations

import ssl
from pathlib import Path

from auditor.errors import InputError
from auditor.messages.message import Message, say


def context_of(ca_file: Path | None) -> ssl.SSLContext:
    """Return the context for a server. Raises InputError if the authority cannot be read."""
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ssl.SSLError):
        raise InputError(say("the CA file cannot be read"), where=str(ca_file)) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def is_refused(error: BaseException) -> bool:
    """Return whether a failure comes of a certificate that cannot be trusted."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


NOT_TRUSTED: Message = say("the certificate of the server cannot be trusted")
NO_TLS: Message = say("the TLS handshake with the server failed")
NO_SERVER: Message = say("there can be no server of this name")
NOT_REACHED: Message = say("the server cannot be reached")
TOO_LATE: Message = say("the server does not answer in time")

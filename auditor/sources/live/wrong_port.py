"""Looks whether a port that does not answer as asked would with TLS, or without it.

A look at TLS is a handshake that sends nothing else; one at HTTP is a GET from the read-only list,
without credentials.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from auditor.errors import CertificateError, HungUpError, NotHttpError, TargetError, TlsError
from auditor.messages.message import say
from auditor.sources.live.services import answers_by_http
from auditor.sources.live.trust import TlsPlace, shown_certificate
from auditor.sources.options import LiveOptions

ONLY_TLS: Final = say("the port speaks TLS, and was asked without it")
NO_TLS: Final = say("the port does not speak TLS, but HTTP without it")
_SECONDS: Final = 5.0


@contextmanager
def looking_closer(base: str, options: LiveOptions) -> Iterator[None]:
    """Say of a port that it was asked in the wrong way, if a connection failed because of that."""
    end = time.monotonic() + options.deadline
    try:
        yield
    except TargetError as error:
        left = end - time.monotonic()
        other = other_way(base, options, left) if _may_be_the_wrong_way(error) else None
        if other is None:
            raise
        raise other from None


def _may_be_the_wrong_way(error: TargetError) -> bool:
    if isinstance(error, CertificateError):
        return False
    return isinstance(error, HungUpError | NotHttpError | TlsError)


def other_way(base: str, limits: LiveOptions, left: float) -> TargetError | None:
    """Return that a port answers in the other way, with or without TLS; look if there is time."""
    seconds = min(_SECONDS, limits.timeout, left)
    if seconds <= 0:
        return None
    options = LiveOptions(timeout=seconds, deadline=seconds)
    parts = urlsplit(base)
    if parts.scheme == "http":
        try:
            shown_certificate(TlsPlace(parts.hostname or "", parts.port or 80, options.timeout))
        except TargetError:
            return None
        return TargetError(
            ONLY_TLS, where=base, advice=say("give {address}", address=f"https://{parts.netloc}")
        )
    plain = f"http://{parts.hostname}:{parts.port or 443}"
    if ":" in (parts.hostname or ""):
        plain = f"http://[{parts.hostname}]:{parts.port or 443}"
    if not answers_by_http(plain, options):
        return None
    advice = say(
        "give the port where the PBX speaks TLS; without TLS it is {address}", address=plain
    )
    return TlsError(NO_TLS, where=base, advice=advice)

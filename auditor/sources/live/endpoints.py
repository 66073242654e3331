"""Which TLS endpoints the address of a live PBX shows, beside the connection that it is read by."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.errors import TargetError
from auditor.messages.message import say
from auditor.model.site import Site
from auditor.model.snapshot import Gap, TlsEndpoint
from auditor.model.vocabulary import Area
from auditor.sources.live.http_connection import MORE_TIME, OUT_OF_TIME, Connection


def endpoints_shown(connection: Connection, site: Site, gaps: list[Gap]) -> Iterator[TlsEndpoint]:
    """Yield what the address shows in handshakes of its own, if it is one of HTTPS."""
    if not connection.base.startswith("https://"):
        return
    if connection.seconds_left <= 0:
        gaps.append(Gap(Area.TLS, OUT_OF_TIME, connection.base, advice=MORE_TIME))
        return
    from auditor.sources.live.handshake import look_at_tls  # noqa: PLC0415 -- no X.509 without TLS

    connection.tell("tls")
    try:
        endpoint = look_at_tls(connection.base, site.tls, connection.seconds_left)
    except TargetError as error:
        gaps.append(Gap(Area.TLS, error.message, error.where, advice=error.advice))
        return
    if endpoint.certificate is None:
        reason = say("the certificate that it shows cannot be read as X.509")
        gaps.append(
            Gap(Area.TLS, reason, endpoint.address, advice=say("look at it with a browser"))
        )
    yield endpoint

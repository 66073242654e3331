"""A connection to one PBX, from the first handshake until it is closed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx

from auditor.errors import TargetError
from auditor.model.site import Trust
from auditor.site.credentials import Credentials
from auditor.sources.live.http_connection import Connection
from auditor.sources.live.login import open_client
from auditor.sources.live.retrying import Patience
from auditor.sources.live.wrong_port import looking_closer, other_way
from auditor.sources.options import LiveOptions
from auditor.values.devices_addresses import DevicesAddress, box_address

BAD_REQUEST: Final = 400


@contextmanager
def open_connection(
    base: str, trust: Trust, credentials: Credentials, options: LiveOptions
) -> Iterator[Connection]:
    """Give a connection that logs in where it is asked to and sends only what is listed.

    That to a box behind Devices goes through Devices, with its login instead of the one of the box.
    Raises SiteFileError for trust settings that cannot be used, TargetError if the PBX cannot be
    reached or proves to be another one.
    """
    if (box := box_address(base)) is not None:
        with _through_devices(box, credentials, options) as connection:
            yield connection
        return
    end = time.monotonic() + options.deadline

    def left() -> float:
        return end - time.monotonic()

    patience = Patience(options, left)

    def client() -> httpx.Client:
        limits = options._replace(deadline=max(0.0, left()))
        account = credentials if credentials.has_account else None
        return open_client(base, trust, account, limits)

    with (
        looking_closer(base, options),
        patience.run("TLS", client) if trust.proves_identity else client() as opened,
    ):
        connection = Connection(opened, base, trust, options._replace(deadline=left()))
        connection.account = credentials.places
        connection.repeated_before = patience.account().repeated
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def _through_devices(
    box: DevicesAddress, credentials: Credentials, options: LiveOptions
) -> Iterator[Connection]:
    """Give a connection to a box behind Devices; one document of it at a time is asked for."""
    from auditor.sources.live.devices.tunnel import (  # noqa: PLC0415 -- an extra
        PassthroughTransport,
        Tunnel,
    )

    end = time.monotonic() + options.deadline
    account = credentials.devices
    with Tunnel(box, account, options) as tunnel:
        left = options._replace(deadline=max(0.0, end - time.monotonic()), max_connections=1)
        client = open_client(
            box.origin, account.tls, None, left, lambda plain: PassthroughTransport(plain, tunnel)
        )
        with client as opened:
            connection = Connection(opened, str(box), account.tls, left)
            connection.logged_in = True
            connection.beside = tunnel.beside
            connection.configurations = tunnel.configurations
            try:
                yield connection
            finally:
                connection.close()
    # With what is known only at the end: whether a question was answered twice, and otherwise.
    connection.beside = tunnel.beside


def nothing_shown(connection: Connection) -> TargetError:
    """Return why an address showed nothing of a PBX, and what seems to be there instead."""
    if not connection.logged_in and BAD_REQUEST in connection.impressions.statuses:
        wrong = other_way(connection.base, connection.options, connection.seconds_left)
        if wrong is not None:
            return wrong
    return connection.problem()

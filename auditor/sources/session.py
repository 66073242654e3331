"""A connection to one PBX, from the first handshake until it is closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from auditor.model.site import Trust
from auditor.settings import Credentials, LiveOptions
from auditor.sources.connection import Connection
from auditor.sources.login import open_client


@contextmanager
def open_connection(
    base: str, trust: Trust, credentials: Credentials, options: LiveOptions
) -> Iterator[Connection]:
    """Give a connection that logs in where it is asked to and sends only what is listed.

    Raises SiteFileError for trust settings that cannot be used, TargetError if the PBX cannot be
    reached or proves to be another one.
    """
    with open_client(base, trust, credentials, options) as client:
        connection = Connection(client, base, trust, options)
        try:
            yield connection
        finally:
            connection.close()

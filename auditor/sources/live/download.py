"""The configuration of a live PBX as it is, for comparing two of them; nothing of it is kept."""

from __future__ import annotations

from auditor.errors import TargetError
from auditor.messages.message import say
from auditor.model.site import Site
from auditor.site.credentials import Credentials
from auditor.sources.live.body import Body
from auditor.sources.live.box_pages import CONFIGURATION, MAX_CONFIGURATION_BYTES, check_way
from auditor.sources.live.http_connection import RefusedError
from auditor.sources.live.live_pbx import silence_http_log
from auditor.sources.live.login import check_account_of_box, check_address
from auditor.sources.live.opening import open_connection
from auditor.sources.options import LiveOptions
from auditor.values.devices_addresses import leads_through


def download_configuration(
    url: str, site: Site, credentials: Credentials, options: LiveOptions
) -> bytes:
    """Return `cfg.txt`.

    Raises InputError for an unusable address or missing credentials, TargetError if the PBX cannot
    be reached or does not deliver it whole.
    """
    base = check_address(url, credentials)
    if not leads_through(base):
        check_account_of_box(credentials)
    silence_http_log()
    with open_connection(base, site.tls, credentials, options) as connection:
        check_way(connection)
        connection.tell(say("configuration"))
        try:
            return connection.stream(CONFIGURATION, _whole)
        except RefusedError as error:
            raise TargetError(
                say("cfg.txt could not be read: {reason}", reason=error.reason),
                where=base,
                advice=say("save cfg.txt by hand before and after the change, and give both files"),
            ) from None


def _whole(body: Body) -> bytes:
    content = bytearray()
    for block in body:
        content += block
        if len(content) > MAX_CONFIGURATION_BYTES:
            raise RefusedError(
                say("it is larger than {size} MiB", size=MAX_CONFIGURATION_BYTES >> 20)
            )
    return bytes(content)

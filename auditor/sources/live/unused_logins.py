"""Logins of the site file that an address cannot use, told at the document that names the box.

Through Devices no WebSocket reaches a box (SDK 13r3, Devices: `passthrough` is HTTP), and of a box
that is read at its own address nothing says where Devices is. So one run never has both.
"""

from __future__ import annotations

from typing import Final

from auditor.messages.message import say
from auditor.model.site import Site
from auditor.sources.parse.app_answers import AUTHENTICATION
from auditor.sources.parse.proxy_answers import PROXIES
from auditor.sources.parse.reading import Reading
from auditor.values.devices_addresses import leads_through

WEBSOCKET_UNUSED: Final = say(
    "[websocket] is not used: the box is read through Devices, which passes on no WebSocket; audit "
    "the box at its own address, too, to ask it that way"
)
DEVICES_UNUSED: Final = say(
    "[devices] is not used: the box is read at its own address; audit it at its address in "
    "Devices, too, to see what Devices lists and rolls out"
)


def tell_unused(reading: Reading, url: str, site: Site) -> None:
    """Note which login is not used at an address, and what nobody was asked for that reason."""
    if leads_through(url):
        if site.websocket is not None:
            reading.notes.append(WEBSOCKET_UNUSED)
            reading.unanswered |= dict.fromkeys((AUTHENTICATION, PROXIES), WEBSOCKET_UNUSED)
    elif site.devices is not None and not any(
        leads_through(one.url) for one in site.boxes_with_address
    ):
        reading.notes.append(DEVICES_UNUSED)
